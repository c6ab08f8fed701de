//! A merchant for the stories. It makes calls with `wire`, verifies every answer, and keeps the time.

use std::collections::BTreeMap;

use simulator::gateway::{
    Call, Gateway, Merchant, Paid, Receipt, Reply, Request, Switches, TradeState, Transmission,
};
use wire::v2::{ApiKey, Fields, Message, SignType};

pub(crate) const KEY: &str = "TESTONLYmd5key0123456789abcdefHK";
pub(crate) const APPID: &str = "wx5c1f9e2a7d3b6048";
pub(crate) const MCH_ID: &str = "1634117205";
/// 2026-03-01 12:00:00 in UTC+8.
pub(crate) const NOON_MS: i64 = 1_772_337_600_000;
pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

pub(crate) type Answer = BTreeMap<String, String>;

pub(crate) struct Shop {
    pub(crate) gateway: Gateway,
    pub(crate) now_ms: i64,
    pub(crate) sign_type: SignType,
}

impl Shop {
    pub(crate) fn new() -> Shop {
        Shop::with("{}")
    }

    /// A shop whose gateway has these switches, given as JSON.
    pub(crate) fn with(switches: &str) -> Shop {
        let switches: Switches = serde_json::from_str(switches).unwrap();
        let merchant = Merchant::new(APPID, MCH_ID, KEY).unwrap();
        Shop {
            gateway: Gateway::new(vec![merchant], switches, 1),
            now_ms: NOON_MS,
            sign_type: SignType::HmacSha256,
        }
    }

    pub(crate) fn message(&self, fields: &[(&str, &str)]) -> Message {
        let mut message = Message::new();
        let common =
            [("appid", APPID), ("mch_id", MCH_ID), ("nonce_str", "7DCAA8007F50CAE7C532BA2A02498FFA")];
        let sign_type = [("sign_type", self.sign_type.as_str())];
        // A later field replaces an earlier one of the same name.
        let all: BTreeMap<&str, &str> =
            common.into_iter().chain(sign_type).chain(fields.iter().copied()).collect();
        for (name, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
            message.set(name.to_owned(), value).unwrap();
        }
        message.sign(self.sign_type, &ApiKey::new(KEY).unwrap());
        message
    }

    pub(crate) fn send(&mut self, call: Call, body: &str) -> Reply {
        let request = Request { method: "POST", body: body.as_bytes(), client_certificate: true };
        self.gateway.call(self.now_ms, call, &request)
    }

    /// Makes a call and checks that the answer is authentic.
    pub(crate) fn call(&mut self, call: Call, fields: &[(&str, &str)]) -> Answer {
        let body = self.message(fields).to_xml();
        let reply = self.send(call, &body);
        assert_eq!((reply.transmission, reply.status), (Transmission::Sent, 200));
        let answer = Fields::parse(&reply.body).unwrap();
        assert_eq!(answer.get("return_code"), Some("SUCCESS"), "{}", String::from_utf8_lossy(&reply.body));
        answer.verify(self.sign_type, &ApiKey::new(KEY).unwrap()).unwrap();
        map(&answer)
    }

    pub(crate) fn order_with(&mut self, number: &str, others: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("body", "Example Tea House - gift set"),
            ("out_trade_no", number),
            ("total_fee", "8800"),
            ("fee_type", "HKD"),
            ("spbill_create_ip", "203.0.113.10"),
            ("notify_url", "https://pay.example.com/wechat/notify"),
            ("trade_type", "NATIVE"),
            ("product_id", "SKU-88"),
        ];
        fields.extend_from_slice(others);
        self.call(Call::UnifiedOrder, &fields)
    }

    /// Places an order and returns its code.
    pub(crate) fn order(&mut self, number: &str) -> String {
        self.order_with(number, &[])["code_url"].clone()
    }

    pub(crate) fn query(&mut self, number: &str) -> Answer {
        self.call(Call::QueryOrder, &[("out_trade_no", number)])
    }

    pub(crate) fn close(&mut self, number: &str) -> Answer {
        self.call(Call::CloseOrder, &[("out_trade_no", number)])
    }

    pub(crate) fn refund_with(
        &mut self,
        number: &str,
        refund: &str,
        fee: &str,
        others: &[(&str, &str)],
    ) -> Answer {
        let mut fields = vec![
            ("out_trade_no", number),
            ("out_refund_no", refund),
            ("total_fee", "8800"),
            ("refund_fee", fee),
            ("refund_fee_type", "HKD"),
        ];
        fields.extend_from_slice(others);
        self.call(Call::Refund, &fields)
    }

    pub(crate) fn paid_order(&mut self, number: &str) -> Paid {
        let code = self.order(number);
        self.gateway.pay(self.now_ms, &code, "me").unwrap()
    }

    /// The bodies of the notifications that are due now. The shop replies SUCCESS to each.
    pub(crate) fn receive(&mut self) -> Vec<String> {
        let due = self.gateway.due(self.now_ms);
        for delivery in &due {
            let receipt = Receipt::Replied {
                status: 200,
                body: wire::v2::notify_reply::SUCCESS.as_bytes().to_vec(),
                took_ms: 20,
            };
            self.gateway.delivered(self.now_ms, delivery.notification, &receipt);
        }
        due.into_iter().map(|delivery| delivery.body).collect()
    }

    pub(crate) fn state(&self, number: &str) -> TradeState {
        self.gateway.order(self.now_ms, number).unwrap().trade_state
    }

    pub(crate) fn later(&mut self, ms: i64) {
        self.now_ms += ms;
    }
}

pub(crate) fn map(fields: &Fields<'_>) -> Answer {
    fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub(crate) fn key() -> ApiKey {
    ApiKey::new(KEY).unwrap()
}
