//! The API key: the 32-character secret that signs and verifies (protocol §2, and the vocabulary in its
//! README).

use thiserror::Error;

/// The length of an API key.
const API_KEY_BYTES: usize = 32;

/// The merchant's API key (v2). It has no `Debug`, no `Display` and no `Serialize`, so it cannot reach a log.
///
/// ```
/// use wire::v2::ApiKey;
/// assert!(ApiKey::new("192006250b4c09247ec02edce69f6a2d").is_ok());
/// assert!(ApiKey::new("too short").is_err());
/// ```
#[derive(Clone)]
pub struct ApiKey([u8; API_KEY_BYTES]);

/// Why a text is not an API key. It reveals nothing of the text but its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ApiKeyError {
    /// The merchant platform makes keys of exactly 32 characters.
    #[error("an API key has 32 characters; this text has {bytes} bytes")]
    Length {
        /// Bytes of the given text.
        bytes: usize,
    },
    /// A blank, a line break or a character beyond ASCII, most likely a copying mistake.
    #[error("an API key holds visible ASCII characters only; check for blanks copied along")]
    Character,
}

impl ApiKey {
    /// Takes the 32 characters that are set in the merchant platform.
    ///
    /// # Errors
    /// [`ApiKeyError`] if the length or a character is wrong.
    pub fn new(text: &str) -> Result<Self, ApiKeyError> {
        let bytes: [u8; API_KEY_BYTES] =
            text.as_bytes().try_into().map_err(|_| ApiKeyError::Length { bytes: text.len() })?;
        if bytes.iter().all(u8::is_ascii_graphic) { Ok(Self(bytes)) } else { Err(ApiKeyError::Character) }
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; API_KEY_BYTES] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::lacks_trait::lacks;

    #[test]
    fn a_key_cannot_be_printed_or_serialized() {
        assert!(lacks!(ApiKey: std::fmt::Debug));
        assert!(lacks!(ApiKey: std::fmt::Display));
        #[cfg(feature = "serde")]
        assert!(lacks!(ApiKey: serde::Serialize));
    }

    #[test]
    fn a_key_is_exactly_32_visible_ascii_bytes() {
        assert!(ApiKey::new(&"k".repeat(32)).is_ok());
        assert_eq!(ApiKey::new(&"k".repeat(31)).err(), Some(ApiKeyError::Length { bytes: 31 }));
        assert_eq!(ApiKey::new(&"k".repeat(33)).err(), Some(ApiKeyError::Length { bytes: 33 }));
        assert_eq!(ApiKey::new(&format!("{} ", "k".repeat(31))).err(), Some(ApiKeyError::Character));
        assert_eq!(ApiKey::new(&"é".repeat(16)).err(), Some(ApiKeyError::Character));
    }
}
