//! A request before and after it is signed (protocol §9.3).
//!
//! The caller's cryptography signs [`Draft::text`] with the merchant's private key: RSASSA-PKCS1-v1_5 with
//! SHA-256. [`Draft::signed`] takes the signature and gives the [`Request`] to send. A call that is repeated
//! gets a new draft with a new time and nonce; that makes no other request of it (protocol §9.5).

use thiserror::Error;

use crate::v3::authorization::Authorization;
use crate::v3::call::CallName;
use crate::v3::{Account, Serial, UserAgent};
use crate::{MchId, Nonce};

/// The lengths of an RSA signature that are accepted, in bytes: keys of 2,048 to 4,096 bits.
pub(crate) const SIGNATURE_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// `GET` or `POST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Asks; it has no body.
    Get,
    /// Does something; it has a JSON body.
    Post,
}

impl Method {
    /// The method's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// What a call sends, without what every request has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) body: String,
    /// Whether the answer is signed, so that it is worth naming the key for it.
    pub(crate) answer_is_signed: bool,
}

impl Parts {
    pub(crate) const fn get(target: String) -> Self {
        Self { method: Method::Get, target, body: String::new(), answer_is_signed: true }
    }

    pub(crate) const fn post(target: String, body: String) -> Self {
        Self { method: Method::Post, target, body, answer_is_signed: true }
    }
}

/// A request that is not signed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    name: CallName,
    parts: Parts,
    mch_id: MchId,
    certificate: Serial,
    answers_with: Option<Serial>,
    user_agent: UserAgent,
    timestamp: i64,
    nonce: Nonce,
}

/// The signature cannot be one of RSA-2048.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a signature of an RSA key has 256 to 512 bytes; this one has {bytes}")]
pub struct SignatureLength {
    /// How many bytes it has.
    pub bytes: usize,
}

/// A signed request. Send it as it is: method, target and body are signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: Method,
    /// Path and query, to be put after the [host](crate::host) without any change.
    pub target: String,
    /// All headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for `GET`.
    pub body: String,
}

impl Draft {
    pub(crate) fn new(
        name: CallName,
        parts: Parts,
        account: &Account,
        now_seconds: i64,
        nonce: &Nonce,
    ) -> Self {
        let answers_with = account.answers_with.clone().filter(|_| parts.answer_is_signed);
        Self {
            name,
            parts,
            mch_id: account.merchant.mch_id.clone(),
            certificate: account.certificate.clone(),
            answers_with,
            user_agent: account.user_agent.clone(),
            timestamp: now_seconds,
            nonce: nonce.clone(),
        }
    }

    /// Which call it is, for logs.
    #[must_use]
    pub const fn name(&self) -> CallName {
        self.name
    }

    /// The text to sign: five lines, each closed by a line feed.
    #[must_use]
    pub fn text(&self) -> String {
        let Parts { method, target, body, .. } = &self.parts;
        format!("{}\n{target}\n{}\n{}\n{body}\n", method.as_str(), self.timestamp, self.nonce)
    }

    /// The request with its signature.
    ///
    /// # Errors
    /// [`SignatureLength`] for bytes that no RSA key of an accepted length can have made.
    pub fn signed(self, signature: &[u8]) -> Result<Request, SignatureLength> {
        if !SIGNATURE_BYTES.contains(&signature.len()) {
            return Err(SignatureLength { bytes: signature.len() });
        }
        let authorization = Authorization {
            mch_id: self.mch_id,
            nonce: self.nonce,
            timestamp: self.timestamp,
            serial: self.certificate,
            signature: signature.into(),
        };
        let Parts { method, target, body, .. } = self.parts;
        let json = || "application/json".to_owned();
        let mut headers = vec![("Accept", json())];
        if method == Method::Post {
            headers.push(("Content-Type", json()));
        }
        headers.push(("User-Agent", self.user_agent.to_string()));
        headers.push(("Authorization", authorization.to_string()));
        if let Some(serial) = self.answers_with {
            headers.push(("Wechatpay-Serial", serial.to_string()));
        }
        Ok(Request { method, target, headers, body })
    }
}

impl Request {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

/// The signature lets its holder repeat the request for five minutes, so it is left out.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method.as_str())
            .field("target", &self.target)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
