//! The ledger: all refunds of an order, their numbers, and which of them is next.
//!
//! We write a refund down with its own number before we send it, and repeat it with that number until its
//! outcome is known. A new number would be a second refund (protocol §7.1). The ledger admits a refund only
//! if all refunds that may have moved money leave room for it in the payment. Refunds are sent one after the
//! other, a minute apart. Acceptance by the gateway says little; a refund query decides.

use gateway::{
    Currency, Money, OutRefundNo, OutTradeNo, RefundAccount, RefundId, RefundReason, TransactionId,
};
use serde::{Deserialize, Serialize};

use crate::refund::{DAY_MS, RefundFinding, RefundResult};
use crate::refund_learning::Learning;
use crate::refund_number::number_at_gateway;
use crate::{ExceptionKind, Refund, RefundStatus, Rejected};

/// The most refunds of one order, those made elsewhere included (protocol §7.1).
pub(crate) const MAX_REFUNDS: usize = 50;

/// The most refunds that the ledger keeps. It leaves room to learn of refunds made elsewhere.
const MAX_KEPT: usize = 100;

const MINUTE_MS: i64 = 60_000;

/// The least time between two refund calls of one order (protocol §7.1).
const REFUND_PACE_MS: i64 = MINUTE_MS;
/// The least time between two refund queries of one order.
const REFUND_QUERY_PACE_MS: i64 = 10_000;

/// What a merchant asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// The merchant's refund number, unique within the order. The same number asks for the same refund.
    pub out_refund_no: OutRefundNo,
    /// How much.
    pub amount: Money,
    /// The payment to refund. `None`: the payment that confirmed the order, or the only one there is.
    pub of: Option<TransactionId>,
    /// The reason. The payer may see it.
    pub reason: Option<RefundReason>,
    /// Which of the merchant's accounts pays it. `None`: the gateway's default.
    pub account: Option<RefundAccount>,
}

impl RefundOrder {
    /// A refund of the order's own payment.
    #[must_use]
    pub fn new(out_refund_no: OutRefundNo, amount: Money) -> Self {
        Self { out_refund_no, amount, of: None, reason: None, account: None }
    }
}

/// The next thing to do about refunds. Refunds are named by their number at the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefundWork {
    Send(OutRefundNo),
    Query(OutRefundNo),
    /// Ask for the refunds of a payment, beginning with this one.
    Learn {
        of: TransactionId,
        offset: u32,
    },
}

/// The refunds of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RefundLedger {
    all: Vec<Refund>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_sent_at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_query_at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Learning::is_idle")]
    pub(crate) learning: Learning,
}

impl RefundLedger {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Refund> {
        self.all.iter()
    }

    /// The refund that the merchant asked for under this number.
    pub(crate) fn asked_for(&self, number: &OutRefundNo) -> Option<&Refund> {
        self.all.iter().find(|refund| !refund.made_elsewhere && refund.out_refund_no == *number)
    }

    fn asked_for_mut(&mut self, number: &OutRefundNo) -> Option<&mut Refund> {
        self.all.iter_mut().find(|refund| !refund.made_elsewhere && refund.out_refund_no == *number)
    }

    /// The refund that the gateway knows under this number.
    pub(crate) fn at_gateway(&self, number: &OutRefundNo) -> Option<&Refund> {
        self.all.iter().find(|refund| refund.number_at_gateway() == number)
    }

    fn at_gateway_mut(&mut self, number: &OutRefundNo) -> Option<&mut Refund> {
        self.all.iter_mut().find(|refund| refund.number_at_gateway() == number)
    }

    /// How much of this payment refunds have moved or may move, in minor units.
    pub(crate) fn held_minor(&self, of: &TransactionId) -> u64 {
        sum(self.all.iter().filter(|refund| refund.transaction_id == *of && refund.holds_money()))
    }

    /// How much of this payment was refunded, in its minor units.
    pub(crate) fn refunded_minor_of(&self, of: &TransactionId) -> u64 {
        sum(self.all.iter().filter(|refund| refund.transaction_id == *of && refund.is_refunded()))
    }

    /// How much was refunded of all payments in this currency, in minor units.
    pub(crate) fn refunded_minor(&self, currency: Currency) -> u64 {
        sum(self.all.iter().filter(|refund| refund.amount.currency == currency && refund.is_refunded()))
    }

    /// How much is being refunded, or may be, of all payments in this currency, in minor units.
    pub(crate) fn refunding_minor(&self, currency: Currency) -> u64 {
        sum(self.all.iter().filter(|refund| {
            refund.amount.currency == currency && refund.holds_money() && !refund.is_refunded()
        }))
    }

    /// Whether another refund with the same number still needs an exception of this kind. A refund made
    /// elsewhere may have the merchant's number of one of ours.
    pub(crate) fn another_wants(&self, kind: ExceptionKind, but: &Refund) -> bool {
        self.all.iter().any(|refund| {
            refund.out_refund_no == but.out_refund_no
                && refund.made_elsewhere != but.made_elsewhere
                && refund.wants_a_person() == Some(kind)
        })
    }

    /// Whether a refund of ours can be the reason that the gateway calls this payment refunded.
    pub(crate) fn explain(&self, of: &TransactionId) -> bool {
        self.all.iter().any(|refund| {
            refund.transaction_id == *of && (refund.holds_money() || refund.status == RefundStatus::Closed)
        })
    }

    /// Whether there is nothing to do by itself.
    pub(crate) fn is_idle(&self) -> bool {
        self.next().is_none()
    }

    /// Whether a payment can be refunded like this. Asking again for the same refund is allowed.
    pub(crate) fn admit(
        &self,
        order: &RefundOrder,
        of: &TransactionId,
        payment: Money,
    ) -> Result<(), Rejected> {
        if order.amount.minor == 0 || order.amount.currency != payment.currency {
            return Err(Rejected::RefundAmount);
        }
        if let Some(known) = self.asked_for(&order.out_refund_no) {
            if known.transaction_id != *of || known.amount != order.amount {
                return Err(Rejected::RefundNumberTaken);
            }
            if known.holds_money() || known.status == RefundStatus::Closed {
                return Ok(());
            }
        } else if self.all.len() >= MAX_REFUNDS {
            return Err(Rejected::TooManyRefunds(MAX_REFUNDS));
        }
        self.fits(order.amount.minor, of, payment)
    }

    fn fits(&self, minor: u64, of: &TransactionId, payment: Money) -> Result<(), Rejected> {
        let left_minor = payment.minor.saturating_sub(self.held_minor(of));
        if minor > left_minor { Err(Rejected::RefundExceedsPayment { left_minor }) } else { Ok(()) }
    }

    /// Writes an admitted refund down. Asking again for the same one changes nothing, unless it was refused
    /// or withdrawn: then we try it again with its number. True if anything changed.
    pub(crate) fn request(
        &mut self,
        now_ms: i64,
        order_number: &OutTradeNo,
        order: RefundOrder,
        of: TransactionId,
        payment: Money,
    ) -> bool {
        if let Some(known) = self.asked_for_mut(&order.out_refund_no) {
            let again = known.status == RefundStatus::Refused || known.status == RefundStatus::Withdrawn;
            if again {
                known.again(now_ms, order.account);
            }
            return again;
        }
        self.all.push(Refund {
            sent_as: Some(number_at_gateway(order_number, &order.out_refund_no)),
            out_refund_no: order.out_refund_no,
            made_elsewhere: false,
            transaction_id: of,
            amount: order.amount,
            payment,
            reason: order.reason,
            account: order.account,
            status: RefundStatus::Requested,
            requested_at_ms: now_ms,
            refund_id: None,
            problem: None,
            tries: 0,
            unsure: false,
            waits_for_money: false,
            since_ms: now_ms,
            due_at_ms: Some(now_ms),
        });
        true
    }

    /// Whether a refund can be tried again now.
    pub(crate) fn admit_retry(&self, number: &OutRefundNo) -> Result<(), Rejected> {
        let refund = self.asked_for(number).ok_or(Rejected::NoSuchRefund)?;
        match refund.status {
            RefundStatus::Refunded | RefundStatus::Closed => {
                Err(Rejected::RefundIsOver { status: refund.status.name() })
            }
            RefundStatus::Refused | RefundStatus::Withdrawn if !refund.holds_money() => {
                self.fits(refund.amount.minor, &refund.transaction_id, refund.payment)
            }
            RefundStatus::Requested
            | RefundStatus::Asking
            | RefundStatus::Processing
            | RefundStatus::Abnormal
            | RefundStatus::Stuck
            | RefundStatus::Refused
            | RefundStatus::Withdrawn => Ok(()),
        }
    }

    /// A person wants a refund to be tried, or asked about, now. The pace of the gateway still applies.
    pub(crate) fn retry(&mut self, number: &OutRefundNo, now_ms: i64, account: Option<RefundAccount>) {
        if let Some(refund) = self.asked_for_mut(number) {
            refund.again(now_ms, account);
        }
    }

    /// Whether a refund can be withdrawn. A second time changes nothing.
    pub(crate) fn admit_withdrawal(&self, number: &OutRefundNo) -> Result<(), Rejected> {
        let refund = self.asked_for(number).ok_or(Rejected::NoSuchRefund)?;
        if refund.can_be_withdrawn() || refund.status == RefundStatus::Withdrawn {
            Ok(())
        } else {
            Err(Rejected::RefundIsOver { status: refund.status.name() })
        }
    }

    /// The merchant withdraws a refund. True if anything changed.
    pub(crate) fn withdraw(&mut self, number: &OutRefundNo, now_ms: i64, is_being_sent: bool) -> bool {
        let refund = self.asked_for_mut(number).filter(|refund| refund.can_be_withdrawn());
        refund.map(|refund| refund.withdraw(now_ms, is_being_sent)).is_some()
    }

    /// Writes down a refund made elsewhere. False if there is no room.
    pub(crate) fn add_elsewhere(&mut self, refund: Refund) -> bool {
        let room = self.all.len() < MAX_KEPT;
        if room {
            self.all.push(refund);
        }
        room
    }

    /// The work that comes first, and when. A refund waits until the gateway has accepted or refused the one
    /// before it. Queries about accepted refunds continue in the meantime.
    fn next(&self) -> Option<(i64, RefundWork)> {
        let mut sending_is_free = true;
        let mut first: Option<(i64, RefundWork)> = None;
        let asked = |due_at_ms| paced(due_at_ms, self.last_query_at_ms, REFUND_QUERY_PACE_MS);
        let learning = self
            .learning
            .next()
            .map(|(due_at_ms, of, offset)| (asked(due_at_ms), RefundWork::Learn { of: of.clone(), offset }));
        let refunds = self.all.iter().filter_map(|refund| {
            let due_at_ms = refund.due_at_ms?;
            let number = refund.number_at_gateway().clone();
            if refund.status == RefundStatus::Requested {
                if !std::mem::replace(&mut sending_is_free, false) {
                    return None;
                }
                let paced = paced(due_at_ms, self.last_sent_at_ms, REFUND_PACE_MS);
                Some((paced, RefundWork::Send(number)))
            } else {
                if refund.status == RefundStatus::Asking {
                    sending_is_free = false;
                }
                Some((asked(due_at_ms), RefundWork::Query(number)))
            }
        });
        for candidate in learning.into_iter().chain(refunds) {
            if first.as_ref().is_none_or(|(at_ms, _)| candidate.0 < *at_ms) {
                first = Some(candidate);
            }
        }
        first
    }

    pub(crate) fn due_at_ms(&self) -> Option<i64> {
        self.next().map(|(at_ms, _)| at_ms)
    }

    /// Begins the work that is due.
    pub(crate) fn begin(&mut self, now_ms: i64) -> Option<RefundWork> {
        let (at_ms, work) = self.next()?;
        if at_ms > now_ms {
            return None;
        }
        match work {
            RefundWork::Send(_) => self.last_sent_at_ms = Some(now_ms),
            RefundWork::Query(_) | RefundWork::Learn { .. } => self.last_query_at_ms = Some(now_ms),
        }
        Some(work)
    }

    /// The gateway hinted that this refund changed.
    pub(crate) fn hinted(&mut self, number: &OutRefundNo, now_ms: i64) {
        if let Some(refund) = self.at_gateway_mut(number) {
            refund.due_at_ms = Some(now_ms);
        }
    }

    /// A refund call ended. True if anything changed that the merchant is told.
    pub(crate) fn sent(&mut self, number: &OutRefundNo, now_ms: i64, result: RefundResult) -> bool {
        self.moved(number, |refund| refund.sent(now_ms, result))
    }

    /// The gateway has shown a refund with its own number, so it has accepted it, even if the answer to the
    /// call was lost.
    pub(crate) fn seen_as(&mut self, number: &OutRefundNo, refund_id: &RefundId) {
        if let Some(refund) = self.at_gateway_mut(number) {
            refund.refund_id.get_or_insert_with(|| refund_id.clone());
        }
    }

    /// A refund query ended. True if anything changed that the merchant is told.
    pub(crate) fn queried(&mut self, number: &OutRefundNo, now_ms: i64, finding: RefundFinding) -> bool {
        self.moved(number, |refund| refund.found(now_ms, finding))
    }

    fn moved(&mut self, number: &OutRefundNo, change: impl FnOnce(&mut Refund)) -> bool {
        let Some(refund) = self.at_gateway_mut(number) else { return false };
        let before = (refund.status, refund.waits_for_money);
        change(refund);
        before != (refund.status, refund.waits_for_money)
    }

    /// Moments noted by a clock that ran ahead must not delay refunds after it is put right.
    pub(crate) fn keep_within_reach(&mut self, now_ms: i64) {
        for at_ms in [&mut self.last_sent_at_ms, &mut self.last_query_at_ms].into_iter().flatten() {
            *at_ms = (*at_ms).min(now_ms);
        }
        for refund in &mut self.all {
            refund.since_ms = refund.since_ms.min(now_ms);
            if let Some(at_ms) = refund.due_at_ms.as_mut() {
                *at_ms = (*at_ms).min(now_ms.saturating_add(DAY_MS));
            }
        }
        self.learning.keep_within_reach(now_ms);
    }
}

fn sum<'r>(refunds: impl Iterator<Item = &'r Refund>) -> u64 {
    refunds.fold(0, |sum, refund| sum.saturating_add(refund.amount.minor))
}

/// `due_at_ms`, but at least `pace_ms` after `last_at_ms`.
fn paced(due_at_ms: i64, last_at_ms: Option<i64>, pace_ms: i64) -> i64 {
    last_at_ms.map_or(due_at_ms, |last_at_ms| due_at_ms.max(last_at_ms.saturating_add(pace_ms)))
}
