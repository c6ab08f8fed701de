//! Platform certificates: serial number, validity and key of an X.509 certificate (protocol §9.2).
//!
//! The certificate is authenticated by the API v3 key that sealed it, or by the operator who configured it.
//! So its own signature, issuer, subject and extensions are passed over; their form is still checked.

use std::fmt::Write as _;

use thiserror::Error;

use crate::v2::WxDate;
use crate::v3::der::{self, Der, DerError, fault};
use crate::v3::pem::{self, PemError};
use crate::v3::{PublicKey, PublicKeyError, Serial};

/// A certificate's serial number, validity and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The serial number, upper-case hexadecimal.
    pub serial: Serial,
    /// The key.
    pub key: PublicKey,
    /// The first second of its validity, of the Unix epoch.
    pub not_before: i64,
    /// The last second of its validity, of the Unix epoch.
    pub not_after: i64,
}

/// Why a text is not a certificate of WeChat Pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// Not PEM.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Not the DER of a certificate.
    #[error("the certificate cannot be read: {0}")]
    Der(#[from] DerError),
    /// Its key is not an RSA key that is strong enough.
    #[error("the certificate's key: {0}")]
    Key(#[from] PublicKeyError),
}

/// The longest serial number that RFC 5280 allows.
const MAX_SERIAL_BYTES: usize = 20;

impl Certificate {
    /// Reads `-----BEGIN CERTIFICATE-----`.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        Self::from_der(&pem::decode(text, "CERTIFICATE")?)
    }

    /// Reads the DER of a certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CertificateError> {
        let mut outer = Der::of(bytes);
        let mut certificate = outer.sequence()?;
        outer.end()?;
        let body = certificate.sequence()?;
        certificate.sequence()?; // signatureAlgorithm
        certificate.bit_string()?; // signatureValue
        certificate.end()?;
        Self::read(body)
    }

    /// Reads the TBSCertificate.
    fn read(mut body: Der<'_>) -> Result<Self, CertificateError> {
        if body.tag() == Some(VERSION) {
            let mut version = Der::of(body.expect(VERSION)?);
            // v2 or v3: v1 must not be written.
            if !matches!(version.expect(der::INTEGER)?, [1 | 2]) {
                return Err(fault("an unknown version").into());
            }
            version.end()?;
        }
        let serial = serial(body.positive()?)?;
        body.sequence()?; // signature
        body.sequence()?; // issuer
        let mut validity = body.sequence()?;
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        validity.end()?;
        if not_after < not_before {
            return Err(fault("the validity ends before it begins").into());
        }
        body.sequence()?; // subject
        let key = PublicKey::from_spki(&again(der::SEQUENCE, body.expect(der::SEQUENCE)?)?)?;
        // issuerUniqueID, subjectUniqueID, extensions: each at most once, in this order.
        for tag in [0x81, 0x82, 0xA3] {
            if body.tag() == Some(tag) {
                body.any()?;
            }
        }
        body.end()?;
        Ok(Self { serial, key, not_before, not_after })
    }
}

/// `[0]` explicit: the version.
const VERSION: u8 = 0xA0;

/// The serial number as OpenSSL and the merchant platform write it.
fn serial(number: &[u8]) -> Result<Serial, DerError> {
    if number.len() > MAX_SERIAL_BYTES {
        return Err(fault("a serial number of more than 20 bytes"));
    }
    let text = number.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    });
    Serial::new(&text).map_err(|_| fault("an empty serial number"))
}

/// A UTCTime or a GeneralizedTime, to the second and in UTC, as RFC 5280 §4.1.2.5 wants them.
fn time(der: &mut Der<'_>) -> Result<i64, DerError> {
    let (tag, content) = der.any()?;
    let text = std::str::from_utf8(content).map_err(|_| fault("a time that is not ASCII"))?;
    let invalid = fault("a time of another form");
    let digits = text.strip_suffix('Z').ok_or(invalid)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid);
    }
    let digits = match (tag, digits.len()) {
        (der::UTC_TIME, 12) if digits < "50" => format!("20{digits}"),
        (der::UTC_TIME, 12) => format!("19{digits}"),
        (der::GENERALIZED_TIME, 14) => digits.to_owned(),
        _ => return Err(invalid),
    };
    let part = |range: std::ops::Range<usize>| {
        digits.get(range).and_then(|part| part.parse::<i64>().ok()).ok_or(invalid)
    };
    let day = WxDate::from_ymd(part(0..4)?, part(4..6)?, part(6..8)?).ok_or(invalid)?;
    let (hour, minute, second) = (part(8..10)?, part(10..12)?, part(12..14)?);
    crate::v3::rfc3339::epoch_seconds(day, hour, minute, second, 0).ok_or(invalid)
}

/// An element as it stood in its sequence.
fn again(tag: u8, content: &[u8]) -> Result<Vec<u8>, DerError> {
    let [high, low] = u16::try_from(content.len()).map_err(|_| fault("too long"))?.to_be_bytes();
    let head: &[u8] = match (high, low) {
        (0, 0..=0x7F) => &[tag, low],
        (0, _) => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    Ok([head, content].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_time(tag: u8, text: &str) -> Result<i64, DerError> {
        let bytes = [&[tag, text.len() as u8], text.as_bytes()].concat();
        time(&mut Der::of(&bytes))
    }

    #[test]
    fn times_have_one_form_and_utc() {
        assert_eq!(read_time(der::UTC_TIME, "700101000000Z"), Ok(0));
        assert_eq!(read_time(der::UTC_TIME, "260301040345Z"), Ok(1_772_337_825));
        assert_eq!(read_time(der::GENERALIZED_TIME, "20260301040345Z"), Ok(1_772_337_825));
        assert_eq!(read_time(der::UTC_TIME, "500101000000Z"), Ok(-631_152_000));
        assert_eq!(read_time(der::GENERALIZED_TIME, "20500101000000Z"), Ok(2_524_608_000));
        assert_eq!(read_time(der::UTC_TIME, "491231235959Z"), Ok(2_524_607_999));
        for (tag, bad) in [
            (der::UTC_TIME, "260301040345"),
            (der::UTC_TIME, "2603010403Z"),
            (der::UTC_TIME, "260301040345+0000"),
            (der::UTC_TIME, "20260301040345Z"),
            (der::UTC_TIME, "260230000000Z"),
            (der::UTC_TIME, "260301240000Z"),
            (der::UTC_TIME, "+60301040345Z"),
            (der::GENERALIZED_TIME, "20260301040345.5Z"),
            (der::GENERALIZED_TIME, "260301040345Z"),
            (der::OCTET_STRING, "260301040345Z"),
        ] {
            assert!(read_time(tag, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn serial_numbers_have_two_digits_per_byte() {
        assert_eq!(serial(&[0x0A, 0xBC]).unwrap().as_str(), "0ABC");
        assert!(serial(&[1; 20]).is_ok());
        assert!(serial(&[1; 21]).is_err());
    }

    #[test]
    fn an_element_is_put_together_as_it_was() {
        for length in [0, 127, 128, 255, 256, 65_535] {
            let content = vec![7; length];
            let bytes = again(der::SEQUENCE, &content).unwrap();
            let mut der = Der::of(&bytes);
            assert_eq!(der.expect(der::SEQUENCE), Ok(&*content));
            assert_eq!(der.end(), Ok(()));
        }
        assert!(again(der::SEQUENCE, &vec![7; 65_536]).is_err());
    }
}
