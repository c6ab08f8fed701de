//! One refund: its numbers, how far it is, and how an answer moves it.
//!
//! Every loop has an end. A refund that is repeated or asked about without a clear answer becomes *stuck*
//! after a stated time: nothing more is tried, a person is told, other refunds go on.

use crate::ExceptionKind;
use gateway::{Money, OutRefundNo, RefundAccount, RefundId, RefundReason, TransactionId};
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// The pauses before a refund of unknown outcome is repeated; the last one repeats itself.
const REPEAT_PAUSES_MS: [i64; 6] =
    [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS];
/// When to ask how an accepted refund does: balances take minutes, cards up to three working days.
pub(crate) const QUERY_PAUSES_MS: [i64; 6] =
    [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS];

/// A refund whose calls have no clear answer for this long is stuck.
pub(crate) const UNCLEAR_END_MS: i64 = DAY_MS;
/// The same, when the answers look like a mistake of the configuration: to repeat them cures nothing.
const MISCONFIGURED_END_MS: i64 = HOUR_MS;
/// An accepted refund that the gateway does not find for this long is stuck.
const NOT_FOUND_END_MS: i64 = 3 * DAY_MS;
/// An accepted refund that is under way for this long is stuck, counted from when it was asked for. Cards
/// take days; the documents name no end.
const PROCESSING_END_MS: i64 = 30 * DAY_MS;

/// `NOTENOUGH` is common for overseas merchants, who are refunded from the money of the day. The documents
/// say to repeat the same number for 12 to 48 hours (protocol §7.1). We repeat it hourly for two days, then
/// every six hours, for a week.
const NOT_ENOUGH_OFTEN_MS: i64 = 2 * DAY_MS;
const NOT_ENOUGH_UNTIL_MS: i64 = 7 * DAY_MS;

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Its number: the merchant's own, or that of whoever made it elsewhere.
    pub out_refund_no: OutRefundNo,
    /// Its number at the gateway, where that is another one. It is made of the order's number and the
    /// merchant's, since the gateway knows a number once per *merchant* (protocol §1.7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_as: Option<OutRefundNo>,
    /// Whether it was made elsewhere, for instance in WeChat Pay's merchant platform.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub made_elsewhere: bool,
    /// Of which payment.
    pub transaction_id: TransactionId,
    /// How much.
    pub amount: Money,
    /// Of how much.
    pub payment: Money,
    /// The merchant's reason; WeChat may show it to the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefundReason>,
    /// Which account of the merchant's pays it; the gateway's default where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<RefundAccount>,
    /// How far it is.
    pub status: RefundStatus,
    /// When the merchant asked for it, or when it was learned of.
    pub requested_at_ms: i64,
    /// The gateway's number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// What the gateway said last, when it was not a success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How often the present status has been worked on.
    pub(crate) tries: u32,
    /// Whether a call that ended without a clear answer may have had its effect.
    pub(crate) unsure: bool,
    /// Whether it waits for money in the merchant's account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) waits_for_money: bool,
    /// Since when it has its present status, or when the gateway last said something clear, or when the call
    /// ended that may have had its effect; 0 in a snapshot of version 1.
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
    /// No clear answer for so long that nothing more is tried. Money may have moved. A person asks
    /// again, or withdraws it.
    Stuck,
    /// The merchant withdrew it before the gateway accepted it.
    Withdrawn,
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
    /// The same, and it looks like a mistake of the configuration.
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

    /// Whether money may have moved, or may still, by the status alone: see [`Refund::holds_money`].
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

    /// Whether nothing more is done about it unless somebody says so.
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

    /// The number by which the gateway knows it.
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
            // Withdrawn while the call was under way, and perhaps wanted again since: the gateway took it, or
            // may have taken it.
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
                // A clear answer: what is unclear is counted from here. The week is counted from the wish.
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
            // What is certain stays; but a refund that counts as not done may have been done after all.
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
            // A person asked, and has it already.
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
                    // A clear answer: what is unclear is counted from here.
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
            // Accepted, and yet not to be found: not visible yet.
            RefundFinding::NotFound => self.wait_until_stuck(now_ms, &QUERY_PAUSES_MS, NOT_FOUND_END_MS),
            RefundFinding::Unclear(problem) => {
                self.problem = Some(problem);
                let end_ms = if before == RefundStatus::Asking { UNCLEAR_END_MS } else { NOT_FOUND_END_MS };
                self.wait_until_stuck(now_ms, &QUERY_PAUSES_MS, end_ms);
            }
        }
    }

    /// A person wants it tried, or asked about, now.
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

    /// Whether money of the payment is held for it: money may have moved, or may still. A refund that was
    /// withdrawn in doubt holds its money until the gateway has said that it was not made.
    #[must_use]
    pub fn holds_money(&self) -> bool {
        self.status.holds_money() || self.is_in_doubt()
    }

    /// The merchant withdraws it. What may have been done is asked about by its number.
    pub(crate) fn withdraw(&mut self, now_ms: i64, is_being_sent: bool) {
        self.unsure |= is_being_sent;
        self.enter(RefundStatus::Withdrawn, now_ms, None);
        self.due_at_ms = self.unsure.then(|| self.visible_at_ms());
    }

    /// From when on *not found* is believed: what was sent may become visible only a little later.
    fn visible_at_ms(&self) -> i64 {
        self.since_ms.saturating_add(MINUTE_MS)
    }

    /// Whether it counts as not done, and may have been done after all.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.status == RefundStatus::Withdrawn && self.unsure
    }

    /// Whether the merchant can still withdraw it: the gateway has not accepted it.
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

    /// How long it has its present status.
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

    /// The gateway said no. If an earlier call may have worked, that is asked first, after a
    /// minute in which it may still become visible.
    fn refuse(&mut self, now_ms: i64) {
        if self.unsure {
            self.enter(RefundStatus::Asking, now_ms, None);
            self.due_at_ms = Some(self.visible_at_ms());
        } else {
            self.enter(RefundStatus::Refused, now_ms, None);
        }
    }
}

/// The pause after so many tries; the last one repeats itself.
pub(crate) fn pause_ms(tries: u32, pauses_ms: &[i64]) -> i64 {
    let tries = usize::try_from(tries).unwrap_or(usize::MAX);
    pauses_ms.get(tries).or(pauses_ms.last()).copied().unwrap_or(DAY_MS)
}
