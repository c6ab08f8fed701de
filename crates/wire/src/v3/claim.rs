//! From received bytes to a genuine message: the one door through which the outcome of the cryptography comes
//! in (protocol §9.4).
//!
//! A claim has passed the checks that need no cryptography: size, headers, window and serial. Its [`Check`]
//! says what is to be verified with which key. The caller's cryptography answers with a [`Verdict`], and the
//! claim turns into a genuine message or a refusal. No genuine type has another origin.
//!
//! ```text
//! claim = answer_claim(reply, now, ring)?      size, headers, window, key
//! valid = subtle.verify(claim.check())         the caller's cryptography: yes or no
//! genuine = claim.judge(Verdict::of(valid))?   signature
//! ```
//!
//! The claim is consumed, so a verdict counts for one message. The text in the check is the message's own
//! bytes: nothing is parsed and printed again.

use thiserror::Error;

use crate::v3::authorization::signature_bytes;
use crate::v3::headers::{HeaderError, SignatureHeaders};
use crate::v3::{Choice, JsonError, KeyRefusal, KeyRing, PlatformKey, Stage};

/// The longest body of an answer or a notification that is read. Bills have their own bound.
pub const MAX_BODY_BYTES: usize = 64 * 1_024;

/// Why a message is not genuine, or not JSON although it is. An answer that is not genuine has an unknown
/// outcome: the call may have had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotGenuine {
    /// Too long.
    #[error("the body is longer than {bound} bytes")]
    Size {
        /// The bound.
        bound: usize,
    },
    /// The signature headers are missing or not of their form.
    #[error(transparent)]
    Headers(#[from] HeaderError),
    /// Five minutes or more away from our clock: a replay, or one of the two clocks is wrong.
    #[error("the message is {seconds_old} s old; less than 300 s are accepted, in the future too")]
    Window {
        /// How old it says it is; negative: in the future.
        seconds_old: i64,
    },
    /// No key has its serial yet. [Refresh](KeyRing::refresh_begins) the certificates once, then read the
    /// message again.
    #[error("the serial of the message is unknown, and the certificates can be refreshed")]
    RefreshFirst,
    /// No key verifies it.
    #[error(transparent)]
    Key(#[from] KeyRefusal),
    /// The signature is not the base64 of an RSA signature. The gateway's probes may be so.
    #[error("the signature is not base64 of an RSA signature")]
    SignatureForm,
    /// The signature is not valid.
    #[error("the signature is not valid")]
    Signature,
    /// A bill's text has another hash than the signed one.
    #[error("the bill has another hash than the signed one")]
    Hash,
    /// The signature is valid, and the body is not a JSON object.
    #[error(transparent)]
    Json(#[from] JsonError),
}

impl NotGenuine {
    /// The stage that refused.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Size { .. } => Stage::Size,
            Self::Headers(_) => Stage::Headers,
            Self::Window { .. } => Stage::Window,
            Self::RefreshFirst | Self::Key(_) => Stage::Key,
            Self::SignatureForm | Self::Signature | Self::Hash => Stage::Signature,
            Self::Json(_) => Stage::Json,
        }
    }
}

/// What the caller's cryptography found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The signature is valid.
    Valid,
    /// It is not, or could not be checked.
    Invalid,
}

impl Verdict {
    /// The verdict of a yes or no.
    #[must_use]
    pub const fn of(valid: bool) -> Self {
        if valid { Self::Valid } else { Self::Invalid }
    }
}

/// What is to be verified: RSASSA-PKCS1-v1_5 with SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    key: PlatformKey,
    text: Vec<u8>,
    signature: Box<[u8]>,
}

impl Check {
    /// The key.
    #[must_use]
    pub const fn key(&self) -> &PlatformKey {
        &self.key
    }

    /// The text: timestamp, nonce and body as received, each closed by a line feed.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The check of a message whose headers have been read, with this key.
    pub(crate) fn new(
        headers: &SignatureHeaders<'_>,
        key: &PlatformKey,
        body: &[u8],
    ) -> Result<Self, NotGenuine> {
        let signature = signature_bytes(headers.signature).ok_or(NotGenuine::SignatureForm)?;
        let head = format!("{}\n{}\n", headers.timestamp_text, headers.nonce);
        let text = [head.as_bytes(), body, b"\n"].concat();
        Ok(Self { key: key.clone(), text, signature })
    }
}

/// The headers of a message that is not too long and is of now.
pub(crate) fn fresh<'h>(
    headers: &[(&str, &'h str)],
    body: &[u8],
    bound: usize,
    now_seconds: i64,
) -> Result<SignatureHeaders<'h>, NotGenuine> {
    if body.len() > bound {
        return Err(NotGenuine::Size { bound });
    }
    let headers = SignatureHeaders::read(headers)?;
    if headers.is_within(now_seconds) {
        Ok(headers)
    } else {
        Err(NotGenuine::Window { seconds_old: now_seconds.saturating_sub(headers.timestamp) })
    }
}

/// The key that a message names.
pub(crate) fn key_of<'r>(
    headers: &SignatureHeaders<'_>,
    ring: &'r KeyRing,
    now_seconds: i64,
) -> Result<&'r PlatformKey, NotGenuine> {
    match ring.choose(&headers.serial, now_seconds) {
        Choice::Verify(key) => Ok(key),
        Choice::Refresh => Err(NotGenuine::RefreshFirst),
        Choice::Refuse(refusal) => Err(refusal.into()),
    }
}

/// The check of a message.
pub(crate) fn check(
    headers: &[(&str, &str)],
    body: &[u8],
    now_seconds: i64,
    ring: &KeyRing,
) -> Result<Check, NotGenuine> {
    let headers = fresh(headers, body, MAX_BODY_BYTES, now_seconds)?;
    Check::new(&headers, key_of(&headers, ring, now_seconds)?, body)
}

/// Passes only with a valid signature.
pub(crate) const fn pass(verdict: Verdict) -> Result<(), NotGenuine> {
    match verdict {
        Verdict::Valid => Ok(()),
        Verdict::Invalid => Err(NotGenuine::Signature),
    }
}
