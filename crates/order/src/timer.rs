//! The named timers of an order, and its one alarm.
//!
//! A platform alarm is one moment, but an order waits for several things at once. Each has a named timer; the
//! earliest is the alarm. A due timer stays armed until its work begins, so an input that arrives before the
//! alarm does the same work.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Terms;

/// What an order may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// Give up the call in flight: its outcome is unknown.
    CallDeadline,
    /// Send the unified order, or repeat it unchanged.
    Place,
    /// Ask the gateway whether the order is paid.
    Query,
    /// The offer ends: begin to close the order.
    OfferEnd,
    /// Take the next step of closing it at the gateway.
    Close,
    /// Query once more after closing, for money that came late.
    LateQuery,
    /// Take the next step of a refund.
    Refund,
    /// Deliver the messages that wait in the outbox, for the first time or again.
    Outbox,
    /// Write the row of the index once more, in case the database was restored to an earlier state.
    Reindex,
    /// Archive the order: its time is over.
    Archive,
}

impl Timer {
    /// Whether its work is a call to the gateway, which must wait for the call in flight.
    fn starts_a_call(self) -> bool {
        match self {
            Self::Place | Self::Query | Self::Close | Self::LateQuery | Self::Refund => true,
            Self::CallDeadline | Self::OfferEnd | Self::Outbox | Self::Reindex | Self::Archive => false,
        }
    }

    /// The furthest that any rule of this crate sets it ahead. A timer beyond this was set by a wrong clock.
    fn reach_ms(self) -> i64 {
        const MINUTE_MS: i64 = 60_000;
        match self {
            Self::CallDeadline | Self::Place => MINUTE_MS,
            Self::Query => 31 * MINUTE_MS,
            Self::OfferEnd => 120 * MINUTE_MS,
            Self::Close | Self::LateQuery => 60 * MINUTE_MS,
            Self::Refund | Self::Outbox | Self::Reindex => 24 * 60 * MINUTE_MS,
            Self::Archive => Terms::MAX_KEEP_MS,
        }
    }
}

/// The armed timers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Timers {
    armed: BTreeMap<Timer, i64>,
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at_ms: i64) {
        self.armed.insert(timer, at_ms);
    }

    /// Arms it, unless an earlier moment is armed already.
    pub(crate) fn set_no_later(&mut self, timer: Timer, at_ms: i64) {
        let armed = self.armed.entry(timer).or_insert(at_ms);
        *armed = (*armed).min(at_ms);
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        self.armed.remove(&timer);
    }

    /// When it is due, if armed.
    pub(crate) fn at_ms(&self, timer: Timer) -> Option<i64> {
        self.armed.get(&timer).copied()
    }

    /// Whether any other timer is armed.
    pub(crate) fn has_other_than(&self, these: &[Timer]) -> bool {
        self.armed.keys().any(|timer| !these.contains(timer))
    }

    /// Disarms it if it is due. True if it was.
    pub(crate) fn take_due(&mut self, timer: Timer, now_ms: i64) -> bool {
        let due = self.at_ms(timer).is_some_and(|at_ms| at_ms <= now_ms);
        if due {
            self.clear(timer);
        }
        due
    }

    /// The earliest timer that can do something. While a call is in flight, timers that start a call wait for
    /// its end, which has its own deadline.
    pub(crate) fn alarm_at_ms(&self, call_in_flight: bool) -> Option<i64> {
        self.armed
            .iter()
            .filter(|(timer, _)| !(call_in_flight && timer.starts_a_call()))
            .map(|(_, &at_ms)| at_ms)
            .min()
    }

    /// Pulls back timers that a clock running ahead set too far away, so that the order does not sleep
    /// through its life after the clock is put right.
    pub(crate) fn keep_within_reach(&mut self, now_ms: i64) {
        for (timer, at_ms) in &mut self.armed {
            *at_ms = (*at_ms).min(now_ms.saturating_add(timer.reach_ms()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_timer_is_the_alarm() {
        let mut timers = Timers::default();
        assert_eq!(timers.alarm_at_ms(false), None);
        timers.set(Timer::OfferEnd, 900);
        timers.set(Timer::Query, 500);
        assert_eq!(timers.alarm_at_ms(false), Some(500));
    }

    #[test]
    fn while_a_call_is_in_flight_the_alarm_is_its_deadline_not_the_next_call() {
        let mut timers = Timers::default();
        timers.set(Timer::Query, 500);
        timers.set(Timer::CallDeadline, 700);
        assert_eq!(timers.alarm_at_ms(true), Some(700));
    }

    #[test]
    fn a_timer_rings_once_and_not_before_its_time() {
        let mut timers = Timers::default();
        timers.set(Timer::Query, 500);
        assert!(!timers.take_due(Timer::Query, 499));
        assert!(timers.take_due(Timer::Query, 500));
        assert!(!timers.take_due(Timer::Query, 501));
    }

    #[test]
    fn arming_no_later_keeps_the_earlier_moment() {
        let mut timers = Timers::default();
        timers.set_no_later(Timer::Query, 500);
        timers.set_no_later(Timer::Query, 900);
        assert_eq!(timers.at_ms(Timer::Query), Some(500));
        timers.set_no_later(Timer::Query, 100);
        assert_eq!(timers.at_ms(Timer::Query), Some(100));
    }

    #[test]
    fn a_timer_set_by_a_clock_a_year_ahead_is_pulled_back() {
        let mut timers = Timers::default();
        timers.set(Timer::Place, 31_536_000_000);
        timers.keep_within_reach(0);
        assert_eq!(timers.at_ms(Timer::Place), Some(60_000));
    }

    #[test]
    fn timers_are_stored_by_their_names() {
        let mut timers = Timers::default();
        timers.set(Timer::OfferEnd, 900);
        timers.set(Timer::CallDeadline, 700);
        assert_eq!(serde_json::to_string(&timers).unwrap(), r#"{"call_deadline":700,"offer_end":900}"#);
    }
}
