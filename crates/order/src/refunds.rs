//! The ledger of refunds: what was asked back, under which numbers, and how far each is.
//!
//! A refund is written down with its own number before it is sent, and repeated with that number
//! until its outcome is known: a new number would be a second refund (protocol §7.1). Refunds that
//! may have moved money never exceed their payment. They are sent one after the other, a minute
//! apart. That the gateway accepted one says little; a refund query decides.

use serde::{Deserialize, Serialize};
use wire::{Money, OutRefundNo, RefundDesc, RefundId, TransactionId};

use crate::Rejected;

/// The most refunds one order may have (§7.1).
pub(crate) const MAX_REFUNDS: usize = 50;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Two refund calls of one order are at least this far apart (§7.1).
const REFUND_PACE_MS: i64 = MINUTE_MS;
/// Two refund queries of one order are at least this far apart.
const REFUND_QUERY_PACE_MS: i64 = 10_000;

/// The pauses before a refund of unknown outcome is repeated; the last one repeats itself.
const REPEAT_PAUSES_MS: [i64; 6] =
    [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS];
/// When to ask how an accepted refund does: balances take minutes, cards up to three working days.
const QUERY_PAUSES_MS: [i64; 6] = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS];

/// `NOTENOUGH` is common for overseas merchants, who are refunded from the money of the day: the
/// same number is repeated hourly for two days, then every six hours, for a week (§7.1).
const NOT_ENOUGH_OFTEN_MS: i64 = 2 * DAY_MS;
const NOT_ENOUGH_UNTIL_MS: i64 = 7 * DAY_MS;

/// What a merchant asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// The number of the refund, unique per merchant. Asking again with it is the same refund.
    pub out_refund_no: OutRefundNo,
    /// How much.
    pub amount: Money,
    /// Of which payment; of the one that confirmed the order where none is named.
    pub of: Option<TransactionId>,
    /// Why, as the payer may see it.
    pub reason: Option<RefundDesc>,
}

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Its number.
    pub out_refund_no: OutRefundNo,
    /// Of which payment.
    pub transaction_id: TransactionId,
    /// How much.
    pub amount: Money,
    /// Of how much.
    pub payment: Money,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefundDesc>,
    /// Where it stands.
    pub status: RefundStatus,
    /// When the merchant asked for it.
    pub requested_at_ms: i64,
    /// The gateway's number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// What the gateway said last, when it was not a success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How often the present status has been worked on.
    tries: u32,
    /// Whether a call that ended without a clear answer may have had its effect.
    unsure: bool,
    /// When to work on it next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_at_ms: Option<i64>,
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// To be sent, or sent without a clear answer and to be repeated with the same number.
    Requested,
    /// The gateway refused, but an earlier try may have worked: it is asked.
    Asking,
    /// The gateway accepted it; the money is on its way.
    Processing,
    /// The payer has the money. Final.
    Refunded,
    /// The payer's account does not take it (`CHANGE`): the merchant platform must be used.
    Abnormal,
    /// The gateway closed it (`REFUNDCLOSE`): the money stays. Final.
    Closed,
    /// The gateway refused it and no money moved. It may be asked for again with its number.
    Refused,
}

/// What is to be done for a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefundWork {
    Send(OutRefundNo),
    Query(OutRefundNo),
}

/// How a refund call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefundResult {
    Accepted(RefundId),
    /// Authenticated: no money moved by this call, repeat it with the same number.
    Repeat(String),
    /// Authenticated: the merchant has not enough money today.
    NotEnough(String),
    /// Authenticated refusal.
    Refused(String),
    /// Authenticated refusal whose reason may be that it was done before.
    Ask(String),
    /// It may or may not have been done.
    Unclear(String),
}

/// How a refund query ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefundFinding {
    Processing,
    Refunded,
    Abnormal,
    Closed,
    NotFound,
    /// No clear answer.
    Unclear(String),
}

/// The refunds of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refunds {
    all: Vec<Refund>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_sent_at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_query_at_ms: Option<i64>,
}

impl RefundStatus {
    /// The name in logs and webhooks.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Asking => "asking",
            Self::Processing => "processing",
            Self::Refunded => "refunded",
            Self::Abnormal => "abnormal",
            Self::Closed => "closed",
            Self::Refused => "refused",
        }
    }

    /// Whether money may have moved, or may still.
    #[must_use]
    pub fn holds_money(self) -> bool {
        match self {
            Self::Requested | Self::Asking | Self::Processing | Self::Refunded | Self::Abnormal => true,
            Self::Closed | Self::Refused => false,
        }
    }

    /// Whether nothing more is done about it unless somebody says so.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Requested | Self::Asking | Self::Processing => false,
            Self::Refunded | Self::Abnormal | Self::Closed | Self::Refused => true,
        }
    }
}

impl Refunds {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Refund> {
        self.all.iter()
    }

    pub(crate) fn find(&self, number: &OutRefundNo) -> Option<&Refund> {
        self.all.iter().find(|refund| refund.out_refund_no == *number)
    }

    fn find_mut(&mut self, number: &OutRefundNo) -> Option<&mut Refund> {
        self.all.iter_mut().find(|refund| refund.out_refund_no == *number)
    }

    /// What refunds of this payment have moved or may move, in minor units.
    pub(crate) fn held_minor(&self, of: &TransactionId) -> u64 {
        self.all
            .iter()
            .filter(|refund| refund.transaction_id == *of && refund.status.holds_money())
            .fold(0, |sum, refund| sum.saturating_add(refund.amount.minor))
    }

    /// Whether a refund can be made of a payment. Asking again for the same one can.
    pub(crate) fn admit(
        &self,
        order: &RefundOrder,
        of: &TransactionId,
        payment: Money,
    ) -> Result<(), Rejected> {
        if order.amount.minor == 0 || order.amount.currency != payment.currency {
            return Err(Rejected::RefundAmount);
        }
        if let Some(known) = self.find(&order.out_refund_no) {
            if known.transaction_id != *of || known.amount != order.amount {
                return Err(Rejected::RefundNumberTaken);
            }
            if known.status != RefundStatus::Refused {
                return Ok(());
            }
        } else if self.all.len() >= MAX_REFUNDS {
            return Err(Rejected::TooManyRefunds(MAX_REFUNDS));
        }
        let left_minor = payment.minor.saturating_sub(self.held_minor(of));
        if order.amount.minor > left_minor {
            return Err(Rejected::RefundExceedsPayment { left_minor });
        }
        Ok(())
    }

    /// Writes a refund down that was admitted. Asking again for the same one changes nothing,
    /// unless it was refused: then it is tried again, with its number. Says whether anything changed.
    pub(crate) fn request(
        &mut self,
        now_ms: i64,
        order: RefundOrder,
        of: TransactionId,
        payment: Money,
    ) -> bool {
        match self.find_mut(&order.out_refund_no) {
            Some(known) if known.status == RefundStatus::Refused => {
                known.requested_at_ms = now_ms;
                known.turn(RefundStatus::Requested, Some(now_ms));
                true
            }
            Some(_) => false,
            None => {
                self.all.push(Refund {
                    out_refund_no: order.out_refund_no,
                    transaction_id: of,
                    amount: order.amount,
                    payment,
                    reason: order.reason,
                    status: RefundStatus::Requested,
                    requested_at_ms: now_ms,
                    refund_id: None,
                    problem: None,
                    tries: 0,
                    unsure: false,
                    due_at_ms: Some(now_ms),
                });
                true
            }
        }
    }

    /// The work that comes first, and when. Refunds wait for the one before them to be accepted or
    /// refused; asking about accepted ones goes on meanwhile.
    fn next(&self) -> Option<(i64, RefundWork)> {
        let mut sending_is_free = true;
        let mut first: Option<(i64, RefundWork)> = None;
        for refund in &self.all {
            let Some(due_at_ms) = refund.due_at_ms else { continue };
            let candidate = if refund.status == RefundStatus::Requested {
                if !std::mem::replace(&mut sending_is_free, false) {
                    continue;
                }
                let paced = paced(due_at_ms, self.last_sent_at_ms, REFUND_PACE_MS);
                (paced, RefundWork::Send(refund.out_refund_no.clone()))
            } else {
                if refund.status == RefundStatus::Asking {
                    sending_is_free = false;
                }
                let paced = paced(due_at_ms, self.last_query_at_ms, REFUND_QUERY_PACE_MS);
                (paced, RefundWork::Query(refund.out_refund_no.clone()))
            };
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
            RefundWork::Query(_) => self.last_query_at_ms = Some(now_ms),
        }
        Some(work)
    }

    /// The gateway hinted at news.
    pub(crate) fn hinted(&mut self, number: &OutRefundNo, now_ms: i64) {
        if let Some(refund) = self.find_mut(number) {
            match refund.status {
                RefundStatus::Processing | RefundStatus::Abnormal => refund.due_at_ms = Some(now_ms),
                // Being sent or asked about already, or settled by a query.
                RefundStatus::Requested
                | RefundStatus::Asking
                | RefundStatus::Refunded
                | RefundStatus::Closed
                | RefundStatus::Refused => {}
            }
        }
    }

    /// A refund call ended. Says whether the status changed.
    pub(crate) fn sent(&mut self, number: &OutRefundNo, now_ms: i64, result: RefundResult) -> bool {
        let Some(refund) = self.find_mut(number) else { return false };
        if refund.status != RefundStatus::Requested {
            return false;
        }
        match result {
            RefundResult::Accepted(refund_id) => {
                refund.refund_id = Some(refund_id);
                refund.problem = None;
                refund.turn(RefundStatus::Processing, Some(now_ms.saturating_add(MINUTE_MS)));
            }
            RefundResult::Repeat(problem) => {
                refund.problem = Some(problem);
                refund.wait(now_ms, &REPEAT_PAUSES_MS);
            }
            RefundResult::Unclear(problem) => {
                refund.problem = Some(problem);
                refund.unsure = true;
                refund.wait(now_ms, &REPEAT_PAUSES_MS);
            }
            RefundResult::NotEnough(problem) => {
                refund.problem = Some(problem);
                let age_ms = now_ms.saturating_sub(refund.requested_at_ms);
                if age_ms < NOT_ENOUGH_UNTIL_MS {
                    let pause_ms = if age_ms < NOT_ENOUGH_OFTEN_MS { HOUR_MS } else { 6 * HOUR_MS };
                    refund.due_at_ms = Some(now_ms.saturating_add(pause_ms));
                } else {
                    refund.refuse(now_ms);
                }
            }
            RefundResult::Refused(problem) => {
                refund.problem = Some(problem);
                refund.refuse(now_ms);
            }
            RefundResult::Ask(problem) => {
                refund.problem = Some(problem);
                refund.unsure = true;
                refund.refuse(now_ms);
            }
        }
        refund.status != RefundStatus::Requested
    }

    /// A refund query ended. Says whether the status changed.
    pub(crate) fn queried(&mut self, number: &OutRefundNo, now_ms: i64, finding: RefundFinding) -> bool {
        let Some(refund) = self.find_mut(number) else { return false };
        let before = refund.status;
        match before {
            RefundStatus::Asking | RefundStatus::Processing | RefundStatus::Abnormal => {}
            RefundStatus::Requested
            | RefundStatus::Refunded
            | RefundStatus::Closed
            | RefundStatus::Refused => {
                return false;
            }
        }
        match finding {
            RefundFinding::Refunded => refund.turn(RefundStatus::Refunded, None),
            RefundFinding::Abnormal => refund.turn(RefundStatus::Abnormal, None),
            RefundFinding::Closed => refund.turn(RefundStatus::Closed, None),
            RefundFinding::Processing => {
                if before != RefundStatus::Processing {
                    refund.turn(RefundStatus::Processing, None);
                }
                refund.wait(now_ms, &QUERY_PAUSES_MS);
            }
            RefundFinding::NotFound if before == RefundStatus::Asking => {
                refund.unsure = false;
                refund.turn(RefundStatus::Refused, None);
            }
            // Accepted, and yet not to be found: not visible yet.
            RefundFinding::NotFound => refund.wait(now_ms, &QUERY_PAUSES_MS),
            RefundFinding::Unclear(problem) => {
                refund.problem = Some(problem);
                refund.wait(now_ms, &QUERY_PAUSES_MS);
            }
        }
        refund.status != before
    }

    /// Moments that a clock running ahead has noted must not stop refunds for as long.
    pub(crate) fn keep_within_reach(&mut self, now_ms: i64) {
        for at_ms in [&mut self.last_sent_at_ms, &mut self.last_query_at_ms].into_iter().flatten() {
            *at_ms = (*at_ms).min(now_ms);
        }
        for at_ms in self.all.iter_mut().filter_map(|refund| refund.due_at_ms.as_mut()) {
            *at_ms = (*at_ms).min(now_ms.saturating_add(DAY_MS));
        }
    }
}

impl Refund {
    fn turn(&mut self, status: RefundStatus, due_at_ms: Option<i64>) {
        self.status = status;
        self.tries = 0;
        self.due_at_ms = due_at_ms;
    }

    fn wait(&mut self, now_ms: i64, pauses_ms: &[i64]) {
        let tries = usize::try_from(self.tries).unwrap_or(usize::MAX);
        let pause_ms = pauses_ms.get(tries).or(pauses_ms.last()).copied().unwrap_or(DAY_MS);
        self.tries = self.tries.saturating_add(1);
        self.due_at_ms = Some(now_ms.saturating_add(pause_ms));
    }

    /// The gateway said no. If an earlier call may have worked, that is asked first, after a
    /// minute in which it may still become visible.
    fn refuse(&mut self, now_ms: i64) {
        if self.unsure {
            self.turn(RefundStatus::Asking, Some(now_ms.saturating_add(MINUTE_MS)));
        } else {
            self.turn(RefundStatus::Refused, None);
        }
    }
}

/// `due`, but not within `pace` of `last`.
fn paced(due_at_ms: i64, last_at_ms: Option<i64>, pace_ms: i64) -> i64 {
    last_at_ms.map_or(due_at_ms, |last_at_ms| due_at_ms.max(last_at_ms.saturating_add(pace_ms)))
}
