//! What the merchant asks about refunds, the calls to the gateway, and how its answers change the ledger
//! (protocol §7).

use gateway::{
    CallName, Failure, ListedRefund, Meaning, Money, OutRefundNo, Question, RefundAccount, RefundId,
    RefundList, RefundNotification, RefundStanding, TransactionId, Unclear,
};

use crate::effect::Turn;
use crate::exception::About;
use crate::refund::{RefundFinding, RefundResult};
use crate::{ExceptionKind, Order, Receipt, Refund, RefundOrder, RefundStatus, Rejected, What};

/// The pause before we ask about a refund that we learned of while it was under way.
const LEARNED_PAUSE_MS: i64 = 60_000;

impl Order {
    /// The payment of a refund, if that refund can be made.
    pub(crate) fn may_refund(&self, order: &RefundOrder) -> Result<(TransactionId, Money), Rejected> {
        let receipt = match &order.of {
            Some(of) => self.receipts.iter().find(|receipt| receipt.transaction_id == *of),
            None => self.refunded_by_default(),
        };
        let receipt = receipt.ok_or(Rejected::NothingToRefund)?;
        self.refunds.admit(order, &receipt.transaction_id, receipt.total)?;
        Ok((receipt.transaction_id.clone(), receipt.total))
    }

    /// How much a refund of this number gives back if the merchant does not say it: what it gave back when it
    /// was asked for before, or all that is left of the payment. `None`: there is no such payment.
    #[must_use]
    pub fn refund_of_the_rest(&self, of: Option<&TransactionId>, number: &OutRefundNo) -> Option<u64> {
        if let Some(refund) = self.refunds.asked_for(number) {
            return Some(refund.amount.minor);
        }
        let receipt = match of {
            Some(of) => self.receipts.iter().find(|receipt| receipt.transaction_id == *of),
            None => self.refunded_by_default(),
        }?;
        Some(receipt.total.minor.saturating_sub(self.refunds.held_minor(&receipt.transaction_id)))
    }

    /// The payment that confirmed the order, or the only one there is.
    fn refunded_by_default(&self) -> Option<&Receipt> {
        let only = if let [only] = self.receipts.as_slice() { Some(only) } else { None };
        self.payment().or(only)
    }

    /// The merchant wants to refund the payer.
    pub(crate) fn refund_requested(&mut self, turn: &mut Turn, order: RefundOrder) {
        let Ok((of, payment)) = self.may_refund(&order) else { return };
        let (out_refund_no, amount_minor) = (order.out_refund_no.clone(), order.amount.minor);
        if self.refunds.request(turn.now_ms, &self.terms.out_trade_no, order, of, payment) {
            turn.note(What::RefundRequested { out_refund_no: out_refund_no.clone(), amount_minor });
            turn.index_changed = true;
            if let Some(refund) = self.refunds.asked_for(&out_refund_no).cloned() {
                self.attend_to_refund(turn, &refund);
            }
        }
    }

    /// The merchant wants a refund to be tried, or asked about, now.
    pub(crate) fn refund_retried(
        &mut self,
        turn: &mut Turn,
        number: &OutRefundNo,
        account: Option<RefundAccount>,
    ) {
        turn.note(What::RefundRetried { out_refund_no: number.clone() });
        self.refunds.retry(number, turn.now_ms, account);
        turn.index_changed = true;
        if let Some(refund) = self.refunds.asked_for(number).cloned() {
            self.attend_to_refund(turn, &refund);
        }
    }

    /// The merchant withdraws a refund. If an earlier call may have refunded, we ask the gateway.
    pub(crate) fn refund_withdrawn(&mut self, turn: &mut Turn, number: &OutRefundNo) {
        let is_being_sent = self.refunds.asked_for(number).is_some_and(|refund| {
            let in_flight = self.calls.in_flight.as_ref().filter(|call| call.call == CallName::Refund);
            in_flight.and_then(|call| call.out_refund_no.as_ref()) == Some(refund.number_at_gateway())
        });
        if !self.refunds.withdraw(number, turn.now_ms, is_being_sent) {
            return;
        }
        let Some(refund) = self.refunds.asked_for(number).cloned() else { return };
        self.refund_changed(turn, &refund);
    }

    /// The gateway hints that a refund changed (protocol §7.6). A hint proves nothing, so we ask.
    pub(crate) fn refund_hinted(&mut self, turn: &mut Turn, number: &OutRefundNo) {
        match self.refunds.at_gateway(number).map(|refund| refund.status) {
            Some(RefundStatus::Processing | RefundStatus::Abnormal | RefundStatus::Stuck) => {
                turn.note(What::RefundHinted { out_refund_no: number.clone() });
                self.refunds.hinted(number, turn.now_ms);
            }
            // Already being sent or asked about, or certain.
            Some(
                RefundStatus::Requested
                | RefundStatus::Asking
                | RefundStatus::Refunded
                | RefundStatus::Closed,
            ) => {}
            // It counts as not done, or we do not know it: somebody may have made it elsewhere.
            Some(RefundStatus::Refused | RefundStatus::Withdrawn) | None => {
                self.unknown_refund_hinted(turn, number)
            }
        }
    }

    /// The gateway notifies of a refund and signed it. So it counts like an entry of the gateway's own list:
    /// it is compared with the ledger, and a refund that we do not know is learned. If it leaves something
    /// out that is compared, or is about a payment that we do not know, it is the reason to ask.
    pub(crate) fn refund_reported(&mut self, turn: &mut Turn, notification: &RefundNotification) {
        let number = notification.out_refund_no();
        let of = notification.record().map(|record| &record.transaction_id);
        let receipt = self.receipts.iter().find(|receipt| Some(&receipt.transaction_id) == of);
        let payment = receipt.map(|receipt| (receipt.transaction_id.clone(), receipt.total));
        let listed = payment.as_ref().and_then(|(_, total)| notification.listed(total.currency));
        let about_something_else = if notification.is_about(&self.terms.merchant, &self.terms.out_trade_no) {
            payment.as_ref().zip(listed.as_ref()).and_then(|((_, total), (stated, _))| {
                (stated != total).then(|| format!("refund {number} of a payment of {stated}, not of {total}"))
            })
        } else {
            Some(format!("refund {number} of another merchant or order"))
        };
        if let Some(detail) = about_something_else {
            let about = About::order().because(format!("notification: {detail}"));
            turn.keep_message |= self.raise(turn, ExceptionKind::AboutSomethingElse, about);
            return;
        }
        match payment.zip(listed) {
            Some(((of, total), (_, record))) => self.refund_listed(turn, &of, total, record),
            None => self.refund_hinted(turn, number),
        }
    }

    fn unknown_refund_hinted(&mut self, turn: &mut Turn, number: &OutRefundNo) {
        let payments: Vec<TransactionId> =
            self.receipts.iter().map(|receipt| receipt.transaction_id.clone()).collect();
        if payments.is_empty() {
            // A refund of a payment of which we have not heard.
            if self.refunds.learning.hint_without_payment() {
                turn.store = true;
                self.ask_soon(turn.now_ms);
            }
            return;
        }
        let mut followed = false;
        for of in &payments {
            let asked_now =
                self.calls.in_flight.as_ref().is_some_and(|call| call.refunds_of.as_ref() == Some(of));
            followed |= self.refunds.learning.hint(of, turn.now_ms, asked_now);
        }
        if followed {
            turn.note(What::RefundHinted { out_refund_no: number.clone() });
        }
    }

    /// The gateway calls a payment refunded. If no refund of ours explains that, a person must know.
    pub(crate) fn refunded_elsewhere(&mut self, turn: &mut Turn, of: &TransactionId) {
        if !self.refunds.explain(of) {
            let about = About::payment(of.clone()).because("trade_state REFUND");
            self.raise(turn, ExceptionKind::RefundedElsewhere, about);
        }
        self.want_refunds_of(turn, of);
    }

    /// Asks for all refunds of a payment.
    pub(crate) fn want_refunds_of(&mut self, turn: &mut Turn, of: &TransactionId) {
        turn.note(What::RefundsWanted { transaction_id: of.clone() });
        self.refunds.learning.want(of, turn.now_ms);
    }

    /// The refund call of a ledger entry: always the same number and amount. The merchant may change the
    /// account that pays.
    pub(crate) fn refund(&self, refund: &Refund) -> Question {
        Question::Refund(Box::new(gateway::Refund {
            transaction_id: refund.transaction_id.clone(),
            payment: refund.payment,
            out_refund_no: refund.number_at_gateway().clone(),
            amount: refund.amount,
            reason: refund.reason.clone(),
            account: refund.account,
            notify_url: self.terms.refund_notify_url.clone(),
        }))
    }

    /// Asks about one refund.
    pub(crate) fn refund_query(&self, refund: &Refund) -> Question {
        Question::QueryRefund {
            transaction_id: refund.transaction_id.clone(),
            payment: refund.payment,
            out_refund_no: refund.number_at_gateway().clone(),
            amount: refund.amount,
        }
    }

    /// Asks for all refunds of a payment.
    pub(crate) fn refunds_query(&self, of: &TransactionId, offset: u32) -> Option<Question> {
        let receipt = self.receipts.iter().find(|receipt| receipt.transaction_id == *of)?;
        Some(Question::ListRefunds { transaction_id: of.clone(), payment: receipt.total, offset })
    }

    /// A refund call ended. `number` is the refund's number at the gateway.
    pub(crate) fn refund_sent(
        &mut self,
        turn: &mut Turn,
        number: &OutRefundNo,
        result: Result<RefundId, Failure>,
    ) {
        let result = match result {
            Ok(refund_id) => RefundResult::Accepted(refund_id),
            Err(failure) => refund_result(&failure),
        };
        // The gateway says that all is refunded already: by an earlier call of ours, or by somebody else.
        let by_somebody = matches!(result, RefundResult::Ask(_));
        let unclear = matches!(result, RefundResult::Unclear(_) | RefundResult::Misconfigured(_));
        let changed = self.refunds.sent(number, turn.now_ms, result);
        let Some(refund) = self.refunds.at_gateway(number).cloned() else { return };
        // Withdrawn during the call. Nobody repeats the call, so ask what it did.
        let withdrawn_unclear = unclear && refund.status == RefundStatus::Withdrawn;
        if by_somebody || withdrawn_unclear {
            self.want_refunds_of(turn, &refund.transaction_id);
        }
        if changed {
            self.refund_changed(turn, &refund);
        }
    }

    /// A question about one refund was answered.
    pub(crate) fn refund_queried(
        &mut self,
        turn: &mut Turn,
        number: &OutRefundNo,
        result: Result<RefundList, Failure>,
    ) {
        let finding = match result {
            Ok(list) => match list.refunds.iter().find(|record| record.out_refund_no == *number) {
                Some(record) => {
                    self.refunds.seen_as(number, &record.refund_id);
                    finding(record)
                }
                // Only a refusal says that there is no such refund.
                None => RefundFinding::Unclear("the answer lists no refund".into()),
            },
            Err(failure) => match failure.meaning() {
                Some(Meaning::NoSuchRefund) => RefundFinding::NotFound,
                Some(_) | None => RefundFinding::Unclear(failure.summary()),
            },
        };
        self.refund_found(turn, number, finding);
    }

    fn refund_found(&mut self, turn: &mut Turn, number: &OutRefundNo, finding: RefundFinding) {
        if self.refunds.queried(number, turn.now_ms, finding)
            && let Some(refund) = self.refunds.at_gateway(number).cloned()
        {
            self.refund_changed(turn, &refund);
        }
    }

    /// A question about all refunds of a payment was answered.
    pub(crate) fn refunds_listed(
        &mut self,
        turn: &mut Turn,
        of: &TransactionId,
        result: Result<RefundList, Failure>,
    ) {
        match result {
            Ok(list) => {
                let (listed, in_all) = (list.refunds.len(), list.in_all);
                for record in list.refunds {
                    self.refund_listed(turn, of, list.payment, record);
                }
                self.refunds.learning.listed(of, turn.now_ms, listed, in_all);
                self.list_is_clear(turn, of);
            }
            // There is no such call in the mainland edition of API v3, and asking again would not help.
            Err(Failure::NotWritten(why)) => {
                self.refunds.learning.done(of);
                if !self.refunds.explain(of) {
                    let about = About::payment(of.clone()).because(why.to_string());
                    self.raise(turn, ExceptionKind::RefundedElsewhere, about);
                }
            }
            Err(failure) => match failure.meaning() {
                Some(Meaning::NoSuchRefund) => {
                    self.refunds.learning.none_found(of, turn.now_ms);
                    self.list_is_clear(turn, of);
                }
                Some(_) | None => {
                    if self.refunds.learning.unclear(of, turn.now_ms) {
                        let detail = format!("the refunds of this payment: {}", failure.summary());
                        self.raise(
                            turn,
                            ExceptionKind::RefundStuck,
                            About::payment(of.clone()).because(detail),
                        );
                    }
                }
            },
        }
    }

    /// The gateway clearly listed the refunds of a payment, so a person no longer has to find out.
    fn list_is_clear(&mut self, turn: &mut Turn, of: &TransactionId) {
        self.settle_exceptions(turn, |exception| {
            exception.kind == ExceptionKind::RefundStuck
                && exception.out_refund_no.is_none()
                && exception.transaction_id.as_ref() == Some(of)
        });
    }

    /// One entry of the gateway's list: a refund that we know, or a new one.
    fn refund_listed(&mut self, turn: &mut Turn, of: &TransactionId, payment: Money, record: ListedRefund) {
        if let Some(known) = self.refunds.at_gateway(&record.out_refund_no) {
            if known.amount == record.amount && known.transaction_id == *of {
                let number = record.out_refund_no.clone();
                self.refunds.seen_as(&number, &record.refund_id);
                self.refund_found(turn, &number, finding(&record));
            } else {
                let detail =
                    format!("refund {} of {}, not of {}", record.out_refund_no, record.amount, known.amount);
                let about = About::refund(of.clone(), known.out_refund_no.clone()).because(detail);
                self.raise(turn, ExceptionKind::AboutSomethingElse, about);
            }
            return;
        }
        self.refunds.learning.hint_was_right();
        let refund = learned(of, payment, &record, turn.now_ms);
        turn.note(What::RefundLearned {
            out_refund_no: refund.out_refund_no.clone(),
            amount_minor: refund.amount.minor,
            status: refund.status,
        });
        let detail =
            format!("refund {} of {}, {}", refund.out_refund_no, refund.amount, refund.status.name());
        // This exception was raised before we knew the refund. Now it gets the refund's number.
        let unnamed = self.exceptions.iter_mut().find(|known| {
            known.kind == ExceptionKind::RefundedElsewhere
                && known.is_open()
                && known.transaction_id.as_ref() == Some(of)
                && known.out_refund_no.is_none()
        });
        if let Some(unnamed) = unnamed {
            unnamed.out_refund_no = Some(refund.out_refund_no.clone());
            unnamed.detail = Some(detail);
        } else {
            let about = About::refund(of.clone(), refund.out_refund_no.clone()).because(detail);
            self.raise(turn, ExceptionKind::RefundedElsewhere, about);
        }
        if self.refunds.add_elsewhere(refund.clone()) {
            self.refund_changed(turn, &refund);
        } else {
            self.raise(turn, ExceptionKind::MoreThanKept, About::order().because("refunds"));
        }
    }

    /// A refund changed its status or began to wait for money. Tells the merchant if it ended, waits for
    /// money, or was made elsewhere.
    fn refund_changed(&mut self, turn: &mut Turn, refund: &Refund) {
        turn.note(What::RefundChanged {
            out_refund_no: refund.out_refund_no.clone(),
            status: refund.status,
            problem: refund.problem.clone(),
        });
        if refund.status.is_final() || refund.waits_for_money || refund.made_elsewhere {
            self.announce_refund(turn, refund);
        }
        self.attend_to_refund(turn, refund);
        turn.index_changed = true;
    }

    /// Raises what a person must look at, and settles what is over.
    fn attend_to_refund(&mut self, turn: &mut Turn, refund: &Refund) {
        let wanted = refund.wants_a_person();
        let of_refunds =
            [ExceptionKind::RefundWaits, ExceptionKind::RefundStuck, ExceptionKind::RefundAbnormal];
        let over: Vec<_> = of_refunds
            .into_iter()
            .filter(|kind| Some(*kind) != wanted && !self.refunds.another_wants(*kind, refund))
            .collect();
        self.settle_exceptions(turn, |exception| {
            exception.out_refund_no.as_ref() == Some(&refund.out_refund_no) && over.contains(&exception.kind)
        });
        if let Some(kind) = wanted {
            let about = About::refund(refund.transaction_id.clone(), refund.out_refund_no.clone());
            let about = match &refund.problem {
                Some(problem) => about.because(problem.clone()),
                None => about,
            };
            self.raise(turn, kind, about);
        }
    }
}

/// What a failed refund call means (protocol §7.4).
fn refund_result(failure: &Failure) -> RefundResult {
    let problem = failure.summary();
    match failure {
        // The platform does not say whether the request had left before the connection broke.
        Failure::NoConnection => RefundResult::Unclear(problem),
        Failure::NotWritten(_) => RefundResult::Refused(problem),
        Failure::Unclear(Unclear { misconfigured: Some(_), .. }) => RefundResult::Misconfigured(problem),
        Failure::Unclear(_) => RefundResult::Unclear(problem),
        Failure::Refused(refusal) => match refusal.meaning {
            Meaning::NotEnough => RefundResult::NotEnough(problem),
            Meaning::NotNow => RefundResult::Repeat(problem),
            // The text may say *all refunded already*, perhaps by this refund. An unknown code may say
            // anything.
            Meaning::SeeText
            | Meaning::Unknown
            | Meaning::Paid
            | Meaning::NoSuchOrder
            | Meaning::NumberTaken
            | Meaning::NumberTakenOrMalformed
            | Meaning::StateForbids => RefundResult::Ask(problem),
            Meaning::Operator | Meaning::Never | Meaning::Closed | Meaning::NoSuchRefund => {
                RefundResult::Refused(problem)
            }
        },
    }
}

fn finding(record: &ListedRefund) -> RefundFinding {
    match &record.standing {
        RefundStanding::Processing => RefundFinding::Processing,
        RefundStanding::Refunded => RefundFinding::Refunded,
        RefundStanding::Abnormal => RefundFinding::Abnormal,
        RefundStanding::Closed => RefundFinding::Closed,
        RefundStanding::Unknown(status) => RefundFinding::Unclear(format!("unknown status {status}")),
    }
}

/// A refund made elsewhere, as the gateway lists it. If its status is unknown, we ask about it.
fn learned(of: &TransactionId, payment: Money, record: &ListedRefund, now_ms: i64) -> Refund {
    let (status, due_at_ms) = match &record.standing {
        RefundStanding::Refunded => (RefundStatus::Refunded, None),
        RefundStanding::Abnormal => (RefundStatus::Abnormal, None),
        RefundStanding::Closed => (RefundStatus::Closed, None),
        RefundStanding::Processing | RefundStanding::Unknown(_) => {
            (RefundStatus::Processing, Some(now_ms.saturating_add(LEARNED_PAUSE_MS)))
        }
    };
    Refund {
        out_refund_no: record.out_refund_no.clone(),
        sent_as: None,
        made_elsewhere: true,
        transaction_id: of.clone(),
        amount: record.amount,
        payment,
        reason: None,
        account: record.account,
        status,
        requested_at_ms: now_ms,
        refund_id: Some(record.refund_id.clone()),
        problem: None,
        tries: 0,
        unsure: false,
        waits_for_money: false,
        since_ms: now_ms,
        due_at_ms,
    }
}
