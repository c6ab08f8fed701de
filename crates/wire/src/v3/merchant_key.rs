//! The merchant's private key: the secret that signs our requests (protocol §9.2).

use thiserror::Error;

use crate::v3::der::{Der, DerError, INTEGER, OCTET_STRING, fault};
use crate::v3::pem::{self, PemError};
use crate::v3::public_key::{self, PublicKeyError};

/// The merchant's private key, `apiclient_key.pem`, as PKCS#8. It has no `Debug`, no `Display` and no
/// `Serialize`, so it cannot reach a log.
///
/// Only the caller's cryptography reads [`pkcs8`](MerchantKey::pkcs8). A Worker imports it once per isolate
/// as a key that cannot be exported.
#[derive(Clone)]
pub struct MerchantKey(Box<[u8]>);

/// Why a text is not a merchant's private key. It reveals nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MerchantKeyError {
    /// The older form, which WebCrypto does not import.
    #[error(
        "the private key is in the form PKCS#1 (BEGIN RSA PRIVATE KEY); convert it: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW"
    )]
    Pkcs1,
    /// A certificate or a public key in its place.
    #[error("this is not the private key; take apiclient_key.pem, not the certificate or a public key")]
    NotPrivate,
    /// Protected by a password.
    #[error(
        "the private key is encrypted; remove the password: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW"
    )]
    Encrypted,
    /// Not PEM.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Not the DER of an RSA private key.
    #[error("the private key cannot be read: {0}")]
    Der(#[from] DerError),
    /// Not an RSA key that is strong enough.
    #[error("the private key: {0}")]
    Unfit(#[from] PublicKeyError),
}

impl MerchantKey {
    /// Reads `apiclient_key.pem`: `-----BEGIN PRIVATE KEY-----`.
    ///
    /// # Errors
    /// [`MerchantKeyError`], which says what to do.
    pub fn from_pem(text: &str) -> Result<Self, MerchantKeyError> {
        for (label, error) in [
            ("-----BEGIN RSA PRIVATE KEY-----", MerchantKeyError::Pkcs1),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----", MerchantKeyError::Encrypted),
            ("-----BEGIN CERTIFICATE-----", MerchantKeyError::NotPrivate),
            ("-----BEGIN PUBLIC KEY-----", MerchantKeyError::NotPrivate),
        ] {
            if text.trim_ascii_start().starts_with(label) {
                return Err(error);
            }
        }
        let pkcs8 = pem::decode(text, "PRIVATE KEY")?;
        check(&pkcs8)?;
        Ok(Self(pkcs8.into()))
    }

    /// The PKCS#8 bytes, for the import into the caller's cryptography.
    #[must_use]
    pub fn pkcs8(&self) -> &[u8] {
        &self.0
    }
}

/// Checks that it is an unencrypted RSA key. The private numbers themselves are left to the cryptography.
fn check(pkcs8: &[u8]) -> Result<(), MerchantKeyError> {
    let mut outer = Der::of(pkcs8);
    let mut info = outer.sequence()?;
    outer.end()?;
    if info.expect(INTEGER)? != [0] {
        return Err(fault("another version than 0").into());
    }
    info.rsa_encryption()?;
    // Attributes may follow.
    let mut outer = Der::of(info.expect(OCTET_STRING)?);
    let mut numbers = outer.sequence()?;
    outer.end()?;
    if numbers.expect(INTEGER)? != [0] {
        return Err(fault("another version than 0").into());
    }
    let (modulus, exponent) = (numbers.positive()?, numbers.positive()?);
    // d, p, q, dp, dq, qinv
    for _ in 0..6 {
        numbers.positive()?;
    }
    numbers.end()?;
    Ok(public_key::fit(modulus, exponent)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::lacks_trait::lacks;

    #[test]
    fn a_private_key_cannot_be_printed_or_serialized() {
        assert!(lacks!(MerchantKey: std::fmt::Debug));
        assert!(lacks!(MerchantKey: std::fmt::Display));
        #[cfg(feature = "serde")]
        assert!(lacks!(MerchantKey: serde::Serialize));
    }

    #[test]
    fn the_wrong_file_is_named() {
        let error = |label: &str| {
            let text = format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
            MerchantKey::from_pem(&text).err().unwrap()
        };
        assert_eq!(error("RSA PRIVATE KEY"), MerchantKeyError::Pkcs1);
        assert_eq!(error("ENCRYPTED PRIVATE KEY"), MerchantKeyError::Encrypted);
        assert_eq!(error("CERTIFICATE"), MerchantKeyError::NotPrivate);
        assert_eq!(error("PUBLIC KEY"), MerchantKeyError::NotPrivate);
        assert_eq!(error("PRIVATE KEY"), MerchantKeyError::Der(fault("an element is missing")));
        assert!(matches!(error("OTHER"), MerchantKeyError::Pem(PemError::Begin { .. })));
    }
}
