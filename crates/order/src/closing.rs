//! Closing an order whose code is no longer shown (protocol §5). Until WeChat has closed it, it can be paid.
//!
//! WeChat asks not to close in the first five minutes, so we wait, then query, then close. If the gateway
//! refuses the close because the order is paid, a query brings the payment. A cancelled order that has a code
//! is also queried as soon as the pace allows. The page is told at once (an expired one shows *checking*
//! first); closing continues in the background. Where the answer to a close proves nothing (API v3), a query
//! after it does. Money may still be on its way after the close, so we query
//! once more half an hour later.

use gateway::{Failure, Meaning};

use crate::effect::Turn;
use crate::exception::About;
use crate::query_finding::QueryFinding;
use crate::query_schedule::growing_pause_ms;
use crate::{
    CloseReason, ClosingStep, ExceptionKind, FailureCause, Order, Rejected, State, Timer, WebhookKind, What,
};

/// The earliest moment to close an order, after it was placed (protocol §5). The gateway counts by its own
/// clock, so we add five seconds to its five minutes.
pub const EARLIEST_CLOSE_MS: i64 = 5 * 60_000 + 5_000;

/// How long after closing the last query looks for late money.
pub const LATE_QUERY_AFTER_MS: i64 = 30 * 60_000;

/// How often we repeat the last query when its answer is unclear.
const LATE_QUERY_TRIES: u32 = 5;

/// The longest pause between unclear answers while closing: about 50 calls in a day.
const CLOSING_PAUSE_MAX_MS: i64 = 30 * 60_000;

/// This long after closing began we close the order on our side, if no answer has closed it, and an exception
/// tells a person. This includes orders without a code: the gateway may have issued one whose answer was
/// lost.
const GIVE_UP_AFTER_MS: i64 = 24 * 60 * 60_000;

impl Order {
    /// When the page stops showing the code: a little before the gateway stops taking money (protocol §3.4).
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

    /// When closing may begin: not before now, and not before [`EARLIEST_CLOSE_MS`] after the gateway may
    /// have received the order.
    pub(crate) fn close_at_ms(&self, now_ms: i64) -> i64 {
        let placed_at_ms = self.watch.ordered_at_ms.max(self.watch.sent_at_ms);
        placed_at_ms.map_or(now_ms, |at_ms| at_ms.saturating_add(EARLIEST_CLOSE_MS).max(now_ms))
    }

    /// The time to pay is over.
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

    /// A paid order can be refunded, not cancelled.
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

    /// The shopper or the merchant cancels. A second time changes nothing.
    pub(crate) fn cancel(&mut self, turn: &mut Turn) {
        match self.state {
            State::Placing { .. } | State::AwaitingPayment { .. } => {
                turn.note(What::CancelRequested);
                self.begin_closing(turn, CloseReason::Cancelled);
                // The shopper may have paid before cancelling. Query now, even though it is too early to
                // close.
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
            // The shopper may have paid at the last moment. The page waits for the query.
            (CloseReason::Expired, State::AwaitingPayment { .. }) => ClosingStep::Checking,
            (CloseReason::Expired | CloseReason::Cancelled | CloseReason::Failed { .. }, _) => {
                ClosingStep::Asking
            }
        };
        let never_placed =
            matches!((&reason, &self.state), (CloseReason::Failed { .. }, State::Placing { .. }));
        self.enter(turn, State::Closing { reason, step: first, tries: 0, since_ms: turn.now_ms });
        // Tell the merchant now. Closing at the gateway may take a day.
        if never_placed {
            self.announce(turn, WebhookKind::OrderFailed);
        }
    }

    /// A query ended while the order is closing.
    pub(crate) fn closing_queried(&mut self, turn: &mut Turn, finding: QueryFinding) {
        let State::Closing { reason, .. } = &self.state else { return };
        let reason = reason.clone();
        match finding {
            QueryFinding::Paid => {}
            // Too early to close. The shopper can still pay until then, so query again at that time.
            QueryFinding::Open | QueryFinding::PaymentFailed
                if self.close_at_ms(turn.now_ms) > turn.now_ms =>
            {
                self.next_closing(turn, ClosingStep::Asking, 0);
            }
            QueryFinding::Open | QueryFinding::PaymentFailed => {
                self.next_closing(turn, ClosingStep::Closing, 0)
            }
            QueryFinding::Closed => self.close(turn, reason),
            // The gateway holds a payment under this number that this order does not expect. Stop and leave
            // it to the operator.
            QueryFinding::Mismatch => {
                self.close(turn, CloseReason::Failed { cause: FailureCause::UnexpectedTrade })
            }
            // The gateway gave a code, so the order exists, whatever this answer says.
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
                // Paid in the meantime. The query brings the payment.
                Some(Meaning::Paid) => self.next_closing(turn, ClosingStep::Asking, 0),
                // Too early, another state, or no clear answer. Query first; never close blindly twice.
                Some(_) | None => self.unclear_closing(turn),
            },
        }
    }

    /// The gateway took the close and did not say that the order is closed. Only a query does. If it says
    /// that the order is open, we close again, ever more rarely, and after a day a person is told.
    pub(crate) fn close_taken(&mut self, turn: &mut Turn) {
        let State::Closing { reason, tries, since_ms, .. } = &mut self.state else { return };
        let (reason, before) = (reason.clone(), *tries);
        *tries = tries.saturating_add(1);
        if turn.now_ms.saturating_sub(*since_ms) >= GIVE_UP_AFTER_MS {
            self.close(turn, reason);
            self.raise(turn, ExceptionKind::Unresolved, About::order());
            return;
        }
        let pause_ms = if before == 0 { 0 } else { growing_pause_ms(before, CLOSING_PAUSE_MAX_MS) };
        self.next_closing(turn, ClosingStep::Asking, pause_ms);
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
        turn.index_changed |= before == 0;
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

    /// A query ended after the order had ended: the one for late money, or one that the merchant asked for.
    pub(crate) fn final_queried(&mut self, turn: &mut Turn, finding: QueryFinding) {
        match finding {
            QueryFinding::Unclear if self.watch.unclear <= LATE_QUERY_TRIES => {
                self.timers.set(Timer::LateQuery, turn.after(self.watch.retry_pause_ms()));
            }
            QueryFinding::Unclear => match self.state {
                // The gateway reported the number as in use, but never said by what.
                State::Failed { .. } => {
                    self.raise(turn, ExceptionKind::Unresolved, About::order());
                }
                // The gateway said that nothing is open, or an exception was raised when the order was
                // closed.
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
