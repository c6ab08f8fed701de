//! When to ask the gateway whether an order is paid.
//!
//! The queries make up for notifications that never come. They are for a page that shows the code: without a
//! page there is none until the offer ends, and the query with which closing begins finds a payment that
//! nobody told of. So an order that nobody looks at costs the gateway few calls. While a page looks, the
//! queries become rarer with the age of the order, so that a forgotten tab costs little, too. We never query
//! more than once in ten seconds, however many pages, merchants and timers want it (protocol §4.3).

use serde::{Deserialize, Serialize};

use crate::effect::Turn;
use crate::{Order, State, Timer, What};

/// When to ask while a page looks, counted from when the code was issued. In the first five minutes no two
/// are more than 50 s apart, so that a page learns of a payment within 60 s even when the notification was
/// lost and the answer is slow.
///
/// 13 of them fit into half an hour. With the unified order, the query and the close at the end and the query
/// for late money, a tab that is forgotten for half an hour costs 17 calls. So 6,000 such tabs at any time
/// are 57 calls a second, a tenth of what a merchant can count on (600).
pub const WATCH_AT_MS: [i64; 17] = {
    const S: i64 = 1_000;
    const M: i64 = 60 * S;
    [
        10 * S,
        20 * S,
        30 * S,
        45 * S,
        75 * S,
        2 * M,
        170 * S,
        220 * S,
        270 * S,
        320 * S,
        8 * M,
        12 * M,
        19 * M,
        30 * M,
        45 * M,
        65 * M,
        90 * M,
    ]
};

/// After the schedule. The code lives two hours, so an order that a clock did not disturb never gets there.
const WATCH_THEN_EVERY_MS: i64 = 30 * 60_000;

/// We query one order at most once in this time (protocol §4.3).
pub const QUERY_PACE_MS: i64 = 10_000;

/// We repeat a failed query after 10 s, 20 s, and so on, up to this pause.
const RETRY_PAUSE_MAX_MS: i64 = 5 * 60_000;

/// How often an unclear answer is asked for again while no page looks. The query at the end of the offer
/// makes up for the rest.
const UNWATCHED_RETRIES: u32 = 3;

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
    /// looks again, or the alarm that was set for it rings.
    #[serde(skip)]
    pub(crate) page_seen_at_ms: Option<i64>,
}

impl Watch {
    /// The earliest moment at which the pace allows the next query.
    pub(crate) fn free_at_ms(&self, now_ms: i64) -> i64 {
        self.last_query_at_ms.map_or(now_ms, |last| last.saturating_add(QUERY_PACE_MS).max(now_ms))
    }

    /// When to query next, while the order can be paid. `None`: not before the end of the offer.
    fn next_at_ms(&self, now_ms: i64) -> Option<i64> {
        let watched = self.page_looks().then(|| self.scheduled_at_ms());
        let retries = self.unclear > 0 && (watched.is_some() || self.unclear <= UNWATCHED_RETRIES);
        let retry = retries.then(|| now_ms.saturating_add(self.retry_pause_ms()));
        let next = [watched, retry].into_iter().flatten().min()?;
        Some(next.max(self.free_at_ms(now_ms)))
    }

    /// The first moment of the schedule since we last knew its state. It may be over: a page that comes back
    /// after a while is worth a query at once.
    fn scheduled_at_ms(&self) -> i64 {
        let known_at_ms = self.last_look_at_ms();
        let ordered_at_ms = self.ordered_at_ms.unwrap_or(known_at_ms);
        WATCH_AT_MS
            .iter()
            .map(|offset_ms| ordered_at_ms.saturating_add(*offset_ms))
            .find(|at_ms| *at_ms > known_at_ms)
            .unwrap_or_else(|| known_at_ms.saturating_add(WATCH_THEN_EVERY_MS))
    }

    /// When we last knew its state: by a query, or because it was placed then.
    fn last_look_at_ms(&self) -> i64 {
        self.last_query_at_ms.max(self.ordered_at_ms).unwrap_or_default()
    }

    /// Whether a page has looked since the last query, or prompted it. So a page that is closed costs one
    /// more query.
    fn page_looks(&self) -> bool {
        self.page_seen_at_ms.is_some() && self.page_seen_at_ms >= self.last_query_at_ms
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
    /// Arms the next query of an order that can be paid, if one is wanted.
    pub(crate) fn watch(&mut self, now_ms: i64) {
        match self.watch.next_at_ms(now_ms) {
            Some(at_ms) => self.timers.set(Timer::Query, at_ms),
            None => self.timers.clear(Timer::Query),
        }
    }

    /// A page looks.
    pub(crate) fn page_watches(&mut self, now_ms: i64) {
        self.watch.page_seen_at_ms = Some(now_ms);
        if let State::AwaitingPayment { .. } = self.state
            && let Some(at_ms) = self.watch.next_at_ms(now_ms)
        {
            self.timers.set_no_later(Timer::Query, at_ms);
        }
    }

    /// The alarm rang. If nothing is due, the alarm was set for a page by a process that has ended since,
    /// because a look is not stored. So we make the query that the page was promised.
    pub(crate) fn rang(&mut self, turn: &mut Turn) {
        let is_early = self.alarm_at_ms().is_some_and(|at_ms| at_ms > turn.now_ms);
        if let State::AwaitingPayment { .. } = self.state
            && is_early
            && self.watch.page_seen_at_ms.is_none()
        {
            self.timers.set_no_later(Timer::Query, self.watch.free_at_ms(turn.now_ms));
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
    fn in_the_first_five_minutes_no_two_queries_are_more_than_50_s_apart_and_later_pauses_only_grow() {
        let moments: Vec<i64> = [0].into_iter().chain(WATCH_AT_MS).collect();
        let pauses: Vec<i64> = moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(pauses.is_sorted(), "{pauses:?}");
        for (pause_ms, until_ms) in pauses.iter().zip(WATCH_AT_MS) {
            assert!(*pause_ms >= QUERY_PACE_MS);
            assert!(*pause_ms <= 50_000 || until_ms > 350_000, "{until_ms}");
        }
    }

    #[test]
    fn pauses_double_and_stay_within_their_bound() {
        let pauses: Vec<i64> = (0..8).map(|after| growing_pause_ms(after, 300_000)).collect();
        assert_eq!(pauses, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
        assert_eq!(growing_pause_ms(u32::MAX, 300_000), 300_000);
    }

    /// Seen by a page now.
    fn seen(now_ms: i64, last_query_at_ms: Option<i64>) -> Watch {
        Watch { ordered_at_ms: Some(0), last_query_at_ms, page_seen_at_ms: Some(now_ms), ..Watch::default() }
    }

    #[test]
    fn the_next_query_is_the_first_moment_since_the_last_one() {
        assert_eq!(seen(0, None).next_at_ms(0), Some(10_000));
        assert_eq!(seen(21_000, Some(20_000)).next_at_ms(21_000), Some(30_000));
        assert_eq!(seen(100 * 60_000, Some(90 * 60_000)).next_at_ms(100 * 60_000), Some(120 * 60_000));
    }

    #[test]
    fn a_page_that_comes_back_after_a_while_is_worth_a_query_at_once() {
        assert_eq!(seen(400_000, Some(20_000)).next_at_ms(400_000), Some(400_000));
    }

    #[test]
    fn a_page_that_has_not_looked_since_the_last_query_is_worth_none() {
        assert_eq!(seen(60_000, Some(60_000)).next_at_ms(90_000), Some(90_000));
        assert_eq!(seen(59_999, Some(60_000)).next_at_ms(90_000), None);
        let never = Watch { ordered_at_ms: Some(0), ..Watch::default() };
        assert_eq!(never.next_at_ms(60_000), None);
    }

    #[test]
    fn an_unclear_answer_is_asked_for_again_but_without_a_page_not_for_ever() {
        let unclear = |unclear| Watch {
            ordered_at_ms: Some(0),
            last_query_at_ms: Some(60_000),
            unclear,
            ..Watch::default()
        };
        let next = [1, 2, 3, 4].map(|times| unclear(times).next_at_ms(61_000));
        assert_eq!(next, [Some(71_000), Some(81_000), Some(101_000), None]);
        let watched = Watch { page_seen_at_ms: Some(61_000), ..unclear(4) };
        assert_eq!(watched.next_at_ms(61_000), Some(75_000), "the schedule of the page");
    }
}
