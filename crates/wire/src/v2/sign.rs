//! Signatures (protocol §2): MD5 or HMAC-SHA256 over `name=value&…&key=…`. The hash gets the text piece by
//! piece.
//!
//! The whole text is never built, so nothing is allocated and long values are not copied.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::v2::ApiKey;

/// The signature algorithm. It belongs to the order, and a message never chooses it (protocol §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignType {
    /// 32 hex digits. The protocol's default. It uses the key as a suffix, and its hash is broken.
    Md5,
    /// 64 hex digits. Use this for new merchants.
    HmacSha256,
}

/// A `sign_type` that is neither `MD5` nor `HMAC-SHA256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("sign_type is neither MD5 nor HMAC-SHA256")]
pub struct UnknownSignType;

impl SignType {
    /// The text of the field `sign_type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// How many hex digits a signature has.
    #[must_use]
    pub const fn hex_digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::HmacSha256 => 64,
        }
    }
}

impl FromStr for SignType {
    type Err = UnknownSignType;

    fn from_str(text: &str) -> Result<Self, UnknownSignType> {
        match text {
            "MD5" => Ok(Self::Md5),
            "HMAC-SHA256" => Ok(Self::HmacSha256),
            _ => Err(UnknownSignType),
        }
    }
}

impl fmt::Display for SignType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for SignType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for SignType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A signature as the wire writes it: upper-case hex digits.
pub(crate) struct Signature {
    hex: [u8; 64],
    digits: usize,
}

impl Signature {
    /// Signs the fields. They must be sorted by name in byte order (protocol §2.1) and must not contain
    /// `sign`. It skips empty values.
    pub(crate) fn of<'f>(
        sign_type: SignType,
        key: &ApiKey,
        sorted: impl Iterator<Item = (&'f str, &'f str)>,
    ) -> Self {
        match sign_type {
            SignType::Md5 => {
                let mut hash = Md5::new();
                feed(key, sorted, |piece| hash.update(piece));
                Self::from_digest(&hash.finalize())
            }
            SignType::HmacSha256 => {
                let mut hash = Hmac::<Sha256>::new(&hmac_block(key).into());
                feed(key, sorted, |piece| hash.update(piece));
                Self::from_digest(&hash.finalize().into_bytes())
            }
        }
    }

    fn from_digest(digest: &[u8]) -> Self {
        let mut hex = [b'0'; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(digest) {
            pair.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
        Self { hex, digits: digest.len().saturating_mul(2) }
    }

    pub(crate) fn as_str(&self) -> &str {
        // There are at most 64 digits and all are ASCII, so neither step can fail.
        self.hex.get(..self.digits).and_then(|hex| std::str::from_utf8(hex).ok()).unwrap_or_default()
    }

    /// Compares in constant time.
    pub(crate) fn equals(&self, text: &str) -> bool {
        self.as_str().as_bytes().ct_eq(text.as_bytes()).into()
    }
}

/// HMAC pads a short key with zero bytes to a block. Padding it here gives a constructor that cannot fail.
fn hmac_block(key: &ApiKey) -> [u8; 64] {
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key.as_bytes()) {
        *to = *from;
    }
    block
}

/// Feeds the text to sign to a hash.
fn feed<'f>(key: &ApiKey, sorted: impl Iterator<Item = (&'f str, &'f str)>, hash: impl FnMut(&[u8])) {
    let mut pieces = Pieces { staged: [0; STAGED], length: 0, hash };
    for (name, value) in sorted {
        if value.is_empty() {
            continue;
        }
        pieces.add(name.as_bytes());
        pieces.add(b"=");
        pieces.add(value.as_bytes());
        pieces.add(b"&");
    }
    pieces.add(b"key=");
    pieces.add(key.as_bytes());
    pieces.flush();
}

/// Four of the hashes' blocks.
const STAGED: usize = 256;

/// Collects small pieces into blocks. About seventy small updates would cost a hash as much time as the
/// blocks themselves.
struct Pieces<H> {
    staged: [u8; STAGED],
    length: usize,
    hash: H,
}

impl<H: FnMut(&[u8])> Pieces<H> {
    #[inline]
    fn add(&mut self, piece: &[u8]) {
        let end = self.length.saturating_add(piece.len());
        if let Some(room) = self.staged.get_mut(self.length..end) {
            room.copy_from_slice(piece);
            self.length = end;
        } else {
            self.add_beyond(piece);
        }
    }

    /// Adds a piece that does not fit: it flushes the staged bytes first. A long piece goes to the hash
    /// directly.
    fn add_beyond(&mut self, piece: &[u8]) {
        self.flush();
        match self.staged.get_mut(..piece.len()) {
            Some(room) => {
                room.copy_from_slice(piece);
                self.length = piece.len();
            }
            None => (self.hash)(piece),
        }
    }

    fn flush(&mut self) {
        if let Some(staged) = self.staged.get(..self.length) {
            (self.hash)(staged);
        }
        self.length = 0;
    }
}

const fn hex_digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0'.saturating_add(nibble),
        _ => b'A'.saturating_add(nibble.saturating_sub(10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(sign_type: SignType, key: &str, fields: &[(&str, &str)]) -> String {
        Signature::of(sign_type, &ApiKey::new(key).unwrap(), fields.iter().copied()).as_str().to_owned()
    }

    #[test]
    fn the_documentations_own_example_signs_as_published() {
        let fields = [
            ("appid", "wxd930ea5d5a258f4f"),
            ("body", "test"),
            ("device_info", "1000"),
            ("mch_id", "10000100"),
            ("nonce_str", "ibuaiVcKdpRxkhJA"),
        ];
        let key = "192006250b4c09247ec02edce69f6a2d";
        assert_eq!(signature(SignType::Md5, key, &fields), "9A0A8659F005D6984697E2CA0A9CF3B7");
        assert_eq!(
            signature(SignType::HmacSha256, key, &fields),
            "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"
        );
    }

    #[test]
    fn empty_values_are_skipped_and_zero_and_blank_are_not() {
        let key = "TESTONLYmd5key0123456789abcdefHK";
        let with_empty = [
            ("appid", "wx5c1f9e2a7d3b6048"),
            ("attach", ""),
            ("body", " "),
            ("coupon_fee", "0"),
            ("device_info", ""),
            ("total_fee", "1"),
        ];
        assert_eq!(signature(SignType::Md5, key, &with_empty), "DCA6470FFCC98B417419CBF95F3FB2B8");
    }

    #[test]
    fn sign_types_are_the_two_texts_exactly() {
        for sign_type in [SignType::Md5, SignType::HmacSha256] {
            assert_eq!(sign_type.to_string().parse(), Ok(sign_type));
        }
        for bad in ["", "md5", "HMAC_SHA256", "NONE", "SHA256"] {
            assert_eq!(bad.parse::<SignType>(), Err(UnknownSignType));
        }
        assert_eq!(SignType::Md5.hex_digits(), 32);
        assert_eq!(SignType::HmacSha256.hex_digits(), 64);
    }

    #[test]
    fn a_signature_equals_only_itself() {
        let signature = Signature::from_digest(&[0xAB; 16]);
        assert!(signature.equals(&"AB".repeat(16)));
        assert!(!signature.equals(&"AB".repeat(15)));
        assert!(!signature.equals(&"ab".repeat(16)));
        assert!(!signature.equals(""));
    }
}
