//! What happens after a trap: a panic, a failed allocation, any error that leaves the wasm.
//!
//! After a trap the instance's memory cannot be trusted: values are half changed, cells stay borrowed, tasks
//! never run again. So nothing is repaired. JavaScript (`js/entry.mjs`) hears of the trap, gives up every
//! running call, and makes a new instance for everything that comes later. This file has two parts of that:
//!
//! 1. the line in the log that says where a panic happened,
//! 2. the report to JavaScript.
//!
//! The new instance makes the answer to a lost request (`lost` in `lib.rs`).
#![expect(unreachable_pub, reason = "JavaScript gets what is public")]

use std::panic::PanicHookInfo;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::platform::js::trapped;

/// A message that was made at run time is cut after this many characters.
const MOST_CHARACTERS: usize = 120;

/// Prepares a new instance. JavaScript calls this once, before everything else.
#[wasm_bindgen]
pub fn prepare() {
    std::panic::set_hook(Box::new(|panic| worker::console_error!("{}", told(panic))));
    // The generated JavaScript calls this handler when an error leaves the wasm. It replaces the handler of
    // the crate `worker`, which would replace the instance in the middle of the next call.
    wasm_bindgen::handler::set_on_abort(trapped);
}

/// The line in the log.
fn told(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let message = match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<String>()) {
        (Some(written), _) => (*written).to_owned(),
        (None, Some(formatted)) => without_values(formatted),
        (None, None) => "no message".to_owned(),
    };
    match panic.location() {
        Some(place) => format!("the Worker panicked at {}:{}: {message}", place.file(), place.line()),
        None => format!("the Worker panicked: {message}"),
    }
}

/// The part of a message made at run time that may be logged. The message may quote values of the Worker, so
/// it is cut at the first quotation mark.
fn without_values(message: &str) -> String {
    let is_quotation = |character: char| matches!(character, '`' | '"' | '\'' | '\n');
    let plain = message.split(is_quotation).next().unwrap_or_default();
    let mut kept: String = plain.chars().take(MOST_CHARACTERS).collect();
    if kept.len() < message.len() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::told;
    use std::sync::{Arc, Mutex};

    /// The line that would be logged if this code ran in the Worker.
    fn log_of(panics: impl FnOnce() + std::panic::UnwindSafe) -> String {
        static ONE_HOOK_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _alone = ONE_HOOK_AT_A_TIME.lock();
        let line = Arc::new(Mutex::new(String::new()));
        let hook = std::panic::take_hook();
        let to = Arc::clone(&line);
        std::panic::set_hook(Box::new(move |panic| *to.lock().unwrap() = told(panic)));
        assert!(std::panic::catch_unwind(panics).is_err());
        std::panic::set_hook(hook);
        line.lock().unwrap().clone()
    }

    #[test]
    fn a_panic_is_logged_with_its_place_and_its_message() {
        let line = line!() + 1;
        let log = log_of(|| panic!("an order of two states"));
        assert_eq!(log, format!("the Worker panicked at {}:{line}: an order of two states", file!()));
    }

    #[test]
    fn a_message_that_only_has_numbers_is_logged_whole() {
        let rows = [1, 2];
        let index = rows.len() + 3;
        let log = log_of(move || assert_eq!(rows[index], 0));
        assert!(log.ends_with(": index out of bounds: the len is 2 but the index is 5"), "{log}");
    }

    #[test]
    fn a_message_that_quotes_a_secret_is_logged_without_it() {
        let signed = String::from("appid=wx1&key=TESTONLYmd5key0123456789abcdefHKé");
        let log = log_of(move || drop(signed[..signed.len() - 1].to_owned()));
        assert!(log.contains("trap.rs:"), "{log}");
        assert!(!log.contains("TESTONLY") && log.ends_with('…'), "{log}");

        let key = "TESTONLYmd5key0123456789abcdefHK".to_owned();
        let refused = if key.is_empty() { Ok(()) } else { Err(key) };
        let log = log_of(move || refused.unwrap());
        assert!(!log.contains("TESTONLY"), "{log}");
    }

    #[test]
    fn a_message_without_end_is_cut() {
        let log = log_of(|| panic!("{}", "x".repeat(100_000)));
        assert!(log.ends_with("xxx…") && log.len() < 250, "{log}");
    }
}
