//! Platform certificates, `GET …/certificates` (protocol §9.2), and how their first download is trusted.
//!
//! The answer is signed by a certificate inside itself. Trust rests on the seal: only WeChat Pay can seal
//! with the API v3 key. So the entries are opened first, then the one that the answer names verifies the
//! answer, and nothing is taken from an answer that it does not verify.
//!
//! ```text
//! sealed = SealedCertificates::read(reply, now)?
//! opened = sealed.entries().map(subtle.decrypt)      the caller's cryptography: plaintext or not
//! claim  = sealed.opened(opened, now)?
//! valid  = subtle.verify(claim.check())              the caller's cryptography: yes or no
//! keys   = claim.judge(Verdict::of(valid))?          for KeyRing::refresh
//! ```

use thiserror::Error;

use crate::v2::Malformed;
use crate::v3::call_error::unsuccessful;
use crate::v3::certificate::CertificateError;
use crate::v3::claim::{self, Check, MAX_BODY_BYTES, Verdict};
use crate::v3::draft::Parts;
use crate::v3::headers::SignatureHeaders;
use crate::v3::json::{JsonFields, Object};
use crate::v3::key_ring::MAX_KEYS;
use crate::v3::target::Target;
use crate::v3::{
    Account, Call, CallError, CallName, Certificate, Edition, GenuineAnswer, KeyRefusal, NotGenuine,
    PlatformKey, Refusal, Reply, Sealed, Serial, Stage, WriteError,
};

/// Asks for the platform certificates. A merchant in public key mode has none, and gets 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificates;

/// Why no certificates are taken from an answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CertificatesError {
    /// Unsigned, stale, or not verified by a certificate inside.
    #[error(transparent)]
    NotGenuine(#[from] NotGenuine),
    /// Another status than 200. Nothing verifies it, so it only informs: 404 is usual in public key mode.
    #[error("the certificates were answered with {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// What it says.
        refusal: Option<Box<Refusal>>,
    },
    /// The list or an entry is not of its form.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The API v3 key does not open an entry. Most likely it has been changed in the merchant platform.
    #[error("the API v3 key does not open the certificate {serial}")]
    NotOpened {
        /// The entry.
        serial: Serial,
    },
    /// An opened entry is not a certificate.
    #[error("the certificate {serial}: {why}")]
    Certificate {
        /// The entry.
        serial: Serial,
        /// What is wrong with it.
        why: CertificateError,
    },
    /// An opened entry is the certificate of another serial.
    #[error("the entry {serial} holds another certificate")]
    OtherSerial {
        /// The entry.
        serial: Serial,
    },
    /// The caller opened another number of entries than there are.
    #[error("not every entry was opened")]
    Entries,
}

impl CertificatesError {
    /// The stage that refused; `None` for a status.
    #[must_use]
    pub const fn stage(&self) -> Option<Stage> {
        match self {
            Self::NotGenuine(error) => Some(error.stage()),
            Self::Status { .. } => None,
            Self::Malformed(_) => Some(Stage::Envelope),
            Self::NotOpened { .. } | Self::Entries => Some(Stage::Open),
            Self::Certificate { .. } | Self::OtherSerial { .. } => Some(Stage::Fields),
        }
    }
}

/// A list whose entries wait to be opened. Nothing in it is proven yet.
#[derive(Clone, Debug)]
pub struct SealedCertificates<'a> {
    headers: SignatureHeaders<'a>,
    body: &'a [u8],
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    serial: Serial,
    sealed: Sealed,
}

/// A list whose entries are open, and that waits for the verdict of the cryptography.
#[derive(Clone, Debug)]
pub struct CertificatesClaim {
    check: Check,
    keys: Vec<PlatformKey>,
}

/// The associated data of every entry: a sealed notification is no certificate.
const ASSOCIATED_DATA: &[u8] = b"certificate";

impl<'a> SealedCertificates<'a> {
    /// Reads the answer of [`Certificates`].
    ///
    /// # Errors
    /// [`CertificatesError`].
    pub fn read(reply: &Reply<'a>, now_seconds: i64) -> Result<Self, CertificatesError> {
        if reply.status != Certificates::SUCCESS {
            let refusal = crate::v3::hearsay(CallName::Certificates, reply).map(Box::new);
            return Err(CertificatesError::Status { status: reply.status, refusal });
        }
        let headers = claim::fresh(reply.headers, reply.body, MAX_BODY_BYTES, now_seconds)?;
        let object = Object::parse(reply.body).map_err(NotGenuine::from)?;
        let list = JsonFields::of(&object).list("data")?;
        if !(1..=MAX_KEYS).contains(&list.len()) {
            return Err(Malformed::invalid("data").into());
        }
        let entries = list.iter().map(Entry::read).collect::<Result<_, _>>()?;
        Ok(Self { headers, body: reply.body, entries })
    }

    /// What the caller's cryptography opens, in this order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Sealed> {
        self.entries.iter().map(|entry| &entry.sealed)
    }

    /// Takes the plaintext of each entry, in the same order; `None` for one that did not open.
    ///
    /// # Errors
    /// [`CertificatesError`].
    pub fn opened(
        self,
        plaintexts: &[Option<Vec<u8>>],
        now_seconds: i64,
    ) -> Result<CertificatesClaim, CertificatesError> {
        if plaintexts.len() != self.entries.len() {
            return Err(CertificatesError::Entries);
        }
        let opened = self.entries.iter().zip(plaintexts);
        let keys = opened.map(|(entry, plaintext)| entry.certificate(plaintext.as_deref()));
        let keys: Vec<PlatformKey> = keys.collect::<Result<_, _>>()?;
        let named = keys.iter().find(|key| *key.serial() == self.headers.serial);
        let named = named.ok_or(NotGenuine::Key(KeyRefusal::Unknown))?;
        if !named.is_valid_at(now_seconds) {
            return Err(NotGenuine::Key(KeyRefusal::NotValidNow).into());
        }
        Ok(CertificatesClaim { check: Check::new(&self.headers, named, self.body)?, keys })
    }
}

impl Entry {
    fn read(fields: &JsonFields<'_, '_>) -> Result<Self, Malformed> {
        let inside = fields.object("encrypt_certificate")?;
        let sealed = Sealed::read(&inside)?;
        if sealed.associated_data() != ASSOCIATED_DATA {
            return Err(inside.invalid("associated_data"));
        }
        Ok(Self { serial: fields.parse("serial_no")?, sealed })
    }

    fn certificate(&self, plaintext: Option<&[u8]>) -> Result<PlatformKey, CertificatesError> {
        let serial = || self.serial.clone();
        let plaintext = plaintext.ok_or_else(|| CertificatesError::NotOpened { serial: serial() })?;
        let text = String::from_utf8_lossy(plaintext);
        let certificate = Certificate::from_pem(&text)
            .map_err(|why| CertificatesError::Certificate { serial: serial(), why })?;
        if certificate.serial == self.serial {
            Ok(certificate.into())
        } else {
            Err(CertificatesError::OtherSerial { serial: serial() })
        }
    }
}

impl CertificatesClaim {
    /// What is to be verified, with a key out of the list itself.
    #[must_use]
    pub const fn check(&self) -> &Check {
        &self.check
    }

    /// The certificates, if the signature is valid. Give them to
    /// [`KeyRing::refresh`](crate::v3::KeyRing::refresh).
    ///
    /// # Errors
    /// [`NotGenuine::Signature`].
    pub fn judge(self, verdict: Verdict) -> Result<Vec<PlatformKey>, NotGenuine> {
        claim::pass(verdict)?;
        Ok(self.keys)
    }
}

impl Call for Certificates {
    const NAME: CallName = CallName::Certificates;
    /// [`SealedCertificates`] reads it.
    type Answer = std::convert::Infallible;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        let target = match account.edition {
            Edition::Global => Target::of("/v3/global/certificates"),
            Edition::Mainland => Target::of("/v3/certificates").query("algorithm_type", "RSA"),
        };
        Ok(Parts::get(target.finish()))
    }

    fn read(&self, answer: &GenuineAnswer<'_>, _: &Account) -> Result<Self::Answer, CallError> {
        Err(unsuccessful(Self::NAME, answer.status(), None))
    }
}
