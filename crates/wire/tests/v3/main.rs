//! Tests of API v3 with the messages of the repository's `tests/vectors/v3`. `ring` does the cryptography, in
//! the place of WebCrypto.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

mod answers;
mod bills;
mod certificates;
mod crypto;
mod keys;
mod notifications;
mod refunds;
mod requests;
mod ring_of_keys;
mod samples;
mod verdicts;
