//! What the session wants done: at most one request, one socket, one timer, one event.

/// What the shell shall do now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Send this.
    pub request: Option<Request>,
    /// Open a socket to the order, in place of any there is; its fate comes back as `Input::Live`.
    pub connect: bool,
    /// Wake the session then, instead of whenever it was asked before; `None`: not at all.
    pub wake_in_ms: Option<u64>,
    /// Tell the page.
    pub event: Option<Event>,
    /// The order of the answer just given is the one to show.
    pub adopted: bool,
}

/// One request to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Comes back with the answer; an answer of another ticket is ignored.
    pub ticket: u32,
    /// What to ask.
    pub ask: Ask,
}

/// What to ask the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Place the order, with the cart's key if it has one: the same order.
    Place,
    /// Place a new order: make a new key first.
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

/// What the page is told, once each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A code can be paid.
    Ready,
    /// The server says the money is there.
    Paid,
    /// The time is over.
    Expired,
    /// The shopper gave up.
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
