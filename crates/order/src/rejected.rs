//! Why an input was refused. The order is unchanged then.

use thiserror::Error;

/// Why an input was refused. Only requests of people are; what the gateway says is never refused,
/// it is judged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejected {
    /// A paid order cannot be cancelled.
    #[error("the order is paid; it can be refunded, not cancelled")]
    AlreadyPaid,
    /// There is no payment to refund.
    #[error("the order has no such payment; there is nothing to refund")]
    NothingToRefund,
    /// A refund must use the currency of the payment.
    #[error("a refund must be in the currency of the payment, and more than nothing")]
    RefundAmount,
    /// All refunds together would exceed the payment.
    #[error("this refund exceeds what is left of the payment: {left_minor}")]
    RefundExceedsPayment {
        /// What may still be refunded, in minor units.
        left_minor: u64,
    },
    /// The refund number stands for another refund of this order.
    #[error("this refund number belongs to a refund of other terms")]
    RefundNumberTaken,
    /// There is no refund of this number.
    #[error("the order has no refund of this number")]
    NoSuchRefund,
    /// The refund has come to its end, or WeChat Pay has accepted it.
    #[error("the refund is {status}; this cannot be changed here")]
    RefundIsOver {
        /// How far it is.
        status: &'static str,
    },
    /// There is no such exception.
    #[error("the order has no exception of this id")]
    NoSuchException,
    /// No webhook of this id was given up.
    #[error("no webhook of this id was given up; a webhook that still waits is sent by itself")]
    NoSuchWebhook,
    /// The gateway allows so many refunds per order and no more.
    #[error("the order has {0} refunds, the most the gateway allows")]
    TooManyRefunds(usize),
    /// The outcome is not one of the call whose attempt number it carries: a defect of the caller.
    #[error("the outcome of a {got} call was reported for the {expected} call in flight")]
    OutcomeOfAnotherCall {
        /// The call in flight.
        expected: &'static str,
        /// The call the outcome belongs to.
        got: &'static str,
    },
}
