//! Placing the order at the gateway: we repeat the same request unchanged until its outcome is known
//! (protocol §3.6, §3.7).
//!
//! The unified order only prepares a payment. Repeating it is safe; a new number never is. When the gateway
//! says that the number is in use, we ask what it holds under it. Nobody has a code before this succeeds, so
//! giving up loses no money. Giving up also closes what the gateway may still hold.

use gateway::{CodeUrl, Failure, Meaning, Place, Question, Refusal, Unclear};

use crate::effect::Turn;
use crate::query_finding::QueryFinding;
use crate::query_schedule::growing_pause_ms;
use crate::{CloseReason, FailureCause, NativeCode, Order, PlacingStep, State, Timer, WebhookKind};

/// The pauses before we repeat the unified order. After the last one we give up.
const REPEAT_PAUSES_MS: [i64; 6] = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/// How many connection failures move on to the next host without a pause.
const HOSTS_AT_ONCE: u32 = 2;

/// How often we ask again after an unclear answer to *what do you hold under this number*.
const ASK_TRIES: u32 = 6;
const ASK_PAUSE_MAX_MS: i64 = 60_000;

/// A query may not see an order that was just placed. The documents say to wait this long and to ask once
/// more (protocol §4.3).
const NOT_VISIBLE_YET_MS: i64 = 30_000;

impl Order {
    /// The call that places the order. It depends only on what was stored when the order was made, so it is
    /// always the same.
    pub(crate) fn place_call(&self) -> Question {
        Question::Place(Box::new(Place {
            description: self.terms.description.clone(),
            total: self.terms.amount,
            notify_url: self.terms.notify_url.clone(),
            made_at_ms: self.made_at_ms,
            expires_at_ms: self.terms.time_expire_at_ms,
        }))
    }

    /// Placing failed. Ignored unless the order is still waiting for its code.
    pub(crate) fn not_placed(&mut self, turn: &mut Turn, failure: Failure) {
        if let State::Placing { step: PlacingStep::Ordering, tries, .. } = self.state {
            self.ordering_failed(turn, tries, failure);
        }
    }

    /// The gateway issued a code.
    pub(crate) fn code_given(&mut self, turn: &mut Turn, code_url: CodeUrl) {
        self.watch.ordered_at_ms = Some(turn.now_ms);
        match self.state {
            State::Placing { .. } => {
                let code = NativeCode { code_url, since_ms: turn.now_ms };
                self.enter(turn, State::AwaitingPayment { code });
            }
            // The order was given up during the call. The gateway holds it from now on.
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
            // The number is in use. Ask by what.
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

    /// Repeats the unified order after a pause, or gives up after the last pause.
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

    /// The answer to what the gateway holds under a number that it says is in use.
    pub(crate) fn placing_queried(&mut self, turn: &mut Turn, finding: QueryFinding) {
        let State::Placing { step, tries, suspicion } = &self.state else { return };
        let (step, tries, cause) = (*step, *tries, suspicion.clone());
        match finding {
            QueryFinding::Paid => {}
            QueryFinding::Mismatch => self.fail(turn, FailureCause::UnexpectedTrade),
            QueryFinding::Closed => self.fail(turn, FailureCause::ClosedElsewhere),
            // The gateway has the order open, but we have no code for it. Nobody can pay it, so close it.
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
