//! Limits, in each isolate, how often messages that do not verify wake an order or write a line in the log,
//! and how quickly they are answered. Pure.
//!
//! Anybody can send such messages. Each would cost a line in the log and, when it names an order of ours, a
//! call to its object. That costs more than it cost to send the message. So an order is woken at most once in
//! half a minute, and the messages that name no order of ours are logged as one line a minute, with their
//! number.
//!
//! Each takes some time of the isolate, too, which the genuine ones then wait for. A sender of a flood waits
//! for his answers before he sends more. So when there are many, their answers are held back; the time of
//! this isolate is for others meanwhile. A genuine message is never held back.

use std::collections::BTreeMap;

use wire::OutTradeNo;

/// How long an order is left alone after such a message woke it. Nothing is lost by it: WeChat repeats an
/// honest message that was damaged on its way, and the order queries the gateway by its own schedule, too.
const QUIET_MS: i64 = 30_000;

/// The most orders that are woken within that time. Beyond them no other order is woken.
const MAX_REMEMBERED: usize = 1024;

/// The shortest time between two lines in the log about messages that name no order of ours.
const LOG_PAUSE_MS: i64 = 60_000;

/// How long an answer is held back. WeChat waits five seconds for the reply to a notification (protocol
/// §6.1), and an honest message that was damaged on its way is one of these, too. No other wait of the Worker
/// has this length: the benchmark knows it by that.
pub(crate) const HELD_MS: u32 = 950;

/// The answers within [`HELD_MS`] that are given at once.
const AT_ONCE: u32 = 100;

/// The most answers within [`HELD_MS`] that are held back. Each keeps a connection and some memory, so those
/// beyond are given at once.
const MAX_HELD: u32 = 1_000;

/// What this isolate remembers of messages that did not verify.
pub(crate) struct ForgeryLimits {
    /// The orders that were woken, with the time.
    woken: BTreeMap<OutTradeNo, i64>,
    /// Messages since the last line that name no order of ours.
    untold: u32,
    last_line_at_ms: Option<i64>,
    /// When the present [`HELD_MS`] began, and the messages since then.
    second: (i64, u32),
}

impl ForgeryLimits {
    pub(crate) const fn new() -> Self {
        Self { woken: BTreeMap::new(), untold: 0, last_line_at_ms: None, second: (0, 0) }
    }

    /// Whether the order may be woken now. If so, it is remembered.
    pub(crate) fn admit(&mut self, number: &OutTradeNo, now_ms: i64) -> bool {
        if self.is_left_alone(number, now_ms) {
            return false;
        }
        if self.woken.len() >= MAX_REMEMBERED {
            self.woken.retain(|_, at_ms| is_within(QUIET_MS, *at_ms, now_ms));
        }
        let has_room = self.woken.len() < MAX_REMEMBERED;
        if has_room {
            self.woken.insert(number.clone(), now_ms);
        }
        has_room
    }

    /// Whether the order was woken lately.
    pub(crate) fn is_left_alone(&self, number: &OutTradeNo, now_ms: i64) -> bool {
        self.woken.get(number).is_some_and(|at_ms| is_within(QUIET_MS, *at_ms, now_ms))
    }

    /// Counts a message that does not verify. Whether its answer is to be held back, for [`HELD_MS`].
    pub(crate) fn holds_back(&mut self, now_ms: i64) -> bool {
        let (began_ms, count) = &mut self.second;
        if !is_within(HELD_MS.into(), *began_ms, now_ms) {
            (*began_ms, *count) = (now_ms, 0);
        }
        *count = count.saturating_add(1);
        (AT_ONCE + 1..=AT_ONCE + MAX_HELD).contains(count)
    }

    /// Counts a message that names no order of ours. Returns how many there were since the last line in the
    /// log, when it is time for another line.
    pub(crate) fn count_unknown(&mut self, now_ms: i64) -> Option<u32> {
        self.untold = self.untold.saturating_add(1);
        if self.last_line_at_ms.is_some_and(|at_ms| is_within(LOG_PAUSE_MS, at_ms, now_ms)) {
            return None;
        }
        self.last_line_at_ms = Some(now_ms);
        Some(std::mem::take(&mut self.untold))
    }
}

/// Whether less than `ms` have passed. False, too, if `at_ms` is in the future: the clock was set back.
fn is_within(ms: i64, at_ms: i64, now_ms: i64) -> bool {
    (0..ms).contains(&now_ms.saturating_sub(at_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: usize) -> OutTradeNo {
        OutTradeNo::new(&format!("HK20260301A{n:04}")).unwrap()
    }

    #[test]
    fn a_flood_about_one_order_asks_it_twice_a_minute() {
        let mut limits = ForgeryLimits::new();
        let asked = (0..60_000).step_by(10).filter(|ms| limits.admit(&number(1), *ms)).count();
        assert_eq!(asked, 2);
        assert!(limits.admit(&number(2), 60_000), "another order is asked at once");
    }

    #[test]
    fn a_flood_about_many_orders_wakes_only_so_many_within_half_a_minute() {
        let mut limits = ForgeryLimits::new();
        let woken = |limits: &mut ForgeryLimits, now_ms| {
            (0..2 * MAX_REMEMBERED).filter(|n| limits.admit(&number(*n), now_ms)).count()
        };
        assert_eq!(woken(&mut limits, 0), MAX_REMEMBERED);
        assert_eq!(woken(&mut limits, QUIET_MS - 1), 0);
        assert_eq!(woken(&mut limits, QUIET_MS), MAX_REMEMBERED);
        assert_eq!(limits.woken.len(), MAX_REMEMBERED);
    }

    #[test]
    fn a_flood_without_an_order_is_a_line_a_minute_and_none_is_left_uncounted() {
        let mut limits = ForgeryLimits::new();
        let told: Vec<u32> = (0..120_000).step_by(10).filter_map(|ms| limits.count_unknown(ms)).collect();
        assert_eq!(told, [1, 6_000]);
        assert_eq!(limits.count_unknown(120_000), Some(6_000));
    }

    #[test]
    fn the_answers_of_a_flood_are_held_back_but_for_the_first_and_those_beyond_what_memory_allows() {
        let mut limits = ForgeryLimits::new();
        let mut held = |now_ms, sent| (0..sent).filter(|_| limits.holds_back(now_ms)).count();
        assert_eq!(held(5_000, 100), 0, "so many are no flood");
        assert_eq!(held(5_949, 2_000), 1_000);
        assert_eq!(held(5_950, 101), 1, "the next second begins anew");
        assert_eq!(held(0, 101), 1, "so does a clock that was set back");
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nothing() {
        let mut limits = ForgeryLimits::new();
        assert!(limits.admit(&number(1), 1_000_000) && limits.admit(&number(1), 0));
        assert_eq!((limits.count_unknown(1_000_000), limits.count_unknown(0)), (Some(1), Some(1)));
    }
}
