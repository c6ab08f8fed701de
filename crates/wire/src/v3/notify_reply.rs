//! What to reply to a notification (protocol §9.10).
//!
//! A 200 counts as received, whatever its body says. So reply 200 with [`SUCCESS`] only after the message has
//! been stored, also when it is genuine and about nothing that is known. Reply 4xx or 5xx with [`fail`] when
//! it is not genuine or could not be stored; then it comes again.

use crate::v3::json::JsonWriter;

/// The body of a 200: one chapter of the official guide wants it, the others want none.
pub const SUCCESS: &str = r#"{"code":"SUCCESS","message":"OK"}"#;

/// The longest message that is sent.
const MAX_MESSAGE_BYTES: usize = 64;

/// The body of a 4xx or 5xx. The message is cut to 64 bytes.
#[must_use]
pub fn fail(message: &str) -> String {
    let mut end = message.len().min(MAX_MESSAGE_BYTES);
    while !message.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let mut body = JsonWriter::new();
    body.text("code", "FAIL").text("message", message.get(..end).unwrap_or_default());
    body.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_json_and_its_message_is_short() {
        assert_eq!(fail("not \"ours\""), r#"{"code":"FAIL","message":"not \"ours\""}"#);
        assert_eq!(fail(&"a".repeat(65)), format!(r#"{{"code":"FAIL","message":"{}"}}"#, "a".repeat(64)));
        assert_eq!(fail(&"茶".repeat(22)), format!(r#"{{"code":"FAIL","message":"{}"}}"#, "茶".repeat(21)));
    }
}
