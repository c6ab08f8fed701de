//! How long to wait before asking the server again, and before opening the socket again. `machine.rs` decides
//! what is due.
//!
//! The server says how long to wait (`ask_again_in_ms`, from `crates/order/src/pace.rs`). The page adds what
//! only the page knows: answers fail, nobody looks at it, the device says that it is offline. It also spreads
//! its pauses.
//!
//! A socket that breaks is opened again soon. A socket that never opens is tried less and less often: where
//! sockets are blocked they stay blocked, and each try counts as a request.

/// The pause if the server names none.
const UNTOLD_MS: u64 = 5_000;

/// The longest pause that the server can ask for. Without this limit one wrong header parks a page for a day.
pub(super) const HINT_AT_MOST_MS: u64 = 300_000;

/// The shortest pause between the end of one request and the start of the next.
pub(super) const GAP_MS: u64 = 500;

/// A hidden page slows down but never stops: the shopper is looking at the phone.
const HIDDEN_FACTOR: u64 = 2;
/// The shortest pause of a hidden page, and of a page in trouble whose device says that it is offline. That
/// page does not stop either: some devices say so on a network that works.
const SLOW_AT_LEAST_MS: u64 = 10_000;

/// After trouble: 2 s, doubled each time, at most a minute.
const TROUBLE_FIRST_MS: u64 = 2_000;
const TROUBLE_AT_MOST_MS: u64 = 60_000;

/// The pause after a good answer.
pub(super) fn pause_ms(wish_ms: Option<u64>, visible: bool) -> u64 {
    let wish_ms = wish_ms.unwrap_or(UNTOLD_MS).clamp(GAP_MS, HINT_AT_MOST_MS);
    if visible { wish_ms } else { (wish_ms * HIDDEN_FACTOR).max(SLOW_AT_LEAST_MS) }
}

/// The pause after this many failures in a row (1 is the first).
pub(super) fn back_off_ms(failures: u32, offline: bool) -> u64 {
    let doublings = failures.saturating_sub(1).min(16);
    let pause_ms = (TROUBLE_FIRST_MS << doublings).min(TROUBLE_AT_MOST_MS);
    if offline { pause_ms.max(SLOW_AT_LEAST_MS) } else { pause_ms }
}

/// Lengthens a pause by up to a fifth, so that pages that failed together do not return together. It never
/// shortens: the server's wish is a lower bound.
pub(super) fn jittered_ms(pause_ms: u64, dice: u32) -> u64 {
    pause_ms + pause_ms / 5 * u64::from(dice >> 16) / 0x1_0000
}

/// The pause after an open socket broke: the network changed, or the server was deployed again.
const REOPEN_MS: u64 = 2_000;
/// The pause after a socket did not open, times the square of how often that happened in a row.
const BLOCKED_MS: u64 = 60_000;

/// The state of the order's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Socket {
    /// There is no socket. Open one at this time.
    Down { due_ms: u64 },
    /// Requested, not open yet.
    Opening,
    /// Open: the server pushes.
    Up,
}

impl Socket {
    /// Open a socket as soon as there is an order.
    pub(super) const WANTED: Self = Self::Down { due_ms: 0 };

    /// The state after the socket closed now. `failures` counts how often in a row it did not open.
    pub(super) fn closed(now_ms: u64, failures: u32) -> Self {
        let failures = u64::from(failures.min(100));
        let pause_ms = if failures == 0 { REOPEN_MS } else { BLOCKED_MS * failures * failures };
        Self::Down { due_ms: now_ms + pause_ms }
    }
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
