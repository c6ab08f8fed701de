//! The calls of API v2: their paths, their required fields, and how each is signed (protocol §1.1, §3 to §8).

use serde::{Deserialize, Serialize};

/// A call that the gateway answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Places an order and gets a code to show.
    UnifiedOrder,
    /// Asks for the state of an order.
    QueryOrder,
    /// Closes an unpaid order.
    CloseOrder,
    /// Pays money back.
    Refund,
    /// Asks for the states of refunds.
    RefundQuery,
    /// The payments and refunds of a day, as text.
    DownloadBill,
    /// The rate of a currency to CNY on a day.
    ExchangeRate,
    /// The settlements of a span of days.
    SettlementQuery,
    /// The merchant's report on the timing of its calls.
    Report,
    /// The `openid` of the account behind the payment code on a payer's phone.
    AuthCode,
    /// The key of the old sandbox, kept for SDKs that ask for it.
    SandboxKey,
}

impl Call {
    /// Every call, in the order of the documents.
    pub const ALL: [Call; 11] = [
        Call::UnifiedOrder,
        Call::QueryOrder,
        Call::CloseOrder,
        Call::Refund,
        Call::RefundQuery,
        Call::DownloadBill,
        Call::ExchangeRate,
        Call::SettlementQuery,
        Call::Report,
        Call::AuthCode,
        Call::SandboxKey,
    ];

    /// The call that is served at a path.
    #[must_use]
    pub fn at(path: &str) -> Option<Call> {
        Call::ALL.into_iter().find(|call| call.path() == path || call.later_path() == Some(path))
    }

    /// The sandbox key moved when the sandbox was deprecated (protocol §8.5). Both paths answer.
    fn later_path(self) -> Option<&'static str> {
        (self == Call::SandboxKey).then_some("/xdc/apiv2getsignkey/sign/getsignkey")
    }

    /// Where the call is served. The missing letter in the path of the exchange rate is WeChat's.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Call::UnifiedOrder => "/pay/unifiedorder",
            Call::QueryOrder => "/pay/orderquery",
            Call::CloseOrder => "/pay/closeorder",
            Call::Refund => "/secapi/pay/refund",
            Call::RefundQuery => "/pay/refundquery",
            Call::DownloadBill => "/pay/downloadbill",
            Call::ExchangeRate => "/pay/queryexchagerate",
            Call::SettlementQuery => "/pay/settlementquery",
            Call::Report => "/payitil/report",
            Call::AuthCode => "/tools/authcodetoopenid",
            Call::SandboxKey => "/sandboxnew/pay/getsignkey",
        }
    }

    /// The call's name in faults and exchanges.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Call::UnifiedOrder => "unified-order",
            Call::QueryOrder => "query-order",
            Call::CloseOrder => "close-order",
            Call::Refund => "refund",
            Call::RefundQuery => "refund-query",
            Call::DownloadBill => "download-bill",
            Call::ExchangeRate => "exchange-rate",
            Call::SettlementQuery => "settlement-query",
            Call::Report => "report",
            Call::AuthCode => "auth-code",
            Call::SandboxKey => "sandbox-key",
        }
    }

    /// The fields that the call must have. Without one of them the call is not processed.
    pub(super) fn required(self) -> &'static [&'static str] {
        match self {
            Call::UnifiedOrder => &[
                "appid",
                "mch_id",
                "nonce_str",
                "body",
                "out_trade_no",
                "total_fee",
                "spbill_create_ip",
                "notify_url",
                "trade_type",
            ],
            Call::QueryOrder | Call::RefundQuery => &["appid", "mch_id", "nonce_str"],
            Call::CloseOrder => &["appid", "mch_id", "nonce_str", "out_trade_no"],
            Call::Refund => &["appid", "mch_id", "nonce_str", "out_refund_no", "total_fee", "refund_fee"],
            Call::DownloadBill => &["appid", "mch_id", "nonce_str", "bill_date"],
            Call::ExchangeRate => &["appid", "mch_id", "fee_type", "date"],
            Call::SettlementQuery => &["appid", "mch_id", "nonce_str", "usetag", "date_start", "date_end"],
            Call::Report => &["appid", "mch_id", "nonce_str", "interface_url"],
            Call::AuthCode => &["appid", "mch_id", "nonce_str", "auth_code"],
            Call::SandboxKey => &["mch_id", "nonce_str"],
        }
    }

    /// Calls that have no `sign_type` and are always signed with MD5, even when the merchant uses HMAC-SHA256
    /// elsewhere.
    pub(super) fn is_always_md5(self) -> bool {
        match self {
            Call::ExchangeRate | Call::SettlementQuery | Call::SandboxKey => true,
            Call::UnifiedOrder
            | Call::QueryOrder
            | Call::CloseOrder
            | Call::Refund
            | Call::RefundQuery
            | Call::DownloadBill
            | Call::Report
            | Call::AuthCode => false,
        }
    }

    /// Calls whose answers have no signed envelope.
    pub(super) fn has_its_own_shape(self) -> bool {
        match self {
            Call::DownloadBill
            | Call::ExchangeRate
            | Call::SettlementQuery
            | Call::Report
            | Call::SandboxKey => true,
            Call::UnifiedOrder
            | Call::QueryOrder
            | Call::CloseOrder
            | Call::Refund
            | Call::RefundQuery
            | Call::AuthCode => false,
        }
    }

    /// Calls that need a client certificate (mutual TLS).
    pub(super) fn needs_certificate(self) -> bool {
        self == Call::Refund
    }
}
