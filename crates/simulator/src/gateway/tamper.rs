//! What faults do to a call and to its answer (protocol §11.3).

use super::Gateway;
use super::call::Call;
use super::fault::{FaultName, Strike};
use super::message::Fields;
use super::pages::{self, ErrorPage};
use super::reply::{CallRecord, Reply, Transmission};
use super::signature::with_one_digit_changed;
use super::trade::{PAYER, RefundOutcome, TradeState};

const SLOW_MS: u32 = 3000;
const PAID_BEFORE_ANSWER_MS: u32 = 2000;

impl Gateway {
    pub(super) fn strikes(
        &mut self,
        name: FaultName,
        call: impl Into<Option<Call>>,
        record: &mut CallRecord,
    ) -> Option<Strike> {
        let strike = self.faults.strikes(name, call.into(), record.out_trade_no.as_deref())?;
        record.faults.push(name.as_str());
        Some(strike)
    }

    /// Faults that lose the call before it takes effect. The caller cannot tell them from a loss after the
    /// effect.
    pub(super) fn lost_before_effect(
        &mut self,
        call: impl Into<Option<Call>>,
        record: &mut CallRecord,
    ) -> Option<Reply> {
        let call = call.into();
        if self.strikes(FaultName::DropBefore, call, record).is_some() {
            "no effect, no answer".clone_into(&mut record.verdict);
            return Some(Reply { transmission: Transmission::Dropped, ..Reply::xml(String::new()) });
        }
        let pages = [
            (FaultName::Html200, ErrorPage::Challenge),
            (FaultName::Html400, ErrorPage::BadRequest),
            (FaultName::Html403, ErrorPage::Forbidden),
            (FaultName::Html502, ErrorPage::BadGateway),
        ];
        if let Some((_, page)) =
            pages.into_iter().find(|(name, _)| self.strikes(*name, call, record).is_some())
        {
            "no effect, a page".clone_into(&mut record.verdict);
            return Some(page.reply());
        }
        if self.strikes(FaultName::Redirect, call, record).is_some() {
            "no effect, a redirect".clone_into(&mut record.verdict);
            return Some(pages::redirect(&self.switches.redirect_to.0));
        }
        None
    }

    /// How a refund that is about to be accepted will end. If it ends, it ends at `ends_at_ms`.
    pub(super) fn refund_outcome(&mut self, ends_at_ms: i64, record: &mut CallRecord) -> RefundOutcome {
        if self.strikes(FaultName::RefundStuck, Call::Refund, record).is_some() {
            RefundOutcome::NeverEnds
        } else if self.strikes(FaultName::RefundClosed, Call::Refund, record).is_some() {
            RefundOutcome::ClosesAt(ends_at_ms)
        } else if self.strikes(FaultName::RefundChange, Call::Refund, record).is_some() {
            RefundOutcome::ChangesAt(ends_at_ms)
        } else {
            RefundOutcome::SucceedsAt(ends_at_ms)
        }
    }

    /// The shopper pays just before the merchant closes the order, so that the close answers `ORDERPAID`.
    pub(super) fn pay_before_close(&mut self, now_ms: i64, record: &mut CallRecord) {
        if self.is_unpaid(now_ms, record)
            && self.strikes(FaultName::PaidBeforeClose, Call::CloseOrder, record).is_some()
        {
            self.somebody_pays(now_ms, record);
        }
    }

    /// How long the answer is held back. With `paid-before-answer` the notification comes before the answer.
    pub(super) fn held_back(
        &mut self,
        now_ms: i64,
        call: impl Into<Option<Call>>,
        succeeded: bool,
        record: &mut CallRecord,
    ) -> u32 {
        let call = call.into();
        let slow = self.strikes(FaultName::Slow, call, record).map_or(0, |strike| strike.delay_ms(SLOW_MS));
        if call != Some(Call::UnifiedOrder) || !succeeded {
            return slow;
        }
        match self.strikes(FaultName::PaidBeforeAnswer, call, record) {
            None => slow,
            Some(strike) => {
                self.somebody_pays(now_ms, record);
                slow.max(strike.delay_ms(PAID_BEFORE_ANSWER_MS))
            }
        }
    }

    pub(super) fn tamper_with_signature(&mut self, fields: &mut Fields, call: Call, record: &mut CallRecord) {
        if self.strikes(FaultName::Unsigned, call, record).is_some() {
            fields.remove("sign");
        }
        if self.strikes(FaultName::WronglySigned, call, record).is_some() {
            let sign = with_one_digit_changed(fields.value("sign").unwrap_or_default());
            fields.replace("sign", &sign);
        }
    }

    /// Faults that lose the answer, or part of it, after the call took effect.
    pub(super) fn lost_after_effect(
        &mut self,
        mut reply: Reply,
        call: impl Into<Option<Call>>,
        record: &mut CallRecord,
    ) -> Reply {
        let call = call.into();
        if self.strikes(FaultName::DropAfter, call, record).is_some() {
            reply.transmission = Transmission::Dropped;
        }
        if self.strikes(FaultName::Truncated, call, record).is_some() {
            // The cut may split a character, as a broken connection may.
            reply.body.truncate(reply.body.len() / 2);
        }
        if self.strikes(FaultName::NeverEnds, call, record).is_some() {
            reply.body.truncate(reply.body.len() / 2);
            reply.transmission = Transmission::Begun;
        }
        if self.strikes(FaultName::Empty, call, record).is_some() {
            reply.body.clear();
        }
        reply
    }

    fn is_unpaid(&self, now_ms: i64, record: &CallRecord) -> bool {
        self.place_of(record)
            .is_some_and(|trade_index| self.ledger.at(trade_index).state(now_ms) == TradeState::NotPay)
    }

    fn somebody_pays(&mut self, now_ms: i64, record: &CallRecord) {
        if let Some(trade_index) = self.place_of(record) {
            let payer = self.ledger.at(trade_index).payer.clone().unwrap_or_else(|| PAYER.to_owned());
            self.take_payment(now_ms, trade_index, &payer);
        }
    }

    fn place_of(&self, record: &CallRecord) -> Option<super::ledger::TradeIndex> {
        self.ledger.order_numbered(record.mch_id.as_deref()?, record.out_trade_no.as_deref()?)
    }
}
