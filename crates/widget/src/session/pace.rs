//! When to ask the server next. The server says how long to wait (`ask_again_in_ms`); the page adds what it
//! alone can know: that answers fail, that nobody looks at it, that the device calls itself offline, and a
//! spread of its own.

/// Where the server says nothing.
const UNTOLD_MS: u64 = 5_000;

/// What a server may ask of us at most, so that one wrong header does not park a page for a day.
pub(super) const HINT_AT_MOST_MS: u64 = 300_000;

/// Between the end of one request and the start of the next, whatever the reason.
pub(super) const GAP_MS: u64 = 500;

/// A hidden page slows down, but never stops: the shopper is looking at the phone.
const HIDDEN_FACTOR: u64 = 2;
/// So does one whose device calls itself offline: some do on a network that works.
const SLOW_AT_LEAST_MS: u64 = 10_000;

/// After trouble: 2 s, doubled each time, at most a minute.
const TROUBLE_FIRST_MS: u64 = 2_000;
const TROUBLE_AT_MOST_MS: u64 = 60_000;

/// The pause after a good answer.
pub(super) fn pause_ms(wish_ms: Option<u64>, visible: bool) -> u64 {
    let wish_ms = wish_ms.unwrap_or(UNTOLD_MS).clamp(GAP_MS, HINT_AT_MOST_MS);
    if visible { wish_ms } else { (wish_ms * HIDDEN_FACTOR).max(SLOW_AT_LEAST_MS) }
}

/// The pause after the `failures`th trouble in a row (1 is the first).
pub(super) fn back_off_ms(failures: u32, offline: bool) -> u64 {
    let doublings = failures.saturating_sub(1).min(16);
    let pause_ms = (TROUBLE_FIRST_MS << doublings).min(TROUBLE_AT_MOST_MS);
    if offline { pause_ms.max(SLOW_AT_LEAST_MS) } else { pause_ms }
}

/// Lengthens a pause by up to a fifth, so that pages that failed together do not come back together. Only
/// lengthens: the server's wish is a lower bound.
pub(super) fn jittered_ms(pause_ms: u64, dice: u32) -> u64 {
    pause_ms + pause_ms / 5 * u64::from(dice >> 16) / 0x1_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_decides_within_bounds() {
        assert_eq!(pause_ms(Some(9_000), true), 9_000);
        assert_eq!(pause_ms(Some(1), true), GAP_MS);
        assert_eq!(pause_ms(Some(u64::MAX), true), HINT_AT_MOST_MS);
        assert_eq!(pause_ms(None, true), 5_000);
    }

    #[test]
    fn a_hidden_page_asks_at_most_every_ten_seconds_and_never_stops() {
        assert_eq!(pause_ms(Some(3_000), false), 10_000);
        assert_eq!(pause_ms(Some(40_000), false), 80_000);
    }

    #[test]
    fn trouble_slows_down_to_once_a_minute() {
        let pauses = |offline| [1, 2, 3, 4, 5, 6, 7, u32::MAX].map(|failures| back_off_ms(failures, offline));
        assert_eq!(pauses(false), [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(pauses(true), [10_000, 10_000, 10_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    }

    #[test]
    fn jitter_only_lengthens_and_by_a_fifth_at_most() {
        assert_eq!(jittered_ms(10_000, 0), 10_000);
        assert_eq!(jittered_ms(10_000, u32::MAX), 11_999);
    }
}
