//! What an HTTP answer means to the session, whatever route it came from.

use super::seen::Seen;

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server showed the order.
    Order(Seen),
    /// The server wants the same request later: 408, 425, 429 or 5xx.
    Later {
        /// What `Retry-After` says, if it says anything.
        retry_after_ms: Option<u64>,
    },
    /// The server will not do this, now or later: any other 4xx.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The server says the shop's operator has to mend its configuration; asking again is useless.
    Misconfigured,
    /// No usable answer: no connection, a time-out, or something that is not ours.
    Silence,
}

impl Answer {
    /// Reads an HTTP status with what its body was: an order, or a problem and its code.
    #[must_use]
    pub fn from_http(
        status: u16,
        retry_after_ms: Option<u64>,
        order: Option<Seen>,
        code: Option<&str>,
    ) -> Self {
        if code == Some("misconfigured") {
            return Self::Misconfigured;
        }
        match (status, order) {
            (200..=299, Some(order)) => Self::Order(order),
            (408 | 425 | 429 | 500..=599, _) => Self::Later { retry_after_ms },
            (400..=499, _) => Self::Refused { status },
            // A success without an order is not our Worker: a captive portal, a proxy's page.
            _ => Self::Silence,
        }
    }
}
