//! The header `Authorization` of a request (protocol §9.3).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::v3::Serial;
use crate::v3::draft::SIGNATURE_BYTES;
use crate::{MchId, Nonce};

/// The scheme: the only one that the global edition has.
pub(crate) const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// The longest header that is read: a signature of 4,096 bits has 684 characters.
const MAX_HEADER_BYTES: usize = 2_048;

/// Who signs a request, when, and the signature. Only a simulator of the gateway reads one.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    /// `mchid`: the merchant, or the institution.
    pub mch_id: MchId,
    /// `nonce_str`.
    pub nonce: Nonce,
    /// `timestamp`, seconds of the Unix epoch.
    pub timestamp: i64,
    /// `serial_no`: the merchant's certificate.
    pub serial: Serial,
    /// `signature`.
    pub signature: Box<[u8]>,
}

/// Why a header is not the documented one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AuthorizationError {
    /// Another scheme, or none.
    #[error("Authorization must begin with {SCHEME} and a blank")]
    Scheme,
    /// Not `name="value"` five times, with commas between.
    #[error("Authorization must have name=\"value\", with commas between")]
    Form,
    /// A name that is not one of the five, or that stands twice.
    #[error("Authorization must have each of mchid, nonce_str, timestamp, serial_no, signature once")]
    Names,
    /// A value that is not of its type.
    #[error("the value of {name} in Authorization is not of its form")]
    Value {
        /// The name.
        name: &'static str,
    },
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{SCHEME} mchid=\"{}\",nonce_str=\"{}\",timestamp=\"{}\",serial_no=\"{}\",signature=\"{}\"",
            self.mch_id,
            self.nonce,
            self.timestamp,
            self.serial,
            STANDARD.encode(&self.signature)
        )
    }
}

impl FromStr for Authorization {
    type Err = AuthorizationError;

    /// Reads the five values in any order. SDKs write them in different orders, some with a blank after a
    /// comma.
    fn from_str(text: &str) -> Result<Self, AuthorizationError> {
        if text.len() > MAX_HEADER_BYTES {
            return Err(AuthorizationError::Form);
        }
        let rest = text.strip_prefix(SCHEME).and_then(|rest| rest.strip_prefix(' '));
        let mut values: [Option<&str>; 5] = [None; 5];
        for part in rest.ok_or(AuthorizationError::Scheme)?.split(',') {
            let (name, value) = part.trim_ascii().split_once('=').ok_or(AuthorizationError::Form)?;
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let value = value.ok_or(AuthorizationError::Form)?;
            let place = NAMES.iter().position(|known| *known == name).ok_or(AuthorizationError::Names)?;
            match values.get_mut(place) {
                Some(empty @ None) => *empty = Some(value),
                Some(Some(_)) | None => return Err(AuthorizationError::Names),
            }
        }
        let [Some(mchid), Some(nonce), Some(timestamp), Some(serial), Some(signature)] = values else {
            return Err(AuthorizationError::Names);
        };
        let wrong = |name| AuthorizationError::Value { name };
        Ok(Self {
            mch_id: mchid.parse().map_err(|_| wrong("mchid"))?,
            nonce: nonce.parse().map_err(|_| wrong("nonce_str"))?,
            timestamp: super::headers::timestamp(timestamp).ok_or(wrong("timestamp"))?,
            serial: serial.parse().map_err(|_| wrong("serial_no"))?,
            signature: signature_bytes(signature).ok_or(wrong("signature"))?,
        })
    }
}

/// The names of the values.
const NAMES: [&str; 5] = ["mchid", "nonce_str", "timestamp", "serial_no", "signature"];

/// A signature from its base64. `None` for anything else, quietly: the gateway's probes need not be base64.
pub(crate) fn signature_bytes(text: &str) -> Option<Box<[u8]>> {
    let bytes = STANDARD.decode(text).ok()?;
    SIGNATURE_BYTES.contains(&bytes.len()).then(|| bytes.into())
}

/// The signature is left out, see [`Request`](crate::v3::Request).
impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("mch_id", &self.mch_id)
            .field("timestamp", &self.timestamp)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorization() -> Authorization {
        Authorization {
            mch_id: "1634117205".parse().unwrap(),
            nonce: "N0".parse().unwrap(),
            timestamp: 1_772_337_600,
            serial: "1A2B".parse().unwrap(),
            signature: vec![0xFB; 256].into(),
        }
    }

    #[test]
    fn what_is_written_is_read_in_any_order() {
        let written = authorization().to_string();
        assert!(written.starts_with(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"1634117205\",nonce_str=\"N0\",timestamp=\"1772337600\",\
            serial_no=\"1A2B\",signature=\"+/v7"
        ));
        assert_eq!(written.parse(), Ok(authorization()));
        let (scheme, values) = written.split_once(' ').unwrap();
        let turned: Vec<_> = values.split(',').rev().collect();
        assert_eq!(format!("{scheme} {}", turned.join(",")).parse(), Ok(authorization()));
        assert_eq!(format!("{scheme} {}", turned.join(", ")).parse(), Ok(authorization()));
    }

    #[test]
    fn each_fault_is_named() {
        let good = authorization().to_string();
        let read = |from: &str, to: &str| {
            let bad = good.replace(from, to);
            assert_ne!(bad, good);
            bad.parse::<Authorization>().unwrap_err()
        };
        assert_eq!(read("RSA2048", "RSA4096"), AuthorizationError::Scheme);
        assert_eq!(read("WECHATPAY2", "wechatpay2"), AuthorizationError::Scheme);
        assert_eq!(read("mchid=\"", "mchid=\"\","), AuthorizationError::Form);
        assert_eq!(read("\"N0\"", "N0"), AuthorizationError::Form);
        assert_eq!(read(",timestamp=\"1772337600\"", ""), AuthorizationError::Names);
        assert_eq!(read("timestamp", "time"), AuthorizationError::Names);
        assert_eq!(read("nonce_str=\"N0\"", "nonce_str=\"N0\",nonce_str=\"N0\""), AuthorizationError::Names);
        for (name, from, to) in [
            ("mchid", "1634117205", "x"),
            ("nonce_str", "N0", "N 0"),
            ("timestamp", "1772337600", "+1"),
            ("serial_no", "1A2B", "1A2G"),
            ("signature", "+/v7", "-_v7"),
            ("signature", "+/v7", ""),
        ] {
            assert_eq!(read(from, to), AuthorizationError::Value { name });
        }
        let longest = " ".repeat(MAX_HEADER_BYTES).parse::<Authorization>();
        assert_eq!(longest, Err(AuthorizationError::Scheme), "it is looked at");
        assert_eq!(" ".repeat(MAX_HEADER_BYTES + 1).parse::<Authorization>(), Err(AuthorizationError::Form));
    }

    #[test]
    fn debug_leaves_the_signature_out() {
        assert!(!format!("{:?}", authorization()).contains("251"));
    }
}
