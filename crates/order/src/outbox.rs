//! What must be told to others, once each, over however many deliveries it takes.
//!
//! A row is written in the same step as the transition it tells of, with an id made of the order
//! number and a sequence number, so it is the same over restarts and deliveries. Rows stay in the
//! order until they are accepted. Handing a row out arms its repetition at once: a delivery whose
//! result never comes back is made again.

use serde::{Deserialize, Serialize};
use wire::{Money, OutRefundNo, OutTradeNo, TransactionId};

use crate::{ExceptionKind, RefundStatus};

/// A delivery whose result has not come back after this long is made again.
pub const DELIVERY_DEADLINE_MS: i64 = 60_000;

/// The pauses between deliveries of a webhook; after the last it is given up (about 3 days).
const WEBHOOK_PAUSES_MS: [i64; 12] = {
    const S: i64 = 1_000;
    const M: i64 = 60 * S;
    const H: i64 = 60 * M;
    [5 * S, 30 * S, 2 * M, 10 * M, 30 * M, H, 3 * H, 6 * H, 12 * H, 12 * H, 12 * H, 24 * H]
};

/// The pause after the last, for a delivery whose result never came back.
const LAST_PAUSE_MS: i64 = 24 * 60 * 60_000;

/// The pauses between deliveries to the index grow up to this and never end: it is our own
/// database, and it catches up when it is back.
const INDEX_PAUSE_MAX_MS: i64 = 60 * 60_000;
const INDEX_PAUSE_MIN_MS: i64 = 5_000;

/// How many rows may wait. Rows beyond it push out the oldest webhook, which is noted as given up.
const MAX_WAITING: usize = 64;

/// A message to hand over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// The id, the same over all deliveries: order number, `-`, sequence number.
    pub id: String,
    /// When what it tells of happened.
    pub at_ms: i64,
    /// The message.
    pub message: Message,
    /// How often it was handed out, this time included.
    pub tries: u32,
}

/// To whom, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Message {
    /// To the merchant's systems.
    Webhook(Box<Webhook>),
    /// To the index of orders. Only the newest waits: it replaces an older one.
    Index(Box<IndexRow>),
}

/// What a webhook tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// What happened.
    pub kind: WebhookKind,
    /// The order number.
    pub out_trade_no: OutTradeNo,
    /// The state after it.
    pub state: String,
    /// Why, for an order that is closed (`expired`, `cancelled`, `failed`) or failed (the cause).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The order's amount.
    pub amount: Money,
    /// The payment, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// When the payment was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at_ms: Option<i64>,
    /// The exception, for [`WebhookKind::OrderException`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<ExceptionKind>,
    /// The refund, for the kinds of refunds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<WebhookRefund>,
}

/// The refund a webhook is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRefund {
    /// Its number.
    pub out_refund_no: OutRefundNo,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub status: RefundStatus,
}

/// The kinds of webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookKind {
    /// The order is paid: deliver.
    #[serde(rename = "order.paid")]
    OrderPaid,
    /// The order was closed unpaid.
    #[serde(rename = "order.closed")]
    OrderClosed,
    /// The order could not be placed.
    #[serde(rename = "order.failed")]
    OrderFailed,
    /// A human should look.
    #[serde(rename = "order.exception")]
    OrderException,
    /// A refund came to its end, good or bad.
    #[serde(rename = "refund.updated")]
    RefundUpdated,
}

/// What the index of orders shows of one. A row with a lower version never replaces a higher one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexRow {
    /// The order number.
    pub out_trade_no: OutTradeNo,
    /// Goes up with every change of the row; it is the sequence number of its message.
    pub version: u64,
    /// The name of the state.
    pub state: String,
    /// Why, where the state has a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the state and every refund are final: what a sweep for lost alarms leaves out.
    pub is_final: bool,
    /// What WeChat shows.
    pub description: String,
    /// The order's amount.
    pub amount: Money,
    /// What was refunded or is being refunded, in minor units.
    pub refunded_minor: u64,
    /// When the order was made.
    pub placed_at_ms: i64,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at_ms: Option<i64>,
    /// The payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// The exceptions raised so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<ExceptionKind>,
}

/// The rows that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outbox {
    last_seq: u64,
    waiting: Vec<Waiting>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    row: OutboxRow,
    due_at_ms: i64,
}

impl Outbox {
    /// Writes a row. Returns the id of the row it pushed out, if any.
    pub(crate) fn write(&mut self, number: &OutTradeNo, at_ms: i64, message: Message) -> Option<String> {
        self.last_seq = self.last_seq.saturating_add(1);
        let id = format!("{number}-{}", self.last_seq);
        let mut pushed_out = None;
        match message {
            Message::Index(_) => self.waiting.retain(|w| matches!(w.row.message, Message::Webhook(_))),
            Message::Webhook(_) => {
                if self.waiting.len() >= MAX_WAITING {
                    let oldest =
                        self.waiting.iter().position(|w| matches!(w.row.message, Message::Webhook(_)));
                    pushed_out = oldest.map(|at| self.waiting.remove(at).row.id);
                }
            }
        }
        self.waiting.push(Waiting { row: OutboxRow { id, at_ms, message, tries: 0 }, due_at_ms: at_ms });
        pushed_out
    }

    /// The rows due now; each is armed to be handed out again.
    pub(crate) fn hand_out(&mut self, now_ms: i64) -> Vec<OutboxRow> {
        self.waiting
            .iter_mut()
            .filter(|waiting| waiting.due_at_ms <= now_ms)
            .map(|waiting| {
                waiting.row.tries = waiting.row.tries.saturating_add(1);
                let pause_ms = pause_ms(&waiting.row).unwrap_or(LAST_PAUSE_MS);
                waiting.due_at_ms = now_ms.saturating_add(pause_ms.max(DELIVERY_DEADLINE_MS));
                waiting.row.clone()
            })
            .collect()
    }

    /// Those were accepted: they are done. Unknown ids were accepted before.
    pub(crate) fn accepted(&mut self, ids: &[String]) {
        self.waiting.retain(|waiting| !ids.contains(&waiting.row.id));
    }

    /// Those were not: each waits for its next turn. Returns the ids of those given up.
    pub(crate) fn refused(&mut self, ids: &[String], now_ms: i64) -> Vec<String> {
        let mut given_up = Vec::new();
        self.waiting.retain_mut(|waiting| {
            if !ids.contains(&waiting.row.id) {
                return true;
            }
            match pause_ms(&waiting.row) {
                Some(pause_ms) => waiting.due_at_ms = now_ms.saturating_add(pause_ms),
                None => given_up.push(waiting.row.id.clone()),
            }
            !given_up.contains(&waiting.row.id)
        });
        given_up
    }

    /// The number the next row gets.
    pub(crate) fn next_seq(&self) -> u64 {
        self.last_seq.saturating_add(1)
    }

    /// Moments that a clock running ahead has set must not stop deliveries for as long.
    pub(crate) fn keep_within_reach(&mut self, now_ms: i64) {
        for waiting in &mut self.waiting {
            waiting.due_at_ms = waiting.due_at_ms.min(now_ms.saturating_add(LAST_PAUSE_MS));
        }
    }

    pub(crate) fn due_at_ms(&self) -> Option<i64> {
        self.waiting.iter().map(|waiting| waiting.due_at_ms).min()
    }
}

/// How long to wait after this many refused deliveries; `None`: give up.
fn pause_ms(row: &OutboxRow) -> Option<i64> {
    let refused_before = usize::try_from(row.tries.saturating_sub(1)).unwrap_or(usize::MAX);
    match row.message {
        Message::Webhook(_) => WEBHOOK_PAUSES_MS.get(refused_before).copied(),
        Message::Index(_) => {
            let doublings = u32::try_from(refused_before.min(20)).unwrap_or(20);
            Some(INDEX_PAUSE_MIN_MS.saturating_mul(1 << doublings).min(INDEX_PAUSE_MAX_MS))
        }
    }
}
