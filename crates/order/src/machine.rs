//! The order, and the one function that dispatches its inputs.
//!
//! [`Order::handle`] takes an input, gives it to the file that knows its rules, then does what has become
//! due. [`Order::enter`] is the one place that changes the state and arms the first timers of the new one.
//! [`Order::next_call`] is the one place that chooses the next call.

use gateway::{
    Answer, Call, CallName, Failure, Oddity, OutRefundNo, Outcome, Question, TransactionId, Unclear,
};
use serde::{Deserialize, Serialize};

use crate::call::{Calls, InFlight};
use crate::download::Counts;
use crate::effect::Turn;
use crate::exception::About;
use crate::index::Indexed;
use crate::outbox::Outbox;
use crate::query_schedule::Watch;
use crate::refund_ledger::{RefundLedger, RefundWork};
use crate::timer::Timers;
use crate::view::PageContent;
use crate::{
    CALL_DEADLINE_MS, CloseReason, ClosingStep, Delivery, Effects, Exception, ExceptionKind, FailureCause,
    GatewayCall, Input, LATE_QUERY_AFTER_MS, OutboxRow, PlacingStep, Receipt, Refund, Rejected, State, Terms,
    TermsError, Timer, What, Who,
};

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    pub(crate) terms: Terms,
    pub(crate) made_at_ms: i64,
    pub(crate) state: State,
    /// Grows with every change of what a page can see.
    pub(crate) version: u64,
    pub(crate) timers: Timers,
    pub(crate) calls: Calls,
    pub(crate) watch: Watch,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) receipts: Vec<Receipt>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) refunds: RefundLedger,
    pub(crate) outbox: Outbox,
    #[serde(default)]
    pub(crate) indexed: Indexed,
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub(crate) downloads: Counts,
    pub(crate) last_event: u64,
}

impl Order {
    /// Makes an order. Store it before you make the call it asks for.
    ///
    /// # Errors
    /// When the gateway would not take these terms.
    pub fn place(now_ms: i64, terms: Terms) -> Result<(Self, Effects), TermsError> {
        Self::place_by(now_ms, terms, None)
    }

    /// The same, in the name of a key of the merchant's: no shopper has placed the order.
    ///
    /// # Errors
    /// When the gateway would not take these terms.
    pub fn place_by(now_ms: i64, terms: Terms, key: Option<String>) -> Result<(Self, Effects), TermsError> {
        terms.check(now_ms)?;
        let state =
            State::Placing { step: PlacingStep::Ordering, tries: 0, suspicion: FailureCause::Unreachable };
        let mut order = Self::fresh(now_ms, terms, state);
        let page_before = order.page_content();
        let who = if key.is_some() { Who::Merchant } else { Who::Shopper };
        let mut turn = Turn::new(now_ms, who, None);
        turn.key = key;
        turn.note(What::Placed);
        order.timers.set(Timer::Place, now_ms);
        order.timers.set(Timer::OfferEnd, order.offer_ends_at_ms());
        let effects = order.finish(turn, &page_before);
        Ok((order, effects))
    }

    /// An order to which nothing has happened yet.
    pub(crate) fn fresh(now_ms: i64, terms: Terms, state: State) -> Self {
        Self {
            terms,
            made_at_ms: now_ms,
            state,
            version: 1,
            timers: Timers::default(),
            calls: Calls::default(),
            watch: Watch::default(),
            receipts: Vec::new(),
            exceptions: Vec::new(),
            refunds: RefundLedger::default(),
            outbox: Outbox::default(),
            indexed: Indexed::default(),
            downloads: Counts::default(),
            last_event: 0,
        }
    }

    /// Takes what happened and answers what to do. The order changes only when this is `Ok`.
    ///
    /// # Errors
    /// When a person asks for something impossible, or when the outcome belongs to another call. See
    /// [`Rejected`].
    pub fn handle(&mut self, now_ms: i64, input: Input) -> Result<Effects, Rejected> {
        let (key, input) = input.without_key();
        self.judge(&input)?;
        self.keep_within_reach(now_ms);
        let page_before = self.page_content();
        let mut turn = Turn::new(now_ms, input.who(), input.raw());
        turn.key = key;
        match input {
            Input::Answered { attempt, outcome, raw: _ } => self.answered(&mut turn, attempt, outcome),
            Input::Notified { notification, raw: _ } => self.notified(&mut turn, &notification),
            Input::NotificationUnreadable { why, raw: _ } => self.unreadable(&mut turn, &why),
            Input::NotificationSuspected { raw: _ } => self.suspected(&mut turn),
            Input::RefundNotified { out_refund_no, raw: _ } => self.refund_hinted(&mut turn, &out_refund_no),
            Input::PageWatching => self.page_watches(now_ms),
            Input::CancelRequested { by: _ } => self.cancel(&mut turn),
            Input::QueryRequested => self.query_requested(&mut turn),
            Input::RefundRequested(order) => self.refund_requested(&mut turn, order),
            Input::RefundRetried { out_refund_no, account } => {
                self.refund_retried(&mut turn, &out_refund_no, account)
            }
            Input::RefundWithdrawn { out_refund_no } => self.refund_withdrawn(&mut turn, &out_refund_no),
            Input::RedeliveryRequested { id } => self.redeliver(&mut turn, &id),
            Input::ExceptionDone { id } => self.exception_done(&mut turn, id),
            Input::PersonForgotten => Self::person_forgotten(&mut turn),
            Input::DownloadBegins(download) => self.download_begins(&mut turn, &download),
            Input::DownloadsAllowed => self.downloads_allowed(&mut turn),
            Input::FileMissing { file } => self.file_missing(&mut turn, &file),
            Input::Delivered(deliveries) => self.delivered(&mut turn, &deliveries),
            Input::AlarmFired => self.rang(&mut turn),
            Input::Swept { index_version } => {
                self.swept(&mut turn, index_version);
                self.rang(&mut turn);
            }
            Input::Restarted => self.call_lost(&mut turn),
            // It has been taken apart above.
            Input::WithKey { .. } => {}
        }
        Ok(self.finish(turn, &page_before))
    }

    /// The terms on which it was made.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The state it is in.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// When it was made.
    #[must_use]
    pub fn made_at_ms(&self) -> i64 {
        self.made_at_ms
    }

    /// The payment that confirmed the order.
    #[must_use]
    pub fn payment(&self) -> Option<&Receipt> {
        match &self.state {
            State::Paid { transaction_id, .. } => {
                self.receipts.iter().find(|receipt| receipt.fits && receipt.transaction_id == *transaction_id)
            }
            State::Placing { .. }
            | State::AwaitingPayment { .. }
            | State::Closing { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Orphan { .. } => None,
        }
    }

    /// The payments it knows, matching or not.
    #[must_use]
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// What a person must look at, open or done.
    #[must_use]
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }

    /// Its refunds: those asked for here and those learned from the gateway, in the order in which we wrote
    /// them down.
    pub fn refunds(&self) -> impl Iterator<Item = &Refund> {
        self.refunds.iter()
    }

    /// The messages that the receiver has not accepted yet.
    pub fn waiting(&self) -> impl Iterator<Item = &OutboxRow> {
        self.outbox.waiting()
    }

    /// The webhooks that we gave up. [`Input::RedeliveryRequested`] sends one again.
    #[must_use]
    pub fn given_up(&self) -> &[OutboxRow] {
        self.outbox.given_up()
    }

    /// When to wake it, as the last [`Effects`] said.
    #[must_use]
    pub fn alarm_at_ms(&self) -> Option<i64> {
        self.timers.alarm_at_ms(self.calls.in_flight.is_some())
    }

    /// Whether the call of this attempt is still in flight. If not, do not send it: its outcome already
    /// counts as unknown, and the order may have gone on from there.
    #[must_use]
    pub fn awaits(&self, attempt: u64) -> bool {
        self.calls.in_flight(attempt).is_some()
    }

    /// Whether the order can take this input. Changes nothing.
    fn judge(&self, input: &Input) -> Result<(), Rejected> {
        match input {
            Input::Answered { attempt, outcome, raw: _ } => match self.calls.in_flight(*attempt) {
                Some(in_flight) if in_flight.call != outcome.call => Err(Rejected::OutcomeOfAnotherCall {
                    expected: in_flight.call.as_str(),
                    got: outcome.call.as_str(),
                }),
                Some(_) | None => Ok(()),
            },
            Input::CancelRequested { by: _ } => self.may_cancel(),
            Input::RefundRequested(order) => self.may_refund(order).map(drop),
            Input::RefundRetried { out_refund_no, account: _ } => self.refunds.admit_retry(out_refund_no),
            Input::RefundWithdrawn { out_refund_no } => self.refunds.admit_withdrawal(out_refund_no),
            Input::RedeliveryRequested { id } => self.may_redeliver(id),
            Input::ExceptionDone { id } => self.may_mark_done(*id),
            Input::DownloadBegins(download) => self.admit_download(download),
            Input::FileMissing { file: _ } => self.may_deliver(),
            Input::WithKey { key: _, input } => self.judge(input),
            Input::Notified { .. }
            | Input::NotificationUnreadable { .. }
            | Input::NotificationSuspected { .. }
            | Input::RefundNotified { .. }
            | Input::PageWatching
            | Input::QueryRequested
            | Input::PersonForgotten
            | Input::DownloadsAllowed
            | Input::Delivered(_)
            | Input::AlarmFired
            | Input::Swept { .. }
            | Input::Restarted => Ok(()),
        }
    }

    /// A clock that ran ahead must not stop the order after it is put right.
    fn keep_within_reach(&mut self, now_ms: i64) {
        self.timers.keep_within_reach(now_ms);
        self.watch.keep_within_reach(now_ms);
        self.refunds.keep_within_reach(now_ms);
        self.outbox.keep_within_reach(now_ms);
    }

    /// A call ended. Ignored unless it is the one in flight.
    fn answered(&mut self, turn: &mut Turn, attempt: u64, outcome: Outcome) {
        if let Some(in_flight) = self.calls.in_flight(attempt).cloned() {
            self.call_ended(turn, in_flight, outcome);
        }
    }

    /// Nobody will report how the call in flight ended. Does nothing if no call is in flight.
    fn call_lost(&mut self, turn: &mut Turn) {
        if let Some(in_flight) = self.calls.in_flight.clone() {
            let outcome = in_flight.call.failed(Failure::no_answer());
            self.call_ended(turn, in_flight, outcome);
        }
    }

    fn call_ended(&mut self, turn: &mut Turn, ended: InFlight, outcome: Outcome) {
        self.calls.in_flight = None;
        self.timers.clear(Timer::CallDeadline);
        // The index first hears of an order when its first call has ended, usually with a code.
        turn.index_changed |= self.indexed.is_unheard_of();
        let failure = outcome.result.as_ref().err();
        if failure == Some(&Failure::NoConnection) {
            self.calls.host_index = self.calls.host_index.wrapping_add(1);
        }
        let result = failure.map_or_else(|| "ok".into(), Failure::summary);
        let odd = failure.and_then(oddity);
        turn.note(What::CallEnded { attempt: ended.attempt, call: ended.call, result });
        if let Some((kind, detail)) = odd {
            self.odd_answer(turn, kind, &ended, &detail);
        }
        match outcome.result {
            Ok(answer) => self.call_succeeded(turn, &ended, answer),
            Err(failure) => self.call_failed(turn, &ended, failure),
        }
    }

    /// The call that ended succeeded.
    fn call_succeeded(&mut self, turn: &mut Turn, ended: &InFlight, answer: Answer) {
        match answer {
            Answer::Placed(code_url) => self.code_given(turn, code_url),
            Answer::Trade(trade) => self.queried(turn, Ok(trade)),
            Answer::Closed => self.closed_at_gateway(turn, Ok(())),
            Answer::RefundAccepted(refund_id) => {
                if let Some(number) = &ended.out_refund_no {
                    self.refund_sent(turn, number, Ok(refund_id));
                }
            }
            Answer::Refunds(list) => match (&ended.out_refund_no, &ended.refunds_of) {
                (Some(number), _) => self.refund_queried(turn, number, Ok(list)),
                (None, Some(of)) => self.refunds_listed(turn, of, Ok(list)),
                (None, None) => {}
            },
        }
    }

    /// The call that ended did not succeed.
    fn call_failed(&mut self, turn: &mut Turn, ended: &InFlight, failure: Failure) {
        match ended.call {
            CallName::Place => self.not_placed(turn, failure),
            CallName::Query => self.queried(turn, Err(failure)),
            CallName::Close => self.closed_at_gateway(turn, Err(failure)),
            CallName::Refund => {
                if let Some(number) = &ended.out_refund_no {
                    self.refund_sent(turn, number, Err(failure));
                }
            }
            CallName::RefundQuery => match (&ended.out_refund_no, &ended.refunds_of) {
                (Some(number), _) => self.refund_queried(turn, number, Err(failure)),
                (None, Some(of)) => self.refunds_listed(turn, of, Err(failure)),
                (None, None) => {}
            },
        }
    }

    /// The gateway signed an answer that is about something else, or that we cannot read. A person must see
    /// it.
    fn odd_answer(&mut self, turn: &mut Turn, kind: ExceptionKind, ended: &InFlight, detail: &str) {
        let about = match ended.out_refund_no.as_ref().and_then(|number| self.refunds.at_gateway(number)) {
            Some(refund) => About::refund(refund.transaction_id.clone(), refund.out_refund_no.clone()),
            None => About::order(),
        };
        if self.raise(turn, kind, about.because(format!("{}: {detail}", ended.call.as_str()))) {
            turn.keep_message = true;
        }
    }

    /// The row of the index is written again, because the caller writes the order's details with it.
    fn person_forgotten(turn: &mut Turn) {
        turn.note(What::PersonForgotten);
        turn.index_changed = true;
    }

    fn delivered(&mut self, turn: &mut Turn, deliveries: &[Delivery]) {
        turn.store |= self.must_remember(deliveries);
        for given_up in self.outbox.delivered(deliveries, turn.now_ms) {
            self.put_webhook_aside(turn, given_up);
        }
    }

    /// Changes the state. Clears the timers of the old state and arms those of the new one. Timers of
    /// refunds, the outbox, the index and the call in flight keep running.
    pub(crate) fn enter(&mut self, turn: &mut Turn, state: State) {
        let from = self.label();
        self.state = state;
        turn.note(What::StateChanged { from, to: self.label() });
        for timer in [Timer::Place, Timer::Query, Timer::OfferEnd, Timer::Close, Timer::LateQuery] {
            self.timers.clear(timer);
        }
        self.watch.unclear = 0;
        match self.state {
            State::Placing { .. } => self.timers.set(Timer::Place, turn.now_ms),
            State::AwaitingPayment { .. } => {
                self.watch(turn.now_ms);
                self.timers.set(Timer::OfferEnd, self.offer_ends_at_ms());
            }
            State::Closing { .. } => self.timers.set(Timer::Close, self.close_at_ms(turn.now_ms)),
            State::Closed { .. } => self.timers.set(Timer::LateQuery, turn.after(LATE_QUERY_AFTER_MS)),
            // The gateway said that the number is in use. Ask once more what it holds under it.
            State::Failed { .. } if self.watch.last_query_at_ms.is_some() => {
                self.timers.set(Timer::LateQuery, turn.after(LATE_QUERY_AFTER_MS));
            }
            State::Paid { .. } | State::Failed { .. } | State::Orphan { .. } => {}
        }
        // An expired order is usually closed a second later. If not, the index hears of it then.
        let passes = matches!(self.state, State::Closing { reason: CloseReason::Expired, .. });
        turn.index_changed |= !passes;
    }

    /// The state and its reason, for the log.
    fn label(&self) -> String {
        match self.state.reason() {
            Some(reason) => format!("{} ({reason})", self.state.name()),
            None => self.state.name().into(),
        }
    }

    /// Does what is due, then collects the effects.
    pub(crate) fn finish(&mut self, mut turn: Turn, page_before: &PageContent) -> Effects {
        if self.timers.take_due(Timer::CallDeadline, turn.now_ms) {
            turn.who = Who::Clock;
            self.call_lost(&mut turn);
        }
        if self.timers.take_due(Timer::OfferEnd, turn.now_ms) {
            turn.who = Who::Clock;
            self.offer_ended(&mut turn);
        }
        let call = if self.calls.in_flight.is_none() { self.next_call(&mut turn) } else { None };
        self.arm(Timer::Refund, self.refunds.due_at_ms());
        for unheard in self.outbox.give_up_unheard(turn.now_ms) {
            self.put_webhook_aside(&mut turn, unheard);
        }
        self.keep_index(&mut turn);
        let mut outbox = self.outbox.hand_out(turn.now_ms);
        self.mark_never_open(&mut outbox);
        self.arm(Timer::Outbox, self.outbox.due_at_ms());
        let archive = self.archive_due(turn.now_ms);
        let page_changed = self.page_content() != *page_before;
        if page_changed {
            self.version = self.version.saturating_add(1);
        }
        let (told, keep_message) = (turn.store, turn.keep_message);
        let events = turn.into_events(&mut self.last_event);
        Effects {
            store: told || !events.is_empty() || call.is_some() || outbox.iter().any(OutboxRow::is_webhook),
            events,
            alarm_at_ms: self.alarm_at_ms(),
            call,
            page_changed,
            outbox,
            keep_message,
            archive,
        }
    }

    /// Arms the archive of a settled order. True when it is due.
    fn archive_due(&mut self, now_ms: i64) -> bool {
        let ends_at_ms = self.made_at_ms.saturating_add(self.terms.keep_ms);
        self.arm(Timer::Archive, self.is_settled().then_some(ends_at_ms));
        self.timers.at_ms(Timer::Archive).is_some_and(|at_ms| at_ms <= now_ms)
    }

    fn arm(&mut self, timer: Timer, at_ms: Option<i64>) {
        match at_ms {
            Some(at_ms) => self.timers.set(timer, at_ms),
            None => self.timers.clear(timer),
        }
    }

    /// The first call that is due, in this order of precedence.
    fn next_call(&mut self, turn: &mut Turn) -> Option<GatewayCall> {
        let now_ms = turn.now_ms;
        if self.timers.take_due(Timer::Place, now_ms)
            && let State::Placing { .. } = self.state
        {
            self.watch.sent_at_ms = Some(now_ms);
            return Some(self.begin(turn, self.place_call(), Concerned::Order));
        }
        if self.timers.take_due(Timer::Close, now_ms) {
            match self.state {
                State::Closing { step: ClosingStep::Closing, .. } => {
                    return Some(self.begin(turn, Question::Close, Concerned::Order));
                }
                State::Closing { step: ClosingStep::Checking | ClosingStep::Asking, .. } => {
                    if let Some(query) = self.begin_query(turn, Timer::Close) {
                        return Some(query);
                    }
                }
                State::Placing { .. }
                | State::AwaitingPayment { .. }
                | State::Paid { .. }
                | State::Closed { .. }
                | State::Failed { .. }
                | State::Orphan { .. } => {}
            }
        }
        for timer in [Timer::Query, Timer::LateQuery] {
            if self.timers.take_due(timer, now_ms)
                && let Some(query) = self.begin_query(turn, timer)
            {
                return Some(query);
            }
        }
        self.begin_refund_work(turn)
    }

    /// Begins a query, or moves its timer to when the pace allows one.
    fn begin_query(&mut self, turn: &mut Turn, timer: Timer) -> Option<GatewayCall> {
        let free_at_ms = self.watch.free_at_ms(turn.now_ms);
        if free_at_ms > turn.now_ms {
            self.timers.set(timer, free_at_ms);
            return None;
        }
        self.watch.last_query_at_ms = Some(turn.now_ms);
        Some(self.begin(turn, self.query(), Concerned::Order))
    }

    fn begin_refund_work(&mut self, turn: &mut Turn) -> Option<GatewayCall> {
        let work = self.refunds.begin(turn.now_ms)?;
        let (question, concerned) = match work {
            RefundWork::Send(number) => {
                (self.refund(self.refunds.at_gateway(&number)?), Concerned::Refund(number))
            }
            RefundWork::Query(number) => {
                (self.refund_query(self.refunds.at_gateway(&number)?), Concerned::Refund(number))
            }
            RefundWork::Learn { of, offset } => {
                let Some(query) = self.refunds_query(&of, offset) else {
                    // Another payment took this one's place, so there is nothing left to ask about.
                    self.refunds.learning.done(&of);
                    return None;
                };
                (query, Concerned::RefundsOf(of))
            }
        };
        Some(self.begin(turn, question, concerned))
    }

    fn begin(&mut self, turn: &mut Turn, question: Question, concerned: Concerned) -> GatewayCall {
        let attempt = self.calls.last_attempt.saturating_add(1);
        let call = question.name();
        let (out_refund_no, refunds_of) = match concerned {
            Concerned::Order => (None, None),
            Concerned::Refund(number) => (Some(number), None),
            Concerned::RefundsOf(of) => (None, Some(of)),
        };
        self.calls.last_attempt = attempt;
        self.calls.in_flight = Some(InFlight { attempt, call, out_refund_no, refunds_of });
        self.timers.set(Timer::CallDeadline, turn.after(CALL_DEADLINE_MS));
        turn.note_by_clock(What::CallBegun { attempt, call });
        GatewayCall {
            attempt,
            host_index: self.calls.host_index,
            call: Call {
                merchant: self.terms.merchant.clone(),
                out_trade_no: self.terms.out_trade_no.clone(),
                dialect: self.terms.dialect.clone(),
                question,
            },
        }
    }
}

/// What a call concerns.
enum Concerned {
    Order,
    /// A refund, by its number at the gateway.
    Refund(OutRefundNo),
    /// All refunds of a payment.
    RefundsOf(TransactionId),
}

/// The exception that a failure raises at once: the gateway signed something that does not answer us.
fn oddity(failure: &Failure) -> Option<(ExceptionKind, String)> {
    match failure {
        Failure::Unclear(Unclear { oddity: Some(oddity), why, .. }) => {
            let kind = match oddity {
                Oddity::AboutSomethingElse => ExceptionKind::AboutSomethingElse,
                Oddity::Unreadable => ExceptionKind::Unreadable,
            };
            Some((kind, why.to_string()))
        }
        Failure::NoConnection | Failure::Unclear(_) | Failure::NotWritten(_) | Failure::Refused(_) => None,
    }
}
