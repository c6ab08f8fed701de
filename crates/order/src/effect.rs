//! What an order wants done after an input ([`Effects`]), and how one handling of an input collects it
//! ([`Turn`]).

use crate::{Event, GatewayCall, OutboxRow, RawHash, What, Who};

/// What to do after [`crate::Order::handle`]. First store the order, `events` and `alarm_at_ms` together,
/// then act.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "effects that are dropped are calls never made"]
pub struct Effects {
    /// Whether anything changed that must be stored now. If not, there are no events; still set the alarm.
    pub store: bool,
    /// Rows to append to the event log.
    pub events: Vec<Event>,
    /// When to wake the order with [`crate::Input::AlarmFired`]. Always set: a settled order waits for its
    /// archive.
    pub alarm_at_ms: Option<i64>,
    /// The call to make. Report its outcome with [`crate::Input::Answered`].
    pub call: Option<GatewayCall>,
    /// Whether to show [`crate::Order::view`] again to the pages that watch.
    pub page_changed: bool,
    /// Messages to deliver now. Report the results with [`crate::Input::Delivered`]. The order may hand the
    /// same row out again, always with the same id and content.
    pub outbox: Vec<OutboxRow>,
    /// Whether to keep the raw message of this input beside the order, in the same commit. It is genuine, and
    /// a person may have to read it.
    pub keep_message: bool,
    /// The order is over: remove it, its events and its messages, and remember that its number was used. Do
    /// nothing else.
    pub archive: bool,
}

/// One handling of one input: its time, its cause, and the effects so far.
pub(crate) struct Turn {
    pub(crate) now_ms: i64,
    pub(crate) who: Who,
    pub(crate) raw: Option<RawHash>,
    /// Set by a change that is durable but writes no event.
    pub(crate) store: bool,
    /// Set when the raw message must be kept.
    pub(crate) keep_message: bool,
    /// Set when the order's row in the index changes.
    pub(crate) index_changed: bool,
    events: Vec<(Who, What, Option<RawHash>)>,
}

impl Turn {
    pub(crate) fn new(now_ms: i64, who: Who, raw: Option<RawHash>) -> Self {
        Self { now_ms, who, raw, store: false, keep_message: false, index_changed: false, events: Vec::new() }
    }

    /// Writes an event caused by this input.
    pub(crate) fn note(&mut self, what: What) {
        self.events.push((self.who, what, self.raw));
    }

    /// Writes an event caused by our own timers: something is done because time has passed.
    pub(crate) fn note_by_clock(&mut self, what: What) {
        self.events.push((Who::Clock, what, None));
    }

    /// `now + delay`, without overflow.
    pub(crate) fn after(&self, delay_ms: i64) -> i64 {
        self.now_ms.saturating_add(delay_ms)
    }

    /// The events so far, numbered after `last_seq`.
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
