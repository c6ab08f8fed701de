//! What can happen to an order, and why it may refuse. Each input may come twice, late, out of order, or
//! never.

use gateway::{Notification, OutRefundNo, Outcome, RefundAccount};
use thiserror::Error;

use crate::{Delivery, Download, RawHash, RefundOrder, Who};

/// Something that happened. Inputs are passed one at a time and consumed, so their size does not matter.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)]
pub enum Input {
    /// A call finished. Ignored unless `attempt` is the one in flight.
    Answered {
        /// The attempt number of the [`crate::GatewayCall`].
        attempt: u64,
        /// How it ended.
        outcome: Outcome,
        /// The hash of the body we received, if any.
        raw: Option<RawHash>,
    },
    /// A payment notification, verified in this order's dialect.
    Notified {
        /// The notification. Nothing unverified has this type.
        notification: Notification,
        /// The hash of its body.
        raw: Option<RawHash>,
    },
    /// A notification that the gateway signed and that we cannot read: a field that decides is missing or
    /// malformed. It confirms nothing. We keep it, tell a person, and query the gateway.
    NotificationUnreadable {
        /// What is wrong with it.
        why: String,
        /// The hash of its body.
        raw: Option<RawHash>,
    },
    /// A message about this order that did not verify. It proves nothing, but it may be genuine and damaged
    /// on its way. So it may prompt one query.
    NotificationSuspected {
        /// The hash of its body.
        raw: Option<RawHash>,
    },
    /// A refund notification that we could decrypt. It is a hint to ask, not a proof (protocol §7.6).
    RefundNotified {
        /// The refund it names.
        out_refund_no: OutRefundNo,
        /// The hash of its body.
        raw: Option<RawHash>,
    },
    /// A page looks at the order: it asks for the view, or it has an open socket.
    PageWatching,
    /// The shopper or the merchant cancels the order.
    CancelRequested {
        /// The shopper, or the merchant.
        by: Who,
    },
    /// The merchant wants a query now, or as soon as the pace allows.
    QueryRequested,
    /// The merchant wants to refund the payer.
    RefundRequested(RefundOrder),
    /// The merchant wants a refund to be tried, or asked about, now.
    RefundRetried {
        /// The merchant's refund number.
        out_refund_no: OutRefundNo,
        /// Which of the merchant's accounts pays it from now on, if that changes.
        account: Option<RefundAccount>,
    },
    /// The merchant withdraws a refund that the gateway has not accepted.
    RefundWithdrawn {
        /// The merchant's refund number.
        out_refund_no: OutRefundNo,
    },
    /// The merchant wants us to send a webhook again that we gave up.
    RedeliveryRequested {
        /// The id of the webhook.
        id: String,
    },
    /// A person has dealt with an exception.
    ExceptionDone {
        /// Which one.
        id: u32,
    },
    /// The merchant wants what a person said, or what may be about a person, removed. The caller removes it
    /// from the order's [`crate::DetailsText`] in the same commit ([`crate::Holder::forget_person`]).
    PersonForgotten,
    /// The shopper's browser asks for a file that was bought. Its bytes are sent only if the order takes
    /// this.
    DownloadBegins(Download),
    /// A file that was bought is not where it should be.
    FileMissing {
        /// The name by which the order knows it.
        file: String,
    },
    /// The merchant allows more downloads.
    DownloadsAllowed,
    /// How the deliveries of outbox messages ended.
    Delivered(Vec<Delivery>),
    /// The alarm rang, or something else found it worth looking at the order.
    AlarmFired,
    /// The sweep visits the order. It does what the alarm does, and writes the row again if the index is
    /// behind.
    Swept {
        /// The version of the row in the index.
        index_version: u64,
    },
    /// What the merchant asks for with one of its keys. The events that this causes name the key.
    WithKey {
        /// The name of the key.
        key: String,
        /// What it asks for.
        input: Box<Self>,
    },
    /// The process that holds the order has started, so no call is in flight any more. Optional: without it,
    /// the order notices a dead call at its deadline.
    Restarted,
}

/// Why an order refused an input. The order is unchanged then. It refuses requests of people, and an outcome
/// that belongs to another call. It never refuses what the gateway says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejected {
    /// A paid order cannot be cancelled.
    #[error("the order is paid; it can be refunded, not cancelled")]
    AlreadyPaid,
    /// Files go out only for an order that is paid.
    #[error("the order is not paid")]
    NotPaid,
    /// The payment was given back, or is being given back.
    #[error("the payment was given back, or is being given back")]
    MoneyWentBack,
    /// The file was downloaded as often as it may be.
    #[error("the file was downloaded as often as it may be")]
    DownloadsUsedUp,
    /// The order has no such payment.
    #[error("the order has no such payment; there is nothing to refund")]
    NothingToRefund,
    /// A refund must be in the currency of the payment, and more than zero.
    #[error("a refund must be in the currency of the payment, and more than nothing")]
    RefundAmount,
    /// All refunds together would exceed the payment.
    #[error("this refund exceeds what is left of the payment: {left_minor}")]
    RefundExceedsPayment {
        /// What may still be refunded, in minor units.
        left_minor: u64,
    },
    /// The number already belongs to another refund of this order.
    #[error("this refund number belongs to a refund of other terms")]
    RefundNumberTaken,
    /// The order has no refund with this number.
    #[error("the order has no refund of this number")]
    NoSuchRefund,
    /// The refund has ended, or WeChat Pay has accepted it.
    #[error("the refund is {status}; this cannot be changed here")]
    RefundIsOver {
        /// How far it is.
        status: &'static str,
    },
    /// The order has no exception with this id.
    #[error("the order has no exception of this id")]
    NoSuchException,
    /// We gave up no webhook with this id.
    #[error("no webhook of this id was given up; a webhook that still waits is sent by itself")]
    NoSuchWebhook,
    /// The gateway allows this many refunds per order.
    #[error("the order has {0} refunds, the most the gateway allows")]
    TooManyRefunds(usize),
    /// The outcome belongs to another call than the one with this attempt number: a defect of the caller.
    #[error("the outcome of a {got} call was reported for the {expected} call in flight")]
    OutcomeOfAnotherCall {
        /// The call in flight.
        expected: &'static str,
        /// The call the outcome belongs to.
        got: &'static str,
    },
}

impl Input {
    /// The same, asked for with this key.
    #[must_use]
    pub fn with_key(self, key: Option<String>) -> Self {
        match key {
            Some(key) => Self::WithKey { key, input: Box::new(self) },
            None => self,
        }
    }

    /// The name of the key, and what is asked for.
    pub(crate) fn without_key(self) -> (Option<String>, Self) {
        match self {
            Self::WithKey { key, input } => (Some(key), input.without_key().1),
            other => (None, other),
        }
    }

    pub(crate) fn who(&self) -> Who {
        match self {
            Self::Answered { .. } | Self::Notified { .. } | Self::RefundNotified { .. } => Who::Gateway,
            Self::NotificationUnreadable { .. } => Who::Gateway,
            Self::NotificationSuspected { .. } => Who::Stranger,
            Self::PageWatching | Self::DownloadBegins(_) | Self::FileMissing { .. } => Who::Shopper,
            Self::CancelRequested { by } => *by,
            Self::QueryRequested
            | Self::RefundRequested(_)
            | Self::RefundRetried { .. }
            | Self::RefundWithdrawn { .. }
            | Self::RedeliveryRequested { .. }
            | Self::ExceptionDone { .. }
            | Self::DownloadsAllowed
            | Self::PersonForgotten => Who::Merchant,
            Self::WithKey { input, .. } => input.who(),
            Self::Delivered(_) | Self::AlarmFired | Self::Swept { .. } | Self::Restarted => Who::Clock,
        }
    }

    pub(crate) fn raw(&self) -> Option<RawHash> {
        match self {
            Self::Answered { raw, .. }
            | Self::Notified { raw, .. }
            | Self::NotificationUnreadable { raw, .. }
            | Self::NotificationSuspected { raw }
            | Self::RefundNotified { raw, .. } => *raw,
            Self::WithKey { input, .. } => input.raw(),
            Self::PageWatching
            | Self::CancelRequested { .. }
            | Self::QueryRequested
            | Self::RefundRequested(_)
            | Self::RefundRetried { .. }
            | Self::RefundWithdrawn { .. }
            | Self::RedeliveryRequested { .. }
            | Self::ExceptionDone { .. }
            | Self::PersonForgotten
            | Self::DownloadBegins(_)
            | Self::FileMissing { .. }
            | Self::DownloadsAllowed
            | Self::Delivered(_)
            | Self::AlarmFired
            | Self::Swept { .. }
            | Self::Restarted => None,
        }
    }
}
