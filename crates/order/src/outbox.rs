//! Messages to the merchant and to the index, kept until they are accepted.
//!
//! A message is written in the same commit as the change it tells of. Its id is the order number and a
//! sequence number, so it stays the same over restarts and deliveries. A row stays in the order until the
//! receiver accepts it, we give it up, or a newer index row replaces it. Handing a row out also arms its
//! repetition, so a delivery whose result never comes back is made again.

use gateway::OutTradeNo;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::effect::Turn;
use crate::exception::{About, Room};
use crate::{ExceptionKind, IndexRow, Order, Rejected, Webhook, What};

/// A delivery without a result for this long is made again.
pub const DELIVERY_DEADLINE_MS: i64 = 60_000;

/// The pauses between deliveries of a webhook. After the last one we give it up, after about 3 days.
const WEBHOOK_PAUSES_MS: [i64; 12] = {
    const S: i64 = 1_000;
    const M: i64 = 60 * S;
    const H: i64 = 60 * M;
    [5 * S, 30 * S, 2 * M, 10 * M, 30 * M, H, 3 * H, 6 * H, 12 * H, 12 * H, 12 * H, 24 * H]
};

/// After the last delivery, how long we wait for its result.
const LAST_PAUSE_MS: i64 = 24 * 60 * 60_000;

/// How long to wait after a webhook was refused for this many times, whoever it is about. `None`: it is given
/// up.
#[must_use]
pub fn webhook_pause_ms(refused: u32) -> Option<i64> {
    let before = usize::try_from(refused.saturating_sub(1)).unwrap_or(usize::MAX);
    WEBHOOK_PAUSES_MS.get(before).copied()
}

/// The longest pause between deliveries to the index. They never end: it is our own database, and it catches
/// up when it is back.
const INDEX_PAUSE_MAX_MS: i64 = 60 * 60_000;
const INDEX_PAUSE_MIN_MS: i64 = 5_000;

/// How many messages may wait when a webhook is written. One more pushes out the oldest webhook, which counts
/// as given up.
const MAX_WAITING: usize = 64;

/// How many given-up webhooks are kept to be sent again. Of an older one, only its id remains in the event
/// log.
const MAX_GIVEN_UP: usize = 32;

/// A message to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// The id, the same for all deliveries: order number, `-`, sequence number.
    pub id: String,
    /// When the event happened that it tells of.
    pub at_ms: i64,
    /// The message.
    pub message: Message,
    /// How often we handed it out, including this time.
    pub tries: u32,
}

/// A message and its receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Message {
    /// To the merchant's systems.
    Webhook(Box<Webhook>),
    /// To the index of orders. Only the newest one waits: it replaces an older one.
    Index(Box<IndexRow>),
}

/// Reads the stored form: the fields of the message, and `to` beside them. What serde derives for such an
/// enum is larger and slower (`stored_state.rs`).
impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum To {
            Webhook,
            Index,
        }
        #[derive(Deserialize)]
        struct Receiver {
            to: To,
        }
        let stored = Box::<RawValue>::deserialize(deserializer)?;
        let read = serde_json::from_str(stored.get()).and_then(|Receiver { to }| {
            Ok(match to {
                To::Webhook => Self::Webhook(serde_json::from_str(stored.get())?),
                To::Index => Self::Index(serde_json::from_str(stored.get())?),
            })
        });
        read.map_err(D::Error::custom)
    }
}

/// How the delivery of a message ended.
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
    /// The receiver accepted it.
    Accepted,
    /// The receiver did not accept it, or nobody knows.
    Refused {
        /// What was seen, for the person who repairs it.
        why: String,
        /// How long the receiver wants to be left alone (`Retry-After`).
        retry_after_ms: Option<i64>,
    },
    /// The receiver wants no more messages (HTTP 410).
    Gone,
}

/// The messages that wait, and the webhooks that we gave up.
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

/// A webhook that we do not send again unasked, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GivenUp {
    pub(crate) id: String,
    pub(crate) why: String,
}

impl Outbox {
    /// An outbox whose numbers are higher than those of any earlier order with this order number; those are
    /// forgotten. The time in milliseconds is such a number, because no order sends a message every
    /// millisecond since 1970.
    pub(crate) fn numbered_after(now_ms: i64) -> Self {
        Self { last_seq: u64::try_from(now_ms).unwrap_or(0), ..Self::default() }
    }

    /// Writes a row. Returns the webhook that it pushed out, if any.
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

    /// Gives up webhooks that are due and have no delivery left. Nobody reported the result of the last one.
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

    /// The rows that are due now. Each is armed to be handed out again. Of the row of the index this need not
    /// be stored: after a restart it is handed out again, only earlier.
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

    /// Takes the results of deliveries. An unknown id was accepted earlier. Returns the webhooks that we give
    /// up.
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
                // The index is our own, so we never give it up.
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

    /// Keeps a webhook that we do not send again by ourselves, so that a person can have it sent.
    fn put_aside(&mut self, row: OutboxRow, why: String) -> GivenUp {
        let id = row.id.clone();
        if self.given_up.len() >= MAX_GIVEN_UP {
            self.given_up.remove(0);
        }
        self.given_up.push(row);
        GivenUp { id, why }
    }

    /// The webhooks that we gave up.
    pub(crate) fn given_up(&self) -> &[OutboxRow] {
        &self.given_up
    }

    /// Whether we gave up a webhook with this id.
    pub(crate) fn is_given_up(&self, id: &str) -> bool {
        self.given_up.iter().any(|row| row.id == id)
    }

    /// Whether a webhook with this id still waits.
    pub(crate) fn is_waiting(&self, id: &str) -> bool {
        self.waiting.iter().any(|waiting| waiting.row.id == id)
    }

    /// Whether a webhook with this id still waits, and not a row of the index.
    fn is_waiting_webhook(&self, id: &str) -> bool {
        self.waiting.iter().any(|waiting| waiting.row.id == id && waiting.is_webhook())
    }

    /// Sends a given-up webhook again with the same id and content. Its pauses start from the first.
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

    /// Whether any webhook waits.
    pub(crate) fn holds_webhooks(&self) -> bool {
        self.waiting.iter().any(Waiting::is_webhook)
    }

    /// The rows that wait, with the webhooks in the order in which they were written or sent again.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &OutboxRow> {
        self.waiting.iter().map(|waiting| &waiting.row)
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Moments set by a clock that ran ahead must not delay deliveries after it is put right.
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

    /// The merchant wants a given-up webhook again. One that still waits is sent without asking.
    pub(crate) fn redeliver(&mut self, turn: &mut Turn, id: &str) {
        if self.outbox.send_again(id, turn.now_ms) {
            turn.note(What::RedeliveryRequested { id: id.into() });
            self.settle_exceptions(turn, |exception| exception.webhook_id.as_deref() == Some(id));
        }
    }

    /// Whether these results must be stored now. Of a webhook, always. Of a row of the index only when it
    /// says that the order is settled: before that the order is stored again anyway, and a row that is
    /// written twice changes nothing.
    pub(crate) fn must_remember(&self, deliveries: &[Delivery]) -> bool {
        let is_of_webhook = |delivery: &Delivery| self.outbox.is_waiting_webhook(&delivery.id);
        self.says_settled() || deliveries.iter().any(is_of_webhook)
    }

    pub(crate) fn write_out(&mut self, turn: &mut Turn, message: Message) {
        turn.store = true;
        if let Some(given_up) = self.outbox.write(&self.terms.out_trade_no, turn.now_ms, message) {
            self.put_webhook_aside(turn, given_up);
        }
    }

    /// We do not send this webhook again unasked. A webhook that says so might not arrive either, so the
    /// merchant's inbox shows it.
    pub(crate) fn put_webhook_aside(&mut self, turn: &mut Turn, GivenUp { id, why }: GivenUp) {
        turn.note(What::DeliveryGivenUp { id: id.clone(), why: Some(why.clone()) });
        let about = About::webhook(id).because(why);
        let kind = ExceptionKind::WebhookUndelivered;
        if self.exceptions.iter().any(|known| known.says(kind, &about)) {
            return;
        }
        // No webhook about a webhook: a receiver that is down would get more and more of them.
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
        self.row.is_webhook()
    }
}

impl OutboxRow {
    /// Whether it goes to the merchant's systems, and not to the index.
    pub(crate) fn is_webhook(&self) -> bool {
        match self.message {
            Message::Webhook(_) => true,
            Message::Index(_) => false,
        }
    }
}

/// How long to wait after this many refused deliveries. `None`: give up.
fn pause_ms(row: &OutboxRow) -> Option<i64> {
    let refused_before = usize::try_from(row.tries.saturating_sub(1)).unwrap_or(usize::MAX);
    match row.message {
        Message::Webhook(_) => webhook_pause_ms(row.tries),
        Message::Index(_) => {
            let doublings = u32::try_from(refused_before.min(20)).unwrap_or(20);
            Some(INDEX_PAUSE_MIN_MS.saturating_mul(1 << doublings).min(INDEX_PAUSE_MAX_MS))
        }
    }
}
