//! What the shopper sees: where the payment stands, how the page hears of it, and why it failed.

/// Where the payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing was asked of the server yet.
    Idle,
    /// The order is being made.
    Creating,
    /// The code can be paid.
    Showing,
    /// The server is asked whether money came.
    Checking,
    /// Final: the server says the money is there.
    Paid,
    /// Final: nobody paid in time.
    Expired,
    /// Final: the shopper gave up.
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

    /// Whether the session has come to its end; only start and retry lead out.
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
    /// By asking; the last request was answered.
    Polling,
    /// By asking, but the last request was not answered as it should be.
    Troubled,
    /// By asking, ever more rarely: the device says it is offline, and no answer has proved it wrong.
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
            Self::Offline => "offline",
        }
    }
}

/// Why there is no order to pay, or what is unsure about its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The shop's operator has to mend something.
    ShopMisconfigured,
    /// WeChat Pay refused the order.
    Refused,
    /// WeChat Pay could not be reached by the shop.
    GatewayUnreachable,
    /// The server does not accept what the page asks for: goods or quantities it does not know.
    Rejected,
    /// The server did not answer, or could not, for about a minute.
    Unavailable,
    /// The shopper gave up and the server did not confirm it: whoever scanned may still have paid.
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
