//! The JSON contract between the Worker (`edge`), the merchant's page and the widget.
//!
//! Owns the names and forms of every JSON document of the HTTP interface, and nothing else: no
//! prices, no state, no IO. Both sides of the wire compile against these types, so a field cannot
//! be renamed on one side only. Times are milliseconds since the Unix epoch (`…_at_ms`); money is
//! an integer of the currency's smallest unit.
//!
//! `protocol §1.5` in comments means section 1.5 of `docs/protocol/`, the protocol reference.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unimplemented,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::disallowed_macros
    )
)]

mod amount;
mod catalog;
mod order_view;
mod place;
mod problem;
mod shop;

pub use amount::Amount;
pub use catalog::{Catalog, Item};
pub use order_view::{CodeModules, FailureReason, LIVE_PROTOCOL, Notice, OrderStatus, OrderView};
pub use place::{IDEMPOTENCY_KEY_LENGTH, Line, MAX_LINES, MAX_OFFER_BYTES, PlaceOrder, PlacedOrder};
pub use problem::{Code, Problem};
pub use shop::Shop;
