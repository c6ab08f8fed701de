//! Closing an order that nobody shall pay any more (protocol §5).
//!
//! WeChat rejects a close in the first five minutes, so we wait, then query, then close. If the gateway
//! refuses the close because the order is paid, it is paid. A cancelled order is also queried immediately.
//! The page is told at once; the closing goes on behind it. After closing, money may still be on its way, so
//! there is one more query within the hour.

use gateway::{Failure, Meaning};

use crate::effect::Turn;
use crate::exception::About;
use crate::query_finding::QueryFinding;
use crate::query_schedule::growing_pause_ms;
use crate::{
    CloseReason, ClosingStep, ExceptionKind, FailureCause, Order, Rejected, State, Timer, WebhookKind, What,
};

/// An order must not be closed earlier than this after it was placed (protocol §5). The gateway counts from
/// its own clock, hence the five seconds more than five minutes.
pub const EARLIEST_CLOSE_MS: i64 = 5 * 60_000 + 5_000;

/// How long after closing the last query asks for late money.
pub const LATE_QUERY_AFTER_MS: i64 = 30 * 60_000;

/// How often the last query is repeated when it has no clear answer.
const LATE_QUERY_TRIES: u32 = 5;

/// Pauses between unclear answers while closing grow up to this: about 50 calls in a day.
const CLOSING_PAUSE_MAX_MS: i64 = 30 * 60_000;

/// When the gateway has given no clear answer for this long, the order is closed on our side and
/// an exception tells a human. An order without a code is no exception: that nobody was shown one
/// is our word, and only the gateway knows.
const GIVE_UP_AFTER_MS: i64 = 24 * 60 * 60_000;

impl Order {
    /// The page stops offering the code a little before the gateway stops taking money (protocol §3.4).
    pub(crate) fn offer_ends_at_ms(&self) -> i64 {
        const MARGIN_MS: i64 = 5_000;
        const CODE_LIFE_MS: i64 = 2 * 60 * 60_000;
        let expires_at_ms = self.terms.time_expire_at_ms;
        let code_dies_at_ms = match &self.state {
            State::AwaitingPayment { code } => code.since_ms.saturating_add(CODE_LIFE_MS),
            State::Placing { .. }
            | State::Closing { .. }
            | State::Paid { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Orphan { .. } => expires_at_ms,
        };
        expires_at_ms.min(code_dies_at_ms).saturating_sub(MARGIN_MS)
    }

    /// When the closing may begin: now, or five minutes after the gateway may have got the order.
    pub(crate) fn close_at_ms(&self, now_ms: i64) -> i64 {
        let placed_at_ms = self.watch.ordered_at_ms.max(self.watch.sent_at_ms);
        placed_at_ms.map_or(now_ms, |at_ms| at_ms.saturating_add(EARLIEST_CLOSE_MS).max(now_ms))
    }

    /// Time is over.
    pub(crate) fn offer_ended(&mut self, turn: &mut Turn) {
        match self.state {
            State::Placing { .. } | State::AwaitingPayment { .. } => {
                self.begin_closing(turn, CloseReason::Expired)
            }
            State::Closing { .. }
            | State::Paid { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Orphan { .. } => {}
        }
    }

    /// Paid orders are refunded, not cancelled.
    pub(crate) fn may_cancel(&self) -> Result<(), Rejected> {
        match self.state {
            State::Paid { .. } => Err(Rejected::AlreadyPaid),
            State::Placing { .. }
            | State::AwaitingPayment { .. }
            | State::Closing { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Orphan { .. } => Ok(()),
        }
    }

    /// The shopper or the merchant gives up. A second time changes nothing.
    pub(crate) fn cancel(&mut self, turn: &mut Turn) {
        match self.state {
            State::Placing { .. } | State::AwaitingPayment { .. } => {
                turn.note(What::CancelRequested);
                self.begin_closing(turn, CloseReason::Cancelled);
                // Who gives up may have paid before, and the notification may be lost. That is asked now,
                // though the order may not be closed yet.
                let waits = self.close_at_ms(turn.now_ms) > turn.now_ms;
                if waits && self.watch.ordered_at_ms.is_some() {
                    self.timers.set(Timer::Query, self.watch.free_at_ms(turn.now_ms));
                }
            }
            State::Closing { .. }
            | State::Paid { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Orphan { .. } => {}
        }
    }

    pub(crate) fn begin_closing(&mut self, turn: &mut Turn, reason: CloseReason) {
        let first = match (&reason, &self.state) {
            // A shopper may have paid at the last moment: the page waits for the query.
            (CloseReason::Expired, State::AwaitingPayment { .. }) => ClosingStep::Checking,
            (CloseReason::Expired | CloseReason::Cancelled | CloseReason::Failed { .. }, _) => {
                ClosingStep::Asking
            }
        };
        let never_placed =
            matches!((&reason, &self.state), (CloseReason::Failed { .. }, State::Placing { .. }));
        self.enter(turn, State::Closing { reason, step: first, tries: 0, since_ms: turn.now_ms });
        // The merchant hears it now. That the gateway has closed the order, too, may take a day.
        if never_placed {
            self.announce(turn, WebhookKind::OrderFailed);
        }
    }

    /// The query of a closing ended.
    pub(crate) fn closing_queried(&mut self, turn: &mut Turn, finding: QueryFinding) {
        let State::Closing { reason, .. } = &self.state else { return };
        let reason = reason.clone();
        match finding {
            QueryFinding::Paid => {}
            // Too early to close: what holds now may not hold then, so it is asked again.
            QueryFinding::Open | QueryFinding::PaymentFailed
                if self.close_at_ms(turn.now_ms) > turn.now_ms =>
            {
                self.next_closing(turn, ClosingStep::Asking, 0);
            }
            QueryFinding::Open | QueryFinding::PaymentFailed => {
                self.next_closing(turn, ClosingStep::Closing, 0)
            }
            QueryFinding::Closed => self.close(turn, reason),
            // Nobody can pay it any more, and nothing can be closed: a human has it.
            QueryFinding::Mismatch => {
                self.close(turn, CloseReason::Failed { cause: FailureCause::UnexpectedTrade })
            }
            // With a code given it exists, whatever this answer says.
            QueryFinding::NotFound if self.watch.ordered_at_ms.is_some() => self.unclear_closing(turn),
            QueryFinding::NotFound => self.close(turn, reason),
            QueryFinding::Unclear => self.unclear_closing(turn),
        }
    }

    /// The close call ended.
    pub(crate) fn closed_at_gateway(&mut self, turn: &mut Turn, result: Result<(), Failure>) {
        let State::Closing { reason, .. } = &self.state else { return };
        let reason = reason.clone();
        match result {
            Ok(()) => self.close(turn, reason),
            Err(failure) => match failure.meaning() {
                Some(Meaning::Closed) => self.close(turn, reason),
                // Paid meanwhile: the query brings the payment.
                Some(Meaning::Paid) => self.next_closing(turn, ClosingStep::Asking, 0),
                // Too early, another state, or no clear answer: never close blindly twice.
                Some(_) | None => self.unclear_closing(turn),
            },
        }
    }

    fn next_closing(&mut self, turn: &Turn, next: ClosingStep, pause_ms: i64) {
        if let State::Closing { step, .. } = &mut self.state {
            *step = next;
        }
        let at_ms = turn.after(pause_ms);
        self.timers.set(Timer::Close, self.close_at_ms(at_ms));
    }

    fn unclear_closing(&mut self, turn: &mut Turn) {
        let State::Closing { reason, tries, since_ms, .. } = &mut self.state else { return };
        let (reason, before, age_ms) = (reason.clone(), *tries, turn.now_ms.saturating_sub(*since_ms));
        *tries = tries.saturating_add(1);
        if age_ms >= GIVE_UP_AFTER_MS {
            self.close(turn, reason);
            self.raise(turn, ExceptionKind::Unresolved, About::order());
        } else {
            self.next_closing(turn, ClosingStep::Asking, growing_pause_ms(before, CLOSING_PAUSE_MAX_MS));
        }
    }

    pub(crate) fn close(&mut self, turn: &mut Turn, reason: CloseReason) {
        self.enter(turn, State::Closed { reason, at_ms: turn.now_ms });
        self.announce(turn, WebhookKind::OrderClosed);
    }

    /// The query for late money, or one the merchant asked for, ended.
    pub(crate) fn final_queried(&mut self, turn: &mut Turn, finding: QueryFinding) {
        match finding {
            QueryFinding::Unclear if self.watch.unclear <= LATE_QUERY_TRIES => {
                self.timers.set(Timer::LateQuery, turn.after(self.watch.retry_pause_ms()));
            }
            QueryFinding::Unclear => match self.state {
                // The gateway said once that the number is in use, and not any more what for.
                State::Failed { .. } => {
                    self.raise(turn, ExceptionKind::Unresolved, About::order());
                }
                // It said that it is closed, or an exception was raised when it was given up.
                State::Placing { .. }
                | State::AwaitingPayment { .. }
                | State::Closing { .. }
                | State::Paid { .. }
                | State::Closed { .. }
                | State::Orphan { .. } => {}
            },
            QueryFinding::Open
            | QueryFinding::PaymentFailed
            | QueryFinding::Closed
            | QueryFinding::Paid
            | QueryFinding::Mismatch
            | QueryFinding::NotFound => {}
        }
    }
}
