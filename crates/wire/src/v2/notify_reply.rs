//! The reply to a notification (protocol §6.2): HTTP 200, `text/xml`, one of these texts, no signature.

use crate::v2::Fields;
use crate::v2::xml::is_xml_char;

/// Stops the deliveries. Send it only after the result is durably stored. Send it immediately to duplicates.
pub const SUCCESS: &str =
    "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>";

/// The content type of a reply.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// Asks for another delivery. `reason` is a short text of our own, never a text from the message.
///
/// It leaves out characters that XML forbids, and cuts the reason after 128 characters.
#[must_use]
pub fn fail(reason: &str) -> String {
    let reason: String = reason.chars().filter(|character| is_xml_char(*character)).take(128).collect();
    let reason = reason.replace("]]>", "]]]]><![CDATA[>");
    format!(
        "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[{reason}]]></return_msg></xml>"
    )
}

/// Whether a reply counts as received: XML whose `return_code` is exactly SUCCESS. Only a simulator of the
/// gateway needs this.
#[must_use]
pub fn is_success(body: &[u8]) -> bool {
    Fields::parse(body).is_ok_and(|fields| fields.get("return_code") == Some("SUCCESS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reply_that_stops_the_deliveries_is_this_text_exactly() {
        assert_eq!(
            SUCCESS,
            "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"
        );
        assert!(is_success(SUCCESS.as_bytes()));
    }

    #[test]
    fn a_fail_reply_gives_its_reason_and_is_always_xml() {
        assert_eq!(
            fail("signature"),
            "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[signature]]></return_msg></xml>"
        );
        let odd = fail(&format!("a]]>b\0\u{1}{}", "x".repeat(200)));
        let fields = Fields::parse(odd.as_bytes()).unwrap();
        assert_eq!(fields.get("return_msg").unwrap(), format!("a]]>b{}", "x".repeat(123)));
        assert!(!is_success(odd.as_bytes()));
    }

    #[test]
    fn anything_else_is_not_success() {
        for other in [
            "",
            "success",
            "{\"code\":\"SUCCESS\"}",
            "<xml><return_code>success</return_code></xml>",
            "<html/>",
        ] {
            assert!(!is_success(other.as_bytes()), "{other}");
        }
        assert!(is_success(b"<xml><return_code>SUCCESS</return_code></xml>"));
    }
}
