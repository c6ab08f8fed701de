//! What a human must look at. An exception never changes whether an order is paid.

use serde::{Deserialize, Serialize};
use wire::TransactionId;

use crate::Misfit;

/// How many exceptions one order keeps; later ones are in the event log only.
pub(crate) const MAX_EXCEPTIONS: usize = 32;

/// One exception of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// What is wrong.
    pub kind: ExceptionKind,
    /// The payment it is about, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// In what the payment differs from the order, for the kinds of misfit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misfit: Option<Misfit>,
    /// When it was noticed.
    pub at_ms: i64,
}

/// The kinds of exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// Paid after the offer had ended. Deliver or refund.
    PaidLate,
    /// A second payment for a paid order. Refund it.
    PaidTwice,
    /// A genuine payment of another amount or currency. It confirms nothing.
    AmountMismatch,
    /// A genuine message about a payment that is not this order's. It confirms nothing.
    UnexpectedTrade,
    /// The gateway gave no clear answer for so long that the order was closed on our side alone.
    Unresolved,
}

impl ExceptionKind {
    /// The name in logs, webhooks and the index.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PaidLate => "paid_late",
            Self::PaidTwice => "paid_twice",
            Self::AmountMismatch => "amount_mismatch",
            Self::UnexpectedTrade => "unexpected_trade",
            Self::Unresolved => "unresolved",
        }
    }
}
