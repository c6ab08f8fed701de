//! The gateway's side of the protocol, for a simulator: verifying a request, and the text of what the gateway
//! signs (protocol §9.3, §9.4).

use thiserror::Error;

use crate::v3::authorization::{Authorization, AuthorizationError};
use crate::v3::headers;
use crate::v3::{Method, Stage};

/// Why a request is refused with 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// No `Authorization`, or more than one.
    #[error("the request must have one Authorization header")]
    NoAuthorization,
    /// Not of its form.
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    /// Five minutes or more away from the gateway's clock.
    #[error("the timestamp is five minutes or more away from the clock")]
    Window,
}

impl RequestError {
    /// The stage that refused.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::NoAuthorization | Self::Authorization(_) => Stage::Headers,
            Self::Window => Stage::Window,
        }
    }
}

/// Reads and dates the `Authorization` of a request. Verify its signature over [`request_text`] with the key
/// of its `serial`.
///
/// # Errors
/// [`RequestError`].
pub fn authorization(headers: &[(&str, &str)], now_seconds: i64) -> Result<Authorization, RequestError> {
    let header = headers::optional(headers, "Authorization").ok().flatten();
    let authorization: Authorization = header.ok_or(RequestError::NoAuthorization)?.parse()?;
    if headers::is_within(authorization.timestamp, now_seconds) {
        Ok(authorization)
    } else {
        Err(RequestError::Window)
    }
}

/// The text that the signature of a request covers.
#[must_use]
pub fn request_text(method: Method, target: &str, authorization: &Authorization, body: &[u8]) -> Vec<u8> {
    let Authorization { timestamp, nonce, .. } = authorization;
    let head = format!("{}\n{target}\n{timestamp}\n{nonce}\n", method.as_str());
    [head.as_bytes(), body, b"\n"].concat()
}

/// The text that the gateway signs of an answer or a notification.
#[must_use]
pub fn answer_text(timestamp_seconds: i64, nonce: &str, body: &[u8]) -> Vec<u8> {
    [format!("{timestamp_seconds}\n{nonce}\n").as_bytes(), body, b"\n"].concat()
}
