//! Stories of one order: the smallest course of events that shows each promise.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

mod attention;
mod calls;
mod clock;
mod closing;
mod doubt;
mod downloads;
mod exhausted;
mod invariants;
mod life;
mod outbox;
mod paying;
mod placing;
mod refunding;
mod refunds_elsewhere;
mod settled;
mod snapshot;
mod table;
mod watching;
mod wechat;
