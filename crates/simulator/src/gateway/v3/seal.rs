//! Sealed resources: AES-256-GCM with the merchant's APIv3 key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// The name of the algorithm in every sealed resource.
pub(super) const ALGORITHM: &str = "AEAD_AES_256_GCM";
/// The length of a nonce. It is text of this many ASCII characters.
pub(super) const NONCE_CHARS: usize = NONCE_LEN;

/// The text under the key, with its tag, in base64.
pub(super) fn seal(key: &[u8; 32], nonce: &str, associated_data: &str, text: &str) -> String {
    let sealed = || {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
        let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes().get(..NONCE_LEN)?).ok()?;
        let mut bytes = text.as_bytes().to_vec();
        key.seal_in_place_append_tag(nonce, Aad::from(associated_data.as_bytes()), &mut bytes).ok()?;
        Some(STANDARD.encode(bytes))
    };
    // This cannot fail: the key has 32 bytes and the nonce twelve. No receiver could open an empty text.
    sealed().unwrap_or_default()
}

/// The text that was sealed, for tests.
#[cfg(test)]
pub(super) fn open(key: &[u8; 32], nonce: &str, associated_data: &str, sealed: &str) -> Option<String> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).ok()?;
    let mut bytes = STANDARD.decode(sealed).ok()?;
    let text = key.open_in_place(nonce, Aad::from(associated_data.as_bytes()), &mut bytes).ok()?;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_with_its_key_nonce_and_associated_data_alone() {
        let key = b"0123456789abcdef0123456789abcdef";
        let sealed = seal(key, "abcdefghijkl", "transaction", "{\"a\":1}");
        assert_eq!(open(key, "abcdefghijkl", "transaction", &sealed).as_deref(), Some("{\"a\":1}"));
        assert_eq!(open(key, "abcdefghijkm", "transaction", &sealed), None);
        assert_eq!(open(key, "abcdefghijkl", "", &sealed), None);
        assert_eq!(open(b"0123456789abcdef0123456789abcdeg", "abcdefghijkl", "transaction", &sealed), None);
    }
}
