//! What the tests of more than one suite share.

pub mod fuzzed;
pub mod world;
