//! When to ask the server next.
//!
//! The server's hint is a lower bound, and so is this plan, which keeps a payment that waits a
//! minute within 15 requests and one abandoned for half an hour within 68. A shopper who waits is
//! most likely to have paid within the first minute, so that is when the page asks most often.

/// What the session waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// The code; nothing can be seen yet.
    Code,
    /// The shopper, who sees the code.
    Payment,
    /// The server's verdict: money may be under way.
    Verdict,
}

/// A step of a plan: up to this age, at most one request in this time.
type Step = (u64, u64);

const FOR_CODE: [Step; 3] = [(5_000, 700), (30_000, 3_000), (u64::MAX, 15_000)];
const FOR_PAYMENT: [Step; 4] = [(15_000, 3_000), (60_000, 5_000), (300_000, 15_000), (u64::MAX, 40_000)];
const FOR_VERDICT: [Step; 3] = [(12_000, 2_000), (60_000, 6_000), (u64::MAX, 20_000)];

/// The least pause while the server pushes: the asking only proves that it still does.
const LIVE_FOR_CODE_MS: u64 = 5_000;
const LIVE_FOR_PAYMENT_MS: u64 = 300_000;
const LIVE_FOR_VERDICT_MS: u64 = 6_000;

/// A hidden page slows down, but never stops: the shopper is looking at the phone.
const HIDDEN_FACTOR: u64 = 2;
const HIDDEN_AT_LEAST_MS: u64 = 10_000;

/// After trouble: 2 s, doubled each time, at most a minute.
const TROUBLE_FIRST_MS: u64 = 2_000;
const TROUBLE_AT_MOST_MS: u64 = 60_000;

/// What a server may ask of us at most, so that one wrong header does not park a page for a day.
pub(super) const HINT_AT_MOST_MS: u64 = 300_000;

/// Between the end of one request and the start of the next, whatever the reason.
pub(super) const GAP_MS: u64 = 500;

/// The pause after a good answer, given for how long the session has been waiting.
pub(super) fn pause_ms(
    waiting: Waiting,
    age_ms: u64,
    hint_ms: Option<u64>,
    visible: bool,
    live: bool,
) -> u64 {
    let (plan, live_ms): (&[Step], u64) = match waiting {
        Waiting::Code => (&FOR_CODE, LIVE_FOR_CODE_MS),
        Waiting::Payment => (&FOR_PAYMENT, LIVE_FOR_PAYMENT_MS),
        Waiting::Verdict => (&FOR_VERDICT, LIVE_FOR_VERDICT_MS),
    };
    let planned =
        plan.iter().find(|(until, _)| age_ms < *until).map_or(TROUBLE_AT_MOST_MS, |(_, every)| *every);
    let wanted = planned.max(hint_ms.unwrap_or(0).min(HINT_AT_MOST_MS)).max(if live { live_ms } else { 0 });
    if visible { wanted } else { (wanted * HIDDEN_FACTOR).max(HIDDEN_AT_LEAST_MS) }
}

/// The pause after the `failures`th trouble in a row (1 is the first).
pub(super) fn back_off_ms(failures: u32) -> u64 {
    let doublings = failures.saturating_sub(1).min(16);
    (TROUBLE_FIRST_MS << doublings).min(TROUBLE_AT_MOST_MS)
}

/// Lengthens a pause by up to a fifth, so that pages that failed together do not come back together. Only
/// lengthens: hints and plans are lower bounds.
pub(super) fn jittered_ms(pause_ms: u64, dice: u32) -> u64 {
    pause_ms + pause_ms / 5 * u64::from(dice >> 16) / 0x1_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_of_waiting_costs_at_most_15_requests_and_half_an_hour_68() {
        let asked_within = |limit_ms| {
            let (mut now_ms, mut asked) = (0, 1); // the order itself
            loop {
                now_ms += pause_ms(Waiting::Payment, now_ms, None, true, false);
                if now_ms > limit_ms {
                    return asked;
                }
                asked += 1;
            }
        };
        assert_eq!((asked_within(60_000), asked_within(1_800_000)), (15, 68));
    }

    #[test]
    fn the_servers_hint_is_a_lower_bound_and_has_an_upper_one() {
        assert_eq!(pause_ms(Waiting::Payment, 0, Some(9_000), true, false), 9_000);
        assert_eq!(pause_ms(Waiting::Payment, 0, Some(1), true, false), 3_000);
        assert_eq!(pause_ms(Waiting::Payment, 0, Some(u64::MAX), true, false), HINT_AT_MOST_MS);
    }

    #[test]
    fn a_hidden_page_asks_at_most_every_ten_seconds_and_never_stops() {
        assert_eq!(pause_ms(Waiting::Payment, 0, None, false, false), 10_000);
        assert_eq!(pause_ms(Waiting::Payment, 3_600_000, None, false, false), 80_000);
    }

    #[test]
    fn trouble_slows_down_to_once_a_minute() {
        let pauses: Vec<u64> = (1..=8).map(back_off_ms).collect();
        assert_eq!(pauses, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(back_off_ms(u32::MAX), 60_000);
    }

    #[test]
    fn jitter_only_lengthens_and_by_a_fifth_at_most() {
        assert_eq!(jittered_ms(10_000, 0), 10_000);
        assert_eq!(jittered_ms(10_000, u32::MAX), 11_999);
    }
}
