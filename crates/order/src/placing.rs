//! Placing the order at the gateway: the same request, repeated unchanged until its outcome is
//! known (protocol §3.6, §3.7).
//!
//! The unified order only prepares; repeating it is safe, a new number never is. When the gateway
//! says that the number is in use, it is asked what it holds under it. Nobody has a code before
//! this ends well, so giving up loses no money; what may have been left at the gateway is closed.

use wire::v2::{Advice, CallError, ErrCode, UnifiedOrder, UnifiedOrderAnswer, WxTime};

use crate::call::bounded;
use crate::effect::Step;
use crate::watching::{Standing, growing_pause_ms};
use crate::{CloseReason, Code, Failure, FailureCause, Order, PlacingStep, State, Terms, Timer, WebhookKind};

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
    /// What is ordered: written into the order before it is sent, and repeated as it stands there.
    pub(crate) fn first_request(terms: &Terms, now_ms: i64) -> UnifiedOrder {
        UnifiedOrder {
            time_start: WxTime::from_epoch_ms(now_ms),
            time_expire: WxTime::from_epoch_ms(terms.time_expire_at_ms),
            ..UnifiedOrder::new(
                terms.out_trade_no.clone(),
                terms.description.clone(),
                terms.amount,
                terms.spbill_create_ip,
                terms.notify_url.clone(),
                terms.product_id.clone(),
            )
        }
    }

    pub(crate) fn ordered(&mut self, step: &mut Step, result: Result<UnifiedOrderAnswer, Failure>) {
        match result {
            Ok(answer) => self.code_given(step, answer),
            Err(failure) => {
                if let State::Placing { step: PlacingStep::Ordering, tries, .. } = self.state {
                    self.ordering_failed(step, tries, &failure);
                }
                // In any other state nobody waits for a code any more.
            }
        }
    }

    fn code_given(&mut self, step: &mut Step, answer: UnifiedOrderAnswer) {
        self.watch.ordered_at_ms = Some(step.now_ms);
        match self.state {
            State::Placing { .. } => {
                let code = Code { code_url: answer.code_url, since_ms: step.now_ms };
                self.enter(step, State::AwaitingPayment { code });
            }
            // The order was given up while it was being placed: the gateway holds it since now.
            State::Closing { .. } => self.timers.set(Timer::Close, self.close_at_ms(step.now_ms)),
            State::AwaitingPayment { .. }
            | State::Paid { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Stray { .. } => {}
        }
    }

    fn ordering_failed(&mut self, step: &mut Step, tries: u32, failure: &Failure) {
        match failure {
            Failure::NoConnection if tries < HOSTS_AT_ONCE => {
                self.order_again(step, tries, 0, FailureCause::Unreachable)
            }
            // The server in front of the gateway refuses. Only time cures the first two.
            Failure::Http { status: 408 | 429, .. } => self.repeat(step, tries, FailureCause::Unreachable),
            Failure::Http { status: 400..500, .. } => {
                let cause = FailureCause::Misconfigured { code: failure.summary(), text: None };
                self.repeat(step, tries, cause);
            }
            Failure::NoConnection | Failure::Unknown | Failure::Http { .. } => {
                self.repeat(step, tries, FailureCause::Unreachable)
            }
            Failure::NotWritten(error) => {
                self.fail(step, FailureCause::Misconfigured { code: error.to_string(), text: None })
            }
            Failure::Answered(error) => match error {
                CallError::Business { err_code, err_code_des } => {
                    let code = err_code.as_str().to_owned();
                    let text = (!err_code_des.is_empty()).then(|| bounded(err_code_des));
                    match err_code.advice() {
                        Advice::RepeatSame => self.repeat(step, tries, FailureCause::Unreachable),
                        // The number is in use. By whom?
                        Advice::Query => self.ask(step, FailureCause::Refused { code, text }),
                        Advice::Operator => self.fail(step, FailureCause::Misconfigured { code, text }),
                        Advice::Refuse => self.fail(step, FailureCause::Refused { code, text }),
                    }
                }
                // Not authenticated, so it decides nothing; but it is what a wrong key looks like.
                CallError::RefusedBeforeProcessing { return_msg } => {
                    let suspicion = match error.advice() {
                        Advice::Operator => {
                            FailureCause::Misconfigured { code: bounded(return_msg), text: None }
                        }
                        Advice::RepeatSame | Advice::Query | Advice::Refuse => FailureCause::Unreachable,
                    };
                    self.repeat(step, tries, suspicion);
                }
                CallError::NotUnderstood(_)
                | CallError::Unsigned
                | CallError::BadSignature(_)
                | CallError::Malformed(_)
                | CallError::ForeignMerchant(_)
                | CallError::AboutSomethingElse(_) => self.repeat(step, tries, FailureCause::Unreachable),
            },
        }
    }

    /// Repeats the unified order after a pause, or gives up when there were enough.
    fn repeat(&mut self, step: &mut Step, tries: u32, suspicion: FailureCause) {
        match usize::try_from(tries).ok().and_then(|tries| REPEAT_PAUSES_MS.get(tries)) {
            Some(pause_ms) => self.order_again(step, tries, *pause_ms, suspicion),
            None => self.begin_closing(step, CloseReason::Failed { cause: suspicion }),
        }
    }

    fn order_again(&mut self, step: &Step, before: u32, pause_ms: i64, last: FailureCause) {
        if let State::Placing { tries, suspicion, .. } = &mut self.state {
            *tries = before.saturating_add(1);
            *suspicion = last;
        }
        self.timers.set(Timer::Place, step.after(pause_ms));
    }

    fn ask(&mut self, step: &Step, said: FailureCause) {
        if let State::Placing { step: doing, tries, suspicion, .. } = &mut self.state {
            *doing = PlacingStep::Asking;
            *tries = 0;
            *suspicion = said;
        }
        self.timers.set(Timer::Query, step.now_ms);
    }

    /// What the gateway holds under a number it says is in use.
    pub(crate) fn placing_queried(&mut self, step: &mut Step, standing: Standing) {
        let State::Placing { tries, suspicion, .. } = &self.state else { return };
        let (tries, cause) = (*tries, suspicion.clone());
        match standing {
            Standing::Paid => {}
            Standing::Misfit => self.fail(step, FailureCause::UnexpectedTrade),
            Standing::Closed => self.fail(step, FailureCause::ClosedElsewhere),
            // It is there, and we have no code for it: nobody can pay it, and it must not stay.
            Standing::Open | Standing::PaymentFailed => {
                self.begin_closing(step, CloseReason::Failed { cause })
            }
            Standing::NotFound => {
                let malformed = matches!(&cause, FailureCause::Refused { code, .. } if *code == ErrCode::InvalidRequest.as_str());
                if malformed || tries > 0 {
                    self.fail(step, cause);
                } else {
                    self.ask_again(step, tries, NOT_VISIBLE_YET_MS);
                }
            }
            Standing::Unclear if tries >= ASK_TRIES => {
                self.begin_closing(step, CloseReason::Failed { cause })
            }
            Standing::Unclear => self.ask_again(step, tries, growing_pause_ms(tries, ASK_PAUSE_MAX_MS)),
        }
    }

    fn ask_again(&mut self, step: &Step, before: u32, pause_ms: i64) {
        if let State::Placing { tries, .. } = &mut self.state {
            *tries = before.saturating_add(1);
        }
        self.timers.set(Timer::Query, step.after(pause_ms));
    }

    fn fail(&mut self, step: &mut Step, cause: FailureCause) {
        self.enter(step, State::Failed { cause, at_ms: step.now_ms });
        self.announce(step, WebhookKind::OrderFailed);
    }
}
