//! The JSON contract between the Worker (`edge`), the merchant's page and the widget.
//!
//! This crate owns the names and forms of the JSON documents that a page sends and gets, and nothing else: no
//! prices, no state, no IO. The Worker writes these types. The widget reads some fields by name, and its
//! tests compare those names with these types (`session/order_facts.rs`, `tests/widget/names.test.mjs`).
//! Times are milliseconds since the Unix epoch (`…_at_ms`). Money is an integer in the currency's smallest
//! unit.
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
mod download;
mod order_view;
mod place;
mod problem;
mod shop;
mod texts;

pub use amount::Amount;
pub use download::Download;
pub use order_view::{CodeModules, FailureReason, LIVE_PROTOCOL, Notice, OrderStatus, OrderView};
pub use place::{
    Goods, IDEMPOTENCY_KEY_LENGTH, Line, MAX_FIELDS, MAX_LINES, MAX_OFFER_BYTES, PlaceOrder, PlacedOrder,
};
pub use problem::{Problem, ProblemCode};
pub use shop::Shop;
pub use texts::Texts;
