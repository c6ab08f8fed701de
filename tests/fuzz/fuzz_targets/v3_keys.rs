//! `cargo xtask fuzz v3_keys`; the checks are in `crates/worlds/src/fuzzed_v3.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::fuzzed::v3::keys(data));
