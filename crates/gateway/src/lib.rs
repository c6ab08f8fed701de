//! What an order asks WeChat Pay, and what WeChat Pay can answer.
//!
//! An order asks five things: place this order, query it, close it, refund it, query its refunds. A [`Call`]
//! holds one such [`Question`]. An [`Outcome`] holds an [`Answer`], or a [`Failure`] with a meaning. These
//! types name no XML, no HTTP status and no error code of one API generation. (A [`Refusal`] carries WeChat's
//! own code and text, but only for logs and people.) A [`Dialect`] says which generation an order uses.
//! [`v2`] and [`v3`] translate both ways, each for its generation, and only they know its codes.
//!
//! This is a crate of its own so that `order/Cargo.toml` proves one thing: the order's rules know no dialect.
//! `order` depends on this crate and not on `wire`.
//!
//! Both keep three promises. A type enforces the third: only this crate can make a [`Notification`] or a
//! [`RefundNotification`]. In [`v3`] types enforce the first two as well.
//!
//! - [`Call::read`] and [`v3::Exchange::read`] return an [`Answer`] only from a message that the gateway
//!   signed, about the merchant and the order of the call. (The answer of API v3 to a placed order names
//!   neither: the exchange itself says whose it is.)
//! - The same is true of a [`Refusal`]. Everything unsigned or unreadable is [`Failure::Unclear`], and
//!   changes no order.
//! - A [`Notification`] comes only from a verified message.
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
mod http_answer;
mod notification;
mod question;
mod refund_notification;
pub mod v2;
pub mod v3;

pub use answer::{Answer, ListedRefund, Outcome, Paid, RefundList, RefundStanding, Trade};
pub use dialect::Dialect;
pub use failure::{Failure, Meaning, Oddity, Refusal, Unclear};
pub use notification::Notification;
pub use question::{Call, CallName, Place, Question, Refund, RefundAccount};
pub use refund_notification::{NotifiedRefund, RefundNotification};
// The narrowest bounds of any generation are those of API v2.
pub use wire::v2::{Body as Description, RefundDesc as RefundReason};
pub use wire::{
    AppId, CodeUrl, Currency, Expected, InvalidText, MchId, Merchant, Mismatch, Money, NotifyUrl,
    OutRefundNo, OutTradeNo, Payment, RefundId, TradeType, TransactionId,
};
