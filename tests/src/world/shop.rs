//! The merchant's systems: what receives the webhooks, and remembers them.

use std::collections::BTreeMap;

use order::{IndexRow, Message, OutboxRow, WebhookKind};

use super::dice::Dice;

/// What the merchant's systems have taken.
#[derive(Debug, Default)]
pub struct Shop {
    /// Every message seen by its id: content, and how often it was taken.
    taken: BTreeMap<String, (Message, u32)>,
    /// The newest row of the index.
    index: Option<IndexRow>,
    /// How often in a thousand a delivery goes wrong.
    pub(super) trouble_permille: u64,
    /// Whether a delivery ever went wrong.
    pub(super) had_trouble: bool,
}

impl Shop {
    /// Takes a delivery; says whether the deliverer hears that it was taken.
    ///
    /// # Panics
    /// When an id comes with another content than before: whoever counts by ids would be misled.
    pub(super) fn take(&mut self, row: &OutboxRow, dice: &mut Dice) -> bool {
        let trouble = dice.chance(self.trouble_permille);
        self.had_trouble |= trouble;
        if trouble && dice.chance(500) {
            return false;
        }
        let (message, times) = self.taken.entry(row.id.clone()).or_insert_with(|| (row.message.clone(), 0));
        assert!(*message == row.message, "the id {} stands for two messages", row.id);
        *times += 1;
        if let Message::Index(row) = &row.message
            && row.version > self.index_version()
        {
            self.index = Some((**row).clone());
        }
        // Taken, but the answer may be lost.
        !trouble
    }

    /// How many webhooks of this kind were taken, each id once.
    #[must_use]
    pub(super) fn count(&self, kind: WebhookKind) -> usize {
        let of_kind = |message: &&(Message, u32)| matches!(&message.0, Message::Webhook(w) if w.kind == kind);
        self.taken.values().filter(of_kind).count()
    }

    /// The state that the newest row of the index shows.
    #[must_use]
    pub(super) fn index_says(&self) -> Option<&str> {
        self.index.as_ref().map(|row| row.state.as_str())
    }

    /// The version of that row; 0 without one.
    #[must_use]
    pub(super) fn index_version(&self) -> u64 {
        self.index.as_ref().map_or(0, |row| row.version)
    }

    /// Whether that row says that something is still to happen.
    #[must_use]
    pub(super) fn index_is_unsettled(&self) -> bool {
        self.index.as_ref().is_some_and(|row| !row.settled)
    }
}
