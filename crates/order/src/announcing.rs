//! What an order tells the merchant: webhooks, and the exceptions a person must look at.
//!
//! Only the content is made here; [`crate::outbox`] keeps it until it is accepted.

use gateway::TransactionId;

use crate::effect::Turn;
use crate::exception::{About, MAX_EXCEPTIONS};
use crate::outbox::GivenUp;
use crate::{
    Exception, ExceptionKind, Message, Order, Refund, Rejected, Webhook, WebhookKind, WebhookRefund, What,
};

impl Order {
    pub(crate) fn announce(&mut self, turn: &mut Turn, kind: WebhookKind) {
        let webhook = self.webhook(kind, None);
        self.write_out(turn, Message::Webhook(Box::new(webhook)));
    }

    /// Tells of a refund.
    pub(crate) fn announce_refund(&mut self, turn: &mut Turn, refund: &Refund) {
        let webhook = Webhook {
            refund: Some(WebhookRefund {
                out_refund_no: refund.out_refund_no.clone(),
                amount: refund.amount,
                status: refund.status,
                made_elsewhere: refund.made_elsewhere,
                problem: refund.problem.clone(),
            }),
            ..self.webhook(WebhookKind::RefundUpdated, Some(&refund.transaction_id))
        };
        self.write_out(turn, Message::Webhook(Box::new(webhook)));
    }

    /// What a webhook says of a payment; of the one that confirmed the order, where none is named.
    fn webhook(&self, kind: WebhookKind, of: Option<&TransactionId>) -> Webhook {
        let payment = match of {
            Some(of) => self.receipts.iter().find(|receipt| receipt.transaction_id == *of),
            None => self.payment(),
        };
        let of = of.or(payment.map(|receipt| &receipt.transaction_id));
        let refunded_elsewhere = self.exceptions.iter().any(|exception| {
            exception.kind == ExceptionKind::RefundedElsewhere && exception.transaction_id.as_ref() == of
        });
        Webhook {
            kind,
            sequence: self.outbox.next_seq(),
            out_trade_no: self.terms.out_trade_no.clone(),
            state: self.state.name().into(),
            reason: self.state.reason().map(str::to_owned),
            problem: self.state.problem(),
            amount: self.terms.amount,
            transaction_id: of.cloned(),
            paid_at_ms: payment.map(|receipt| receipt.paid_at_ms),
            refunded_elsewhere,
            refunded_minor: of.map_or(0, |of| self.refunds.refunded_minor_of(of)),
            exception: None,
            detail: None,
            refund: None,
        }
    }

    /// Raises an exception, once per kind and subject. Says whether it was news.
    pub(crate) fn raise(&mut self, turn: &mut Turn, kind: ExceptionKind, about: About) -> bool {
        if self.exceptions.iter().any(|known| known.says(kind, &about)) {
            return false;
        }
        let (kind, about) = match self.make_room() {
            Room::Free => (kind, about),
            Room::Last => (ExceptionKind::MoreThanKept, About::order().because(kind.name())),
            Room::None => return false,
        };
        let exception = self.write_down(turn, kind, about);
        let Exception { transaction_id, detail, .. } = exception;
        let webhook = Webhook {
            exception: Some(kind),
            transaction_id: transaction_id.clone(),
            detail: detail.clone(),
            ..self.webhook(WebhookKind::OrderException, transaction_id.as_ref())
        };
        turn.note(What::ExceptionRaised { kind, transaction_id, detail });
        self.write_out(turn, Message::Webhook(Box::new(webhook)));
        true
    }

    /// Writes an exception down under the next number.
    fn write_down(&mut self, turn: &mut Turn, kind: ExceptionKind, about: About) -> Exception {
        let id = self.exceptions.iter().map(|known| known.id).max().unwrap_or(0).saturating_add(1);
        let exception = Exception::new(id, kind, about, turn.now_ms);
        self.exceptions.push(exception.clone());
        turn.index_changed = true;
        exception
    }

    /// What is done is dropped, the oldest first, until there is room for what is not and for the word that
    /// there was more.
    fn make_room(&mut self) -> Room {
        while MAX_EXCEPTIONS.saturating_sub(self.exceptions.len()) < 2
            && let Some(done) = self.exceptions.iter().position(|exception| !exception.is_open())
        {
            self.exceptions.remove(done);
        }
        match MAX_EXCEPTIONS.saturating_sub(self.exceptions.len()) {
            0 => Room::None,
            1 => Room::Last,
            _ => Room::Free,
        }
    }

    /// What these exceptions waited for has happened.
    pub(crate) fn settle_exceptions(&mut self, turn: &mut Turn, over: impl Fn(&Exception) -> bool) {
        for exception in self.exceptions.iter_mut().filter(|exception| exception.is_open()) {
            if over(exception) {
                exception.done_at_ms = Some(turn.now_ms);
                turn.store = true;
                turn.index_changed = true;
            }
        }
    }

    pub(crate) fn may_mark_done(&self, id: u32) -> Result<(), Rejected> {
        let known = self.exceptions.iter().any(|exception| exception.id == id);
        if known { Ok(()) } else { Err(Rejected::NoSuchException) }
    }

    /// A person has dealt with an exception. A second time changes nothing, but the index is told once more:
    /// who says it again saw it open, in a row that is behind.
    pub(crate) fn exception_done(&mut self, turn: &mut Turn, id: u32) {
        turn.index_changed = true;
        let open = self.exceptions.iter().any(|exception| exception.id == id && exception.is_open());
        if open {
            turn.note(What::ExceptionDone { id });
            self.settle_exceptions(turn, |exception| exception.id == id);
        }
    }

    pub(crate) fn may_redeliver(&self, id: &str) -> Result<(), Rejected> {
        let known = self.outbox.is_given_up(id) || self.outbox.is_waiting(id);
        if known { Ok(()) } else { Err(Rejected::NoSuchWebhook) }
    }

    /// The merchant wants a webhook again that was given up. One that waits is sent by itself.
    pub(crate) fn redeliver(&mut self, turn: &mut Turn, id: &str) {
        if self.outbox.send_again(id, turn.now_ms) {
            turn.note(What::RedeliveryRequested { id: id.into() });
            self.settle_exceptions(turn, |exception| exception.webhook_id.as_deref() == Some(id));
        }
    }

    pub(crate) fn write_out(&mut self, turn: &mut Turn, message: Message) {
        turn.store = true;
        if let Some(given_up) = self.outbox.write(&self.terms.out_trade_no, turn.now_ms, message) {
            self.put_webhook_aside(turn, given_up);
        }
    }

    /// A webhook is not sent again by itself. The webhook that says so may arrive nowhere either, but the
    /// merchant's inbox shows it.
    pub(crate) fn put_webhook_aside(&mut self, turn: &mut Turn, GivenUp { id, why }: GivenUp) {
        turn.note(What::DeliveryGivenUp { id: id.clone(), why: Some(why.clone()) });
        let about = About::webhook(id).because(why);
        let kind = ExceptionKind::WebhookUndelivered;
        if self.exceptions.iter().any(|known| known.says(kind, &about)) {
            return;
        }
        // No webhook about a webhook: a receiver that is down would be sent more and more.
        match self.make_room() {
            Room::Free | Room::Last => {
                self.write_down(turn, kind, about);
            }
            Room::None => {}
        }
    }
}

/// How much room there is for exceptions.
enum Room {
    Free,
    Last,
    None,
}
