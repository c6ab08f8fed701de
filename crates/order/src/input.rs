//! What can happen to an order. Each may come twice, late, out of order, or never.

use gateway::{Notification, OutRefundNo, Outcome, RefundAccount};
use thiserror::Error;

use crate::{Delivery, RawHash, RefundOrder, Who};

/// Something that happened. One at a time is handed over and used up, so its size does not matter.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)]
pub enum Input {
    /// A call finished. Ignored unless `attempt` is the one in flight.
    Answered {
        /// The attempt number of the [`crate::GatewayCall`].
        attempt: u64,
        /// How it ended.
        outcome: Outcome,
        /// The hash of the body received, if there was one.
        raw: Option<RawHash>,
    },
    /// A payment notification that verified in this order's dialect.
    Notified {
        /// The notification. Nothing unverified has this type.
        notification: Notification,
        /// The hash of its body.
        raw: Option<RawHash>,
    },
    /// A notification that the gateway signed, and that cannot be read: a field that decides is missing
    /// or has another form. It confirms nothing; it is kept, a person is told, the gateway is asked.
    NotificationUnreadable {
        /// What is wrong with it.
        why: String,
        /// The hash of its body.
        raw: Option<RawHash>,
    },
    /// A message about this order that did not verify. It proves nothing, but may be an honest one
    /// broken on its way, so it may prompt one query.
    NotificationSuspected {
        /// The hash of its body.
        raw: Option<RawHash>,
    },
    /// A refund notification that could be decrypted: a hint to ask, no proof (protocol §7.6).
    RefundNotified {
        /// The refund it names.
        out_refund_no: OutRefundNo,
        /// The hash of its body.
        raw: Option<RawHash>,
    },
    /// A page looks at the order, by asking for its view or by an open socket.
    PageWatching,
    /// The shopper or the merchant gives the order up.
    CancelRequested {
        /// The shopper, or the merchant.
        by: Who,
    },
    /// The merchant wants the gateway asked now, or as soon as the pace allows.
    QueryRequested,
    /// The merchant wants money back to the payer.
    RefundRequested(RefundOrder),
    /// The merchant wants a refund tried, or asked about, now.
    RefundRetried {
        /// The merchant's number of it.
        out_refund_no: OutRefundNo,
        /// Which account of the merchant's pays it from now on, where that changes.
        account: Option<RefundAccount>,
    },
    /// The merchant withdraws a refund that the gateway has not accepted.
    RefundWithdrawn {
        /// The merchant's number of it.
        out_refund_no: OutRefundNo,
    },
    /// The merchant wants a webhook sent again that was given up.
    RedeliveryRequested {
        /// The id of the webhook.
        id: String,
    },
    /// A person has dealt with an exception.
    ExceptionDone {
        /// Which one.
        id: u32,
    },
    /// What became of messages of the outbox that were handed over.
    Delivered(Vec<Delivery>),
    /// The alarm rang, or something else thought it worth looking at the order.
    AlarmFired,
    /// The sweep came by. It does what the alarm does; and where the index is behind, its row is written
    /// again.
    Swept {
        /// The version of the row that the index has.
        index_version: u64,
    },
    /// The process that holds the order has started: no call is in flight any more. Optional; without
    /// it a call that died is noticed at its deadline.
    Restarted,
}

/// Why an input was refused. Only requests of people are; what the gateway says is never refused,
/// it is judged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejected {
    /// A paid order cannot be cancelled.
    #[error("the order is paid; it can be refunded, not cancelled")]
    AlreadyPaid,
    /// There is no payment to refund.
    #[error("the order has no such payment; there is nothing to refund")]
    NothingToRefund,
    /// A refund must use the currency of the payment.
    #[error("a refund must be in the currency of the payment, and more than nothing")]
    RefundAmount,
    /// All refunds together would exceed the payment.
    #[error("this refund exceeds what is left of the payment: {left_minor}")]
    RefundExceedsPayment {
        /// What may still be refunded, in minor units.
        left_minor: u64,
    },
    /// The refund number stands for another refund of this order.
    #[error("this refund number belongs to a refund of other terms")]
    RefundNumberTaken,
    /// There is no refund of this number.
    #[error("the order has no refund of this number")]
    NoSuchRefund,
    /// The refund has come to its end, or WeChat Pay has accepted it.
    #[error("the refund is {status}; this cannot be changed here")]
    RefundIsOver {
        /// How far it is.
        status: &'static str,
    },
    /// There is no such exception.
    #[error("the order has no exception of this id")]
    NoSuchException,
    /// No webhook of this id was given up.
    #[error("no webhook of this id was given up; a webhook that still waits is sent by itself")]
    NoSuchWebhook,
    /// The gateway allows so many refunds per order and no more.
    #[error("the order has {0} refunds, the most the gateway allows")]
    TooManyRefunds(usize),
    /// The outcome is not one of the call whose attempt number it carries: a defect of the caller.
    #[error("the outcome of a {got} call was reported for the {expected} call in flight")]
    OutcomeOfAnotherCall {
        /// The call in flight.
        expected: &'static str,
        /// The call the outcome belongs to.
        got: &'static str,
    },
}

impl Input {
    pub(crate) fn who(&self) -> Who {
        match self {
            Self::Answered { .. } | Self::Notified { .. } | Self::RefundNotified { .. } => Who::Gateway,
            Self::NotificationUnreadable { .. } => Who::Gateway,
            Self::NotificationSuspected { .. } => Who::Stranger,
            Self::PageWatching => Who::Shopper,
            Self::CancelRequested { by } => *by,
            Self::QueryRequested
            | Self::RefundRequested(_)
            | Self::RefundRetried { .. }
            | Self::RefundWithdrawn { .. }
            | Self::RedeliveryRequested { .. }
            | Self::ExceptionDone { .. } => Who::Merchant,
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
            Self::PageWatching
            | Self::CancelRequested { .. }
            | Self::QueryRequested
            | Self::RefundRequested(_)
            | Self::RefundRetried { .. }
            | Self::RefundWithdrawn { .. }
            | Self::RedeliveryRequested { .. }
            | Self::ExceptionDone { .. }
            | Self::Delivered(_)
            | Self::AlarmFired
            | Self::Swept { .. }
            | Self::Restarted => None,
        }
    }
}
