//! One refund: its numbers, its status, and how an answer changes it.
//!
//! Every loop has an end. A refund that is repeated or asked about without a clear answer becomes *stuck*
//! after a fixed time. Then we try nothing more, tell a person, and go on with the other refunds.

use crate::ExceptionKind;
use gateway::{Money, OutRefundNo, RefundAccount, RefundId, RefundReason, TransactionId};
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// The pauses before we repeat a refund of unknown outcome. The last one repeats.
const REPEAT_PAUSES_MS: [i64; 6] =
    [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS];
/// When to ask about an accepted refund. Balances take minutes, cards up to three working days. The last one
/// repeats.
pub(crate) const QUERY_PAUSES_MS: [i64; 6] =
    [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS];

/// After this long without a clear answer a refund is stuck.
pub(crate) const UNCLEAR_END_MS: i64 = DAY_MS;
/// The same when the answers point to a wrong configuration. Repeating the call does not repair that.
const MISCONFIGURED_END_MS: i64 = HOUR_MS;
/// An accepted refund is stuck when the gateway cannot find it for this long.
const NOT_FOUND_END_MS: i64 = 3 * DAY_MS;
/// An accepted refund that is still under way is stuck after this long, counted from the request. Cards take
/// days; the documents name no end.
const PROCESSING_END_MS: i64 = 30 * DAY_MS;

/// `NOTENOUGH` is common for overseas merchants, because their refunds are paid from the money of the day.
/// The documents say to repeat the same number for 12 to 48 hours (protocol §7.1). We repeat it every hour
/// for two days, then every six hours until a week is over.
const NOT_ENOUGH_OFTEN_MS: i64 = 2 * DAY_MS;
const NOT_ENOUGH_UNTIL_MS: i64 = 7 * DAY_MS;

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Its number: the merchant's own, or the number that somebody else gave it elsewhere.
    pub out_refund_no: OutRefundNo,
    /// Its number at the gateway, if different. It consists of the order's number and the merchant's, because
    /// the gateway knows a number only once per *merchant* (protocol §1.7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_as: Option<OutRefundNo>,
    /// Whether it was made elsewhere, for instance in WeChat Pay's merchant platform.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub made_elsewhere: bool,
    /// The payment it belongs to.
    pub transaction_id: TransactionId,
    /// How much.
    pub amount: Money,
    /// The amount of that payment.
    pub payment: Money,
    /// The merchant's reason. WeChat may show it to the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefundReason>,
    /// Which of the merchant's accounts pays it. `None`: the gateway's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<RefundAccount>,
    /// How far it is.
    pub status: RefundStatus,
    /// When the merchant asked for it, or when we learned of it.
    pub requested_at_ms: i64,
    /// The gateway's own number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// What the gateway said last, unless it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How often we have worked on it in its present status.
    pub(crate) tries: u32,
    /// Whether a call without a clear answer may have refunded.
    pub(crate) unsure: bool,
    /// Whether it waits for money in the merchant's account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) waits_for_money: bool,
    /// The latest of three moments: it got its present status, the gateway said something clear, a call ended
    /// that may have refunded. 0 in a snapshot of version 1.
    #[serde(default)]
    pub(crate) since_ms: i64,
    /// When to work on it next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due_at_ms: Option<i64>,
}

/// How far a refund is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// To be sent, or sent without a clear answer and to be repeated with the same number.
    Requested,
    /// The gateway refused, but an earlier call may have refunded. We ask.
    Asking,
    /// The gateway accepted it. The money is on its way.
    Processing,
    /// The payer has the money. Final.
    Refunded,
    /// The payer's account does not take it (`CHANGE`). Use the merchant platform.
    Abnormal,
    /// The gateway closed it (`REFUNDCLOSE`). The merchant keeps the money. Final.
    Closed,
    /// The gateway refused it, and no money moved. The merchant may ask again with the same number.
    Refused,
    /// No clear answer for so long that we try nothing more. Money may have moved. A person asks again or
    /// withdraws it.
    Stuck,
    /// The merchant withdrew it before the gateway accepted it.
    Withdrawn,
}

/// How a refund call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefundResult {
    Accepted(RefundId),
    /// Authenticated: this call moved no money. Repeat it with the same number.
    Repeat(String),
    /// Authenticated: the merchant's account does not have enough money now.
    NotEnough(String),
    /// Authenticated refusal.
    Refused(String),
    /// Authenticated refusal. The reason may be that an earlier call already refunded.
    Ask(String),
    /// The call may have refunded.
    Unclear(String),
    /// The same, and the answer points to a wrong configuration.
    Misconfigured(String),
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
            Self::Stuck => "stuck",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether the status alone says that money may have moved or may still move. See
    /// [`Refund::holds_money`].
    #[must_use]
    pub fn holds_money(self) -> bool {
        match self {
            Self::Requested
            | Self::Asking
            | Self::Processing
            | Self::Refunded
            | Self::Abnormal
            | Self::Stuck => true,
            Self::Closed | Self::Refused | Self::Withdrawn => false,
        }
    }

    /// Whether the status ends our own work on it. We still ask about a withdrawn refund that is in doubt.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Requested | Self::Asking | Self::Processing => false,
            Self::Refunded
            | Self::Abnormal
            | Self::Closed
            | Self::Refused
            | Self::Stuck
            | Self::Withdrawn => true,
        }
    }
}

impl Refund {
    /// Since when it has its present status, or since the gateway last said something clear about it. 0 if an
    /// early version has stored it.
    #[must_use]
    pub const fn since_ms(&self) -> i64 {
        self.since_ms
    }

    /// Whether the payer has the money.
    pub(crate) fn is_refunded(&self) -> bool {
        self.status == RefundStatus::Refunded
    }

    /// What a person must look at, if anything.
    pub(crate) fn wants_a_person(&self) -> Option<ExceptionKind> {
        match self.status {
            RefundStatus::Requested => self.waits_for_money.then_some(ExceptionKind::RefundWaits),
            RefundStatus::Stuck => Some(ExceptionKind::RefundStuck),
            RefundStatus::Abnormal => Some(ExceptionKind::RefundAbnormal),
            RefundStatus::Asking
            | RefundStatus::Processing
            | RefundStatus::Refunded
            | RefundStatus::Closed
            | RefundStatus::Refused
            | RefundStatus::Withdrawn => None,
        }
    }

    /// The number that the gateway knows.
    #[must_use]
    pub fn number_at_gateway(&self) -> &OutRefundNo {
        self.sent_as.as_ref().unwrap_or(&self.out_refund_no)
    }

    pub(crate) fn enter(&mut self, status: RefundStatus, now_ms: i64, due_at_ms: Option<i64>) {
        self.status = status;
        self.since_ms = now_ms;
        self.tries = 0;
        self.waits_for_money = false;
        self.due_at_ms = due_at_ms;
    }

    /// A refund call ended.
    pub(crate) fn sent(&mut self, now_ms: i64, result: RefundResult) {
        match self.status {
            RefundStatus::Requested => {}
            // The merchant withdrew it during the call and may have asked for it again. The gateway took it,
            // or may have.
            RefundStatus::Withdrawn | RefundStatus::Asking => {
                match result {
                    RefundResult::Accepted(refund_id) => self.accepted(now_ms, refund_id),
                    RefundResult::Unclear(problem)
                    | RefundResult::Misconfigured(problem)
                    | RefundResult::Ask(problem) => {
                        self.problem = Some(problem);
                        self.unsure = true;
                        self.since_ms = now_ms;
                        self.due_at_ms = Some(self.visible_at_ms());
                    }
                    RefundResult::Repeat(_) | RefundResult::NotEnough(_) | RefundResult::Refused(_) => {}
                }
                return;
            }
            RefundStatus::Processing
            | RefundStatus::Refunded
            | RefundStatus::Abnormal
            | RefundStatus::Closed
            | RefundStatus::Refused
            | RefundStatus::Stuck => return,
        }
        match result {
            RefundResult::Accepted(refund_id) => self.accepted(now_ms, refund_id),
            RefundResult::Repeat(problem) => {
                self.problem = Some(problem);
                if self.age_ms(now_ms) < UNCLEAR_END_MS {
                    self.wait(now_ms, &REPEAT_PAUSES_MS);
                } else {
                    self.refuse(now_ms);
                }
            }
            RefundResult::Unclear(problem) => {
                self.problem = Some(problem);
                self.unsure = true;
                self.wait_until_stuck(now_ms, &REPEAT_PAUSES_MS, UNCLEAR_END_MS);
            }
            RefundResult::Misconfigured(problem) => {
                self.problem = Some(problem);
                self.unsure = true;
                self.wait_until_stuck(now_ms, &REPEAT_PAUSES_MS, MISCONFIGURED_END_MS);
            }
            RefundResult::NotEnough(problem) => {
                self.problem = Some(problem);
                // A clear answer, so the time without one starts again here. The week counts from the
                // request.
                self.since_ms = now_ms;
                let age_ms = now_ms.saturating_sub(self.requested_at_ms);
                if age_ms < NOT_ENOUGH_UNTIL_MS {
                    let pause_ms = if age_ms < NOT_ENOUGH_OFTEN_MS { HOUR_MS } else { 6 * HOUR_MS };
                    self.waits_for_money = true;
                    self.due_at_ms = Some(now_ms.saturating_add(pause_ms));
                } else {
                    self.refuse(now_ms);
                }
            }
            RefundResult::Refused(problem) => {
                self.problem = Some(problem);
                self.refuse(now_ms);
            }
            RefundResult::Ask(problem) => {
                self.problem = Some(problem);
                self.unsure = true;
                self.refuse(now_ms);
            }
        }
    }

    fn accepted(&mut self, now_ms: i64, refund_id: RefundId) {
        self.refund_id = Some(refund_id);
        self.problem = None;
        self.enter(RefundStatus::Processing, now_ms, Some(now_ms.saturating_add(MINUTE_MS)));
    }

    /// A refund query ended.
    pub(crate) fn found(&mut self, now_ms: i64, finding: RefundFinding) {
        let before = self.status;
        match before {
            RefundStatus::Asking
            | RefundStatus::Processing
            | RefundStatus::Abnormal
            | RefundStatus::Stuck => {}
            // A certain status stays. A refund that counts as not done may still turn out to be done.
            RefundStatus::Requested | RefundStatus::Refused => match finding {
                RefundFinding::Refunded
                | RefundFinding::Processing
                | RefundFinding::Abnormal
                | RefundFinding::Closed => {}
                RefundFinding::NotFound | RefundFinding::Unclear(_) => return,
            },
            RefundStatus::Withdrawn => match finding {
                RefundFinding::Refunded
                | RefundFinding::Processing
                | RefundFinding::Abnormal
                | RefundFinding::Closed => {}
                RefundFinding::NotFound => {
                    self.unsure = false;
                    self.due_at_ms = None;
                    return;
                }
                RefundFinding::Unclear(problem) => {
                    self.problem = Some(problem);
                    return self.wait_until_stuck(now_ms, &QUERY_PAUSES_MS, UNCLEAR_END_MS);
                }
            },
            RefundStatus::Refunded | RefundStatus::Closed => return,
        }
        match finding {
            RefundFinding::Refunded => {
                self.problem = None;
                self.enter(RefundStatus::Refunded, now_ms, None);
            }
            RefundFinding::Abnormal if before == RefundStatus::Abnormal => self.due_at_ms = None,
            // A person asked, and already knows that it is abnormal.
            RefundFinding::NotFound if before == RefundStatus::Abnormal => self.due_at_ms = None,
            RefundFinding::Unclear(problem) if before == RefundStatus::Abnormal => {
                self.problem = Some(problem);
                self.due_at_ms = None;
            }
            RefundFinding::Abnormal => self.enter(RefundStatus::Abnormal, now_ms, None),
            RefundFinding::Closed => self.enter(RefundStatus::Closed, now_ms, None),
            RefundFinding::Processing => {
                if before != RefundStatus::Processing {
                    self.enter(RefundStatus::Processing, now_ms, None);
                }
                if now_ms.saturating_sub(self.requested_at_ms) < PROCESSING_END_MS {
                    // A clear answer, so the time without one starts again here.
                    self.since_ms = now_ms;
                    self.wait(now_ms, &QUERY_PAUSES_MS);
                } else {
                    self.enter(RefundStatus::Stuck, now_ms, None);
                }
            }
            RefundFinding::NotFound if before == RefundStatus::Asking => {
                self.unsure = false;
                self.enter(RefundStatus::Refused, now_ms, None);
            }
            // The gateway accepted it but does not find it: not visible yet.
            RefundFinding::NotFound => self.wait_until_stuck(now_ms, &QUERY_PAUSES_MS, NOT_FOUND_END_MS),
            RefundFinding::Unclear(problem) => {
                self.problem = Some(problem);
                let end_ms = if before == RefundStatus::Asking { UNCLEAR_END_MS } else { NOT_FOUND_END_MS };
                self.wait_until_stuck(now_ms, &QUERY_PAUSES_MS, end_ms);
            }
        }
    }

    /// A person wants it to be tried, or asked about, now.
    pub(crate) fn again(&mut self, now_ms: i64, account: Option<RefundAccount>) {
        self.account = account.or(self.account);
        match self.status {
            RefundStatus::Requested | RefundStatus::Processing | RefundStatus::Abnormal => {
                self.due_at_ms = Some(now_ms);
            }
            RefundStatus::Asking => self.due_at_ms = Some(self.visible_at_ms().max(now_ms)),
            RefundStatus::Stuck if self.refund_id.is_some() => {
                self.requested_at_ms = now_ms;
                self.enter(RefundStatus::Processing, now_ms, Some(now_ms));
            }
            RefundStatus::Stuck | RefundStatus::Withdrawn if self.unsure => {
                let due_at_ms = self.visible_at_ms().max(now_ms);
                self.enter(RefundStatus::Asking, now_ms, Some(due_at_ms));
            }
            RefundStatus::Stuck | RefundStatus::Withdrawn | RefundStatus::Refused => {
                self.requested_at_ms = now_ms;
                self.enter(RefundStatus::Requested, now_ms, Some(now_ms));
            }
            RefundStatus::Refunded | RefundStatus::Closed => {}
        }
    }

    /// Whether it holds money of the payment: money may have moved, or may still move. A refund withdrawn in
    /// doubt holds its money until the gateway says that it was not made.
    #[must_use]
    pub fn holds_money(&self) -> bool {
        self.status.holds_money() || self.is_in_doubt()
    }

    /// The merchant withdraws it. If it may have been made, we ask about it by its number.
    pub(crate) fn withdraw(&mut self, now_ms: i64, is_being_sent: bool) {
        self.unsure |= is_being_sent;
        self.enter(RefundStatus::Withdrawn, now_ms, None);
        self.due_at_ms = self.unsure.then(|| self.visible_at_ms());
    }

    /// From this moment on we believe *not found*. A call that was sent may become visible a little later.
    fn visible_at_ms(&self) -> i64 {
        self.since_ms.saturating_add(MINUTE_MS)
    }

    /// Whether it counts as not done, although it may have been done.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.status == RefundStatus::Withdrawn && self.unsure
    }

    /// Whether the merchant can still withdraw it, because the gateway has not accepted it.
    pub(crate) fn can_be_withdrawn(&self) -> bool {
        match self.status {
            RefundStatus::Requested | RefundStatus::Asking | RefundStatus::Refused => true,
            RefundStatus::Stuck => self.refund_id.is_none() && !self.made_elsewhere,
            RefundStatus::Processing
            | RefundStatus::Refunded
            | RefundStatus::Abnormal
            | RefundStatus::Closed
            | RefundStatus::Withdrawn => false,
        }
    }

    /// The time since its status last changed, or since the last clear answer.
    fn age_ms(&self, now_ms: i64) -> i64 {
        let since_ms = if self.since_ms == 0 { self.requested_at_ms } else { self.since_ms };
        now_ms.saturating_sub(since_ms)
    }

    fn wait(&mut self, now_ms: i64, pauses_ms: &[i64]) {
        self.waits_for_money = false;
        let pause_ms = pause_ms(self.tries, pauses_ms);
        self.tries = self.tries.saturating_add(1);
        self.due_at_ms = Some(now_ms.saturating_add(pause_ms));
    }

    fn wait_until_stuck(&mut self, now_ms: i64, pauses_ms: &[i64], end_ms: i64) {
        if self.age_ms(now_ms) < end_ms {
            self.wait(now_ms, pauses_ms);
        } else {
            self.enter(RefundStatus::Stuck, now_ms, None);
        }
    }

    /// The gateway refused. If an earlier call may have refunded, ask first, after a minute in which that
    /// call may still become visible.
    fn refuse(&mut self, now_ms: i64) {
        if self.unsure {
            self.enter(RefundStatus::Asking, now_ms, None);
            self.due_at_ms = Some(self.visible_at_ms());
        } else {
            self.enter(RefundStatus::Refused, now_ms, None);
        }
    }
}

/// The pause after this many tries. The last one repeats.
pub(crate) fn pause_ms(tries: u32, pauses_ms: &[i64]) -> i64 {
    let tries = usize::try_from(tries).unwrap_or(usize::MAX);
    pauses_ms.get(tries).or(pauses_ms.last()).copied().unwrap_or(DAY_MS)
}
