//! Tests of the crate with the messages and signatures of the repository's `tests/vectors`.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

mod answers;
#[cfg(feature = "serde")]
mod json;
mod messages;
mod public;
mod question;
mod requests;
mod signatures;
mod vectors;
