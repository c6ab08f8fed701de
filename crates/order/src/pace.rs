//! How long a page waits before it asks again. The Worker decides this by the age of what the page waits for.
//! The page adds only what it alone knows: that answers fail, that nobody looks at it, and a spread of its
//! own.
//!
//! A waiting shopper most likely pays within the first minute, so the page asks most often then. A minute of
//! waiting costs 15 requests, and half an hour without a payment costs 68, counting the one that placed the
//! order. With an open socket it is 1 and 7, not counting the socket's own.

use crate::PageStatus;

/// How long a page waits before it asks again, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Without a socket: the page learns only what it asks for.
    pub asking_ms: u32,
    /// With a socket: every change is pushed to the page. Asking only proves that the socket is alive.
    pub live_ms: u32,
}

/// Up to this age, one request in this time. Both in milliseconds.
type Tier = (i64, u32);

const FOR_CODE: [Tier; 3] = [(5_000, 1_000), (30_000, 3_000), (i64::MAX, 15_000)];
const FOR_PAYMENT: [Tier; 4] = [(15_000, 3_000), (60_000, 5_000), (5 * 60_000, 15_000), (i64::MAX, 40_000)];
const FOR_VERDICT: [Tier; 3] = [(12_000, 2_000), (60_000, 6_000), (i64::MAX, 20_000)];

const LIVE_FOR_CODE_MS: u32 = 5_000;
const LIVE_FOR_PAYMENT_MS: u32 = 300_000;
const LIVE_FOR_VERDICT_MS: u32 = 6_000;

/// The order is over for the page while closing continues at the gateway. Late money would still make it
/// paid.
const AFTER_THE_END_MS: u32 = 10_000;

/// How long after the end of the offer its page asks for the outcome.
const AT_THE_END_MS: i64 = 1_000;

impl Pace {
    /// For a page that has been showing `status` for `age_ms`, while the offer lasts another `left_ms`.
    #[must_use]
    pub fn of(status: PageStatus, age_ms: i64, left_ms: i64) -> Self {
        let (tiers, live_ms): (&[Tier], u32) = match status {
            PageStatus::Placing => (&FOR_CODE, LIVE_FOR_CODE_MS),
            PageStatus::AwaitingPayment => (&FOR_PAYMENT, LIVE_FOR_PAYMENT_MS),
            PageStatus::Checking => (&FOR_VERDICT, LIVE_FOR_VERDICT_MS),
            PageStatus::Paid | PageStatus::Expired | PageStatus::Cancelled | PageStatus::Failed => (&[], 0),
        };
        let tier = tiers.iter().find(|(until_ms, _)| age_ms < *until_ms);
        let asking_ms = tier.map_or(AFTER_THE_END_MS, |(_, every_ms)| *every_ms);
        let ends_in_ms = left_ms.max(0).saturating_add(AT_THE_END_MS);
        let soon_enough = |pause_ms: u32| match status {
            PageStatus::AwaitingPayment => u32::try_from(ends_in_ms).map_or(pause_ms, |ms| pause_ms.min(ms)),
            PageStatus::Placing
            | PageStatus::Checking
            | PageStatus::Paid
            | PageStatus::Expired
            | PageStatus::Cancelled
            | PageStatus::Failed => pause_ms,
        };
        Self { asking_ms: soon_enough(asking_ms), live_ms: soon_enough(live_ms.max(asking_ms)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts the request that placed the order.
    fn asked_within(limit_ms: i64, status: PageStatus, pause: fn(Pace) -> u32) -> usize {
        let (mut age_ms, mut asked) = (0, 1);
        loop {
            age_ms += i64::from(pause(Pace::of(status, age_ms, i64::MAX)));
            if age_ms > limit_ms {
                return asked;
            }
            asked += 1;
        }
    }

    #[test]
    fn a_minute_of_waiting_costs_at_most_15_requests_and_half_an_hour_68() {
        let asked = |limit_ms| asked_within(limit_ms, PageStatus::AwaitingPayment, |pace| pace.asking_ms);
        assert_eq!((asked(60_000), asked(1_800_000)), (15, 68));
    }

    #[test]
    fn with_a_socket_a_minute_costs_one_request_and_half_an_hour_seven() {
        let asked = |limit_ms| asked_within(limit_ms, PageStatus::AwaitingPayment, |pace| pace.live_ms);
        assert_eq!((asked(60_000), asked(1_800_000)), (1, 7));
    }

    #[test]
    fn a_code_or_a_verdict_is_asked_for_every_second_or_two_and_ever_more_rarely() {
        let asked =
            |status| [0, 5_000, 20_000, 120_000].map(|age_ms| Pace::of(status, age_ms, i64::MAX).asking_ms);
        assert_eq!(asked(PageStatus::Placing), [1_000, 3_000, 3_000, 15_000]);
        assert_eq!(asked(PageStatus::Checking), [2_000, 2_000, 6_000, 20_000]);
        assert_eq!(asked(PageStatus::Expired), [10_000; 4]);
    }

    #[test]
    fn when_the_offer_ends_its_page_asks_what_became_of_it() {
        let at_the_end = |left_ms| Pace::of(PageStatus::AwaitingPayment, 1_800_000, left_ms);
        assert_eq!(at_the_end(5_000), Pace { asking_ms: 6_000, live_ms: 6_000 });
        assert_eq!(at_the_end(-20_000), Pace { asking_ms: 1_000, live_ms: 1_000 });
    }

    #[test]
    fn a_socket_never_makes_a_page_ask_more_often() {
        for status in [PageStatus::Placing, PageStatus::AwaitingPayment, PageStatus::Checking] {
            for age_ms in (0..2_000_000).step_by(1_000) {
                let pace = Pace::of(status, age_ms, 1_800_000 - age_ms);
                assert!(pace.live_ms >= pace.asking_ms, "{status:?} {age_ms}");
            }
        }
    }
}
