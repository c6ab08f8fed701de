//! The API v3 key: the secret that opens what WeChat Pay seals (protocol §9.2). It signs nothing.

use thiserror::Error;

/// The length of an API v3 key: AES-256.
const API_V3_KEY_BYTES: usize = 32;

/// The API v3 key. It has no `Debug`, no `Display` and no `Serialize`, so it cannot reach a log.
///
/// Only the caller's cryptography reads its [bytes](ApiV3Key::as_bytes). A Worker imports them once per
/// isolate as a key that cannot be exported.
///
/// ```
/// use wire::v3::ApiV3Key;
/// assert!(ApiV3Key::new("TESTONLYapiv3key0123456789abcdHK").is_ok());
/// assert!(ApiV3Key::new("too short").is_err());
/// ```
#[derive(Clone)]
pub struct ApiV3Key([u8; API_V3_KEY_BYTES]);

/// Why a text is not an API v3 key. It reveals nothing of the text but its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ApiV3KeyError {
    /// AES would take 16 or 24 bytes too, so the length is checked here.
    #[error("an API v3 key has 32 characters; this text has {bytes} bytes")]
    Length {
        /// Bytes of the given text.
        bytes: usize,
    },
    /// A blank, a line break or a character beyond ASCII, most likely a copying mistake.
    #[error("an API v3 key holds visible ASCII characters only; check for blanks copied along")]
    Character,
}

impl ApiV3Key {
    /// Takes the 32 characters that are set in the merchant platform.
    ///
    /// # Errors
    /// [`ApiV3KeyError`] if the length or a character is wrong.
    pub fn new(text: &str) -> Result<Self, ApiV3KeyError> {
        let bytes: [u8; API_V3_KEY_BYTES] =
            text.as_bytes().try_into().map_err(|_| ApiV3KeyError::Length { bytes: text.len() })?;
        if bytes.iter().all(u8::is_ascii_graphic) { Ok(Self(bytes)) } else { Err(ApiV3KeyError::Character) }
    }

    /// The key of AES-256-GCM.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; API_V3_KEY_BYTES] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::lacks_trait::lacks;

    #[test]
    fn a_key_cannot_be_printed_or_serialized() {
        assert!(lacks!(ApiV3Key: std::fmt::Debug));
        assert!(lacks!(ApiV3Key: std::fmt::Display));
        #[cfg(feature = "serde")]
        assert!(lacks!(ApiV3Key: serde::Serialize));
    }

    #[test]
    fn a_key_is_exactly_32_visible_ascii_bytes() {
        let key = ApiV3Key::new(&"k".repeat(32)).unwrap();
        assert_eq!(key.as_bytes(), &[b'k'; 32]);
        for length in [0, 16, 24, 31, 33] {
            let refused = ApiV3Key::new(&"k".repeat(length)).err();
            assert_eq!(refused, Some(ApiV3KeyError::Length { bytes: length }));
        }
        assert_eq!(ApiV3Key::new(&format!("{} ", "k".repeat(31))).err(), Some(ApiV3KeyError::Character));
        assert_eq!(ApiV3Key::new(&"é".repeat(16)).err(), Some(ApiV3KeyError::Character));
    }
}
