//! The life of one WeChat Pay order: `(state, now, input) → (state', effects)`.
//!
//! An [`Order`] is told what happened ([`Input`]) and the time. It answers with what to do ([`Effects`]): at
//! most one call to the gateway, when to wake it next, what to tell the merchant. It has no clock, no
//! randomness and no IO. A [`Holder`] keeps it. For every input the holder
//!
//! 1. calls [`Order::handle`],
//! 2. stores [`Order::save`], the events and the alarm in one step,
//! 3. returns the effects only after that. The caller acts on them, and their results come back as inputs.
//!
//! What it promises, each proved by the tests of this crate:
//!
//! - *paid* comes only from a payment that verified and fits the order, and is never undone;
//! - a call of unknown outcome is repeated unchanged with the same number, or resolved by a query;
//! - every input may come twice, late, out of order or never;
//! - an order has an alarm until it is archived;
//! - no input can make it panic.
//!
//! `protocol §5` in comments means section 5 of `docs/protocol/`, the protocol reference.
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

mod call;
mod closing;
mod details;
mod download;
mod effect;
mod event;
mod exception;
mod files;
mod holder;
mod index;
mod input;
mod machine;
mod mismatch;
mod orphan;
mod outbox;
mod pace;
mod paying;
mod placing;
mod query_finding;
mod query_schedule;
mod refund;
mod refund_calls;
mod refund_learning;
mod refund_ledger;
mod refund_number;
mod snapshot;
mod state;
mod stored_state;
mod terms;
mod timer;
mod view;
mod webhook;

pub use call::{CALL_DEADLINE_MS, GATEWAY_TIME_LIMIT_MS, GatewayCall};
pub use closing::{EARLIEST_CLOSE_MS, LATE_QUERY_AFTER_MS};
pub use details::{Details, DetailsText, Line, Metadata, Reference};
pub use download::{Download, Downloads, MAX_DOWNLOADS};
pub use effect::Effects;
pub use event::{Event, RawHash, What, Who};
pub use exception::{Exception, ExceptionKind};
pub use files::BoughtFile;
pub use holder::{AlarmFailed, Commit, Handled, Held, Holder, HolderError, NotHandled, Storage, Stored};
pub use index::IndexRow;
pub use input::{Input, Rejected};
pub use machine::Order;
pub use orphan::OrphanNews;
pub use outbox::{DELIVERY_DEADLINE_MS, Delivery, DeliveryResult, Message, OutboxRow, webhook_pause_ms};
pub use pace::Pace;
pub use paying::Receipt;
pub use query_schedule::{QUERY_PACE_MS, WATCH_AT_MS};
pub use refund::{Refund, RefundStatus};
pub use refund_ledger::RefundOrder;
pub use snapshot::{SNAPSHOT_VERSION, SnapshotError};
pub use state::{CloseReason, ClosingStep, FailureCause, NativeCode, PlacingStep, State};
pub use terms::{Terms, TermsError};
pub use timer::Timer;
pub use view::{Notice, PageStatus, PageView};
pub use webhook::{Webhook, WebhookKind, WebhookRefund};
