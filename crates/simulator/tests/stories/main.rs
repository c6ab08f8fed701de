//! What merchants and shoppers see of the gateway: the stories use its public interface, and `wire` reads the
//! answers.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

mod accounts;
mod another;
mod bills;
mod by_hand;
mod checks;
mod client;
mod closing;
mod coupons;
mod faults;
mod hostile;
mod pages;
mod paying;
mod placing_again;
mod refunding;
mod refusals;
mod restart;
mod shop;
#[cfg(feature = "v3")]
mod v3;
