//! The states of an order. Exceptions, refunds and the outbox are kept beside the state, not in it.
//!
//! `Placing → AwaitingPayment → Paid`; `Placing | AwaitingPayment → Closing → Closed`; `AwaitingPayment →
//! Closed`; `Placing → Failed`. Every state except *orphan* can become *paid*. Nothing leaves *paid*.

use gateway::{CodeUrl, TransactionId};
use serde::{Deserialize, Serialize};

/// The state of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", try_from = "crate::stored_state::StoredState")]
pub enum State {
    /// No code yet: we are sending the unified order.
    Placing {
        /// What we are trying.
        step: PlacingStep,
        /// How often this step ended without a clear answer.
        tries: u32,
        /// What the last unclear answer suggested. It becomes the cause when the tries are used up.
        suspicion: FailureCause,
    },
    /// The shopper can pay.
    AwaitingPayment {
        /// What is drawn as a QR code.
        code: NativeCode,
    },
    /// The page no longer offers the code. The gateway may still have the order open.
    Closing {
        /// Why it is closed.
        reason: CloseReason,
        /// The next step.
        step: ClosingStep,
        /// How often the gateway gave no clear answer while closing.
        tries: u32,
        /// When the offer ended. Money paid before this moment is in time.
        since_ms: i64,
    },
    /// The money is there. Final.
    Paid {
        /// The payment that confirmed the order.
        transaction_id: TransactionId,
        /// When it was confirmed here.
        at_ms: i64,
    },
    /// Money came under this number, and we have no order for it. Final: it confirms nothing.
    #[serde(rename = "stray")]
    Orphan {
        /// When it came.
        at_ms: i64,
    },
    /// Closed unpaid. Final, unless late money comes.
    Closed {
        /// Why it was closed.
        reason: CloseReason,
        /// When it was closed here.
        at_ms: i64,
    },
    /// The order could not be placed; no code was ever shown. Final, unless money comes.
    Failed {
        /// Why it failed.
        cause: FailureCause,
        /// When it failed.
        at_ms: i64,
    },
}

/// The step of an order that is being placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacingStep {
    /// Place it, with the same values each time.
    Ordering,
    /// Ask what the gateway holds under this number, because it says that the number is in use.
    Asking,
    /// The same, but the refusal may also mean that a value is malformed. If the gateway holds nothing under
    /// the number, that is what it meant.
    AskingIfTaken,
}

/// The next step of an order that is being closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosingStep {
    /// The first query after the offer ended. The page says *checking* until its answer.
    Checking,
    /// Query before closing: we do not know what the gateway holds now.
    Asking,
    /// The close call itself, right after a query that said *unpaid*.
    Closing,
}

/// Why an order is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", try_from = "crate::stored_state::StoredReason")]
pub enum CloseReason {
    /// Nobody paid in time.
    Expired,
    /// The shopper or the merchant cancelled it.
    Cancelled,
    /// It cannot be paid.
    Failed {
        /// What keeps it from being paid.
        cause: FailureCause,
    },
}

/// Why an order failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", try_from = "crate::stored_state::StoredCause")]
pub enum FailureCause {
    /// The gateway could not be reached, or gave no clear answer too often.
    Unreachable,
    /// The merchant must correct the configuration.
    Misconfigured {
        /// The gateway's code or text, or why we could not write the call.
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
    /// Somebody else closed the order at the gateway.
    ClosedElsewhere,
    /// The gateway holds a payment under this number that this order does not expect.
    UnexpectedTrade,
}

/// What the shopper scans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeCode {
    /// The text of the QR code. Always the newest one, since an older one may be dead.
    pub code_url: CodeUrl,
    /// When the gateway issued it. It lives two hours.
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

    /// The reason in a word, for a state that has one.
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

    /// Why the order failed, or why it is being closed as failed.
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

    /// For an order that failed: what the gateway said, or why we could not write the call.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.failure().and_then(FailureCause::problem)
    }

    /// Whether the order has ended. Late money can still turn `Closed` and `Failed` into `Paid`; nothing
    /// changes `Paid`.
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
    /// The code and text of the cause, if it has any: the gateway's own words, or why we could not write the
    /// call.
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
