//! What the session is told.

use super::answer::Answer;
use super::order_facts::OrderFacts;

/// What the session is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Pay was pressed, a new code is wanted, or trouble shall be tried again now.
    Start,
    /// The request of this ticket was answered.
    Answered {
        /// The ticket of the request.
        ticket: u32,
        /// What the answer means.
        answer: Answer,
    },
    /// The server pushed the order, or another tab of this browser was shown it: as good as an answer of our
    /// own, and the reason why two tabs together ask hardly more often than one.
    Overheard(OrderFacts),
    /// The socket asked for by [`Effects::connect`] is open, or it is closed or could not be opened. What it
    /// pushes is [`Input::Overheard`].
    Live(bool),
    /// The time asked for by [`Effects::wake_in_ms`] has passed.
    WokenUp,
    /// The device went on- or offline.
    Online(bool),
    /// The page was shown or hidden.
    Visible(bool),
    /// The shopper says the payment is made.
    PaymentClaimed,
    /// The shopper gives up.
    Cancel,
}
