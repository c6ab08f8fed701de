//! What an order asks WeChat Pay, and what it can be told.
//!
//! An order asks five things: place me, what do you hold under my number, close me, refund this, what became
//! of the refunds. A [`Call`] is one such [`Question`]; an [`Outcome`] is an [`Answer`] to it, or a
//! [`Failure`] with a meaning. None of these words says how the gateway is spoken to: no XML, no HTTP status,
//! no error code. That is a [`Dialect`]'s matter. [`v2`] translates both ways for API v2, and is the only
//! place that knows its codes.
//!
//! A crate of its own, because then `order/Cargo.toml` proves that the order's rules know no dialect: `order`
//! depends on this crate and not on `wire`.
//!
//! Three promises, each kept by a type:
//!
//! - An [`Answer`] comes from a message that the gateway signed, about the merchant and the order of the
//!   call.
//! - A [`Refusal`] does, too. Everything unsigned or unreadable is [`Failure::Unclear`], and changes no
//!   order.
//! - A [`Notification`] can be had from a verified message only.
//!
//! “protocol §6.2” in comments means section 6.2 of `docs/protocol/`.
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

mod answer;
mod dialect;
mod failure;
mod notification;
mod question;
pub mod v2;

pub use answer::{Answer, ListedRefund, Outcome, Paid, RefundList, RefundStanding, Trade};
pub use dialect::Dialect;
pub use failure::{Failure, Meaning, Oddity, Refusal, Unclear};
pub use notification::Notification;
pub use question::{Call, CallName, Place, Question, Refund, RefundAccount};
// The narrowest bounds of any generation are those of API v2.
pub use wire::v2::{Body as Description, RefundDesc as RefundReason};
pub use wire::{
    AppId, CodeUrl, Currency, Expected, InvalidText, MchId, Merchant, Mismatch, Money, NotifyUrl,
    OutRefundNo, OutTradeNo, Payment, RefundId, TradeType, TransactionId,
};
