//! Field splicing (protocol §10.2): the signed text does not say where a value ends.
//!
//! The gateway signs `name=value&name=value&…`, sorted by name. `a=1&b=2` may be two fields, or one field `a`
//! with the value `1&b=2`. So somebody can cut a message into other fields, and its signature stays valid.
//! There are two ways:
//!
//! * **Merge.** The forger removes a cut: a real field moves into the value before it and disappears.
//!   `fee_type` is a good victim, because the documents say that an absent one means CNY. The forged message
//!   shows it: a value holds `&fee_type=`.
//! * **Split.** The forger adds a cut: a text like `x&total_fee=1` inside a value becomes a field. The split
//!   alone leaves no trace in the forged message. But no field may occur twice, and the gateway's own
//!   `total_fee` is still in the signed text. So the forger must merge it into some value, and *that* shows.
//!   Without a merge, the forger can only add a field that the genuine message does not have. Its name must
//!   sort between the field that was cut and the next one, or the signed text changes. A notification has two
//!   texts that others choose. `bank_type` follows `attach`, and `rate` or `result_code` follows
//!   `promotion_detail`. No field that decides anything sorts into these gaps.
//!
//! So there are two rules:
//!
//! * **Writing** refuses `&name=` with any name ([`holds_a_field`]). Then there is only one way to cut what
//!   we sign and what the gateway echoes to us, even if the gateway adds fields later.
//! * **Reading** refuses `&name=` with a name of [`FIELD_NAMES`] ([`holds_a_known_field`]). That list has
//!   every field that this crate reads, so a merge of one of them is always seen. Reading accepts other
//!   names: a promotion may be called `A&B=50% off`, and a refusal would refuse genuine money forever. A
//!   merge of an unknown field hides nothing that we would have read. It changes the value that it moves
//!   into. That value may become wrong, but never another valid amount, currency, number or merchant.

use crate::Stage;
use crate::v2::xml::is_name_byte;
use thiserror::Error;

/// A value of the message could be read as another field of the signed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a value holds `&name=` with the name of a field, so the signature does not say where it ends")]
pub struct SpliceError;

impl SpliceError {
    /// Always [`Stage::Splice`].
    #[must_use]
    pub const fn stage(self) -> Stage {
        Stage::Splice
    }
}

/// Every field that this crate reads, writes or verifies, and every field that the protocol reference names
/// in a message (except `auth_code` of a call that is not here), in alphabetical order. Numbered fields
/// (`coupon_fee_$n`, `coupon_refund_fee_$n_$m`) are listed without their numbers.
const FIELD_NAMES: [&str; 110] = [
    "appid",
    "attach",
    "bank_type",
    "bill_date",
    "bill_type",
    "body",
    "cash_fee",
    "cash_fee_type",
    "cash_refund_fee",
    "cash_refund_fee_type",
    "code_url",
    "coupon_batch_id",
    "coupon_count",
    "coupon_fee",
    "coupon_id",
    "coupon_refund_batch_id",
    "coupon_refund_count",
    "coupon_refund_fee",
    "coupon_refund_id",
    "coupon_type",
    "date",
    "date_end",
    "date_settlement",
    "date_start",
    "detail",
    "device_info",
    "err_code",
    "err_code_des",
    "error_code",
    "fbatchno",
    "fee_type",
    "goods_tag",
    "interface_url",
    "is_subscribe",
    "key",
    "limit",
    "limit_pay",
    "mch_id",
    "mchid",
    "mweb_url",
    "nonce_str",
    "notify_url",
    "offset",
    "op_user_id",
    "openid",
    "out_refund_no",
    "out_trade_no",
    "pay_fee",
    "pay_net_fee",
    "poundage_fee",
    "prepay_id",
    "product_id",
    "profit_sharing",
    "promotion_detail",
    "query_split",
    "rate",
    "rate_time",
    "rate_value",
    "recall",
    "receipt",
    "record_num",
    "refund_account",
    "refund_channel",
    "refund_count",
    "refund_desc",
    "refund_fee",
    "refund_fee_type",
    "refund_id",
    "refund_recv_accout",
    "refund_request_source",
    "refund_status",
    "refund_success_time",
    "req_info",
    "result_code",
    "result_msg",
    "return_code",
    "return_msg",
    "sandbox_signkey",
    "scene_info",
    "setteinfo",
    "settlement_fee",
    "settlement_refund_fee",
    "settlement_total_fee",
    "settlementfee_type",
    "sign",
    "sign_type",
    "spbill_create_ip",
    "sub_appid",
    "sub_is_subscribe",
    "sub_mch_id",
    "sub_openid",
    "success_time",
    "tar_type",
    "time_end",
    "time_expire",
    "time_start",
    "total_fee",
    "total_refund_count",
    "trade_state",
    "trade_state_desc",
    "trade_type",
    "trades",
    "transaction_id",
    "unsettlement_fee",
    "user_creid",
    "user_ip",
    "user_truename",
    "user_type",
    "usetag",
    "version",
];

/// The shortest end of a field name that counts as the name: `fee` of `total_fee`. A cut of a signed text
/// always leaves the whole name after the ampersand, so this is only caution. Two letters would refuse
/// `&id=`, which many web addresses hold.
const MIN_NAME_BYTES_TO_MATCH: usize = 3;

/// Whether the text holds `&`, at least one character of a field name, and `=`. This is the rule for writing.
///
/// It finds any name of [the reader's grammar](crate::v2::Fields::parse), and also longer names and names
/// that start with a digit: the check may be too strict, never too lax.
pub(crate) fn holds_a_field(value: &str) -> bool {
    names_after_ampersands(value).next().is_some()
}

/// Whether the text holds `&`, the name of a known field, and `=`. This is the rule for reading.
pub(crate) fn holds_a_known_field(value: &str) -> bool {
    names_after_ampersands(value).any(is_known)
}

/// Each text between an ampersand and an equals sign that has only characters of names.
fn names_after_ampersands(value: &str) -> impl Iterator<Item = &str> {
    value.split('&').skip(1).filter_map(|after| {
        let name = after.split_once('=')?.0;
        (!name.is_empty() && name.bytes().all(is_name_byte)).then_some(name)
    })
}

/// Whether this is the name of a known field, with or without a number, or the end of such a name.
fn is_known(name: &str) -> bool {
    let stem = name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '_');
    stem.len() >= MIN_NAME_BYTES_TO_MATCH && FIELD_NAMES.iter().any(|known| known.ends_with(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_an_ampersand_a_name_and_an_equals_sign_is_not_written() {
        for spliced in ["&a=", "x&total_fee=1", "&&b=", "a&b&c=1", "&1=", "&A-b.c_9=", "x & y&zz="] {
            assert!(holds_a_field(spliced), "{spliced}");
        }
        for innocent in ["", "a=1", "a & b = c", "&", "&=", "a&b", "&中=1", "& a=1", "a=1&b 2=", "a&amp;=&"]
        {
            assert!(!holds_a_field(innocent), "{innocent}");
            assert!(!holds_a_known_field(innocent), "{innocent}");
        }
    }

    #[test]
    fn only_the_name_of_a_known_field_is_refused_when_reading() {
        for spliced in [
            "x&total_fee=1",
            "x&&fee_type=",
            "x&B&key=",
            "a=1&B=2&sign_type=MD5",
            "&coupon_fee_0=1",
            "&coupon_refund_fee_0_12=1",
            "&setteinfo_3=",
            "&sub_mch_id=1",
            // The beginning of the name is missing.
            "&otal_fee=1",
            "&fee_type=1",
            "&fee=1",
        ] {
            assert!(holds_a_known_field(spliced), "{spliced}");
            assert!(holds_a_field(spliced), "{spliced}");
        }
        for innocent in [
            "A&B=50% off",
            "R&D=x",
            "M&M=2",
            "weixin://wxpay/up?pr=1&groupid=00",
            "https://example.com/?a=1&id=7",
            "&Total_Fee=1",
            "&total_fees=1",
            "&_0=",
            "&e=",
        ] {
            assert!(!holds_a_known_field(innocent), "{innocent}");
        }
    }

    #[test]
    fn the_known_fields_are_sorted_and_unique() {
        assert!(FIELD_NAMES.is_sorted_by(|one, next| one < next));
    }

    /// The field names in the code of a file: `reader.text("attach")`, `message.set("body", …)`.
    fn names_in_code(source: &str) -> impl Iterator<Item = &str> {
        let code = source.split("#[cfg(test)]").next().unwrap();
        let lines = code.lines().filter(|line| {
            !line.trim_start().starts_with("//")
                && ["reader.", "signed(\"", "day(\"", "name(\"", ".set", ".get(\"", "const ENVELOPE"]
                    .iter()
                    .any(|part| line.contains(part))
        });
        lines.flat_map(|line| line.split('"').skip(1).step_by(2)).filter(|text| {
            text.len() > 2 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
    }

    #[test]
    fn every_field_that_is_read_or_written_is_known() {
        let sources = [
            include_str!("bill.rs"),
            include_str!("call.rs"),
            include_str!("close_order.rs"),
            include_str!("coupon.rs"),
            include_str!("exchange_rate.rs"),
            include_str!("notification.rs"),
            include_str!("payment_report.rs"),
            include_str!("query_order.rs"),
            include_str!("field_reader.rs"),
            include_str!("refund.rs"),
            include_str!("refund_notification.rs"),
            include_str!("refund_query.rs"),
            include_str!("settlement.rs"),
            include_str!("unified_order.rs"),
        ];
        let names: Vec<_> = sources.into_iter().flat_map(names_in_code).collect();
        assert!(names.len() > 100, "{} names", names.len());
        for name in names.into_iter().chain(crate::v2::field_reader::ENVELOPE) {
            let known = FIELD_NAMES.iter().any(|known| *known == name || known.starts_with(name));
            assert!(known, "{name}: put it into FIELD_NAMES");
        }
        // `Fields::verify` reads these.
        for name in ["key", "sign", "sign_type"] {
            assert!(FIELD_NAMES.contains(&name));
        }
    }
}
