//! Messages of API v3 that a receiver must not accept as a payment. Each is made from the genuine
//! notification of an order and wrong in one way.

use serde_json::Value;

use super::super::Gateway;
use super::super::hostile::{Harm, Hostile, invented_payment};
use super::super::trade::{Generation, Payment, Trade};
use super::notification::Content;
use super::signed::Flaw;

/// Wrong signatures of a right message.
const SIGNATURES: [(&str, &str, Flaw); 13] = [
    ("unsigned", "no Wechatpay-… header", Flaw::Unsigned),
    ("wrong-signature", "one character of the signature changed", Flaw::WronglySigned),
    ("probe", "WeChat Pay's own probe; what follows the prefix is no base64", Flaw::Probe),
    ("stale", "a recorded notification: 300 seconds old", Flaw::Stale),
    ("early", "300 seconds ahead", Flaw::Early),
    ("unknown-serial", "signed under a serial number that nothing has", Flaw::UnknownSerial),
    (
        "expired-certificate",
        "signed by a platform certificate that expired in 2024",
        Flaw::ExpiredCertificate,
    ),
    (
        "merchant-key",
        "signed with the merchant's own key under the platform's serial number",
        Flaw::MerchantKey,
    ),
    ("stranger", "signed by a stranger under the platform's serial number", Flaw::Stranger),
    ("header-missing", "Wechatpay-Nonce is missing", Flaw::HeaderMissing),
    ("signature-type", "another algorithm named", Flaw::SignatureType),
    ("grafted-body", "the body of one notification under the headers of another", Flaw::Grafted),
    ("line-feed-added", "a line feed added to the body after signing", Flaw::LineFeed),
];

/// Wrong contents under a right signature.
const CONTENTS: [(&str, &str, Content); 13] = [
    ("wrong-amount", "validly signed, amount 1", Content::WrongAmount),
    ("wrong-currency", "validly signed, another currency", Content::WrongCurrency),
    ("wrong-merchant", "validly signed, another merchant", Content::WrongMerchant),
    ("unknown-order", "validly signed, an order nobody placed", Content::UnknownOrder),
    ("not-paid", "TRANSACTION.SUCCESS without, NOTPAY within", Content::NotPaid),
    ("amount-text", "the amount as text", Content::AmountText),
    ("amount-fraction", "the amount as a fraction", Content::Fraction),
    ("other-trade-type", "paid in another way than was ordered", Content::TradeType),
    ("other-apiv3-key", "sealed with another APIv3 key", Content::OtherKey),
    ("associated-data", "associated_data does not fit the seal", Content::AssociatedData),
    ("nonce-length", "a nonce of 16 characters, with which AES-GCM as such opens it", Content::NonceLength),
    ("other-algorithm", "another algorithm of the seal named", Content::Algorithm),
    ("event-type", "a transaction under a refund's event type", Content::EventType),
];

impl Gateway {
    /// The address of the order's notifications, and every hostile message about the order. `None` for an
    /// order that API v3 did not place.
    pub fn hostile_v3(&mut self, now_ms: i64, out_trade_no: &str) -> Option<(String, Vec<Hostile>)> {
        let trade_index = self.ledger.newest_order_numbered(out_trade_no)?;
        let trade = self.ledger.at(trade_index).clone();
        if trade.generation == Generation::V2 {
            return None;
        }
        let payment = trade.payment().cloned().unwrap_or_else(|| invented_payment(&trade, now_ms));
        let view = self.payment_view_v3(&trade, &payment, None);
        let genuine = self.payment_body_v3(&trade, &payment, view.clone(), None)?;
        let mut all = Vec::new();
        for (name, what, flaw) in SIGNATURES {
            all.push(self.message_v3(now_ms, &trade, name, what, genuine.clone(), Some(flaw)));
        }
        for (name, what, content) in CONTENTS {
            let body = self.payment_body_v3(&trade, &payment, view.clone(), Some(content))?;
            all.push(self.message_v3(now_ms, &trade, name, what, body, None));
        }
        for (name, what, body) in self.odd_bodies(&trade, &payment, &view, &genuine)? {
            all.push(self.message_v3(now_ms, &trade, name, what, body, None));
        }
        Some((trade.notify_url, all))
    }

    /// Bodies that a careless reader takes for something else, all validly signed.
    fn odd_bodies(
        &mut self,
        trade: &Trade,
        payment: &Payment,
        view: &Value,
        genuine: &str,
    ) -> Option<Vec<(&'static str, &'static str, String)>> {
        let total = format!("\"total\":{}", trade.total_fee);
        let twice = view.to_string().replacen(&total, &format!("{total},\"total\":1"), 1);
        let mut sealed = |text: &str| {
            self.envelope_v3(trade, payment.paid_at_ms, ("TRANSACTION.SUCCESS", "transaction"), text, None)
        };
        let huge = view.to_string().replacen(&total, "\"total\":18446744073709560416", 1);
        let negative = view.to_string().replacen(&total, &format!("\"total\":-{}", trade.total_fee), 1);
        Some(vec![
            ("duplicated-total", "amount.total twice: readers differ in which they take", sealed(&twice)?),
            ("amount-overflow", "an amount beyond 64 bits", sealed(&huge)?),
            ("amount-negative", "a negative amount", sealed(&negative)?),
            ("sealed-list", "a list of transactions where one is due", sealed(&format!("[{view}]"))?),
            ("sealed-trailing", "two documents under one seal", sealed(&format!("{view}{view}"))?),
            ("empty-body", "no bytes at all", String::new()),
            ("truncated", "cut off before the end", genuine.get(..genuine.len() - 40)?.to_owned()),
            ("trailing-document", "two documents in one body", format!("{genuine}{genuine}")),
            (
                "plain-resource",
                "the content unsealed",
                format!("{{\"event_type\":\"TRANSACTION.SUCCESS\",\"resource\":{view}}}"),
            ),
            (
                "xml-body",
                "the form of API v2 under the signature of API v3",
                "<xml><return_code>SUCCESS</return_code></xml>".to_owned(),
            ),
            ("deep-nesting", "9000 levels deep", format!("{}{}", "[".repeat(9000), "]".repeat(9000))),
            (
                "too-long",
                "over 64 KiB",
                genuine.replacen('{', &format!("{{\"filler\":\"{}\",", "x".repeat(70_000)), 1),
            ),
        ])
    }

    fn message_v3(
        &mut self,
        now_ms: i64,
        trade: &Trade,
        name: &'static str,
        what: &'static str,
        body: String,
        flaw: Option<Flaw>,
    ) -> Hostile {
        let serial = self.serial_of_notification(now_ms);
        let headers = self.signed_v3(now_ms, &trade.mch_id, &serial, body.as_bytes(), flaw);
        let body = flaw.map_or(body.clone(), |flaw| flaw.body_sent(body));
        Hostile { name, harm: Harm::Hole, what, headers, body: body.into_bytes() }
    }
}
