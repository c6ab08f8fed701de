//! A sealed resource: AES-256-GCM under the API v3 key (protocol §9.10).
//!
//! What is checked here, because WebCrypto would take other values: the algorithm's name, a nonce of 12
//! bytes, the length of the associated data, and that the ciphertext has room for the tag. The caller's
//! cryptography opens it with the [`ApiV3Key`](crate::v3::ApiV3Key), and an exception of it means: not
//! opened.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::v2::Malformed;
use crate::v3::json::JsonFields;

const ALGORITHM: &str = "AEAD_AES_256_GCM";
/// The nonce of AES-GCM.
pub const NONCE_BYTES: usize = 12;
/// The tag at the end of the ciphertext.
pub const TAG_BYTES: usize = 16;
/// The longest associated data. The table says 16; a certificate's has 11.
const MAX_ASSOCIATED_DATA_BYTES: usize = 64;

/// What the caller's cryptography opens. It has no `Debug` of its content, which is as long as the message.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    nonce: [u8; NONCE_BYTES],
    associated_data: Box<[u8]>,
    ciphertext: Box<[u8]>,
}

impl Sealed {
    /// Reads the fields of a resource or of an encrypted certificate.
    pub(crate) fn read(fields: &JsonFields<'_, '_>) -> Result<Self, Malformed> {
        if fields.required("algorithm")? != ALGORITHM {
            return Err(fields.invalid("algorithm"));
        }
        let nonce = fields.required("nonce")?.as_bytes().try_into();
        let associated_data = fields.optional("associated_data")?.unwrap_or_default();
        if associated_data.len() > MAX_ASSOCIATED_DATA_BYTES {
            return Err(fields.invalid("associated_data"));
        }
        let ciphertext = STANDARD.decode(fields.required("ciphertext")?).ok();
        let ciphertext = ciphertext.filter(|ciphertext| ciphertext.len() >= TAG_BYTES);
        Ok(Self {
            nonce: nonce.map_err(|_| fields.invalid("nonce"))?,
            associated_data: associated_data.as_bytes().into(),
            ciphertext: ciphertext.ok_or_else(|| fields.invalid("ciphertext"))?.into(),
        })
    }

    /// The nonce.
    #[must_use]
    pub const fn nonce(&self) -> &[u8; NONCE_BYTES] {
        &self.nonce
    }

    /// The associated data; may be empty.
    #[must_use]
    pub fn associated_data(&self) -> &[u8] {
        &self.associated_data
    }

    /// The ciphertext with the tag of 16 bytes at its end.
    #[must_use]
    pub fn ciphertext(&self) -> &[u8] {
        &self.ciphertext
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.ciphertext.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::MalformedWhy;
    use crate::v3::json::Object;

    const GOOD: &str = r#"{"algorithm":"AEAD_AES_256_GCM","nonce":"gcm0039nonce","associated_data":"transaction",
        "ciphertext":"AAECAwQFBgcICQoLDA0ODw=="}"#;

    fn read(from: &str, to: &str) -> Result<Sealed, Malformed> {
        let text = GOOD.replacen(from, to, 1);
        Sealed::read(&JsonFields::of(&Object::parse(text.as_bytes()).unwrap()))
    }

    #[test]
    fn a_sealed_resource_is_read() {
        let sealed = read("", "").unwrap();
        assert_eq!((sealed.nonce(), sealed.associated_data()), (b"gcm0039nonce", &b"transaction"[..]));
        assert_eq!(sealed.ciphertext(), (0..16).collect::<Vec<u8>>());
        assert_eq!(format!("{sealed:?}"), "Sealed(16 bytes)");
        for empty in ["\"\"", "null"] {
            assert_eq!(read("\"transaction\"", empty).unwrap().associated_data(), b"");
        }
        assert_eq!(read("\"associated_data\":\"transaction\",", "").unwrap().associated_data(), b"");
    }

    #[test]
    fn what_webcrypto_would_take_and_we_do_not_is_refused() {
        let longest = "x".repeat(64);
        assert_eq!(read("transaction", &longest).unwrap().associated_data(), longest.as_bytes());
        let long = "x".repeat(65);
        for (field, from, to) in [
            ("algorithm", "AEAD_AES_256_GCM", "AEAD_AES_128_GCM"),
            ("algorithm", "AEAD_AES_256_GCM", "aead_aes_256_gcm"),
            ("nonce", "gcm0039nonce", "gcm0039nonc"),
            ("nonce", "gcm0039nonce", "gcm0039nonce0000"),
            ("nonce", "gcm0039nonce", "gcm0039noncé"),
            ("associated_data", "transaction", &long),
            ("associated_data", "\"transaction\"", "1"),
            ("ciphertext", "AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0O"),
            ("ciphertext", "ODw==", "ODw"),
            ("ciphertext", "AAEC", "AA-_"),
        ] {
            assert_eq!(read(from, to), Err(Malformed::invalid(field)), "{field} {to}");
        }
        for (field, from) in [("algorithm", "AEAD_AES_256_GCM"), ("nonce", "gcm0039nonce")] {
            let error = read(from, "").unwrap_err();
            assert_eq!((&*error.field, error.why), (field, MalformedWhy::Missing));
        }
    }
}
