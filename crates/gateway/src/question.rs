//! The questions. Each names its subject, and an answer about another order or refund is rejected.

use serde::{Deserialize, Serialize};

use crate::{
    Description, Dialect, Merchant, Money, NotifyUrl, OutRefundNo, OutTradeNo, RefundReason, TransactionId,
};

/// A question about one order, before it has a nonce and a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who asks.
    pub merchant: Merchant,
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// Which generation of the API the order uses.
    pub dialect: Dialect,
    /// What is asked.
    pub question: Question,
}

/// What is asked about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Place it. Repeating the same values is safe; the gateway refuses other values.
    Place(Box<Place>),
    /// Query what the gateway holds under its number.
    Query {
        /// Amount and currency of the order. An answer about an unpaid order of another amount is about
        /// something else.
        total: Money,
    },
    /// Close it.
    Close,
    /// Refund a payment of it.
    Refund(Box<Refund>),
    /// Query one refund.
    QueryRefund {
        /// The payment.
        transaction_id: TransactionId,
        /// What was paid.
        payment: Money,
        /// The refund, by its number at the gateway.
        out_refund_no: OutRefundNo,
        /// How much is refunded.
        amount: Money,
    },
    /// List the refunds of a payment.
    ListRefunds {
        /// The payment.
        transaction_id: TransactionId,
        /// What was paid.
        payment: Money,
        /// How many refunds to skip, because earlier answers listed them.
        offset: u32,
    },
}

/// An order to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What WeChat shows the payer. Never put a shopper's text here (protocol §10.2).
    pub description: Description,
    /// The amount to pay.
    pub total: Money,
    /// Where the gateway sends the payment notification.
    pub notify_url: NotifyUrl,
    /// When the order was made, in milliseconds of the Unix epoch. The gateway gets it in whole seconds.
    pub made_at_ms: i64,
    /// The latest moment to pay, in milliseconds of the Unix epoch. The gateway gets it in whole seconds.
    pub expires_at_ms: i64,
}

/// A refund to make. Repeated with the same number, it refunds once (protocol §1.7, §7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The payment.
    pub transaction_id: TransactionId,
    /// What was paid.
    pub payment: Money,
    /// The number of this refund at the gateway.
    pub out_refund_no: OutRefundNo,
    /// How much is refunded.
    pub amount: Money,
    /// The reason; WeChat may show it to the payer.
    pub reason: Option<RefundReason>,
    /// Which account of the merchant pays.
    pub account: Option<RefundAccount>,
    /// Where the gateway sends notifications of this refund.
    pub notify_url: Option<NotifyUrl>,
}

/// Which account of the merchant pays a refund.
/// Orders that were stored before this type was there may have the names of API v2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundAccount {
    /// Money that WeChat Pay has not settled yet. WeChat Pay uses it when the request names no account.
    #[serde(alias = "UnsettledFunds")]
    UnsettledFunds,
    /// The available balance.
    #[serde(alias = "RechargeFunds")]
    AvailableBalance,
}

/// The name of a question, as logs and stored orders write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallName {
    /// [`Question::Place`]
    #[serde(rename = "unified_order")]
    Place,
    /// [`Question::Query`]
    #[serde(rename = "query_order")]
    Query,
    /// [`Question::Close`]
    #[serde(rename = "close_order")]
    Close,
    /// [`Question::Refund`]
    Refund,
    /// [`Question::QueryRefund`] and [`Question::ListRefunds`]
    RefundQuery,
}

impl Call {
    /// Which call it is.
    #[must_use]
    pub fn name(&self) -> CallName {
        self.question.name()
    }
}

impl Question {
    /// Which question it is.
    #[must_use]
    pub fn name(&self) -> CallName {
        match self {
            Self::Place(_) => CallName::Place,
            Self::Query { .. } => CallName::Query,
            Self::Close => CallName::Close,
            Self::Refund(_) => CallName::Refund,
            Self::QueryRefund { .. } | Self::ListRefunds { .. } => CallName::RefundQuery,
        }
    }
}

impl CallName {
    /// The name in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Place => "unified_order",
            Self::Query => "query_order",
            Self::Close => "close_order",
            Self::Refund => "refund",
            Self::RefundQuery => "refund_query",
        }
    }
}
