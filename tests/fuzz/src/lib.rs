//! The bodies of the fuzz targets. Their source is with the ordinary tests, which run them over the kept
//! corpus. This crate compiles them separately, so that only the wire crate is built with a sanitizer.

#[path = "../../../crates/worlds/src/fuzzed.rs"]
pub mod fuzzed;
