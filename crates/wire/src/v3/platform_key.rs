//! A key that verifies what WeChat Pay signs (protocol §9.2).

use crate::v3::{Certificate, PublicKey, Serial};

/// A key with the name by which messages choose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformKey {
    serial: Serial,
    key: PublicKey,
    validity: Option<Validity>,
}

/// The first and the last second of a certificate, of the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub from: i64,
    /// The last second.
    pub until: i64,
}

impl PlatformKey {
    /// A WeChat Pay public key with its identifier. It does not expire.
    #[must_use]
    pub const fn public_key(serial: Serial, key: PublicKey) -> Self {
        Self { serial, key, validity: None }
    }

    /// A certificate's key that was stored after its list had been verified.
    #[must_use]
    pub const fn stored(serial: Serial, key: PublicKey, validity: Validity) -> Self {
        Self { serial, key, validity: Some(validity) }
    }

    /// The name.
    #[must_use]
    pub const fn serial(&self) -> &Serial {
        &self.serial
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// When it may be used; `None`: always.
    #[must_use]
    pub const fn validity(&self) -> Option<Validity> {
        self.validity
    }

    /// Whether it may be used now.
    #[must_use]
    pub fn is_valid_at(&self, now_seconds: i64) -> bool {
        self.validity.is_none_or(|Validity { from, until }| (from..=until).contains(&now_seconds))
    }
}

impl From<Certificate> for PlatformKey {
    fn from(certificate: Certificate) -> Self {
        let Certificate { serial, key, not_before, not_after } = certificate;
        Self { serial, key, validity: Some(Validity { from: not_before, until: not_after }) }
    }
}
