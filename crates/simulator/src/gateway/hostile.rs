//! Messages that a receiver must not accept as a payment (protocol §10, §11.3). Each is made from the genuine
//! notification of an order.
//!
//! Each tests one weakness of a receiver. A receiver that marks the order as paid because of one has a
//! security hole. The two oddities are the exception: they are genuine, so a strict reader refuses them and a
//! tolerant one loses nothing.

use wire::v2::SignType;

use super::Gateway;
use super::ids;
use super::message::Fields;
use super::rates;
use super::signature::with_one_digit_changed;
use super::trade::{Payment, Trade};

/// A key that is not the merchant's.
const STRANGERS_KEY: &str = "ATTACKERkeyATTACKERkeyATTACKER99";
/// "Tea" in GBK, which is not UTF-8.
const TEA_IN_GBK: &[u8] = b"\xb2\xe8";

/// A message to send to a `notify_url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hostile {
    /// The name by which it is asked for.
    pub name: &'static str,
    /// What it means if the receiver marks the order as paid.
    pub harm: Harm,
    /// What is wrong with the message, in a few words.
    pub what: &'static str,
    /// The headers of API v3, which sign the body.
    pub headers: Vec<(&'static str, String)>,
    /// The body, which is not always text.
    pub body: Vec<u8>,
}

/// What it means if a receiver accepts a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The receiver has a security hole.
    Hole,
    /// Nothing: the message is genuine and only looks odd.
    None,
}

impl Gateway {
    /// The address of the order's notifications, and every hostile message about the order. `None` for an
    /// unknown order or merchant.
    #[must_use]
    pub fn hostile(&self, now_ms: i64, out_trade_no: &str) -> Option<(String, Vec<Hostile>)> {
        let trade = self.ledger.trades().iter().rev().find(|trade| trade.out_trade_no == out_trade_no)?;
        let merchant = self.merchant_of(trade)?;
        let sign_type: SignType = trade.sign_type.parse().ok()?;
        let payment = trade.payment().cloned().unwrap_or_else(|| invented_payment(trade, now_ms));
        let genuine = Genuine {
            fields: self.payment_fields(trade, &payment, sign_type).sorted(),
            total_fee: trade.total_fee,
            fee_type: &trade.fee_type,
            sign_type,
            key: merchant.key.text(),
        };
        let mut all = structural_attacks(&genuine);
        all.extend(signature_attacks(&genuine));
        all.extend(encoding_attacks(&genuine));
        all.extend(content_attacks(&genuine));
        all.extend(splicing_attacks(&genuine));
        all.extend(oddities(&genuine));
        Some((trade.notify_url.clone(), all))
    }
}

/// A payment that was never made.
pub(super) fn invented_payment(trade: &Trade, now_ms: i64) -> Payment {
    Payment {
        transaction_id: "4200000000200001010000000000".to_owned(),
        openid: ids::openid(&trade.appid, "stranger"),
        bank_type: "OTHERS".to_owned(),
        cash_fee: trade.total_fee,
        rate: None,
        paid_at_ms: now_ms,
        coupons: Vec::new(),
        promotion: None,
    }
}

struct Genuine<'a> {
    fields: Fields,
    total_fee: u64,
    fee_type: &'a str,
    sign_type: SignType,
    key: &'a str,
}

impl Genuine<'_> {
    /// The genuine message with a change, signed as the merchant expects.
    fn signed(&self, change: impl FnOnce(&mut Fields)) -> Fields {
        self.signed_with(self.sign_type, self.key, change)
    }

    fn signed_with(&self, sign_type: SignType, key: &str, change: impl FnOnce(&mut Fields)) -> Fields {
        let mut fields = self.fields.clone();
        change(&mut fields);
        fields.sign(sign_type, key);
        fields
    }

    /// The genuine message, character for character.
    fn xml(&self) -> String {
        self.signed(|_| {}).to_xml()
    }

    fn inserted(&self, element: &str) -> String {
        self.xml().replacen("</xml>", &format!("{element}\n</xml>"), 1)
    }
}

fn hostile(name: &'static str, what: &'static str, body: impl Into<Vec<u8>>) -> Hostile {
    Hostile { name, harm: Harm::Hole, what, headers: Vec::new(), body: body.into() }
}

fn structural_attacks(genuine: &Genuine<'_>) -> Vec<Hostile> {
    let xml = genuine.xml();
    let amount = format!("<total_fee>{}</total_fee>", genuine.total_fee);
    let with_doctype = |doctype: &str, value: &str| {
        format!(
            "<?xml version=\"1.0\"?>\n{doctype}\n{}",
            xml.replacen("</xml>", &format!("<attach>{value}</attach>\n</xml>"), 1)
        )
    };
    let laughs: String =
        (1..=9).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let many: String = (0..3500).map(|n| format!("<f{n}>1</f{n}>")).collect();
    vec![
        hostile(
            "xxe-local-file",
            "an external entity that reads a local file",
            with_doctype("<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", "&x;"),
        ),
        hostile(
            "xxe-parameter-entity-remote-dtd",
            "a parameter entity that fetches a remote DTD",
            with_doctype("<!DOCTYPE xml [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/evil.dtd\"> %p;]>", "x"),
        ),
        hostile(
            "billion-laughs",
            "nested entities with 10^9 expansions",
            with_doctype(&format!("<!DOCTYPE xml [<!ENTITY l0 \"ha\">{laughs}]>"), "&l9;"),
        ),
        hostile(
            "doctype-without-entities",
            "a DOCTYPE without entities: the gateway never sends one",
            format!("<!DOCTYPE xml>\n{xml}"),
        ),
        hostile(
            "duplicated-total-fee",
            "total_fee twice: readers differ in which they take",
            genuine.inserted("<total_fee>1</total_fee>"),
        ),
        hostile(
            "nested-elements",
            "an element inside an element",
            xml.replacen(&amount, &format!("<total_fee>{}<x>0</x></total_fee>", genuine.total_fee), 1),
        ),
        hostile("wrapped-in-outer-root", "the message inside another root", format!("<outer>{xml}</outer>")),
        hostile(
            "comment-in-amount",
            "a comment in the middle of a value",
            xml.replacen(&amount, &format!("<total_fee>{}<!-- -->0</total_fee>", genuine.total_fee), 1),
        ),
        hostile("processing-instruction", "a processing instruction", genuine.inserted("<?evil on?>")),
        hostile(
            "attributes",
            "an attribute on an element",
            xml.replacen("<total_fee>", "<total_fee currency=\"CNY\">", 1),
        ),
        hostile("trailing-second-root", "two documents in one body", format!("{xml}\n{xml}")),
        hostile("truncated", "cut off before the end", xml[..xml.len() - 40].to_owned()),
        hostile("empty-body", "no bytes at all", ""),
        hostile(
            "json-body",
            "JSON where XML is due",
            "{\"return_code\":\"SUCCESS\",\"result_code\":\"SUCCESS\"}",
        ),
        hostile(
            "html-error-page",
            "a proxy's error page",
            "<html><head><title>502 Bad Gateway</title></head><body></body></html>",
        ),
        hostile("many-elements", "3500 elements", format!("<xml>{many}</xml>")),
        hostile(
            "deep-nesting",
            "9000 levels deep",
            format!("<xml>{}{}</xml>", "<a>".repeat(9000), "</a>".repeat(9000)),
        ),
        hostile(
            "too-long",
            "over 64 KiB",
            genuine.inserted(&format!("<attach>{}</attach>", "x".repeat(70_000))),
        ),
    ]
}

fn signature_attacks(genuine: &Genuine<'_>) -> Vec<Hostile> {
    let signed = genuine.signed(|_| {});
    let sign = signed.value("sign").unwrap_or_default().to_owned();
    let changed = |change: &dyn Fn(&mut Fields)| {
        let mut fields = signed.clone();
        change(&mut fields);
        fields.to_xml()
    };
    let (other, downgrade) = match genuine.sign_type {
        SignType::Md5 => (SignType::HmacSha256, "hmac-signature-on-md5-order"),
        SignType::HmacSha256 => (SignType::Md5, "md5-signature-on-hmac-order"),
    };
    vec![
        hostile(
            "wrong-signature",
            "one digit of sign changed",
            changed(&|fields| fields.replace("sign", &with_one_digit_changed(&sign))),
        ),
        hostile(
            "signed-with-another-key",
            "signed with a key that is not the merchant's",
            genuine.signed_with(genuine.sign_type, STRANGERS_KEY, |_| {}).to_xml(),
        ),
        hostile("missing-sign", "no sign element", changed(&|fields| fields.remove("sign"))),
        hostile("empty-sign", "sign is empty", changed(&|fields| fields.replace("sign", ""))),
        hostile(
            "amount-tampered-after-signing",
            "total_fee changed after signing",
            changed(&|fields| fields.replace("total_fee", "1")),
        ),
        hostile(
            downgrade,
            "a valid signature by the algorithm the order was not placed with",
            genuine
                .signed_with(other, genuine.key, |fields| fields.replace("sign_type", other.as_str()))
                .to_xml(),
        ),
        hostile(
            "sign-type-unknown",
            "sign_type NONE",
            genuine.signed(|fields| fields.replace("sign_type", "NONE")).to_xml(),
        ),
        hostile(
            "signature-of-key-injection",
            "an element named key, which some signers drop",
            changed(&|fields| fields.replace("key", "x")),
        ),
        hostile(
            "return-code-fail",
            "an unsigned return_code FAIL",
            "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[order closed]]></return_msg></xml>",
        ),
    ]
}

fn encoding_attacks(genuine: &Genuine<'_>) -> Vec<Hostile> {
    let with_bytes = |prologue: &str, bytes: &[u8]| {
        let xml = format!("{prologue}{}", genuine.xml());
        let end = xml.len() - "</xml>".len();
        [&xml.as_bytes()[..end], b"<attach>", bytes, b"</attach></xml>"].concat()
    };
    vec![
        hostile(
            "non-utf8-gbk-declared",
            "GBK bytes, and a declaration that says so",
            with_bytes("<?xml version=\"1.0\" encoding=\"GBK\"?>", TEA_IN_GBK),
        ),
        hostile(
            "non-utf8-gbk-undeclared",
            "GBK bytes without a declaration: no UTF-8",
            with_bytes("", TEA_IN_GBK),
        ),
        hostile("nul-byte", "a NUL byte in a value", with_bytes("", b"a\0b")),
    ]
}

fn content_attacks(genuine: &Genuine<'_>) -> Vec<Hostile> {
    let with =
        |name: &'static str, value: &str| genuine.signed(|fields| fields.replace(name, value)).to_xml();
    let total_fee = genuine.total_fee;
    let other_currency = if genuine.fee_type == "JPY" { "HKD" } else { "JPY" };
    let fullwidth: String = total_fee
        .to_string()
        .chars()
        .filter_map(|digit| char::from_u32(digit as u32 - 0x30 + 0xFF10))
        .collect();
    let overflow = (u128::from(u64::MAX) + 1 + u128::from(total_fee)).to_string();
    vec![
        hostile("wrong-amount", "validly signed, another amount", with("total_fee", "1")),
        hostile("wrong-currency", "validly signed, another currency", with("fee_type", other_currency)),
        hostile("wrong-mch-id", "validly signed, another merchant", with("mch_id", "1999999999")),
        hostile("wrong-appid", "validly signed, another appid", with("appid", "wx0000000000000000")),
        hostile(
            "unknown-order",
            "validly signed, an order nobody placed",
            with("out_trade_no", "NOBODY-PLACED-THIS"),
        ),
        hostile("other-trade-type", "validly signed, paid in another way", with("trade_type", "MICROPAY")),
        hostile("result-code-fail", "validly signed, and says that it failed", with("result_code", "FAIL")),
        hostile(
            "amount-with-decimals",
            "validly signed, total_fee with a point",
            with("total_fee", &rates::major_units(total_fee, "HKD")),
        ),
        hostile(
            "amount-negative",
            "validly signed, total_fee negative",
            with("total_fee", &format!("-{total_fee}")),
        ),
        hostile(
            "amount-overflow",
            "validly signed, wraps to the right amount in 64 bits",
            with("total_fee", &overflow),
        ),
        hostile(
            "amount-fullwidth-digits",
            "validly signed, total_fee in full-width digits",
            with("total_fee", &fullwidth),
        ),
    ]
}

/// One signature for two messages (protocol §10.2). An attacker buys something cheap and controls its
/// `attach`. The signed text is then cut into other fields, so that another order seems to be paid.
fn splicing_attacks(genuine: &Genuine<'_>) -> Vec<Hostile> {
    let of_order = |name: &str| genuine.fields.value(name).unwrap_or_default().to_owned();
    let names =
        ["fee_type", "mch_id", "out_trade_no", "result_code", "return_code", "sub_mch_id", "total_fee"];
    let wanted: Vec<(&str, String)> =
        names.into_iter().map(|name| (name, of_order(name))).filter(|(_, value)| !value.is_empty()).collect();
    let text = |pairs: &[(&str, String)]| {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };

    let cheap = genuine.signed(|fields| {
        fields.replace("out_trade_no", "SOMETHING-CHEAP");
        fields.replace("transaction_id", "4200000000200001010000000001");
        fields.replace("total_fee", "1");
        fields.replace("attach", &format!("x&{}&zz=1", text(&wanted)));
    });
    let by_name = cheap.clone().sorted();
    let rest: Vec<(&str, String)> = by_name
        .pairs()
        .filter(|(name, value)| *name > "attach" && *name != "sign" && !value.is_empty())
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    let head = Fields::default().text("appid", of_order("appid")).text("attach", "x");
    let mut forged = wanted
        .iter()
        .fold(head, |fields, (name, value)| fields.text(*name, value))
        .text("zz", format!("1&{}", text(&rest)));
    forged.replace("sign", cheap.value("sign").unwrap_or_default());
    vec![
        hostile(
            "field-splicing-genuine-message",
            "genuine, about something cheap; its attach holds the fields of this order",
            by_name.to_xml(),
        ),
        hostile(
            "field-splicing-forged-message",
            "the same signature over the same text, cut into other fields: says that this order is paid",
            forged.sorted().to_xml(),
        ),
    ]
}

/// Genuine messages in a form that the gateway has not been seen to use.
fn oddities(genuine: &Genuine<'_>) -> Vec<Hostile> {
    let mut lower = genuine.signed(|_| {});
    let sign = lower.value("sign").unwrap_or_default().to_lowercase();
    lower.replace("sign", &sign);
    let odd = |name, what, body: String| Hostile { harm: Harm::None, ..hostile(name, what, body) };
    vec![
        odd("lowercase-signature", "the right signature in lower case; otherwise genuine", lower.to_xml()),
        odd(
            "utf8-bom",
            "a UTF-8 byte order mark before a genuine message",
            format!("\u{feff}{}", genuine.xml()),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_message_has_the_signature_of_a_genuine_one() {
        let fields = ["appid", "bank_type", "mch_id", "out_trade_no", "return_code", "transaction_id"]
            .into_iter()
            .fold(Fields::default(), |fields, name| fields.text(name, "v"))
            .text("total_fee", "8800");
        for sign_type in [SignType::Md5, SignType::HmacSha256] {
            let genuine = Genuine {
                fields: fields.clone(),
                total_fee: 8800,
                fee_type: "HKD",
                sign_type,
                key: STRANGERS_KEY,
            };
            let key = wire::v2::ApiKey::new(STRANGERS_KEY).unwrap();
            for message in splicing_attacks(&genuine) {
                // This parser does not have the project's guard against spliced values, so the signature
                // verifies.
                wire::v2::Fields::parse(&message.body).unwrap().verify(sign_type, &key).unwrap();
            }
        }
    }
}
