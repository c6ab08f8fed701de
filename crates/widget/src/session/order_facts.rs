//! The facts of an order that the session decides by.
//!
//! They are read field by field, without serde: its sentences about malformed JSON would be half of the
//! module's weight. Here malformed JSON just counts as no order. A test compares the names with
//! [`api::OrderView`].

use api::{FailureReason, OrderStatus};

/// A parsed JSON object.
pub trait Fields {
    /// The text of a field.
    fn text(&self, name: &str) -> Option<String>;
    /// The number of a field.
    fn number(&self, name: &str) -> Option<f64>;
}

/// What decides, of an order as the server shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFacts {
    /// The order number.
    pub id: String,
    /// The status of the order.
    pub status: OrderStatus,
    /// Grows with every change.
    pub version: u64,
    /// Whether there is a code to draw.
    pub has_code: bool,
    /// How long the order can still be paid, by the server's clock.
    pub left_ms: u64,
    /// How long the server wants us to wait before we ask again.
    pub ask_again_in_ms: Option<u64>,
    /// The same while the socket is open.
    pub ask_again_when_live_in_ms: Option<u64>,
    /// Why it failed.
    pub failure: Option<FailureReason>,
}

impl OrderFacts {
    /// Reads an order's JSON; `None` when it is not one.
    #[must_use]
    pub fn read(order: &impl Fields) -> Option<Self> {
        let status = order.text("status")?;
        Some(Self {
            id: order.text("id")?,
            status: OrderStatus::ALL.into_iter().find(|known| known.as_str() == status)?,
            version: whole(order.number("version")?),
            has_code: order.text("code_url").is_some(),
            left_ms: whole(order.number("expires_at_ms")? - order.number("server_time_ms")?),
            ask_again_in_ms: order.number("ask_again_in_ms").map(whole),
            ask_again_when_live_in_ms: order.number("ask_again_when_live_in_ms").map(whole),
            failure: order.text("failure").map(|failure| match failure.as_str() {
                "shop_misconfigured" => FailureReason::ShopMisconfigured,
                "gateway_unreachable" => FailureReason::GatewayUnreachable,
                // `refused`, or a reason that only a newer Worker knows: for the shopper that is a refusal.
                _ => FailureReason::Refused,
            }),
        })
    }
}

/// The numbers of the contract are whole and below 2^53. A negative number counts as 0.
fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use api::{Amount, OrderView};
    use serde_json::Value;

    use super::*;

    impl Fields for Value {
        fn text(&self, name: &str) -> Option<String> {
            self.get(name)?.as_str().map(Into::into)
        }

        fn number(&self, name: &str) -> Option<f64> {
            self.get(name)?.as_f64()
        }
    }

    fn view() -> OrderView {
        OrderView {
            id: "H1".into(),
            status: OrderStatus::AwaitingPayment,
            version: 2,
            description: "Tea".into(),
            amount: Amount { minor: 8800, currency: "HKD".into(), decimals: 2 },
            code_url: Some("weixin://wxpay/bizpayurl?pr=abc".into()),
            code: None,
            expires_at_ms: 1_772_339_400_000,
            server_time_ms: 1_772_337_600_000,
            ask_again_in_ms: Some(2_000),
            ask_again_when_live_in_ms: Some(300_000),
            failure: None,
            notices: vec![],
            downloads: vec![],
        }
    }

    fn facts(view: &OrderView) -> Option<OrderFacts> {
        OrderFacts::read(&serde_json::to_value(view).unwrap())
    }

    #[test]
    fn an_order_that_the_worker_writes_is_read() {
        let expected = OrderFacts {
            id: "H1".into(),
            status: OrderStatus::AwaitingPayment,
            version: 2,
            has_code: true,
            left_ms: 1_800_000,
            ask_again_in_ms: Some(2_000),
            ask_again_when_live_in_ms: Some(300_000),
            failure: None,
        };
        assert_eq!(facts(&view()), Some(expected));
    }

    #[test]
    fn every_status_and_every_reason_is_read_by_its_name() {
        for status in OrderStatus::ALL {
            assert_eq!(facts(&OrderView { status, ..view() }).unwrap().status, status);
        }
        for reason in
            [FailureReason::ShopMisconfigured, FailureReason::Refused, FailureReason::GatewayUnreachable]
        {
            assert_eq!(facts(&OrderView { failure: Some(reason), ..view() }).unwrap().failure, Some(reason));
        }
    }

    #[test]
    fn after_the_deadline_no_time_is_left() {
        assert_eq!(facts(&OrderView { expires_at_ms: 0, ..view() }).unwrap().left_ms, 0);
    }

    #[test]
    fn what_is_not_an_order_is_not_read() {
        for json in ["null", "[]", "{}", r#"{"status":"paid"}"#, r#"{"id":"H1","status":"new"}"#] {
            assert_eq!(OrderFacts::read(&serde_json::from_str::<Value>(json).unwrap()), None, "{json}");
        }
    }
}
