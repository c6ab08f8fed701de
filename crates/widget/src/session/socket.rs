//! Whether the server pushes, and when to try again when it does not.
//!
//! A socket that breaks is opened again soon; one that never opens is tried more and more rarely, since where
//! sockets are blocked they stay blocked, and each try counts as a request.

/// A socket that was open and broke: the network changed, or the server was renewed.
const REOPEN_MS: u64 = 2_000;
/// After one that did not open; times the square of how often that happened in a row.
const BLOCKED_MS: u64 = 60_000;

/// The state of the order's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Socket {
    /// There is none before this time.
    Down { due_ms: u64 },
    /// Asked for, not yet open.
    Opening,
    /// The server pushes.
    Up,
}

impl Socket {
    /// To be opened as soon as there is an order.
    pub(super) const WANTED: Self = Self::Down { due_ms: 0 };

    /// What it is after closing at this time; `failures` is how often in a row it did not open.
    pub(super) fn closed(now_ms: u64, failures: u32) -> Self {
        let failures = u64::from(failures.min(100));
        let pause_ms = if failures == 0 { REOPEN_MS } else { BLOCKED_MS * failures * failures };
        Self::Down { due_ms: now_ms + pause_ms }
    }
}
