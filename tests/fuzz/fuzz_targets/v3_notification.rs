//! `cargo xtask fuzz v3_notification`; the checks are in `crates/worlds/src/fuzzed_v3.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::fuzzed::v3::notification(data));
