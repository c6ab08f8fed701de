//! The merchant's systems: what receives the webhooks, and how it may behave.

use std::collections::BTreeMap;

use order::{DeliveryResult, ExceptionKind, OutboxRow, Webhook, WebhookKind};

use super::dice::Dice;

/// What the merchant's systems have taken.
#[derive(Debug, Default)]
pub struct Shop {
    /// Every webhook taken, by its id: content, and how often it came.
    taken: BTreeMap<String, (Webhook, u32)>,
    /// Every webhook that was ever handed over, taken or not.
    offered: BTreeMap<String, Webhook>,
    /// How often in a thousand a delivery goes wrong.
    pub(super) trouble_permille: u64,
    /// How it goes wrong each time, instead of by chance.
    pub(super) only: Option<Manner>,
    /// Whether a delivery ever went wrong.
    pub(super) had_trouble: bool,
}

/// How a receiver treats a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// It takes it and says so.
    Takes,
    /// It fails.
    Fails,
    /// It points to another address, which counts as a refusal.
    Redirects,
    /// It takes it, and the answer is lost.
    TakesInSilence,
    /// It never answers. It may have taken it.
    Hangs,
    /// It wants to be left alone for so long.
    Later(i64),
    /// It wants no more webhooks (410).
    Gone,
}

/// What the deliverer hears, and after how long. `None`: nothing, ever.
pub(super) type Heard = Option<(i64, DeliveryResult)>;

const TROUBLES: [Manner; 10] = [
    Manner::Fails,
    Manner::Fails,
    Manner::Redirects,
    Manner::Redirects,
    Manner::TakesInSilence,
    Manner::TakesInSilence,
    Manner::Hangs,
    Manner::Later(120_000),
    Manner::Later(400_000_000),
    Manner::Gone,
];

/// A refusal with its reason.
pub(super) fn refused(why: &str) -> DeliveryResult {
    DeliveryResult::Refused { why: why.into(), retry_after_ms: None }
}

impl Shop {
    /// Takes a delivery, or not.
    ///
    /// # Panics
    /// When an id comes with another content than before: the merchant, who counts by ids, would be misled.
    pub(super) fn receive(&mut self, row: &OutboxRow, webhook: &Webhook, dice: &mut Dice) -> Heard {
        let offered = self.offered.entry(row.id.clone()).or_insert_with(|| webhook.clone());
        assert!(offered == webhook, "the id {} stands for two webhooks", row.id);
        let manner = self.manner(dice);
        let takes = match manner {
            Manner::Takes | Manner::TakesInSilence => true,
            Manner::Hangs => dice.chance(500),
            Manner::Fails | Manner::Redirects | Manner::Later(_) | Manner::Gone => false,
        };
        if takes {
            self.taken.entry(row.id.clone()).or_insert_with(|| (webhook.clone(), 0)).1 += 1;
        }
        let result = match manner {
            Manner::Takes => DeliveryResult::Accepted,
            Manner::Fails => refused("the receiver answered 500"),
            Manner::Redirects => refused("the receiver answered 301"),
            Manner::TakesInSilence => refused("no answer within 10000 ms"),
            Manner::Later(ms) => {
                DeliveryResult::Refused { why: "the receiver answered 503".into(), retry_after_ms: Some(ms) }
            }
            Manner::Gone => DeliveryResult::Gone,
            Manner::Hangs => return None,
        };
        Some((100, result))
    }

    fn manner(&mut self, dice: &mut Dice) -> Manner {
        let manner = match self.only {
            Some(only) => only,
            None if dice.chance(self.trouble_permille) => dice.pick(&TROUBLES),
            None => Manner::Takes,
        };
        self.had_trouble |= manner != Manner::Takes;
        manner
    }

    /// The receivers are mended.
    pub(super) fn mend(&mut self) {
        self.trouble_permille = 0;
        self.only = None;
    }

    /// The webhooks taken, each id once, in the order in which they tell of things.
    pub(super) fn taken(&self) -> Vec<&Webhook> {
        let mut taken: Vec<&Webhook> = self.taken.values().map(|(webhook, _)| webhook).collect();
        taken.sort_by_key(|webhook| webhook.sequence);
        taken
    }

    /// How many webhooks of this kind were taken, each id once.
    pub(super) fn count(&self, kind: WebhookKind) -> usize {
        self.taken.values().filter(|(webhook, _)| webhook.kind == kind).count()
    }

    /// Whether a webhook told of such an exception.
    pub(super) fn was_told_of(&self, kind: ExceptionKind) -> bool {
        self.taken.values().any(|(webhook, _)| webhook.exception == Some(kind))
    }

    /// The ids of webhooks that were handed over and never taken.
    pub(super) fn missing(&self) -> impl Iterator<Item = &str> {
        self.offered.keys().filter(|id| !self.taken.contains_key(*id)).map(String::as_str)
    }
}
