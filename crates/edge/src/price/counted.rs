//! A limit to how many orders an offer may make, `max_orders`: who counts them, how many there may be, and
//! until when the count must be kept. Pure.
//!
//! The count belongs to the offer's claims, not to its signature. So an offer that is signed once more with
//! another key, but with the same claims, has the same count.

use sha2::{Digest, Sha256};

/// How long after the end of an offer its count is kept. Clocks differ by less.
const KEEP_AFTER_END_S: u64 = 60 * 60;

/// The count of an offer's orders.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// The name of the count: the SHA-256 of the offer's claims, in hexadecimal digits.
    pub(crate) name: String,
    /// How many orders there may be in all.
    pub(crate) max_orders: u32,
    /// When the count may be forgotten, in seconds since 1970: the offer has ended, and makes no order any
    /// more. A count that should be kept for longer than 32 bits can say is kept until 2106.
    pub(crate) forget_at_s: u32,
}

impl Counted {
    /// The count of the offer with these claims, which ends at `exp_s`.
    pub(super) fn new(claims: &[u8], max_orders: u32, exp_s: u64) -> Self {
        let hash = Sha256::digest(claims);
        let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let name = digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
        let forget_at_s = u32::try_from(exp_s.saturating_add(KEEP_AFTER_END_S)).unwrap_or(u32::MAX);
        Self { name, max_orders, forget_at_s }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_has_the_name_of_its_claims_and_is_kept_an_hour_longer_than_the_offer() {
        let counted = Counted::new(b"abc", 3, 1_790_000_001);
        // FIPS 180-4, the example of one block.
        assert_eq!(counted.name, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((counted.max_orders, counted.forget_at_s), (3, 1_790_003_601));
        assert_eq!(Counted::new(b"abc", 3, 99_999_999_999).forget_at_s, u32::MAX);
        assert_ne!(Counted::new(b"abd", 3, 1_790_000_001).name, counted.name);
    }
}
