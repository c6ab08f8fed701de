//! What can happen to an order. Each may come twice, late, out of order, or never.

use gateway::{Money, Notification, OutRefundNo, Outcome, RefundAccount, TransactionId};

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

impl RefundOrder {
    /// A refund of the order's own payment.
    #[must_use]
    pub fn new(out_refund_no: OutRefundNo, amount: Money) -> Self {
        Self { out_refund_no, amount, of: None::<TransactionId>, reason: None, account: None }
    }
}
