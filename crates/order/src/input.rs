//! What can happen to an order. Each may come twice, late, out of order, or never.

use wire::{Money, OutRefundNo, TransactionId, VerifiedNotification};

use crate::{Outcome, RawHash, RefundOrder, Who};

/// Something that happened. One at a time is handed over and used up, so its size does not matter.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)]
pub enum Input {
    /// The call of this attempt ended. Of an attempt that is not in flight any more it is ignored.
    Answered {
        /// The attempt number of the [`crate::GatewayCall`].
        attempt: u64,
        /// How it ended.
        outcome: Outcome,
        /// The hash of the body received, if there was one.
        raw: Option<RawHash>,
    },
    /// A payment notification that verified with this order's sign type.
    Notified {
        /// The notification. Nothing unverified has this type.
        notification: VerifiedNotification,
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
        /// Who.
        by: Who,
    },
    /// The merchant wants the gateway asked now, or as soon as the pace allows.
    QueryRequested,
    /// The merchant wants money back to the payer.
    RefundRequested(RefundOrder),
    /// Messages of the outbox were handed over.
    Delivered {
        /// The ids of those that were accepted.
        accepted: Vec<String>,
        /// The ids of those that were not.
        refused: Vec<String>,
    },
    /// The alarm rang, or something else thought it worth looking at the order.
    AlarmFired,
    /// Whoever holds the order was started anew: no call is in flight any more. Optional; without
    /// it a call that died is noticed at its deadline.
    Restarted,
}

impl Input {
    pub(crate) fn who(&self) -> Who {
        match self {
            Self::Answered { .. } | Self::Notified { .. } | Self::RefundNotified { .. } => Who::Gateway,
            Self::NotificationSuspected { .. } => Who::Stranger,
            Self::PageWatching => Who::Shopper,
            Self::CancelRequested { by } => *by,
            Self::QueryRequested | Self::RefundRequested(_) => Who::Merchant,
            Self::Delivered { .. } | Self::AlarmFired | Self::Restarted => Who::Clock,
        }
    }

    pub(crate) fn raw(&self) -> Option<RawHash> {
        match self {
            Self::Answered { raw, .. }
            | Self::Notified { raw, .. }
            | Self::NotificationSuspected { raw }
            | Self::RefundNotified { raw, .. } => *raw,
            Self::PageWatching
            | Self::CancelRequested { .. }
            | Self::QueryRequested
            | Self::RefundRequested(_)
            | Self::Delivered { .. }
            | Self::AlarmFired
            | Self::Restarted => None,
        }
    }
}

impl RefundOrder {
    /// A refund of the order's own payment.
    #[must_use]
    pub fn new(out_refund_no: OutRefundNo, amount: Money) -> Self {
        Self { out_refund_no, amount, of: None::<TransactionId>, reason: None }
    }
}
