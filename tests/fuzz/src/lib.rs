//! The bodies of the fuzz targets. They live with the ordinary tests, which feed them with the kept corpus; here they
//! are compiled by themselves, so that nothing but the wire crate is built with a sanitizer.

#[path = "../../src/fuzzed.rs"]
pub mod fuzzed;
