//! The database that lists the orders: slow, failing, forgetful, set back to an earlier day.

use order::{DeliveryResult, IndexRow};

use super::dice::Dice;
use super::shop::{Heard, refused};
use super::{DAY_MS, World};

/// After this long the deliverer gives a write up.
const TIME_LIMIT_MS: i64 = 10_000;

/// The row of the one order.
#[derive(Debug, Default)]
pub struct Index {
    row: Option<IndexRow>,
    /// Every row there ever was.
    before: Vec<IndexRow>,
    /// The version of the newest row that was offered, and since when such rows say that the order is
    /// settled.
    offered: u64,
    rests_since_ms: Option<i64>,
    /// Whether that row has money or an exception: only such a row is written once more.
    is_offered_twice: bool,
    /// How often in a thousand a write goes wrong.
    pub(super) trouble_permille: u64,
    /// How often in a thousand a write is confirmed and lost.
    pub(super) forgets_permille: u64,
    /// Whether it lost something that nobody but a person can bring back.
    pub(super) needs_a_person: bool,
    /// Whether it was ever set back, or forgot.
    pub(super) was_harmed: bool,
}

impl Index {
    /// The row.
    pub(super) fn row(&self) -> Option<&IndexRow> {
        self.row.as_ref()
    }

    /// The version of the row; 0 without one.
    pub(super) fn version(&self) -> u64 {
        self.row.as_ref().map_or(0, |row| row.version)
    }

    /// Whether the sweep finds the order: it takes those that are not settled.
    pub(super) fn shows_something_to_do(&self) -> bool {
        self.row.as_ref().is_some_and(|row| !row.settled)
    }

    fn write(&mut self, row: &IndexRow, dice: &mut Dice) -> Heard {
        let trouble = dice.chance(self.trouble_permille);
        if trouble && dice.chance(400) {
            return Some((200, refused("no such table")));
        }
        if row.version > self.version() {
            self.row = Some(row.clone());
            self.before.push(row.clone());
        }
        if !trouble {
            return Some((60, DeliveryResult::Accepted));
        }
        match dice.ms(1_000, 2 * TIME_LIMIT_MS) {
            late_ms if late_ms >= TIME_LIMIT_MS => Some((TIME_LIMIT_MS, refused("no answer in time"))),
            late_ms => Some((late_ms, DeliveryResult::Accepted)),
        }
    }

    /// The database is mended. What it has lost stays lost.
    pub(super) fn mend(&mut self) {
        self.trouble_permille = 0;
        self.forgets_permille = 0;
    }
}

impl World {
    /// A row is written.
    pub(super) fn write_index(&mut self, row: &IndexRow) -> Heard {
        if row.version > self.index.offered {
            self.index.offered = row.version;
            self.index.is_offered_twice = row.transaction_id.is_some() || !row.exceptions.is_empty();
            let since_ms = self.index.rests_since_ms.unwrap_or(self.now_ms);
            self.index.rests_since_ms = row.settled.then_some(since_ms);
        }
        let heard = self.index.write(row, &mut self.dice);
        let confirmed = matches!(heard, Some((_, DeliveryResult::Accepted)));
        if confirmed && self.dice.chance(self.index.forgets_permille) {
            self.set_index_back("the index confirms a row and loses it");
        }
        heard
    }

    /// The database is restored from an earlier day: the row is older, or gone.
    pub(super) fn set_index_back(&mut self, why: &str) {
        let choices = self.index.before.len() as u64;
        // One choice more than there are rows before this one: none at all.
        let earlier = usize::try_from(self.dice.below(choices)).unwrap_or(0);
        self.index.row = earlier.checked_sub(1).and_then(|at| self.index.before.get(at)).cloned();
        self.index.was_harmed = true;
        let version = self.index.version();
        self.tell(|| format!("{why}: now it has version {version}"));
        // Of an order at rest whose row has been written once more, nobody hears unless the sweep sees
        // something to do.
        self.index.needs_a_person |= !self.writes_again() && !self.index.shows_something_to_do();
    }

    /// Whether the order will write its row once more by itself: it is not at rest, or not for long.
    fn writes_again(&self) -> bool {
        let stored = self.worker.disk().order.as_deref().unwrap_or_default();
        let rested_shortly =
            self.index.rests_since_ms.is_some_and(|since_ms| self.now_ms - since_ms < DAY_MS / 2);
        let is_armed = stored.contains("\"reindex\":");
        !says_settled(stored) || is_armed || (self.steady && rested_shortly && self.index.is_offered_twice)
    }
}

/// Whether a stored order has told the index that it is settled: it writes no row by itself then.
fn says_settled(stored: &str) -> bool {
    let told = stored.split_once("\"indexed\":{").and_then(|(_, rest)| rest.split_once('}'));
    told.is_none_or(|(told, _)| told.contains("\"settled\":true"))
}
