//! A random-looking sequence that repeats with its seed, so that a failing run can be repeated.

use serde::{Deserialize, Serialize};

/// SplitMix64: good enough for a simulator, and never used for a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// True with the given probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        // 53 bits fill the mantissa exactly, so the value is at least 0 and never reaches 1.
        ((self.next() >> 11) as f64 / (1_u64 << 53) as f64) < probability
    }
}
