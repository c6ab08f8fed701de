//! What survives the process: the order's storage with its alarm, and everything that can happen to a write.

use std::cell::OnceCell;

use order::{Commit, Order, SNAPSHOT_VERSION, State, Storage, Stored};

use super::dice::Dice;

/// The storage of the one order.
#[derive(Debug)]
pub struct Disk {
    /// The order, as it was saved last.
    pub order: Option<String>,
    /// Whether there was an order whose time is over.
    pub archived: bool,
    /// When the platform wakes the process, by the Worker's clock.
    pub alarm_at_ms: Option<i64>,
    /// The raw messages kept beside the order.
    pub messages: Vec<Vec<u8>>,
    /// What was bought.
    pub details: Option<String>,
    /// What goes wrong.
    pub fate: Fate,
    /// Whether a newer version of the program wrote last, so that this one must keep its hands off.
    pub newer: bool,
    /// Whether the process died in a write and the next one has not begun: nobody is there who could write.
    pub process_is_dead: bool,
    /// How many events were appended.
    events: u64,
    read: OnceCell<Option<Order>>,
}

/// Where something goes wrong: with the process, or with a write while the process lives.
#[derive(Debug)]
pub struct Fate {
    /// The point at which it dies.
    pub death: Death,
    /// How many points at which something might have gone wrong have passed.
    pub points: u64,
    dice: Dice,
}

/// Where the process dies or a write fails.
#[derive(Clone, Copy, Debug, Default)]
pub enum Death {
    /// Nowhere.
    #[default]
    Never,
    /// At this point, counted from 0.
    At(u64),
    /// At any point, so often in a thousand.
    Sometimes(u64),
}

/// Why a commit failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The process died at this point.
    #[error("the process died {0} the write")]
    Died(&'static str),
    /// The process lives. Nothing was written.
    #[error("the write failed")]
    NotWritten,
    /// The process lives. Everything was written, and only the confirmation was lost.
    #[error("the write failed, but it was written")]
    ButWritten,
}

impl Disk {
    /// An empty one.
    #[must_use]
    pub(super) fn new(seed: u64) -> Self {
        Self {
            order: None,
            archived: false,
            alarm_at_ms: None,
            messages: vec![],
            details: None,
            fate: Fate { death: Death::Never, points: 0, dice: Dice::new(!seed) },
            newer: false,
            process_is_dead: false,
            events: 0,
            read: OnceCell::new(),
        }
    }

    /// The order that is stored.
    ///
    /// # Panics
    /// When what was saved cannot be loaded.
    #[must_use]
    pub fn order(&self) -> Option<&Order> {
        let load = |text: &String| Order::load(text).expect("what was saved can be loaded");
        self.read.get_or_init(|| self.order.as_ref().map(load)).as_ref()
    }

    /// The state that the stored snapshot has.
    #[must_use]
    pub fn state(&self) -> Option<&State> {
        self.order().map(Order::state)
    }

    /// Whether the order that is stored is paid.
    pub(super) fn is_paid(&self) -> bool {
        self.order.as_deref().is_some_and(|stored| paid(stored).is_some())
    }

    fn write(&mut self, commit: &Commit<'_>) {
        match *commit {
            Commit::Step { at_ms: _, snapshot, events, message, details, alarm_at_ms } => {
                let writes_order = snapshot.is_some() || !events.is_empty() || message.is_some();
                assert!(!(self.newer && writes_order), "an older version wrote over a newer one");
                for event in events {
                    self.events += 1;
                    assert_eq!(event.seq, self.events, "the event log has a gap");
                }
                if let Some(message) = message
                    && !self.messages.iter().any(|kept| kept == message)
                {
                    self.messages.push(message.to_vec());
                }
                if let Some(details) = details {
                    self.details = Some(details.to_owned());
                }
                self.alarm_at_ms = alarm_at_ms.or(self.alarm_at_ms);
                if let Some(snapshot) = snapshot {
                    let paid = self.order.as_deref().and_then(paid);
                    assert!(paid.is_none_or(|paid| snapshot.contains(paid)), "paid was undone");
                    self.order = Some(snapshot.to_owned());
                    self.read = OnceCell::new();
                }
            }
            Commit::Archive { at_ms: _ } => {
                assert!(!self.newer, "an older version archived a newer one");
                assert!(self.order().is_some_and(Order::is_settled), "archived before it was settled");
                let fate = Fate { dice: self.fate.dice.clone(), ..self.fate };
                *self = Self { archived: true, fate, ..Self::new(0) };
            }
        }
    }
}

impl Storage for Disk {
    type Error = Broken;

    fn load(&mut self) -> Result<Stored, Broken> {
        Ok(match &self.order {
            Some(text) if self.newer => {
                let (ours, theirs) =
                    (format!("\"v\":{SNAPSHOT_VERSION}"), format!("\"v\":{}", SNAPSHOT_VERSION + 1));
                Stored::Order(text.replacen(&ours, &theirs, 1))
            }
            Some(text) => Stored::Order(text.clone()),
            None if self.archived => Stored::Archived,
            None => Stored::Nothing,
        })
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), Broken> {
        if self.process_is_dead {
            return Err(Broken::Died("long before"));
        }
        if self.fate.strikes() {
            self.process_is_dead = true;
            return Err(Broken::Died("before"));
        }
        if self.fate.strikes() {
            return Err(Broken::NotWritten);
        }
        self.write(commit);
        if self.fate.strikes() {
            return Err(Broken::ButWritten);
        }
        if self.fate.strikes() {
            self.process_is_dead = true;
            return Err(Broken::Died("after"));
        }
        Ok(())
    }
}

impl Fate {
    /// Whether it strikes at this point.
    pub(super) fn strikes(&mut self) -> bool {
        let passed = self.points;
        self.points += 1;
        match self.death {
            Death::Never => false,
            Death::At(at) => at == passed,
            Death::Sometimes(permille) => self.dice.chance(permille),
        }
    }
}

/// The state of a stored order, as it is written, if it is paid. To read the whole order takes far longer.
fn paid(stored: &str) -> Option<&str> {
    let state = stored.get(stored.find("\"state\":{\"name\":\"paid\"")?..)?;
    state.get(..=state.find('}')?)
}
