//! What an order wants done after an input, and the notebook in which one handling collects it.

use crate::{Event, GatewayCall, OutboxRow, RawHash, What, Who};

/// What to do after [`crate::Order::handle`]. First store the order, `events` and `alarm_at_ms` in
/// one step, then act.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "effects that are dropped are calls never made"]
pub struct Effects {
    /// Whether anything durable changed. When not, storing may be skipped; the alarm still counts.
    pub store: bool,
    /// Rows to append to the event log.
    pub events: Vec<Event>,
    /// When to wake the order by [`crate::Input::AlarmFired`]. Always there while the order is not
    /// final; absent when it waits for nothing.
    pub alarm_at_ms: Option<i64>,
    /// The call to make. Its outcome comes back by [`crate::Input::Answered`].
    pub call: Option<GatewayCall>,
    /// Whether a page that watches should be shown [`crate::Order::view`] again.
    pub page_changed: bool,
    /// Messages to hand over now; the results come back by [`crate::Input::Delivered`]. A row may
    /// be handed out again, always with the same id and content.
    pub outbox: Vec<OutboxRow>,
    /// Whether to keep the raw message of this input beside the order, in the same step: it is
    /// genuine, and a person may have to read it.
    pub keep_message: bool,
    /// The order's time is over: remove it, its events and its messages, and remember that its
    /// number was used. Nothing else is wanted then.
    pub archive: bool,
}

/// One handling of one input: its time, its cause, and what it has collected so far.
pub(crate) struct Turn {
    pub(crate) now_ms: i64,
    pub(crate) who: Who,
    pub(crate) raw: Option<RawHash>,
    /// Set by what changes something durable without writing an event.
    pub(crate) store: bool,
    /// Set by what must keep the raw message.
    pub(crate) keep_message: bool,
    /// Set by what changes the order's row in the index.
    pub(crate) index_changed: bool,
    events: Vec<(Who, What, Option<RawHash>)>,
}

impl Turn {
    pub(crate) fn new(now_ms: i64, who: Who, raw: Option<RawHash>) -> Self {
        Self { now_ms, who, raw, store: false, keep_message: false, index_changed: false, events: Vec::new() }
    }

    /// Writes an event of the cause of this handling.
    pub(crate) fn note(&mut self, what: What) {
        self.events.push((self.who, what, self.raw));
    }

    /// Writes an event of our own timers: what this handling does because time has passed.
    pub(crate) fn note_by_clock(&mut self, what: What) {
        self.events.push((Who::Clock, what, None));
    }

    /// `now + delay`, without overflow.
    pub(crate) fn after(&self, delay_ms: i64) -> i64 {
        self.now_ms.saturating_add(delay_ms)
    }

    /// The collected events, numbered from `last_seq` on.
    pub(crate) fn into_events(self, last_seq: &mut u64) -> Vec<Event> {
        let at_ms = self.now_ms;
        self.events
            .into_iter()
            .map(|(who, what, raw)| {
                *last_seq = last_seq.saturating_add(1);
                Event { seq: *last_seq, at_ms, who, what, raw }
            })
            .collect()
    }
}
