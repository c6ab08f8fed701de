//! What the shopper sees: the state of the payment, how the page hears of changes, and why it failed.

/// The state of the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The page has asked the server nothing yet.
    Idle,
    /// The server is placing the order.
    Creating,
    /// The code can be paid.
    Showing,
    /// The page asks the server whether the order is paid.
    Checking,
    /// Final: the server says that the order is paid.
    Paid,
    /// Final: the server says that nobody paid in time.
    Expired,
    /// Final: the shopper cancelled.
    Cancelled,
    /// Final: there is no order to pay.
    Failed,
}

impl State {
    /// The name in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Creating => "creating",
            Self::Showing => "showing",
            Self::Checking => "checking",
            Self::Paid => "paid",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Whether the payment is over. Only start and retry lead out of a final state.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Idle | Self::Creating | Self::Showing | Self::Checking => false,
            Self::Paid | Self::Expired | Self::Cancelled | Self::Failed => true,
        }
    }
}

/// How the page hears of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// The server pushes every change.
    Live,
    /// The page asks; the server answered the last request.
    Polling,
    /// The page asks; the last request failed.
    Troubled,
    /// The page asks; the server said that there were too many requests.
    Busy,
    /// The page asks, more and more rarely: the device says that it is offline, and no answer has shown
    /// otherwise.
    Offline,
}

impl Link {
    /// The name in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Polling => "polling",
            Self::Troubled => "troubled",
            Self::Busy => "busy",
            Self::Offline => "offline",
        }
    }
}

/// Why there is no order to pay, or what is not certain about its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The shop must fix its configuration.
    ShopMisconfigured,
    /// WeChat Pay refused the order.
    Refused,
    /// The server could not reach WeChat Pay.
    GatewayUnreachable,
    /// The server refused what the page asked for: for example goods or a quantity that it does not sell.
    Rejected,
    /// The server did not answer or was overloaded for about a minute, or asked for a longer pause.
    Unavailable,
    /// The shopper cancelled and the server did not confirm it. Somebody who scanned the code may still pay.
    CancelUnanswered,
}

impl Failure {
    /// The name in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShopMisconfigured => "shop_misconfigured",
            Self::Refused => "refused",
            Self::GatewayUnreachable => "gateway_unreachable",
            Self::Rejected => "rejected",
            Self::Unavailable => "unavailable",
            Self::CancelUnanswered => "cancel_unanswered",
        }
    }
}
