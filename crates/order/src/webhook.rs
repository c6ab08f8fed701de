//! What the merchant's systems are told: the content of a webhook. [`crate::outbox`] keeps it until it is
//! accepted.

use gateway::{Money, OutRefundNo, OutTradeNo, TransactionId};
use serde::{Deserialize, Serialize};

use crate::effect::Turn;
use crate::{ExceptionKind, Message, Order, Refund, RefundStatus};

/// What a webhook tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// What happened.
    pub kind: WebhookKind,
    /// Grows with every webhook of this order. Of two, the higher one tells of the later event. 0 in a
    /// webhook of an older version.
    #[serde(default)]
    pub sequence: u64,
    /// The order number.
    pub out_trade_no: OutTradeNo,
    /// The state after the event.
    pub state: String,
    /// Why, for an order that is closed (`expired`, `cancelled`, `failed`) or failed (the cause).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For an order that failed: what WeChat said, or why we could not write the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The order's amount.
    pub amount: Money,
    /// The payment, if the webhook is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// When the payment was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at_ms: Option<i64>,
    /// Somebody else refunded some or all of the payment. Do not deliver before you know how much.
    #[serde(default, skip_serializing_if = "is_false")]
    pub refunded_elsewhere: bool,
    /// How much of the payment `transaction_id` was refunded so far, in its minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refunded_minor: u64,
    /// The exception, for [`WebhookKind::OrderException`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<ExceptionKind>,
    /// What was seen, for [`WebhookKind::OrderException`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The refund, for [`WebhookKind::RefundUpdated`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<WebhookRefund>,
}

/// The refund a webhook is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRefund {
    /// Its number: the merchant's own, or the number that somebody else gave it elsewhere.
    pub out_refund_no: OutRefundNo,
    /// How much.
    pub amount: Money,
    /// How far it is.
    pub status: RefundStatus,
    /// Whether it was made elsewhere, for instance in WeChat Pay's merchant platform.
    #[serde(default, skip_serializing_if = "is_false")]
    pub made_elsewhere: bool,
    /// What the gateway said last, unless it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The kinds of webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookKind {
    /// The order is paid: deliver.
    #[serde(rename = "order.paid")]
    OrderPaid,
    /// The shopper's browser began to download a file of the order, for the first time.
    #[serde(rename = "order.delivered")]
    OrderDelivered,
    /// The order was closed unpaid.
    #[serde(rename = "order.closed")]
    OrderClosed,
    /// The order could not be placed.
    #[serde(rename = "order.failed")]
    OrderFailed,
    /// A person should look.
    #[serde(rename = "order.exception")]
    OrderException,
    /// A refund ended well or badly, began to wait for money, or was made elsewhere.
    #[serde(rename = "refund.updated")]
    RefundUpdated,
}

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

    /// A webhook about the payment `of`, or about the payment that confirmed the order if `of` is `None`.
    pub(crate) fn webhook(&self, kind: WebhookKind, of: Option<&TransactionId>) -> Webhook {
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
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !value
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(value: &u64) -> bool {
    *value == 0
}
