//! Placing the order at the gateway: the same request, repeated unchanged until its outcome is
//! known (protocol §3.6, §3.7).
//!
//! The unified order only prepares; repeating it is safe, a new number never is. When the gateway
//! says that the number is in use, it is asked what it holds under it. Nobody has a code before
//! this ends well, so giving up loses no money; what may have been left at the gateway is closed.

use gateway::{CodeUrl, Failure, Meaning, Place, Question, Refusal, Unclear};

use crate::effect::Turn;
use crate::query_finding::QueryFinding;
use crate::query_schedule::growing_pause_ms;
use crate::{CloseReason, FailureCause, NativeCode, Order, PlacingStep, State, Timer, WebhookKind};

/// The pauses before the unified order is repeated; after the last it is given up.
const REPEAT_PAUSES_MS: [i64; 6] = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/// So often a connection failure moves on to the next host without a pause.
const HOSTS_AT_ONCE: u32 = 2;

/// How often an unclear answer to *what do you hold under this number* is asked again.
const ASK_TRIES: u32 = 6;
const ASK_PAUSE_MAX_MS: i64 = 60_000;

/// An order just placed may not be visible to a query yet; the documents say to wait this long
/// and to ask once more (protocol §4.3).
const NOT_VISIBLE_YET_MS: i64 = 30_000;

impl Order {
    /// The call that places the order: a function of what was stored when it was made, and therefore always
    /// the same.
    pub(crate) fn place_call(&self) -> Question {
        Question::Place(Box::new(Place {
            description: self.terms.description.clone(),
            total: self.terms.amount,
            notify_url: self.terms.notify_url.clone(),
            made_at_ms: self.made_at_ms,
            expires_at_ms: self.terms.time_expire_at_ms,
        }))
    }

    /// Placing failed. In a state that waits for no code it changes nothing.
    pub(crate) fn not_placed(&mut self, turn: &mut Turn, failure: Failure) {
        if let State::Placing { step: PlacingStep::Ordering, tries, .. } = self.state {
            self.ordering_failed(turn, tries, failure);
        }
    }

    /// The gateway gave a code.
    pub(crate) fn code_given(&mut self, turn: &mut Turn, code_url: CodeUrl) {
        self.watch.ordered_at_ms = Some(turn.now_ms);
        match self.state {
            State::Placing { .. } => {
                let code = NativeCode { code_url, since_ms: turn.now_ms };
                self.enter(turn, State::AwaitingPayment { code });
            }
            // The order was given up while it was being placed: the gateway holds it since now.
            State::Closing { .. } => self.timers.set(Timer::Close, self.close_at_ms(turn.now_ms)),
            State::AwaitingPayment { .. }
            | State::Paid { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Orphan { .. } => {}
        }
    }

    fn ordering_failed(&mut self, turn: &mut Turn, tries: u32, failure: Failure) {
        match failure {
            Failure::NoConnection if tries < HOSTS_AT_ONCE => {
                self.order_again(turn, tries, 0, FailureCause::Unreachable)
            }
            Failure::NoConnection => self.repeat(turn, tries, FailureCause::Unreachable),
            Failure::Unclear(Unclear { misconfigured, .. }) => {
                let suspicion = misconfigured.map_or(FailureCause::Unreachable, |code| {
                    FailureCause::Misconfigured { code: code.into(), text: None }
                });
                self.repeat(turn, tries, suspicion);
            }
            Failure::NotWritten(why) => {
                self.fail(turn, FailureCause::Misconfigured { code: why.into(), text: None })
            }
            Failure::Refused(refusal) => self.refused(turn, tries, refusal),
        }
    }

    fn refused(&mut self, turn: &mut Turn, tries: u32, refusal: Refusal) {
        let Refusal { meaning, code, text } = refusal;
        let (code, text) = (code.into(), text.map(String::from));
        match meaning {
            Meaning::NotNow | Meaning::NotEnough => self.repeat(turn, tries, FailureCause::Unreachable),
            // The number is in use. By whom?
            Meaning::Paid
            | Meaning::NoSuchOrder
            | Meaning::NumberTaken
            | Meaning::StateForbids
            | Meaning::SeeText => self.ask(turn, PlacingStep::Asking, FailureCause::Refused { code, text }),
            Meaning::NumberTakenOrMalformed => {
                self.ask(turn, PlacingStep::AskingIfTaken, FailureCause::Refused { code, text })
            }
            Meaning::Operator => self.fail(turn, FailureCause::Misconfigured { code, text }),
            Meaning::Closed | Meaning::NoSuchRefund | Meaning::Never | Meaning::Unknown => {
                self.fail(turn, FailureCause::Refused { code, text })
            }
        }
    }

    /// Repeats the unified order after a pause, or gives up when there were enough.
    fn repeat(&mut self, turn: &mut Turn, tries: u32, suspicion: FailureCause) {
        match usize::try_from(tries).ok().and_then(|tries| REPEAT_PAUSES_MS.get(tries)) {
            Some(pause_ms) => self.order_again(turn, tries, *pause_ms, suspicion),
            None => self.begin_closing(turn, CloseReason::Failed { cause: suspicion }),
        }
    }

    fn order_again(&mut self, turn: &Turn, before: u32, pause_ms: i64, last: FailureCause) {
        if let State::Placing { tries, suspicion, .. } = &mut self.state {
            *tries = before.saturating_add(1);
            *suspicion = last;
        }
        self.timers.set(Timer::Place, turn.after(pause_ms));
    }

    fn ask(&mut self, turn: &Turn, how: PlacingStep, said: FailureCause) {
        if let State::Placing { step, tries, suspicion, .. } = &mut self.state {
            *step = how;
            *tries = 0;
            *suspicion = said;
        }
        self.timers.set(Timer::Query, turn.now_ms);
    }

    /// What the gateway holds under a number it says is in use.
    pub(crate) fn placing_queried(&mut self, turn: &mut Turn, finding: QueryFinding) {
        let State::Placing { step, tries, suspicion } = &self.state else { return };
        let (step, tries, cause) = (*step, *tries, suspicion.clone());
        match finding {
            QueryFinding::Paid => {}
            QueryFinding::Mismatch => self.fail(turn, FailureCause::UnexpectedTrade),
            QueryFinding::Closed => self.fail(turn, FailureCause::ClosedElsewhere),
            // It is there, and we have no code for it: nobody can pay it, and it must not stay.
            QueryFinding::Open | QueryFinding::PaymentFailed => {
                self.begin_closing(turn, CloseReason::Failed { cause })
            }
            QueryFinding::NotFound => {
                if step == PlacingStep::AskingIfTaken || tries > 0 {
                    self.fail(turn, cause);
                } else {
                    self.ask_again(turn, tries, NOT_VISIBLE_YET_MS);
                }
            }
            QueryFinding::Unclear if tries >= ASK_TRIES => {
                self.begin_closing(turn, CloseReason::Failed { cause })
            }
            QueryFinding::Unclear => self.ask_again(turn, tries, growing_pause_ms(tries, ASK_PAUSE_MAX_MS)),
        }
    }

    fn ask_again(&mut self, turn: &Turn, before: u32, pause_ms: i64) {
        if let State::Placing { tries, .. } = &mut self.state {
            *tries = before.saturating_add(1);
        }
        self.timers.set(Timer::Query, turn.after(pause_ms));
    }

    fn fail(&mut self, turn: &mut Turn, cause: FailureCause) {
        self.enter(turn, State::Failed { cause, at_ms: turn.now_ms });
        self.announce(turn, WebhookKind::OrderFailed);
    }
}
