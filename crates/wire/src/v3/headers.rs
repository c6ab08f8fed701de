//! The signature headers of an answer or a notification (protocol §9.4).

use thiserror::Error;

use crate::v3::Serial;
use crate::v3::authorization::SCHEME;

/// How far a timestamp may be from our clock. A message that is exactly so old is refused.
pub const WINDOW_SECONDS: i64 = 300;

/// The longest nonce and signature that are read.
const MAX_NONCE_BYTES: usize = 64;
const MAX_SIGNATURE_BYTES: usize = 1_024;

/// What is wrong with the signature headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// Missing. Answers about our own signature (401) and what a proxy says have none.
    #[error("the header {name} is missing")]
    Missing {
        /// The header.
        name: &'static str,
    },
    /// There more than once.
    #[error("the header {name} is there more than once")]
    Twice {
        /// The header.
        name: &'static str,
    },
    /// Empty, too long, or with a character that it may not have.
    #[error("the header {name} is not of its form")]
    Form {
        /// The header.
        name: &'static str,
    },
    /// Signed by another algorithm.
    #[error("the message is signed by another algorithm than {SCHEME}")]
    Algorithm,
}

/// The four headers, of their form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignatureHeaders<'h> {
    /// As received, because the text to verify has it so.
    pub(crate) timestamp_text: &'h str,
    pub(crate) timestamp: i64,
    pub(crate) nonce: &'h str,
    pub(crate) serial: Serial,
    pub(crate) signature: &'h str,
}

impl<'h> SignatureHeaders<'h> {
    /// Reads them. Names are compared without regard to upper and lower case.
    pub(crate) fn read(headers: &[(&str, &'h str)]) -> Result<Self, HeaderError> {
        if let Some(algorithm) = optional(headers, "Wechatpay-Signature-Type")?
            && algorithm != SCHEME
        {
            return Err(HeaderError::Algorithm);
        }
        let required = |name| optional(headers, name)?.ok_or(HeaderError::Missing { name });
        let (names, form) = (["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial"], |name| {
            HeaderError::Form { name }
        });
        let [timestamp_name, nonce_name, serial_name] = names;
        let timestamp_text = required(timestamp_name)?;
        let nonce = required(nonce_name)?;
        let serial = required(serial_name)?;
        let signature = required(SIGNATURE)?;
        if !is_visible(nonce, MAX_NONCE_BYTES) {
            return Err(form(nonce_name));
        }
        if !is_visible(signature, MAX_SIGNATURE_BYTES) {
            return Err(form(SIGNATURE));
        }
        Ok(Self {
            timestamp_text,
            timestamp: timestamp(timestamp_text).ok_or(form(timestamp_name))?,
            nonce,
            serial: serial.parse().map_err(|_| form(serial_name))?,
            signature,
        })
    }

    /// Whether the message is of now.
    pub(crate) fn is_within(&self, now_seconds: i64) -> bool {
        is_within(self.timestamp, now_seconds)
    }
}

const SIGNATURE: &str = "Wechatpay-Signature";

/// Whether the two are less than [`WINDOW_SECONDS`] apart.
pub(crate) const fn is_within(timestamp: i64, now_seconds: i64) -> bool {
    now_seconds.saturating_sub(timestamp).unsigned_abs() < WINDOW_SECONDS.unsigned_abs()
}

/// The value of a header that may be there once.
#[inline(never)]
pub(crate) fn optional<'h>(
    headers: &[(&str, &'h str)],
    name: &'static str,
) -> Result<Option<&'h str>, HeaderError> {
    let mut values = headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(Some(value)),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(HeaderError::Twice { name }),
    }
}

/// Seconds of the Unix epoch: one to ten digits.
pub(crate) fn timestamp(text: &str) -> Option<i64> {
    let digits = (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn is_visible(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADERS: [(&str, &str); 5] = [
        ("Wechatpay-Timestamp", "1772337826"),
        ("wechatpay-nonce", "N0"),
        ("WECHATPAY-SERIAL", "4D3C"),
        ("Wechatpay-Signature", "abcd"),
        ("Content-Type", "application/json"),
    ];

    fn with(name: &str, value: &'static str) -> Result<(), HeaderError> {
        let headers = HEADERS.map(|(known, old)| (known, if known == name { value } else { old }));
        SignatureHeaders::read(&headers).map(|_| ())
    }

    #[test]
    fn the_four_headers_are_read_whatever_the_case_of_their_names() {
        let headers = SignatureHeaders::read(&HEADERS).unwrap();
        assert_eq!((headers.timestamp, headers.timestamp_text), (1_772_337_826, "1772337826"));
        assert_eq!((headers.nonce, headers.serial.as_str(), headers.signature), ("N0", "4D3C", "abcd"));
        let typed = [&HEADERS[..], &[("Wechatpay-Signature-Type", SCHEME)]].concat();
        assert!(SignatureHeaders::read(&typed).is_ok());
        let other = [&HEADERS[..], &[("wechatpay-signature-type", "WECHATPAY2-SM2-WITH-SM3")]].concat();
        assert_eq!(SignatureHeaders::read(&other), Err(HeaderError::Algorithm));
    }

    #[test]
    fn a_header_that_is_missing_or_there_twice_is_named() {
        for header in HEADERS.into_iter().take(4) {
            let left: Vec<_> = HEADERS.iter().copied().filter(|kept| *kept != header).collect();
            let missing = SignatureHeaders::read(&left).unwrap_err();
            assert!(matches!(missing, HeaderError::Missing { name } if name.eq_ignore_ascii_case(header.0)));
            let twice = [&HEADERS[..], &[header]].concat();
            let twice = SignatureHeaders::read(&twice).unwrap_err();
            assert!(matches!(twice, HeaderError::Twice { name } if name.eq_ignore_ascii_case(header.0)));
        }
    }

    #[test]
    fn a_header_of_another_form_is_named() {
        for bad in ["", "+1", "-1", " 1", "1 ", "1.0", "0x1", "12345678901", "１"] {
            assert_eq!(
                with("Wechatpay-Timestamp", bad),
                Err(HeaderError::Form { name: "Wechatpay-Timestamp" }),
                "{bad}"
            );
        }
        for good in ["0", "9999999999", "0001772337"] {
            assert_eq!(with("Wechatpay-Timestamp", good), Ok(()));
        }
        let long: [&'static str; 2] = [String::leak("n".repeat(65)), String::leak("s".repeat(1_025))];
        for bad in ["", "a\nb", "a\rb", "a\0b", "茶", long[0]] {
            assert_eq!(
                with("wechatpay-nonce", bad),
                Err(HeaderError::Form { name: "Wechatpay-Nonce" }),
                "{bad:?}"
            );
        }
        assert_eq!(with("wechatpay-nonce", &long[0][1..]), Ok(()));
        for bad in ["", "a\nb", "茶", long[1]] {
            assert_eq!(
                with("Wechatpay-Signature", bad),
                Err(HeaderError::Form { name: "Wechatpay-Signature" })
            );
        }
        assert_eq!(with("Wechatpay-Signature", &long[1][1..]), Ok(()));
        for bad in ["", "4D 3C", "PUB_KEY_ID_x"] {
            assert_eq!(with("WECHATPAY-SERIAL", bad), Err(HeaderError::Form { name: "Wechatpay-Serial" }));
        }
    }

    #[test]
    fn the_window_is_less_than_five_minutes_on_both_sides() {
        let headers = SignatureHeaders::read(&HEADERS).unwrap();
        for (apart, within) in
            [(0, true), (299, true), (300, false), (301, false), (-299, true), (-300, false)]
        {
            assert_eq!(headers.is_within(1_772_337_826 + apart), within, "{apart}");
        }
        assert!(!headers.is_within(i64::MIN));
        assert!(!headers.is_within(i64::MAX));
    }
}
