//! The crate against the messages and signatures of the repository's `tests/vectors`.

mod answers;
mod messages;
mod requests;
mod signatures;
mod vectors;
