//! The calls of API v2: their paths, the fields each demands, and how each treats signatures (protocol §1.1, §3 to §8).

use serde::{Deserialize, Serialize};

/// A call that the gateway answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Place an order, get a code to show.
    UnifiedOrder,
    /// Ask what became of an order.
    QueryOrder,
    /// Close an unpaid order.
    CloseOrder,
    /// Pay money back.
    Refund,
    /// Ask what became of refunds.
    RefundQuery,
    /// The trades of a day, as text.
    DownloadBill,
    /// The rate of a currency to CNY on a day.
    ExchangeRate,
    /// Settlements of a span of days.
    SettlementQuery,
    /// Timing report of the merchant's calls.
    Report,
    /// The account behind the payment code on a payer's phone.
    AuthCode,
    /// The key of the old sandbox; kept for SDKs that ask.
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

    /// The call behind a path.
    #[must_use]
    pub fn at(path: &str) -> Option<Call> {
        Call::ALL.into_iter().find(|call| call.path() == path || call.later_path() == Some(path))
    }

    /// The sandbox key moved when the sandbox was declared deprecated (protocol §8.5); both addresses answer.
    fn later_path(self) -> Option<&'static str> {
        (self == Call::SandboxKey).then_some("/xdc/apiv2getsignkey/sign/getsignkey")
    }

    /// Where the call is served; the missing letter of the exchange rate is part of its path.
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

    /// The call's name as faults and exchanges spell it.
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

    /// The fields without which the call is not understood.
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

    /// Calls that know no `sign_type` and are signed with MD5 whatever the merchant uses elsewhere.
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

    /// Calls whose answers have no signed envelope around them.
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

    /// Calls behind mutual TLS.
    pub(super) fn needs_certificate(self) -> bool {
        self == Call::Refund
    }
}
