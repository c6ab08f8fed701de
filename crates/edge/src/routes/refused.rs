//! What a message that does not verify may cost this isolate. Pure.
//!
//! Anybody can send such messages. Each would cost a line in the log and, when it names an order of ours, a
//! call to its object, which is more than the message itself. So an order is asked at most once in a while,
//! and the other messages are counted and told together.

use wire::OutTradeNo;

/// How long an order is left alone after it was asked. It queries the gateway at most every ten seconds, and
/// WeChat repeats an honest message that broke on its way.
const QUIET_MS: i64 = 30_000;

/// The most orders that are remembered. Beyond them the one that was asked first is forgotten.
const MOST_ORDERS: usize = 64;

/// The shortest time between two lines in the log about messages that name no order of ours.
const BETWEEN_LINES_MS: i64 = 60_000;

/// The messages that this isolate has refused of late.
pub(crate) struct Refused {
    /// The orders that were asked, with the time, the earliest first.
    asked: Vec<(OutTradeNo, i64)>,
    /// Messages since the last line.
    untold: u32,
    last_line_at_ms: Option<i64>,
}

impl Refused {
    pub(crate) const fn new() -> Self {
        Self { asked: Vec::new(), untold: 0, last_line_at_ms: None }
    }

    /// Whether to ask this order now: not when it was asked a short time ago.
    pub(crate) fn asks(&mut self, number: &OutTradeNo, now_ms: i64) -> bool {
        self.asked.retain(|(_, at_ms)| is_within(QUIET_MS, *at_ms, now_ms));
        if self.asked.iter().any(|(asked, _)| asked == number) {
            return false;
        }
        if self.asked.len() >= MOST_ORDERS {
            self.asked.remove(0);
        }
        self.asked.push((number.clone(), now_ms));
        true
    }

    /// Counts a message that names no order of ours. Returns how many there were since the last line in the
    /// log, when it is time for another.
    pub(crate) fn counts(&mut self, now_ms: i64) -> Option<u32> {
        self.untold = self.untold.saturating_add(1);
        if self.last_line_at_ms.is_some_and(|at_ms| is_within(BETWEEN_LINES_MS, at_ms, now_ms)) {
            return None;
        }
        self.last_line_at_ms = Some(now_ms);
        Some(std::mem::take(&mut self.untold))
    }
}

/// Whether less than `ms` have passed. A clock that was set back counts as if they had.
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
        let mut refused = Refused::new();
        let asked = (0..60_000).step_by(10).filter(|ms| refused.asks(&number(1), *ms)).count();
        assert_eq!(asked, 2);
        assert!(refused.asks(&number(2), 60_000), "another order is asked at once");
    }

    #[test]
    fn only_so_many_orders_are_remembered_and_the_first_is_forgotten() {
        let mut refused = Refused::new();
        for n in 0..=MOST_ORDERS {
            assert!(refused.asks(&number(n), 0));
        }
        assert!(refused.asks(&number(0), 0) && !refused.asks(&number(MOST_ORDERS), 0));
        assert_eq!(refused.asked.len(), MOST_ORDERS);
    }

    #[test]
    fn a_flood_without_an_order_is_a_line_a_minute_and_none_is_left_uncounted() {
        let mut refused = Refused::new();
        let told: Vec<u32> = (0..120_000).step_by(10).filter_map(|ms| refused.counts(ms)).collect();
        assert_eq!(told, [1, 6_000]);
        assert_eq!(refused.counts(120_000), Some(6_000));
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nothing() {
        let mut refused = Refused::new();
        assert!(refused.asks(&number(1), 1_000_000) && refused.asks(&number(1), 0));
        assert_eq!((refused.counts(1_000_000), refused.counts(0)), (Some(1), Some(1)));
    }
}
