//! Where an order stands. Exceptions, refunds and the outbox stand beside it, not in it.
//!
//! `Placing → AwaitingPayment → Paid`; `Placing | AwaitingPayment → Closing → Closed`;
//! `Placing → Failed`. *Paid* is reached from every other state and left for none.

use gateway::{CodeUrl, TransactionId};
use serde::{Deserialize, Serialize};

/// The state of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum State {
    /// No code yet: the unified order is being sent.
    Placing {
        /// What is being tried.
        step: PlacingStep,
        /// How often that step has gone without a clear answer.
        tries: u32,
        /// What the last unclear answer suggested, for when the tries are over.
        suspicion: FailureCause,
    },
    /// The shopper can pay.
    AwaitingPayment {
        /// What is drawn as a QR code.
        code: NativeCode,
    },
    /// Nobody is offered the code any more; the order is not closed at the gateway yet.
    Closing {
        /// Why it is closed.
        reason: CloseReason,
        /// The next step.
        step: ClosingStep,
        /// How often the gateway gave no clear answer while closing.
        tries: u32,
        /// When the offer ended. Money paid before it is in time.
        since_ms: i64,
    },
    /// The money is there. Final.
    Paid {
        /// The payment that confirmed the order.
        transaction_id: TransactionId,
        /// When it was confirmed here.
        at_ms: i64,
    },
    /// Money came under this number, and there is no order of it. Final: it confirms nothing.
    #[serde(rename = "stray")]
    Orphan {
        /// When it came.
        at_ms: i64,
    },
    /// Closed unpaid. Final, unless money comes late.
    Closed {
        /// Why it was closed.
        reason: CloseReason,
        /// When it was closed here.
        at_ms: i64,
    },
    /// The gateway refused the order; there never was a code. Final, unless money comes.
    Failed {
        /// What the gateway refused it for.
        cause: FailureCause,
        /// When it failed.
        at_ms: i64,
    },
}

/// What a placing order tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacingStep {
    /// Placing it, with the same values each time.
    Ordering,
    /// Asking what the gateway has under this number, since it says that the number is in use.
    Asking,
    /// The same, but the gateway's refusal may also mean that a value is malformed. If it has nothing under
    /// the number, that is what it meant.
    AskingIfTaken,
}

/// What a closing order does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosingStep {
    /// The first query after the offer ended; until its answer the page says *checking*.
    Checking,
    /// A query because the outcome of something is unknown.
    Asking,
    /// The close call itself, right after a query that said *unpaid*.
    Closing,
}

/// Why an order is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum CloseReason {
    /// Nobody paid in time.
    Expired,
    /// The shopper or the merchant gave it up.
    Cancelled,
    /// It cannot be paid.
    Failed {
        /// What keeps it from being paid.
        cause: FailureCause,
    },
}

/// Why an order failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum FailureCause {
    /// The gateway could not be reached, or gave no clear answer often enough.
    Unreachable,
    /// The merchant's configuration must be mended.
    Misconfigured {
        /// The gateway's code or text.
        code: String,
        /// What the gateway says about the code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// The gateway refused this order.
    Refused {
        /// The gateway's code.
        code: String,
        /// What the gateway says about the code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// The payer's bank refused.
    PaymentFailed,
    /// The order was closed at the gateway, and not by us.
    ClosedElsewhere,
    /// The gateway holds a payment under this number that is not this order's.
    UnexpectedTrade,
}

/// What the shopper scans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeCode {
    /// The text of the QR code. The newest one: an older one may be dead.
    pub code_url: CodeUrl,
    /// When the gateway gave it. It lives two hours.
    pub since_ms: i64,
}

impl State {
    /// The name in logs, webhooks and the index.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Placing { .. } => "placing",
            Self::AwaitingPayment { .. } => "awaiting_payment",
            Self::Closing { .. } => "closing",
            Self::Paid { .. } => "paid",
            Self::Closed { .. } => "closed",
            Self::Failed { .. } => "failed",
            Self::Orphan { .. } => "stray",
        }
    }

    /// The reason of a state that has one, in a word.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Closing { reason, .. } | Self::Closed { reason, .. } => Some(reason.name()),
            Self::Failed { cause, .. } => Some(cause.name()),
            Self::Placing { .. } | Self::AwaitingPayment { .. } | Self::Paid { .. } | Self::Orphan { .. } => {
                None
            }
        }
    }

    /// Why it failed, or is being closed because it failed.
    #[must_use]
    pub fn failure(&self) -> Option<&FailureCause> {
        match self {
            Self::Closing { reason: CloseReason::Failed { cause }, .. }
            | Self::Closed { reason: CloseReason::Failed { cause }, .. }
            | Self::Failed { cause, .. } => Some(cause),
            Self::Closing { .. }
            | Self::Closed { .. }
            | Self::Placing { .. }
            | Self::AwaitingPayment { .. }
            | Self::Paid { .. }
            | Self::Orphan { .. } => None,
        }
    }

    /// What the gateway said, for an order that failed.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.failure().and_then(FailureCause::problem)
    }

    /// Whether the order has come to its end. Late money may still turn `Closed` and `Failed`
    /// into `Paid`; nothing turns `Paid` into anything.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Placing { .. } | Self::AwaitingPayment { .. } | Self::Closing { .. } => false,
            Self::Paid { .. } | Self::Closed { .. } | Self::Failed { .. } | Self::Orphan { .. } => true,
        }
    }
}

impl CloseReason {
    /// The name in logs, webhooks and the index.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Failed { .. } => "failed",
        }
    }
}

impl FailureCause {
    /// The gateway's own words, where there are any.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Misconfigured { code, text } | Self::Refused { code, text } => Some(match text {
                Some(text) => format!("{code}: {text}"),
                None => code.clone(),
            }),
            Self::Unreachable | Self::PaymentFailed | Self::ClosedElsewhere | Self::UnexpectedTrade => None,
        }
    }

    /// The name in logs, webhooks and the index.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Misconfigured { .. } => "misconfigured",
            Self::Refused { .. } => "refused",
            Self::PaymentFailed => "payment_failed",
            Self::ClosedElsewhere => "closed_elsewhere",
            Self::UnexpectedTrade => "unexpected_trade",
        }
    }
}
