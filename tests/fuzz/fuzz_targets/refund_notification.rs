//! `cargo xtask fuzz refund_notification`; the checks are in `crates/worlds/src/fuzzed.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::fuzzed::refund_notification(data));
