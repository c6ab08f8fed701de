//! What this isolate remembers of rate limits, so that it seldom asks the platform's counters. Pure.
//!
//! The platform counts for all isolates of a location. To ask it takes time, so a page that reads its order
//! at the pace that we ask for is let through without it. And while a counter is known to be empty, a flood
//! is refused without asking again.

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    /// Orders that are placed from one address.
    OrdersPerAddress,
    /// Orders that are placed in the whole shop.
    Orders,
    /// Looks at orders from one address, cancels among them.
    ReadsPerAddress,
    /// Notifications that do not verify and name an order of ours, from anywhere.
    Forgeries,
    /// Wrong keys for the merchant's routes, from one address.
    FailedKeys,
}

/// How long a counter that is empty is not asked again.
const REFUSED_MS: i64 = 1_000;

/// How many reads an address has in each isolate and minute before the platform's counter is asked. A page
/// reads at most 20 times in its first minute.
const FREE_READS: u32 = 40;
const MINUTE_MS: i64 = 60_000;

/// The most addresses that are remembered. Beyond them all are forgotten, and counted anew.
const MAX_REMEMBERED: usize = 256;

/// What this isolate remembers.
pub(crate) struct RateLimits {
    refused: Vec<(Bucket, String, i64)>,
    reads: Vec<(String, u32)>,
    minute: i64,
}

impl RateLimits {
    pub(crate) const fn new() -> Self {
        Self { refused: Vec::new(), reads: Vec::new(), minute: 0 }
    }

    /// Whether this counter was empty a moment ago.
    pub(crate) fn is_refused(&mut self, bucket: Bucket, key: &str, now_ms: i64) -> bool {
        self.refused.retain(|(_, _, at_ms)| (0..REFUSED_MS).contains(&now_ms.saturating_sub(*at_ms)));
        self.refused.iter().any(|(refused, of, _)| *refused == bucket && of == key)
    }

    /// The counter is empty.
    pub(crate) fn refuse(&mut self, bucket: Bucket, key: &str, now_ms: i64) {
        if self.refused.len() >= MAX_REMEMBERED {
            self.refused.clear();
        }
        self.refused.push((bucket, key.to_owned(), now_ms));
    }

    /// Counts a read of this address. True while it has free ones left in this minute.
    pub(crate) fn reads_freely(&mut self, address: &str, now_ms: i64) -> bool {
        let minute = now_ms.div_euclid(MINUTE_MS);
        if minute != self.minute || self.reads.len() >= MAX_REMEMBERED {
            self.reads.clear();
            self.minute = minute;
        }
        match self.reads.iter_mut().find(|(known, _)| known == address) {
            Some((_, count)) => {
                *count = count.saturating_add(1);
                *count <= FREE_READS
            }
            None => {
                self.reads.push((address.to_owned(), 1));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_at_its_own_pace_never_makes_us_ask_the_platform_and_a_flood_does() {
        let mut limits = RateLimits::new();
        let free = |limits: &mut RateLimits, now_ms| {
            (0..1_000).filter(|_| limits.reads_freely("203.0.113.7", now_ms)).count()
        };
        assert_eq!(free(&mut limits, 0), 40);
        assert_eq!(free(&mut limits, 59_999), 0);
        assert!(limits.reads_freely("203.0.113.8", 59_999), "another address has its own");
        assert_eq!(free(&mut limits, 60_000), 40);
    }

    #[test]
    fn an_empty_counter_is_asked_once_a_second_and_only_its_own_key_is_refused() {
        let mut limits = RateLimits::new();
        limits.refuse(Bucket::OrdersPerAddress, "a", 0);
        assert!(limits.is_refused(Bucket::OrdersPerAddress, "a", 999));
        assert!(!limits.is_refused(Bucket::OrdersPerAddress, "b", 999));
        assert!(!limits.is_refused(Bucket::ReadsPerAddress, "a", 999));
        assert!(!limits.is_refused(Bucket::OrdersPerAddress, "a", 1_000));
    }

    #[test]
    fn only_so_many_addresses_are_remembered() {
        let mut limits = RateLimits::new();
        for address in 0..10_000 {
            let address = address.to_string();
            limits.reads_freely(&address, 0);
            limits.refuse(Bucket::Orders, &address, 0);
        }
        assert!(limits.reads.len() <= MAX_REMEMBERED && limits.refused.len() <= MAX_REMEMBERED);
    }

    #[test]
    fn a_clock_that_is_set_back_refuses_nobody_for_long() {
        let mut limits = RateLimits::new();
        limits.refuse(Bucket::Orders, "", 1_000_000);
        assert!(!limits.is_refused(Bucket::Orders, "", 0));
    }
}
