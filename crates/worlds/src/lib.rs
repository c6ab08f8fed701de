//! What the tests of more than one suite share.
//!
//! `protocol §7.1` in comments means section 7.1 of `docs/protocol/`, the protocol reference.

pub mod fuzzed;
pub mod world;
