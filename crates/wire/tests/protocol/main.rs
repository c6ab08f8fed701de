//! The crate against the messages and signatures of the repository's `tests/vectors`.

mod answers;
#[cfg(feature = "serde")]
mod json;
mod messages;
mod public;
mod question;
mod requests;
mod signatures;
mod vectors;
