//! The number by which the gateway knows a refund.
//!
//! The gateway knows a refund number once per *merchant*, and answers a second use with the first refund
//! (protocol §1.7). Merchants number the refunds of each order `R1`, `R2`. So we put the order's number,
//! which is unique, in front.
//!
//! Our own order numbers contain no `-`. The number of another system may, and an orphan payment under it can
//! be refunded too. Then `SALE-1` with `2-R1` must not meet `SALE-1-2` with `R1`, so we hash the merchant's
//! own number. Two refunds still share a number if a merchant numbers one with the hash of another, or uses a
//! number again that an archived order had. The gateway then answers with the first refund.

use gateway::{OutRefundNo, OutTradeNo};
use sha2::{Digest, Sha256};

/// The longest number the gateway takes (protocol §7.3).
const MAX_BYTES: usize = 64;

/// The order's number, `-`, and the merchant's own number. A hash replaces the merchant's own if the whole is
/// too long, or if the order's number itself contains a `-`.
pub(crate) fn number_at_gateway(order: &OutTradeNo, own: &OutRefundNo) -> OutRefundNo {
    let whole = format!("{order}-{own}");
    let plain = whole.len() <= MAX_BYTES && !order.as_str().contains('-');
    let number = if plain { whole } else { format!("{order}-{}", hash(own)) };
    // Both parts consist of letters that a refund number may have. If not, use the merchant's own number.
    OutRefundNo::new(&number).unwrap_or_else(|_| own.clone())
}

/// 120 bits of the SHA-256, as hex.
fn hash(own: &OutRefundNo) -> String {
    Sha256::digest(own.as_str().as_bytes()).iter().take(15).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(number: &str) -> OutTradeNo {
        OutTradeNo::new(number).unwrap()
    }

    fn own(number: &str) -> OutRefundNo {
        OutRefundNo::new(number).unwrap()
    }

    #[test]
    fn two_orders_refunded_under_one_number_have_two_numbers_at_the_gateway() {
        let first = number_at_gateway(&order("HK20260301A0001"), &own("R1"));
        assert_eq!(first.as_str(), "HK20260301A0001-R1");
        assert_ne!(first, number_at_gateway(&order("HK20260301A0002"), &own("R1")));
    }

    #[test]
    fn two_numbers_that_are_cut_in_different_places_do_not_meet() {
        let first = number_at_gateway(&order("SALE-1"), &own("2-R1"));
        assert_ne!(first, number_at_gateway(&order("SALE-1-2"), &own("R1")));
        assert_ne!(first, number_at_gateway(&order("SALE"), &own("1-2-R1")));
    }

    #[test]
    fn a_number_that_leaves_no_room_is_hashed_and_stays_the_same_at_each_call() {
        let order = order("Hsofdzih6lk5bu2sjsxzitzb5wztbw");
        let long = own(&"r".repeat(64));
        let number = number_at_gateway(&order, &long);
        assert!(number.as_str().starts_with("Hsofdzih6lk5bu2sjsxzitzb5wztbw-"));
        assert_eq!(number, number_at_gateway(&order, &long));
        assert_ne!(number, number_at_gateway(&order, &own(&"r".repeat(63))));
        let room = own(&"r".repeat(33));
        assert_eq!(number_at_gateway(&order, &room).as_str().len(), 64);
        assert!(number_at_gateway(&order, &room).as_str().ends_with(room.as_str()));
    }
}
