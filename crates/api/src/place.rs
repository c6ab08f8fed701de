//! Placing an order: `POST /api/orders`.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::OrderView;

/// How many characters of `[A-Za-z0-9_-]` the `Idempotency-Key` header has: 22 carry 128 bits in
/// base64url, so that two shoppers never meet; 128 bound what the Worker hashes.
pub const IDEMPOTENCY_KEY_LENGTH: RangeInclusive<usize> = 22..=128;

/// The most lines one order may have.
pub const MAX_LINES: usize = 50;

/// The body of `POST /api/orders`. It names goods, never a price: unknown fields, an `amount`
/// among them, are refused, so that a page that believes it sets the price learns it at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// What is bought; 1 to [`MAX_LINES`] lines.
    pub lines: Vec<Line>,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The merchant's id of the goods, as the catalogue names it.
    pub sku: String,
    /// How many; from 1 to the catalogue's limit.
    pub quantity: u32,
}

/// The answer: 201 when the order is new, 200 when this key had placed it before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedOrder {
    /// The order.
    pub order: OrderView,
    /// What reads the order later: `Authorization: Bearer <token>`. Whoever holds it can see the
    /// order and cancel it, nothing more.
    pub token: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_carries_a_price_is_refused() {
        for body in [
            r#"{"lines":[{"sku":"a","quantity":1}],"amount":1}"#,
            r#"{"lines":[{"sku":"a","quantity":1,"amount_minor":1}]}"#,
        ] {
            let refusal = serde_json::from_str::<PlaceOrder>(body).unwrap_err().to_string();
            assert!(refusal.contains("unknown field `amount"), "{refusal}");
        }
    }
}
