//! How the gateway's words about refunds move the ledger (protocol §7).

use wire::{
    Advice, ErrCode, Money, OrderRef, OutRefundNo, RefundAnswer, RefundQuery, RefundQueryAnswer, RefundRef,
    TransactionId,
};

use crate::effect::Step;
use crate::refunds::{RefundFinding, RefundResult};
use crate::{
    Failure, Message, Order, Refund, RefundOrder, RefundStatus, Rejected, Request, Webhook, WebhookKind,
    WebhookRefund, What,
};

impl Order {
    /// The payment that a refund is of, if the refund can be made.
    pub(crate) fn may_refund(&self, order: &RefundOrder) -> Result<(TransactionId, Money), Rejected> {
        let receipt = match &order.of {
            Some(of) => self.receipts.iter().find(|receipt| receipt.transaction_id == *of),
            None => self.payment(),
        };
        let receipt = receipt.ok_or(Rejected::NothingToRefund)?;
        self.refunds.admit(order, &receipt.transaction_id, receipt.total)?;
        Ok((receipt.transaction_id.clone(), receipt.total))
    }

    /// The merchant wants money back to the payer.
    pub(crate) fn refund_requested(&mut self, step: &mut Step, order: RefundOrder) {
        let Ok((of, payment)) = self.may_refund(&order) else { return };
        let (out_refund_no, amount_minor) = (order.out_refund_no.clone(), order.amount.minor);
        if self.refunds.request(step.now_ms, order, of, payment) {
            step.note(What::RefundRequested { out_refund_no, amount_minor });
            self.write_index(step);
        }
    }

    /// The gateway hints at news of a refund. Of one that is not ours it changes nothing.
    pub(crate) fn refund_hinted(&mut self, step: &mut Step, out_refund_no: &OutRefundNo) {
        let may_bring_news = self.refunds.find(out_refund_no).is_some_and(|refund| match refund.status {
            RefundStatus::Processing | RefundStatus::Abnormal => true,
            RefundStatus::Requested
            | RefundStatus::Asking
            | RefundStatus::Refunded
            | RefundStatus::Closed
            | RefundStatus::Refused => false,
        });
        if may_bring_news {
            step.note(What::RefundHinted { out_refund_no: out_refund_no.clone() });
            self.refunds.hinted(out_refund_no, step.now_ms);
        }
    }

    /// The refund call of a ledger entry: the same parameters each time.
    pub(crate) fn refund(&self, refund: &Refund) -> Request {
        Request::Refund(Box::new(wire::Refund {
            order: OrderRef::TransactionId(refund.transaction_id.clone()),
            out_refund_no: refund.out_refund_no.clone(),
            total: refund.payment,
            refund: refund.amount,
            refund_desc: refund.reason.clone(),
            refund_account: None,
            notify_url: self.terms.refund_notify_url.clone(),
        }))
    }

    pub(crate) fn refund_query(&self, refund: &Refund) -> Request {
        Request::RefundQuery(RefundQuery {
            by: RefundRef::OutRefundNo(refund.out_refund_no.clone()),
            offset: None,
        })
    }

    pub(crate) fn refund_sent(
        &mut self,
        step: &mut Step,
        number: &OutRefundNo,
        result: Result<RefundAnswer, Failure>,
    ) {
        let result = match result {
            Ok(answer) => RefundResult::Accepted(answer.refund_id),
            Err(failure) => refund_result(&failure),
        };
        if self.refunds.sent(number, step.now_ms, result) {
            self.refund_changed(step, number);
        }
    }

    pub(crate) fn refund_queried(
        &mut self,
        step: &mut Step,
        number: &OutRefundNo,
        result: Result<RefundQueryAnswer, Failure>,
    ) {
        let finding = match result {
            Ok(answer) => finding(&answer, number),
            Err(failure) => match failure.err_code() {
                Some(ErrCode::RefundNotExist) => RefundFinding::NotFound,
                Some(_) | None => RefundFinding::Unclear(failure.summary()),
            },
        };
        if self.refunds.queried(number, step.now_ms, finding) {
            self.refund_changed(step, number);
        }
    }

    fn refund_changed(&mut self, step: &mut Step, number: &OutRefundNo) {
        let Some(refund) = self.refunds.find(number).cloned() else { return };
        step.note(What::RefundChanged { out_refund_no: number.clone(), status: refund.status });
        if refund.status.is_final() {
            let webhook = Webhook {
                transaction_id: Some(refund.transaction_id),
                refund: Some(WebhookRefund {
                    out_refund_no: refund.out_refund_no,
                    amount: refund.amount,
                    status: refund.status,
                }),
                ..self.webhook(WebhookKind::RefundUpdated)
            };
            self.write_out(step, Message::Webhook(Box::new(webhook)));
        }
        self.write_index(step);
    }
}

/// What a failed refund call means (§7.4).
fn refund_result(failure: &Failure) -> RefundResult {
    let problem = failure.summary();
    match failure {
        Failure::NoConnection => RefundResult::Repeat(problem),
        Failure::NotWritten(_) => RefundResult::Refused(problem),
        Failure::Unknown => RefundResult::Unclear(problem),
        Failure::Answered(error) => match error.err_code() {
            Some(ErrCode::NotEnough) => RefundResult::NotEnough(problem),
            // These do not say that it was not done.
            Some(ErrCode::SystemError | ErrCode::BizErrNeedRetry) => RefundResult::Unclear(problem),
            // A code we do not know may say anything.
            Some(ErrCode::Other(_)) => RefundResult::Ask(problem),
            Some(code) => match code.advice() {
                Advice::RepeatSame => RefundResult::Repeat(problem),
                // The text may say *all refunded already*: by this refund, perhaps.
                Advice::Query => RefundResult::Ask(problem),
                Advice::Operator | Advice::Refuse => RefundResult::Refused(problem),
            },
            None => RefundResult::Unclear(problem),
        },
    }
}

fn finding(answer: &RefundQueryAnswer, number: &OutRefundNo) -> RefundFinding {
    let Some(record) = answer.refunds.iter().find(|record| record.out_refund_no == *number) else {
        return RefundFinding::NotFound;
    };
    match &record.status {
        wire::RefundStatus::Processing => RefundFinding::Processing,
        wire::RefundStatus::Success => RefundFinding::Refunded,
        wire::RefundStatus::Change => RefundFinding::Abnormal,
        wire::RefundStatus::Closed => RefundFinding::Closed,
        wire::RefundStatus::Other(status) => RefundFinding::Unclear(format!("unknown status {}", status)),
    }
}
