//! When to ask the gateway whether an order is paid.
//!
//! The schedule makes up for notifications that never come. While a page is open, we ask more often, but
//! never more than once in ten seconds, however many pages, merchants and timers want it (protocol §4.3).

use serde::{Deserialize, Serialize};

use crate::effect::Turn;
use crate::{Order, State, Timer, What};

/// When to ask, counted from placing the order. The documents advise 5 s, 30 s, 1, 3, 5, 10 and 30 min.
/// Between 1 and 5 min we ask every 40 s, so that in the first minutes we learn of a payment within 60 s even
/// when its notification was lost and the answer is slow.
pub const WATCH_AT_MS: [i64; 11] = {
    const S: i64 = 1_000;
    const M: i64 = 60 * S;
    [5 * S, 30 * S, M, 100 * S, 140 * S, 3 * M, 220 * S, 260 * S, 5 * M, 10 * M, 30 * M]
};

/// After the schedule, for orders that can be paid for longer.
const WATCH_THEN_EVERY_MS: i64 = 30 * 60_000;

/// We query one order at most once in this time (protocol §4.3).
pub const QUERY_PACE_MS: i64 = 10_000;

/// A page that has not looked for this long counts as closed.
const PAGE_OPEN_MS: i64 = 30_000;

/// We repeat a failed query after 10 s, 20 s, and so on, up to this pause.
const RETRY_PAUSE_MAX_MS: i64 = 5 * 60_000;

/// How many messages that did not verify may prompt a query of one order and enter its log. Without a limit,
/// a stranger could make us write and ask for ever.
const MAX_SUSPICIONS: u32 = 8;

/// What an order remembers of its queries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Watch {
    /// When we last sent the unified order. The gateway may hold the order since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sent_at_ms: Option<i64>,
    /// When the gateway issued the code. It holds the order since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ordered_at_ms: Option<i64>,
    /// When the last query was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_query_at_ms: Option<i64>,
    /// How many queries in a row had no clear answer.
    pub(crate) unclear: u32,
    /// How many messages did not verify.
    pub(crate) suspicions: u32,
    /// When a page last looked. Not stored, because a look must not cost a write. After a restart the page
    /// looks again.
    #[serde(skip)]
    pub(crate) page_seen_at_ms: Option<i64>,
}

impl Watch {
    /// The earliest moment at which the pace allows the next query.
    pub(crate) fn free_at_ms(&self, now_ms: i64) -> i64 {
        self.last_query_at_ms.map_or(now_ms, |last| last.saturating_add(QUERY_PACE_MS).max(now_ms))
    }

    /// When to query next, while the order can be paid.
    fn next_at_ms(&self, now_ms: i64) -> i64 {
        let ordered_at_ms = self.ordered_at_ms.unwrap_or(now_ms);
        let scheduled = WATCH_AT_MS
            .iter()
            .map(|offset_ms| ordered_at_ms.saturating_add(*offset_ms))
            .find(|at_ms| *at_ms > now_ms)
            .unwrap_or_else(|| now_ms.saturating_add(WATCH_THEN_EVERY_MS));
        let mut next = scheduled;
        if self.unclear > 0 {
            next = next.min(now_ms.saturating_add(self.retry_pause_ms()));
        }
        if self.page_is_open(now_ms) {
            next = next.min(self.last_look_at_ms().saturating_add(QUERY_PACE_MS));
        }
        next.max(self.free_at_ms(now_ms))
    }

    /// When we last knew its state: by a query, or because it was placed then.
    fn last_look_at_ms(&self) -> i64 {
        self.last_query_at_ms.max(self.ordered_at_ms).unwrap_or_default()
    }

    fn page_is_open(&self, now_ms: i64) -> bool {
        self.page_seen_at_ms.is_some_and(|seen| now_ms.saturating_sub(seen) < PAGE_OPEN_MS)
    }

    /// The pause after the unclear answers so far.
    pub(crate) fn retry_pause_ms(&self) -> i64 {
        growing_pause_ms(self.unclear.saturating_sub(1), RETRY_PAUSE_MAX_MS)
    }

    /// Moments noted by a clock that ran ahead must not delay queries after it is put right.
    pub(crate) fn keep_within_reach(&mut self, now_ms: i64) {
        let moments = [
            &mut self.sent_at_ms,
            &mut self.ordered_at_ms,
            &mut self.last_query_at_ms,
            &mut self.page_seen_at_ms,
        ];
        for at_ms in moments.into_iter().flatten() {
            *at_ms = (*at_ms).min(now_ms);
        }
    }
}

/// 10 s, 20 s, 40 s …, at most `max_ms`.
pub(crate) fn growing_pause_ms(after: u32, max_ms: i64) -> i64 {
    QUERY_PACE_MS.saturating_mul(1 << after.min(16)).min(max_ms)
}

impl Order {
    /// Arms the next query of an order that can be paid.
    pub(crate) fn watch(&mut self, now_ms: i64) {
        self.timers.set(Timer::Query, self.watch.next_at_ms(now_ms));
    }

    /// A page looks.
    pub(crate) fn page_watches(&mut self, now_ms: i64) {
        self.watch.page_seen_at_ms = Some(now_ms);
        if let State::AwaitingPayment { .. } = self.state {
            self.timers.set_no_later(Timer::Query, self.watch.next_at_ms(now_ms));
        }
    }

    /// A message came that did not verify. Query once, unless there were too many such messages.
    pub(crate) fn suspected(&mut self, turn: &mut Turn) {
        if self.watch.suspicions >= MAX_SUSPICIONS {
            return;
        }
        self.watch.suspicions = self.watch.suspicions.saturating_add(1);
        turn.note(What::Suspected);
        if let State::AwaitingPayment { .. } = self.state {
            self.timers.set_no_later(Timer::Query, self.watch.free_at_ms(turn.now_ms));
        }
    }

    /// The merchant asks for a query.
    pub(crate) fn query_requested(&mut self, turn: &mut Turn) {
        turn.note(What::QueryRequested);
        match self.state {
            // These states query by steps of their own.
            State::Placing { .. } | State::Closing { .. } => {}
            State::AwaitingPayment { .. }
            | State::Paid { .. }
            | State::Closed { .. }
            | State::Failed { .. }
            | State::Orphan { .. } => {
                self.timers.set_no_later(Timer::Query, self.watch.free_at_ms(turn.now_ms));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_first_five_minutes_no_two_queries_are_more_than_a_minute_apart() {
        let mut before = 0;
        for at_ms in WATCH_AT_MS.into_iter().filter(|at_ms| *at_ms <= 5 * 60_000) {
            assert!(at_ms - before <= 60_000);
            before = at_ms;
        }
        assert_eq!(before, 5 * 60_000);
    }

    #[test]
    fn pauses_double_and_stay_within_their_bound() {
        let pauses: Vec<i64> = (0..8).map(|after| growing_pause_ms(after, 300_000)).collect();
        assert_eq!(pauses, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
        assert_eq!(growing_pause_ms(u32::MAX, 300_000), 300_000);
    }

    #[test]
    fn the_schedule_goes_on_from_now_however_late_it_is() {
        let watch = Watch { ordered_at_ms: Some(0), ..Watch::default() };
        assert_eq!(watch.next_at_ms(0), 5_000);
        assert_eq!(watch.next_at_ms(5_000), 30_000);
        assert_eq!(watch.next_at_ms(10 * 60_000 - 1), 10 * 60_000);
        assert_eq!(watch.next_at_ms(31 * 60_000), 61 * 60_000);
    }

    #[test]
    fn an_open_page_asks_every_ten_seconds_and_a_closed_one_does_not() {
        let watch = Watch {
            ordered_at_ms: Some(0),
            last_query_at_ms: Some(60_000),
            page_seen_at_ms: Some(61_000),
            ..Watch::default()
        };
        assert_eq!(watch.next_at_ms(62_000), 70_000);
        assert_eq!(watch.next_at_ms(91_000), 100_000);
    }
}
