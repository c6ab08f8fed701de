//! What an order tells others about itself: webhooks for the merchant, a row for the index.
//!
//! Only the content is made here; [`crate::outbox`] keeps it until it is accepted.

use crate::effect::Step;
use crate::{ExceptionKind, IndexRow, Message, Order, Webhook, WebhookKind, What};

impl Order {
    pub(crate) fn announce(&mut self, step: &mut Step, kind: WebhookKind) {
        let webhook = self.webhook(kind);
        self.write_out(step, Message::Webhook(Box::new(webhook)));
    }

    pub(crate) fn announce_exception(&mut self, step: &mut Step, kind: ExceptionKind) {
        let webhook = Webhook { exception: Some(kind), ..self.webhook(WebhookKind::OrderException) };
        self.write_out(step, Message::Webhook(Box::new(webhook)));
        self.write_index(step);
    }

    pub(crate) fn webhook(&self, kind: WebhookKind) -> Webhook {
        let payment = self.payment();
        Webhook {
            kind,
            out_trade_no: self.terms.out_trade_no.clone(),
            state: self.state.name().into(),
            reason: self.state.reason().map(str::to_owned),
            amount: self.terms.amount,
            transaction_id: payment.map(|receipt| receipt.transaction_id.clone()),
            paid_at_ms: payment.map(|receipt| receipt.paid_at_ms),
            exception: None,
            refund: None,
        }
    }

    pub(crate) fn write_out(&mut self, step: &mut Step, message: Message) {
        step.store = true;
        if let Some(id) = self.outbox.write(&self.terms.out_trade_no, step.now_ms, message) {
            step.note(What::DeliveryGivenUp { id });
        }
    }

    pub(crate) fn write_index(&mut self, step: &mut Step) {
        let row = self.index_row();
        self.write_out(step, Message::Index(Box::new(row)));
    }

    fn index_row(&self) -> IndexRow {
        let payment = self.payment();
        IndexRow {
            out_trade_no: self.terms.out_trade_no.clone(),
            version: self.outbox.next_seq(),
            state: self.state.name().into(),
            reason: self.state.reason().map(str::to_owned),
            is_final: self.state.is_final() && self.refunds.iter().all(|refund| refund.status.is_final()),
            description: self.terms.description.to_string(),
            amount: self.terms.amount,
            refunded_minor: payment.map_or(0, |receipt| self.refunds.held_minor(&receipt.transaction_id)),
            placed_at_ms: self.made_at_ms,
            paid_at_ms: payment.map(|receipt| receipt.paid_at_ms),
            transaction_id: payment.map(|receipt| receipt.transaction_id.clone()),
            exceptions: self.exceptions.iter().map(|exception| exception.kind).collect(),
        }
    }
}
