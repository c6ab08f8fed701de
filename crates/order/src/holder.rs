//! The loop around one order: read it, give it the input, store it, and only then act.
//!
//! A [`Holder`] keeps one order between its storage and the shell that acts for it. The Worker runs it, and
//! so do the tests that let a process die at every point. It knows no platform: a [`Storage`] writes, and the
//! shell carries out the [`Effects`]. For every input the holder does this, without a pause in between:
//!
//! 1. It reads the storage, unless it knows what is there. It gives an order found there [`Input::Restarted`]
//!    first: the call in flight died with the process that made it. After a failed commit that call may still
//!    run; it counts as lost too, and its answer is ignored.
//! 2. It gives the input to the order.
//! 3. It commits snapshot, events, alarm and the raw message together or not at all.
//! 4. It returns the effects, including those of a restart. The shell acts on them now, not earlier, and
//!    returns the results as inputs.
//!
//! | what is stored | written by | when |
//! | --- | --- | --- |
//! | snapshot | [`Commit::Step`] | the order changed ([`Effects::store`]) |
//! | events | [`Commit::Step`] | appended with the snapshot that counts them |
//! | raw message | [`Commit::Step`] | [`Effects::keep_message`] |
//! | details | [`Commit::Step`] | with the first snapshot, and when a person's data is removed |
//! | alarm | [`Commit::Step`] | it is not known to be set for this moment |
//! | that there was an order | [`Commit::Archive`] | its time is over; everything else is removed then |
//!
//! **When a commit fails**, nobody knows whether it was written. The order in memory may be ahead of the
//! storage, so the holder forgets it and returns no effects. The next input begins with step 1.
//!
//! **When the stored order cannot be read**, for instance because a newer version of this crate wrote it,
//! every call fails with [`HolderError::Snapshot`], and nothing is written over it.

use std::fmt::Display;

use thiserror::Error;

use crate::{
    DetailsText, Effects, Event, Input, Order, OrphanNews, Rejected, SnapshotError, Terms, TermsError,
};

/// How long after a failed alarm the alarm rings again.
const RETRY_AFTER_MS: i64 = 30_000;

/// The storage of one order.
pub trait Storage {
    /// Why reading or writing failed.
    type Error: Display;

    /// Reads what is stored. Writes nothing, so that an invented number leaves nothing behind.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn load(&mut self) -> Result<Stored, Self::Error>;

    /// Writes one commit: all of it or nothing.
    ///
    /// # Errors
    /// When it was not written, or when nobody knows whether it was.
    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), Self::Error>;
}

/// What a storage holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// There never was an order under this number.
    Nothing,
    /// An order, as [`Order::save`] wrote it.
    Order(String),
    /// An order that is over. We know only that it existed.
    Archived,
}

/// What is written together or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit<'a> {
    /// The result of one handling.
    Step {
        /// The time of the handling, in milliseconds of the Unix epoch.
        at_ms: i64,
        /// The order afterwards. `None`: unchanged.
        snapshot: Option<&'a str>,
        /// Rows to append to the event log.
        events: &'a [Event],
        /// A raw message to keep beside the order. Keep the same message once.
        message: Option<&'a [u8]>,
        /// What was bought and said ([`crate::DetailsText`]), in place of what was there. `None`: as before.
        details: Option<&'a str>,
        /// When to ring. `None`: as set before.
        alarm_at_ms: Option<i64>,
    },
    /// Remove the order, its details, its events, its messages and its alarm. Remember that there was an
    /// order.
    Archive {
        /// The time of the removal, in milliseconds of the Unix epoch.
        at_ms: i64,
    },
}

/// What a holder knows about its storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// There is no order.
    Nothing,
    /// There is this one.
    Order(Box<Order>),
    /// There was an order. Its number is not used again.
    Archived,
}

impl Held {
    /// The order, if there is one.
    #[must_use]
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Order(order) => Some(order),
            Self::Nothing | Self::Archived => None,
        }
    }
}

/// How the handling of an input ended.
#[derive(Debug)]
#[must_use = "effects that are dropped are calls never made"]
pub struct Handled {
    /// Whether the order accepted the input.
    pub result: Result<(), NotHandled>,
    /// What to do now. A restart can leave something to do even when the order did not accept the input.
    pub effects: Effects,
}

/// Why an order did not accept an input. Nothing was written for it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotHandled {
    /// There is no order under this number.
    #[error("there is no order under this number")]
    NoOrder,
    /// The order refuses it.
    #[error(transparent)]
    Rejected(#[from] Rejected),
}

/// Why nothing could be done.
#[derive(Debug, Error)]
pub enum HolderError<E: Display> {
    /// The storage failed. You may give the same input again.
    #[error("the storage of the order failed: {0}")]
    Storage(E),
    /// This version cannot read the stored order. It was left unchanged.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// No order can be made on these terms.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// The number has an order, or had one.
    #[error("the number has an order already")]
    NumberTaken,
}

/// The work of an alarm failed.
#[derive(Debug)]
pub struct AlarmFailed<E: Display> {
    /// What failed: the storage, or a stored order that cannot be read.
    pub why: HolderError<E>,
    /// Whether the alarm is set again. If not, nothing rings any more, unless the platform repeats the failed
    /// alarm.
    pub rings_again: Result<(), HolderError<E>>,
}

/// What is stored beside the order in a commit.
#[derive(Clone, Copy, Default)]
struct Beside<'a> {
    /// The raw message behind the input. Kept only if the order says so.
    message: Option<&'a [u8]>,
    /// The order's details, if they are new.
    details: Option<&'a DetailsText>,
}

/// One order, its storage, and what we know about it.
#[derive(Debug)]
pub struct Holder<S> {
    storage: S,
    /// `None` before the storage is read, and after a failed commit.
    held: Option<Held>,
    /// The moment for which the alarm is known to be set.
    alarm_at_ms: Option<i64>,
}

impl<S: Storage> Holder<S> {
    /// A holder that has read nothing yet.
    pub fn new(storage: S) -> Self {
        Self { storage, held: None, alarm_at_ms: None }
    }

    /// What the order is stored in.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// The storage, to write beside the order.
    pub fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// Forgets what is in memory, as the end of the process does. The next call reads the storage again.
    pub fn forget(&mut self) {
        self.held = None;
        self.alarm_at_ms = None;
    }

    /// Looks at what is held. The effects are those of reading it (steps 1 and 3); usually there are none.
    ///
    /// # Errors
    /// [`HolderError::Storage`], [`HolderError::Snapshot`].
    pub fn look(&mut self, now_ms: i64) -> Result<(&Held, Effects), HolderError<S::Error>> {
        let effects = self.wake(now_ms)?;
        Ok((self.held.as_ref().unwrap_or(&Held::Nothing), effects))
    }

    /// Makes an order and stores it, with its details, before returning the call it asks for.
    ///
    /// # Errors
    /// Any [`HolderError`]. No order was made then, unless the storage failed after writing.
    pub fn place(
        &mut self,
        now_ms: i64,
        terms: Terms,
        details: Option<&DetailsText>,
    ) -> Result<Effects, HolderError<S::Error>> {
        self.place_by(now_ms, terms, details, None)
    }

    /// The same, in the name of a key of the merchant's.
    ///
    /// # Errors
    /// As for [`Self::place`].
    pub fn place_by(
        &mut self,
        now_ms: i64,
        terms: Terms,
        details: Option<&DetailsText>,
        key: Option<String>,
    ) -> Result<Effects, HolderError<S::Error>> {
        let restarted = self.wake(now_ms)?;
        match &self.held {
            Some(Held::Nothing) => {}
            Some(Held::Order(_) | Held::Archived) | None => return Err(self.number_taken()),
        }
        let (order, effects) = Order::place_by(now_ms, terms, key)?;
        self.take_in(now_ms, order, restarted, effects, Beside { message: None, details })
    }

    /// Takes in a message whose number has no order, or an archived one (see [`Order::orphan`]). `message` is
    /// the raw message. `None`: it is about no money, and nothing was kept.
    ///
    /// # Errors
    /// [`HolderError::NumberTaken`] if there is an order: give it the input instead. Any other
    /// [`HolderError`].
    pub fn orphan(
        &mut self,
        now_ms: i64,
        terms: Terms,
        news: OrphanNews<'_>,
        message: &[u8],
    ) -> Result<Option<Effects>, HolderError<S::Error>> {
        let restarted = self.wake(now_ms)?;
        match &self.held {
            Some(Held::Nothing | Held::Archived) => {}
            Some(Held::Order(_)) | None => return Err(self.number_taken()),
        }
        let Some((order, effects)) = Order::orphan(now_ms, terms, news) else { return Ok(None) };
        let beside = Beside { message: Some(message), details: None };
        self.take_in(now_ms, order, restarted, effects, beside).map(Some)
    }

    /// Gives an input to the order. `message` is the raw message behind the input; it is kept if the order
    /// says so.
    ///
    /// # Errors
    /// [`HolderError::Storage`], [`HolderError::Snapshot`].
    pub fn handle(
        &mut self,
        now_ms: i64,
        input: Input,
        message: Option<&[u8]>,
    ) -> Result<Handled, HolderError<S::Error>> {
        self.handle_with(now_ms, input, Beside { message, details: None })
    }

    /// Stores these details in place of those that had a person's data, in one commit with the event that
    /// says so and names the merchant's key.
    ///
    /// # Errors
    /// [`HolderError::Storage`], [`HolderError::Snapshot`].
    pub fn forget_person(
        &mut self,
        now_ms: i64,
        details: &DetailsText,
        key: Option<String>,
    ) -> Result<Handled, HolderError<S::Error>> {
        let beside = Beside { message: None, details: Some(details) };
        self.handle_with(now_ms, Input::PersonForgotten.with_key(key), beside)
    }

    fn handle_with(
        &mut self,
        now_ms: i64,
        input: Input,
        beside: Beside<'_>,
    ) -> Result<Handled, HolderError<S::Error>> {
        if matches!(input, Input::AlarmFired | Input::Swept { .. }) {
            // The alarm rang, or somebody believes that it is lost. In both cases it is not set any more.
            self.alarm_at_ms = None;
        }
        let restarted = self.wake(now_ms)?;
        let Some(Held::Order(order)) = self.held.as_mut() else {
            return Ok(Handled { result: Err(NotHandled::NoOrder), effects: restarted });
        };
        match order.handle(now_ms, input) {
            Ok(effects) => {
                self.commit(now_ms, &effects, beside)?;
                Ok(Handled { result: Ok(()), effects: both(restarted, effects) })
            }
            Err(rejected) => Ok(Handled { result: Err(rejected.into()), effects: restarted }),
        }
    }

    /// Gives the order the input of an alarm or of the sweep. If that fails, the alarm is set to ring again.
    ///
    /// # Errors
    /// [`AlarmFailed`].
    pub fn alarm(&mut self, now_ms: i64, input: Input) -> Result<Handled, AlarmFailed<S::Error>> {
        self.handle(now_ms, input, None)
            .map_err(|why| AlarmFailed { why, rings_again: self.ring_again(now_ms) })
    }

    /// Sets the alarm to ring soon. Writes nothing else, because the storage may hold an order that this
    /// version cannot read.
    fn ring_again(&mut self, now_ms: i64) -> Result<(), HolderError<S::Error>> {
        let alarm_at_ms = Some(now_ms.saturating_add(RETRY_AFTER_MS));
        let only_alarm = Commit::Step {
            at_ms: now_ms,
            snapshot: None,
            events: &[],
            message: None,
            details: None,
            alarm_at_ms,
        };
        self.alarm_at_ms = None;
        self.storage.commit(&only_alarm).map_err(HolderError::Storage)
    }

    /// Step 1. Returns the effects of the restart.
    fn wake(&mut self, now_ms: i64) -> Result<Effects, HolderError<S::Error>> {
        if self.held.is_some() {
            return Ok(Effects::default());
        }
        let mut order = match self.storage.load().map_err(HolderError::Storage)? {
            Stored::Order(json) => Box::new(Order::load(&json)?),
            Stored::Nothing => {
                self.held = Some(Held::Nothing);
                return Ok(Effects::default());
            }
            Stored::Archived => {
                self.held = Some(Held::Archived);
                return Ok(Effects::default());
            }
        };
        // An order never refuses this input.
        let effects = order.handle(now_ms, Input::Restarted).unwrap_or_default();
        self.held = Some(Held::Order(order));
        self.commit(now_ms, &effects, Beside::default())?;
        Ok(effects)
    }

    /// Refuses to make a second order. The effects of reading the first one cannot be returned with an error,
    /// so we forget it, and the next call reads it again.
    fn number_taken(&mut self) -> HolderError<S::Error> {
        self.forget();
        HolderError::NumberTaken
    }

    /// Step 3 for a new order.
    fn take_in(
        &mut self,
        now_ms: i64,
        order: Order,
        restarted: Effects,
        effects: Effects,
        beside: Beside<'_>,
    ) -> Result<Effects, HolderError<S::Error>> {
        self.held = Some(Held::Order(Box::new(order)));
        self.commit(now_ms, &effects, beside)?;
        Ok(both(restarted, effects))
    }

    /// Step 3. Forgets what could not be committed.
    fn commit(
        &mut self,
        now_ms: i64,
        effects: &Effects,
        beside: Beside<'_>,
    ) -> Result<(), HolderError<S::Error>> {
        let written = self.write(now_ms, effects, beside);
        match &written {
            Ok(()) if effects.archive => {
                self.held = Some(Held::Archived);
                self.alarm_at_ms = None;
            }
            Ok(()) => self.alarm_at_ms = effects.alarm_at_ms.or(self.alarm_at_ms),
            Err(_) => self.forget(),
        }
        written
    }

    fn write(
        &mut self,
        now_ms: i64,
        effects: &Effects,
        Beside { message, details }: Beside<'_>,
    ) -> Result<(), HolderError<S::Error>> {
        if effects.archive {
            return self.storage.commit(&Commit::Archive { at_ms: now_ms }).map_err(HolderError::Storage);
        }
        let snapshot = match &self.held {
            Some(Held::Order(order)) if effects.store => Some(order.save()?),
            Some(Held::Order(_) | Held::Nothing | Held::Archived) | None => None,
        };
        let message = message.filter(|_| effects.keep_message);
        let alarm_at_ms = effects.alarm_at_ms.filter(|at_ms| self.alarm_at_ms != Some(*at_ms));
        if snapshot.is_none() && message.is_none() && details.is_none() && alarm_at_ms.is_none() {
            return Ok(());
        }
        let step = Commit::Step {
            at_ms: now_ms,
            snapshot: snapshot.as_deref(),
            events: &effects.events,
            message,
            details: details.map(DetailsText::as_str),
            alarm_at_ms,
        };
        self.storage.commit(&step).map_err(HolderError::Storage)
    }
}

/// The effects of two handlings in a row. Of two calls only the later one is in flight.
fn both(earlier: Effects, later: Effects) -> Effects {
    if later.archive {
        return later;
    }
    let Effects { store, mut events, alarm_at_ms, call, page_changed, mut outbox, keep_message, archive: _ } =
        earlier;
    events.extend(later.events);
    outbox.extend(later.outbox);
    Effects {
        store: store || later.store,
        events,
        alarm_at_ms: later.alarm_at_ms.or(alarm_at_ms),
        call: later.call.or(call),
        page_changed: page_changed || later.page_changed,
        outbox,
        keep_message: keep_message || later.keep_message,
        archive: false,
    }
}

#[cfg(test)]
mod tests;
