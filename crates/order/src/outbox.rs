//! What must be told to others, once each, over however many deliveries it takes.
//!
//! A row is written in the same step as the transition it tells of, with an id made of the order
//! number and a sequence number, so it is the same over restarts and deliveries. Rows stay in the
//! order until they are accepted. Handing a row out arms its repetition at once: a delivery whose
//! result never comes back is made again.

use gateway::OutTradeNo;
use serde::{Deserialize, Serialize};

use crate::effect::Turn;
use crate::exception::{About, Room};
use crate::{ExceptionKind, IndexRow, Order, Rejected, Webhook, What};

/// A delivery whose result has not come back after this long is made again.
pub const DELIVERY_DEADLINE_MS: i64 = 60_000;

/// The pauses between deliveries of a webhook; after the last it is given up (about 3 days).
const WEBHOOK_PAUSES_MS: [i64; 12] = {
    const S: i64 = 1_000;
    const M: i64 = 60 * S;
    const H: i64 = 60 * M;
    [5 * S, 30 * S, 2 * M, 10 * M, 30 * M, H, 3 * H, 6 * H, 12 * H, 12 * H, 12 * H, 24 * H]
};

/// The pause after the last delivery, for its result to come back.
const LAST_PAUSE_MS: i64 = 24 * 60 * 60_000;

/// The pauses between deliveries to the index grow up to this and never end: it is our own
/// database, and it catches up when it is back.
const INDEX_PAUSE_MAX_MS: i64 = 60 * 60_000;
const INDEX_PAUSE_MIN_MS: i64 = 5_000;

/// How many rows may wait. Rows beyond it push out the oldest webhook, which is noted as given up.
const MAX_WAITING: usize = 64;

/// How many given-up webhooks are kept to be sent again. An older one is in the event log only.
const MAX_GIVEN_UP: usize = 32;

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

/// What became of a message that was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The id of its row.
    pub id: String,
    /// Whether it arrived.
    pub result: DeliveryResult,
}

/// Whether a message arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryResult {
    /// The receiver has it.
    Accepted,
    /// It has not, or nobody knows.
    Refused {
        /// What was seen, for the person who mends it.
        why: String,
        /// How long the receiver wants to be left alone (`Retry-After`).
        retry_after_ms: Option<i64>,
    },
    /// The receiver wants no more of it (HTTP 410).
    Gone,
}

/// The rows that wait, and those that were given up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outbox {
    last_seq: u64,
    waiting: Vec<Waiting>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    given_up: Vec<OutboxRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    row: OutboxRow,
    due_at_ms: i64,
}

/// A webhook that is not sent again by itself, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GivenUp {
    pub(crate) id: String,
    pub(crate) why: String,
}

impl Outbox {
    /// An outbox whose numbers are higher than those of any order before it under the same number, which are
    /// forgotten. Nobody has told of something every millisecond since 1970, so a time is such a number.
    pub(crate) fn numbered_after(now_ms: i64) -> Self {
        Self { last_seq: u64::try_from(now_ms).unwrap_or(0), ..Self::default() }
    }

    /// Writes a row. Returns the webhook it pushed out, if any.
    pub(crate) fn write(&mut self, number: &OutTradeNo, at_ms: i64, message: Message) -> Option<GivenUp> {
        self.last_seq = self.last_seq.saturating_add(1);
        let id = format!("{number}-{}", self.last_seq);
        let mut pushed_out = None;
        match message {
            Message::Index(_) => self.waiting.retain(|waiting| waiting.is_webhook()),
            Message::Webhook(_) => {
                if self.waiting.len() >= MAX_WAITING {
                    let oldest = self.waiting.iter().position(Waiting::is_webhook);
                    pushed_out = oldest.map(|at| {
                        let row = self.waiting.remove(at).row;
                        self.put_aside(row, "too many webhooks waited".into())
                    });
                }
            }
        }
        self.waiting.push(Waiting { row: OutboxRow { id, at_ms, message, tries: 0 }, due_at_ms: at_ms });
        pushed_out
    }

    /// Gives up the webhooks that would be due and have no delivery left: nobody ever said what became of the
    /// last one.
    pub(crate) fn give_up_unheard(&mut self, now_ms: i64) -> Vec<GivenUp> {
        let is_over = |waiting: &Waiting| {
            waiting.due_at_ms <= now_ms && waiting.row.tries > 0 && pause_ms(&waiting.row).is_none()
        };
        let mut given_up = Vec::new();
        while let Some(at) = self.waiting.iter().position(is_over) {
            let row = self.waiting.remove(at).row;
            let why = format!("nobody said what became of its last delivery, the {}th", row.tries);
            given_up.push(self.put_aside(row, why));
        }
        given_up
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

    /// What became of rows that were handed out. Unknown ids were accepted before. Returns the
    /// webhooks that are given up.
    pub(crate) fn delivered(&mut self, deliveries: &[Delivery], now_ms: i64) -> Vec<GivenUp> {
        let mut given_up = Vec::new();
        for delivery in deliveries {
            let Some(at) = self.waiting.iter().position(|waiting| waiting.row.id == delivery.id) else {
                continue;
            };
            let Some(waiting) = self.waiting.get_mut(at) else { continue };
            let why = match &delivery.result {
                DeliveryResult::Accepted => {
                    self.waiting.remove(at);
                    continue;
                }
                DeliveryResult::Refused { why, retry_after_ms } => {
                    if let Some(pause_ms) = pause_ms(&waiting.row) {
                        let wanted_ms = retry_after_ms.unwrap_or(0).min(LAST_PAUSE_MS);
                        waiting.due_at_ms = now_ms.saturating_add(pause_ms.max(wanted_ms));
                        continue;
                    }
                    why.clone()
                }
                DeliveryResult::Gone if waiting.is_webhook() => {
                    "the receiver answered 410: it wants no more webhooks".into()
                }
                // The index is ours: it is never given up.
                DeliveryResult::Gone => {
                    waiting.due_at_ms = now_ms.saturating_add(INDEX_PAUSE_MAX_MS);
                    continue;
                }
            };
            let row = self.waiting.remove(at).row;
            given_up.push(self.put_aside(row, why));
        }
        given_up
    }

    /// Keeps a webhook that is not sent by itself any more, so that a person can send it again.
    fn put_aside(&mut self, row: OutboxRow, why: String) -> GivenUp {
        let id = row.id.clone();
        if self.given_up.len() >= MAX_GIVEN_UP {
            self.given_up.remove(0);
        }
        self.given_up.push(row);
        GivenUp { id, why }
    }

    /// The webhooks that were given up.
    pub(crate) fn given_up(&self) -> &[OutboxRow] {
        &self.given_up
    }

    /// Whether a webhook with this id was given up.
    pub(crate) fn is_given_up(&self, id: &str) -> bool {
        self.given_up.iter().any(|row| row.id == id)
    }

    /// Whether a webhook with this id waits to be accepted.
    pub(crate) fn is_waiting(&self, id: &str) -> bool {
        self.waiting.iter().any(|waiting| waiting.row.id == id)
    }

    /// Sends a webhook again that was given up, from the first pause on, with its id and content.
    pub(crate) fn send_again(&mut self, id: &str, now_ms: i64) -> bool {
        let Some(at) = self.given_up.iter().position(|row| row.id == id) else { return false };
        let row = OutboxRow { tries: 0, ..self.given_up.remove(at) };
        self.waiting.push(Waiting { row, due_at_ms: now_ms });
        true
    }

    /// The number the next row gets.
    pub(crate) fn next_seq(&self) -> u64 {
        self.last_seq.saturating_add(1)
    }

    /// Whether webhooks wait.
    pub(crate) fn holds_webhooks(&self) -> bool {
        self.waiting.iter().any(Waiting::is_webhook)
    }

    /// The rows that wait, the webhooks among them first to last.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &OutboxRow> {
        self.waiting.iter().map(|waiting| &waiting.row)
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
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

impl Order {
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

impl Waiting {
    fn is_webhook(&self) -> bool {
        match self.row.message {
            Message::Webhook(_) => true,
            Message::Index(_) => false,
        }
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
