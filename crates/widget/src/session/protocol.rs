//! What goes in and out of the session: inputs, answers, effects.

use super::order_facts::OrderFacts;

/// What the session is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The shopper pressed pay, wants a new code, or wants to try again now.
    Start,
    /// The request with this ticket was answered.
    Answered {
        /// The ticket of the request.
        ticket: u32,
        /// What the answer means.
        answer: Answer,
    },
    /// The server pushed the order, or another tab of this browser got it. It counts like an answer to our
    /// own request, so two tabs together ask hardly more often than one.
    Overheard(OrderFacts),
    /// The socket that [`Effects::connect`] asked for is open (true), or it closed or did not open (false).
    /// What it pushes comes as [`Input::Overheard`].
    Live(bool),
    /// The time that [`Effects::wake_in_ms`] asked for has passed.
    WokenUp,
    /// The device says that it went online or offline.
    Online(bool),
    /// The page was shown or hidden.
    Visible(bool),
    /// The shopper says *I have paid*.
    PaymentClaimed,
    /// The shopper cancels.
    Cancel,
}

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server showed the order.
    Order(OrderFacts),
    /// The server wants the same request later, because there are too many requests: 429.
    TooMany {
        /// The `Retry-After` header, if there is one.
        retry_after_ms: Option<u64>,
    },
    /// The server wants the same request later: 408, 425 or 5xx.
    Later {
        /// The `Retry-After` header, if there is one.
        retry_after_ms: Option<u64>,
    },
    /// The server refuses this for good: any other 4xx.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The server says that the shop must fix its configuration. Asking again is useless.
    Misconfigured,
    /// Something that is not our server answered: a page of HTML, a redirect, another API, a firewall, or an
    /// answer that this page may not read.
    Foreign {
        /// The HTTP status, or 0 if the page may not know it.
        status: u16,
        /// The `Retry-After` header, if there is one.
        retry_after_ms: Option<u64>,
    },
    /// No answer: no connection, or no answer in time.
    Silence,
}

/// What the shell knows about an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// The HTTP status. 0 if the page may not know it, `None` if nothing answered.
    pub status: Option<u16>,
    /// The `Retry-After` header, if there is one.
    pub retry_after_ms: Option<u64>,
    /// The order in its body.
    pub order: Option<OrderFacts>,
    /// The problem code in its body. Only our server sends one.
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
            (429, _, Some(_)) => Self::TooMany { retry_after_ms },
            (408 | 425 | 500..=599, _, Some(_)) => Self::Later { retry_after_ms },
            (400..=499, _, Some(_)) => Self::Refused { status },
            _ => Self::Foreign { status, retry_after_ms },
        }
    }
}

/// What the shell must do now: at most one request, one socket, one timer, one event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Send this request.
    pub request: Option<Request>,
    /// Open a socket to the order and close any earlier one. What becomes of it comes back as `Input::Live`.
    pub connect: bool,
    /// Set the timer to this, in place of its earlier time. `None` stops the timer.
    pub wake_in_ms: Option<u64>,
    /// Tell the page this.
    pub event: Option<Event>,
    /// Show the order of the answer that just came.
    pub adopted: bool,
}

/// One request to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Comes back with the answer. The session ignores an answer with another ticket.
    pub ticket: u32,
    /// What to ask.
    pub ask: Ask,
}

/// What to ask the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Place the order with the cart's key. If that key has an order already, this finds it.
    Place,
    /// Place a new order with a new key.
    PlaceAnew,
    /// Read the order.
    Look,
    /// Cancel the order.
    Cancel,
}

impl Ask {
    /// The name in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::PlaceAnew => "place_anew",
            Self::Look => "look",
            Self::Cancel => "cancel",
        }
    }
}

/// What the page is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A code can be paid.
    Ready,
    /// The server says that the order is paid.
    Paid,
    /// The server says that the time is over.
    Expired,
    /// The shopper cancelled.
    Cancelled,
    /// There is no order to pay.
    Error,
}

impl Event {
    /// The name in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Paid => "paid",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Error => "error",
        }
    }
}
