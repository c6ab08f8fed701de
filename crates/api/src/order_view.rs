//! What a page may know of an order. It never has `openid`, transaction details or keys.

use serde::{Deserialize, Serialize};

use crate::{Amount, Download};

/// The WebSocket subprotocol of `GET /api/orders/{id}/live`. A page offers it first and
/// `token.<status token>` second. The Worker sends each message as an [`OrderView`] in JSON. The page may
/// send `ping` and gets `pong`.
pub const LIVE_PROTOCOL: &str = "wechat-pay.v1";

/// The order as its page sees it: the answer of `POST /api/orders/{id}`, and of `GET`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// The order number (`out_trade_no`).
    pub id: String,
    /// The status of the order.
    pub status: OrderStatus,
    /// Grows by at least one with every change that a page can see. A page that has a newer view ignores an
    /// older one.
    pub version: u64,
    /// What the shopper buys, as WeChat shows it (`body`).
    pub description: String,
    /// What the shopper pays. The Worker computes it, never the page.
    pub amount: Amount,
    /// The text to draw as a QR code; present only while it can be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_url: Option<String>,
    /// The same code as its modules, for a page that cannot run WebAssembly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeModules>,
    /// The time until which the order can be paid, by the server's clock.
    pub expires_at_ms: i64,
    /// The server's clock when it made this view. Compare `expires_at_ms` with this, never with the device's
    /// clock.
    pub server_time_ms: i64,
    /// How long to wait before asking again. Absent if the status is final: asking again is useless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_again_in_ms: Option<u32>,
    /// The same for a page whose socket is open. It hears of changes without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_again_when_live_in_ms: Option<u32>,
    /// Why the order failed; only with [`OrderStatus::Failed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureReason>,
    /// Exceptions that the shopper should see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// The files that were bought; only of a paid order whose money was not given back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub downloads: Vec<Download>,
}

/// A QR code without its quiet zone. The page must leave one.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeModules {
    /// How many modules a side has.
    pub side: u8,
    /// The modules as bits in base64: row after row, 1 for dark, the first module in the highest bit.
    pub modules: String,
}

/// The status of an order, as a page sees it.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// The Worker is asking WeChat Pay for a code.
    Placing,
    /// The code can be paid.
    AwaitingPayment,
    /// The time is over, or the shopper cancelled. The Worker asks WeChat Pay a last time whether money came.
    Checking,
    /// Paid. Final.
    Paid,
    /// Nobody paid in time. Money that still comes turns it into `Paid`.
    Expired,
    /// The shopper cancelled. Money that still comes turns it into `Paid`.
    Cancelled,
    /// There is no order to pay: see [`FailureReason`]. Money that still comes turns it into `Paid`.
    Failed,
}

/// Why an order failed, without details that a stranger must not see.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The shop must fix its configuration, here or at WeChat Pay.
    ShopMisconfigured,
    /// WeChat Pay refused this order. A new one may succeed.
    Refused,
    /// The Worker could not reach WeChat Pay.
    GatewayUnreachable,
}

/// An exception of the order that its shopper should see.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The order was paid after it had expired or been cancelled.
    PaidLate,
    /// The order was paid twice. The merchant refunds the second payment.
    PaidTwice,
    /// A payment came that does not fit the order. The merchant looks into it.
    UnderReview,
}

impl OrderStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Placing,
        Self::AwaitingPayment,
        Self::Checking,
        Self::Paid,
        Self::Expired,
        Self::Cancelled,
        Self::Failed,
    ];

    /// Whether the page has nothing more to wait for.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Placing | Self::AwaitingPayment | Self::Checking => false,
            Self::Paid | Self::Expired | Self::Cancelled | Self::Failed => true,
        }
    }

    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placing => "placing",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Checking => "checking",
            Self::Paid => "paid",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting() -> OrderView {
        OrderView {
            id: "H0123456789".into(),
            status: OrderStatus::AwaitingPayment,
            version: 2,
            description: "Example Tea House - gift set".into(),
            amount: Amount { minor: 8800, currency: "HKD".into(), decimals: 2 },
            code_url: Some("weixin://wxpay/bizpayurl?pr=abc".into()),
            code: None,
            expires_at_ms: 1_772_339_400_000,
            server_time_ms: 1_772_337_600_000,
            ask_again_in_ms: Some(2000),
            ask_again_when_live_in_ms: Some(300_000),
            failure: None,
            notices: vec![],
            downloads: vec![],
        }
    }

    #[test]
    fn the_json_of_a_waiting_order_keeps_its_form() {
        assert_eq!(
            serde_json::to_string(&waiting()).unwrap(),
            r#"{"id":"H0123456789","status":"awaiting_payment","version":2,"description":"Example Tea House - gift set","amount":{"minor":8800,"currency":"HKD","decimals":2},"code_url":"weixin://wxpay/bizpayurl?pr=abc","expires_at_ms":1772339400000,"server_time_ms":1772337600000,"ask_again_in_ms":2000,"ask_again_when_live_in_ms":300000}"#
        );
    }

    #[test]
    fn a_status_is_named_in_json_as_in_code() {
        for status in OrderStatus::ALL {
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{}\"", status.as_str()));
        }
    }

    #[test]
    fn paid_expired_cancelled_and_failed_are_the_ends_that_no_page_waits_beyond() {
        for (status, is_final) in [
            (OrderStatus::Placing, false),
            (OrderStatus::AwaitingPayment, false),
            (OrderStatus::Checking, false),
            (OrderStatus::Paid, true),
            (OrderStatus::Expired, true),
            (OrderStatus::Cancelled, true),
            (OrderStatus::Failed, true),
        ] {
            assert_eq!(status.is_final(), is_final, "{status:?}");
        }
    }

    #[test]
    fn what_only_some_orders_have_keeps_its_names() {
        let view = OrderView {
            status: OrderStatus::Failed,
            code: Some(CodeModules { side: 29, modules: "AA==".into() }),
            code_url: None,
            ask_again_in_ms: None,
            ask_again_when_live_in_ms: None,
            failure: Some(FailureReason::GatewayUnreachable),
            notices: vec![Notice::PaidLate, Notice::PaidTwice, Notice::UnderReview],
            downloads: vec![Download { name: "Book".into(), url: "/download/H1/1".into(), expires_at_ms: 5 }],
            ..waiting()
        };
        let json = serde_json::to_string(&view).unwrap();
        for part in [
            r#""status":"failed""#,
            r#""code":{"side":29,"modules":"AA=="}"#,
            r#""failure":"gateway_unreachable""#,
            r#""notices":["paid_late","paid_twice","under_review"]"#,
            r#""downloads":[{"name":"Book","url":"/download/H1/1","expires_at_ms":5}]"#,
        ] {
            assert!(json.contains(part), "{part} in {json}");
        }
        assert!(!json.contains("code_url") && !json.contains("ask_again"), "{json}");
    }

    #[test]
    fn a_view_from_a_newer_worker_with_fields_unknown_here_can_still_be_read() {
        let json = serde_json::to_string(&waiting()).unwrap().replacen('{', r#"{"new_field":1,"#, 1);
        assert_eq!(serde_json::from_str::<OrderView>(&json).unwrap(), waiting());
    }
}
