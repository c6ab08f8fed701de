//! What an HTTP answer means to the session, whatever route it came from.

use super::order_facts::OrderFacts;

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server showed the order.
    Order(OrderFacts),
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
    /// Something answered that is not our server: a page of HTML, a redirect, another API, a firewall, or an
    /// answer that this page is not allowed to read.
    Foreign {
        /// The HTTP status, as far as it is known; 0 where the page may not know it.
        status: u16,
        /// What `Retry-After` says, if it says anything.
        retry_after_ms: Option<u64>,
    },
    /// No answer: no connection, or none in time.
    Silence,
}

/// What the shell says of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// The status; 0 where the page may not know it, `None` when nothing answered.
    pub status: Option<u16>,
    /// What `Retry-After` says, if it says anything.
    pub retry_after_ms: Option<u64>,
    /// The order in it.
    pub order: Option<OrderFacts>,
    /// The code of the problem in it; only our server gives one.
    pub code: Option<String>,
}

impl Answer {
    /// Reads an HTTP answer.
    #[must_use]
    pub fn from_http(http: Http) -> Self {
        let Http { status, retry_after_ms, order, code } = http;
        let Some(status) = status else { return Self::Silence };
        match (status, order, code.as_deref()) {
            (_, _, Some("misconfigured")) => Self::Misconfigured,
            (200..=299, Some(order), _) => Self::Order(order),
            (408 | 425 | 429 | 500..=599, _, Some(_)) => Self::Later { retry_after_ms },
            (400..=499, _, Some(_)) => Self::Refused { status },
            _ => Self::Foreign { status, retry_after_ms },
        }
    }
}
