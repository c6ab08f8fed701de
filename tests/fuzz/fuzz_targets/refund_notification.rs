//! `cargo xtask fuzz refund_notification`; the checks are in `tests/src/fuzzed.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::fuzzed::refund_notification(data));
