//! What faults do to a call and its answer (protocol §11.3).

use super::Gateway;
use super::call::Call;
use super::fault::{FaultName, Strike};
use super::message::Fields;
use super::pages::{self, Page};
use super::reply::{Course, Fate, Reply};
use super::signature::with_one_digit_changed;
use super::trade::{PAYER, RefundCourse, TradeState};

const SLOW_MS: u32 = 3000;
const PAID_BEFORE_ANSWER_MS: u32 = 2000;

impl Gateway {
    pub(super) fn strikes(&mut self, name: FaultName, call: Call, course: &mut Course) -> Option<Strike> {
        let strike = self.faults.strikes(name, Some(call), course.out_trade_no.as_deref())?;
        course.faults.push(name.as_str());
        Some(strike)
    }

    /// Faults without effect; the caller cannot tell them from those with one.
    pub(super) fn lost_before_effect(&mut self, call: Call, course: &mut Course) -> Option<Reply> {
        if self.strikes(FaultName::DropBefore, call, course).is_some() {
            "no effect, no answer".clone_into(&mut course.verdict);
            return Some(Reply { fate: Fate::Dropped, ..Reply::xml(String::new()) });
        }
        let pages = [
            (FaultName::Html200, Page::Challenge),
            (FaultName::Html400, Page::BadRequest),
            (FaultName::Html403, Page::Forbidden),
            (FaultName::Html502, Page::BadGateway),
        ];
        if let Some((_, page)) =
            pages.into_iter().find(|(name, _)| self.strikes(*name, call, course).is_some())
        {
            "no effect, a page".clone_into(&mut course.verdict);
            return Some(page.reply());
        }
        if self.strikes(FaultName::Redirect, call, course).is_some() {
            "no effect, a redirect".clone_into(&mut course.verdict);
            return Some(pages::redirect(&self.switches.redirect_to.0));
        }
        None
    }

    /// How a refund that is about to be accepted will end, at this time if it ends at all.
    pub(super) fn refund_course(&mut self, ends_at_ms: i64, course: &mut Course) -> RefundCourse {
        if self.strikes(FaultName::RefundStuck, Call::Refund, course).is_some() {
            RefundCourse::NeverEnds
        } else if self.strikes(FaultName::RefundClosed, Call::Refund, course).is_some() {
            RefundCourse::ClosesAt(ends_at_ms)
        } else if self.strikes(FaultName::RefundChange, Call::Refund, course).is_some() {
            RefundCourse::ChangesAt(ends_at_ms)
        } else {
            RefundCourse::SucceedsAt(ends_at_ms)
        }
    }

    /// The shopper pays while the merchant asks to close: closing answers `ORDERPAID`.
    pub(super) fn pay_before_close(&mut self, now_ms: i64, course: &mut Course) {
        if self.is_unpaid(now_ms, course)
            && self.strikes(FaultName::PaidBeforeClose, Call::CloseOrder, course).is_some()
        {
            self.somebody_pays(now_ms, course);
        }
    }

    /// How long the answer waits; with `paid-before-answer` the notification is faster than the answer.
    pub(super) fn held_back(&mut self, now_ms: i64, call: Call, succeeded: bool, course: &mut Course) -> u32 {
        let slow = self.strikes(FaultName::Slow, call, course).map_or(0, |strike| strike.delay_ms(SLOW_MS));
        if call != Call::UnifiedOrder || !succeeded {
            return slow;
        }
        match self.strikes(FaultName::PaidBeforeAnswer, call, course) {
            None => slow,
            Some(strike) => {
                self.somebody_pays(now_ms, course);
                slow.max(strike.delay_ms(PAID_BEFORE_ANSWER_MS))
            }
        }
    }

    pub(super) fn tamper_with_signature(&mut self, fields: &mut Fields, call: Call, course: &mut Course) {
        if self.strikes(FaultName::Unsigned, call, course).is_some() {
            fields.remove("sign");
        }
        if self.strikes(FaultName::WronglySigned, call, course).is_some() {
            let sign = with_one_digit_changed(fields.value("sign").unwrap_or_default());
            fields.replace("sign", &sign);
        }
    }

    /// Faults with effect: the business is done, the answer is not what it was.
    pub(super) fn lost_after_effect(&mut self, mut reply: Reply, call: Call, course: &mut Course) -> Reply {
        if self.strikes(FaultName::DropAfter, call, course).is_some() {
            reply.fate = Fate::Dropped;
        }
        if self.strikes(FaultName::Truncated, call, course).is_some() {
            // Half of it may end inside a character: so do answers that stop on the way.
            reply.body.truncate(reply.body.len() / 2);
        }
        if self.strikes(FaultName::NeverEnds, call, course).is_some() {
            reply.body.truncate(reply.body.len() / 2);
            reply.fate = Fate::Begun;
        }
        if self.strikes(FaultName::Empty, call, course).is_some() {
            reply.body.clear();
        }
        reply
    }

    fn is_unpaid(&self, now_ms: i64, course: &Course) -> bool {
        self.place_of(course)
            .is_some_and(|trade_index| self.ledger.at(trade_index).state(now_ms) == TradeState::NotPay)
    }

    fn somebody_pays(&mut self, now_ms: i64, course: &Course) {
        if let Some(trade_index) = self.place_of(course) {
            let payer = self.ledger.at(trade_index).payer.clone().unwrap_or_else(|| PAYER.to_owned());
            self.take_payment(now_ms, trade_index, &payer);
        }
    }

    fn place_of(&self, course: &Course) -> Option<super::ledger::TradeIndex> {
        self.ledger.order_numbered(course.mch_id.as_deref()?, course.out_trade_no.as_deref()?)
    }
}
