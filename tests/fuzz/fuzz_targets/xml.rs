//! `cargo xtask fuzz xml`; the checks are in `crates/worlds/src/fuzzed.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::fuzzed::xml(data));
