//! RSA public keys (protocol §9.2).

use thiserror::Error;

use crate::v3::der::{Der, DerError, bits};
use crate::v3::pem::{self, PemError};

/// The shortest and the longest modulus that is accepted, in bits. WeChat Pay's keys have 2,048.
pub const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;

/// The largest public exponent has 32 bits. The usual one is 65,537.
const MAX_EXPONENT_BITS: usize = 32;

/// An RSA public key that can verify a signature.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    spki: Box<[u8]>,
    pkcs1: Box<[u8]>,
}

/// Why a text is not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PublicKeyError {
    /// Not the PEM that the merchant platform gives.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Not the DER of an RSA key.
    #[error(transparent)]
    Der(#[from] DerError),
    /// Shorter than 2,048 bits, longer than 4,096, or a number that no RSA key has.
    #[error("an RSA key of {bits} bits is not accepted: 2048 to 4096, and odd numbers")]
    Unfit {
        /// The bits of its modulus.
        bits: usize,
    },
}

impl PublicKey {
    /// Reads `pub_key.pem`: `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    /// [`PublicKeyError`].
    pub fn from_pem(text: &str) -> Result<Self, PublicKeyError> {
        Self::from_spki(&pem::decode(text, "PUBLIC KEY")?)
    }

    /// Reads a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`PublicKeyError`].
    pub fn from_spki(spki: &[u8]) -> Result<Self, PublicKeyError> {
        let mut outer = Der::of(spki);
        let mut info = outer.sequence()?;
        outer.end()?;
        info.rsa_encryption()?;
        let pkcs1 = info.bit_string()?;
        info.end()?;
        let mut outer = Der::of(pkcs1);
        let mut numbers = outer.sequence()?;
        outer.end()?;
        let (modulus, exponent) = (numbers.positive()?, numbers.positive()?);
        numbers.end()?;
        fit(modulus, exponent)?;
        Ok(Self { spki: spki.into(), pkcs1: pkcs1.into() })
    }

    /// The SubjectPublicKeyInfo, as WebCrypto imports it (`spki`).
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The RSAPublicKey inside, as `ring` takes it.
    #[must_use]
    pub fn pkcs1(&self) -> &[u8] {
        &self.pkcs1
    }
}

/// Whether the numbers can be those of an RSA key that is strong enough.
pub(crate) fn fit(modulus: &[u8], exponent: &[u8]) -> Result<(), PublicKeyError> {
    let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    let sizes = MODULUS_BITS.contains(&bits(modulus)) && (2..=MAX_EXPONENT_BITS).contains(&bits(exponent));
    if sizes && odd(modulus) && odd(exponent) {
        Ok(())
    } else {
        Err(PublicKeyError::Unfit { bits: bits(modulus) })
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({} bytes)", self.spki.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modulus_is_long_and_odd_and_an_exponent_is_short_and_odd() {
        let modulus = |bytes: usize| [vec![0x80; bytes - 1], vec![1]].concat();
        let e = [1, 0, 1];
        assert_eq!(fit(&modulus(256), &e), Ok(()));
        assert_eq!(fit(&modulus(512), &e), Ok(()));
        assert_eq!(fit(&modulus(256), &[3]), Ok(()));
        assert_eq!(fit(&modulus(256), &[0xFF; 4]), Ok(()));
        assert_eq!(fit(&modulus(128), &e), Err(PublicKeyError::Unfit { bits: 1_024 }));
        let mut almost = modulus(256);
        almost[0] = 0x7F;
        assert_eq!(fit(&almost, &e), Err(PublicKeyError::Unfit { bits: 2_047 }));
        for (modulus, exponent) in [
            (modulus(513), &e[..]),
            (vec![0x80; 256], &e),
            (modulus(256), &[1]),
            (modulus(256), &[2]),
            (modulus(256), &[]),
            (modulus(256), &[1, 0, 0, 0, 1]),
        ] {
            assert!(fit(&modulus, exponent).is_err());
        }
    }
}
