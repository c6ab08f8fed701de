//! PEM: base64 between two lines that say what it is. One block, without headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// The longest text that is read: a certificate has about 1,500 characters.
const MAX_PEM_BYTES: usize = 16 * 1024;

/// Why a text is not the PEM that was expected. It holds no part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PemError {
    /// Longer than 16 KiB.
    #[error("the PEM text is longer than 16 KiB")]
    TooLong,
    /// The first line is missing or is another one.
    #[error("the PEM text must begin with -----BEGIN {label}-----")]
    Begin {
        /// What was expected.
        label: &'static str,
    },
    /// The last line is missing, or something comes after it.
    #[error("the PEM text must end with -----END {label}-----, and nothing may come after it")]
    End {
        /// What was expected.
        label: &'static str,
    },
    /// What is between the two lines is not base64.
    #[error("the text between the first and the last line of the PEM is not base64")]
    Base64,
}

/// The bytes between the two lines.
pub(crate) fn decode(text: &str, label: &'static str) -> Result<Vec<u8>, PemError> {
    if text.len() > MAX_PEM_BYTES {
        return Err(PemError::TooLong);
    }
    let rest = text.trim_ascii();
    let rest = rest.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_prefix(label));
    let rest = rest.and_then(|rest| rest.strip_prefix("-----")).ok_or(PemError::Begin { label })?;
    let rest = rest.strip_suffix("-----").and_then(|rest| rest.strip_suffix(label));
    let inside = rest.and_then(|rest| rest.strip_suffix("-----END ")).ok_or(PemError::End { label })?;
    let digits: Vec<u8> = inside.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(digits).map_err(|_| PemError::Base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read_with_any_line_ends_and_nothing_around_it() {
        let bytes = b"some bytes, more than one line would be nice".to_vec();
        for end in ["\n", "\r\n", " ", ""] {
            let text = format!(
                "\n-----BEGIN X-----{end}c29tZSBieXRlcywgbW9yZSB0aGFuIG9uZSBs{end}aW5lIHdvdWxkIGJlIG5pY2U={end}-----END X-----\n"
            );
            assert_eq!(decode(&text, "X"), Ok(bytes.clone()), "{end:?}");
        }
    }

    #[test]
    fn each_fault_is_named() {
        let good = "-----BEGIN X-----\nYQ==\n-----END X-----\n";
        assert_eq!(decode(good, "X"), Ok(b"a".to_vec()));
        let (begin, end) = (Err(PemError::Begin { label: "X" }), Err(PemError::End { label: "X" }));
        assert_eq!(decode("", "X"), begin);
        assert_eq!(decode(&good.replace("BEGIN X", "BEGIN Y"), "X"), begin);
        assert_eq!(decode(&format!("subject=/CN=a\n{good}"), "X"), begin);
        assert_eq!(decode(&good.replace("END X", "END Y"), "X"), end);
        assert_eq!(decode(&format!("{good}more"), "X"), end);
        assert_eq!(decode(&format!("{good}{good}"), "X"), Err(PemError::Base64), "two blocks");
        assert_eq!(decode(&good.replace("YQ==", "YQ"), "X"), Err(PemError::Base64));
        assert_eq!(decode(&good.replace("YQ==", "Proc-Type: 4\nYQ=="), "X"), Err(PemError::Base64));
        assert_eq!(decode(&" ".repeat(16_385), "X"), Err(PemError::TooLong));
        assert_eq!(decode(&format!("{good}{}", " ".repeat(16_384 - good.len())), "X"), Ok(b"a".to_vec()));
    }
}
