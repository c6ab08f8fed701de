//! What the gateway can answer. A dialect makes an answer only from a message that the gateway signed, about
//! what was asked.

use crate::{Call, CallName, CodeUrl, Failure, Money, OutRefundNo, Payment, RefundAccount, RefundId};

/// How a call ended: an answer or a failure.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Which call.
    pub call: CallName,
    /// The answer, or why the call did not succeed.
    pub result: Result<Answer, Failure>,
}

/// A successful answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The order is placed, and this is its QR code. A later code replaces an earlier one.
    Placed(CodeUrl),
    /// What the gateway holds under the order's number.
    Trade(Trade),
    /// The order is closed.
    Closed,
    /// The gateway took the close, which does not prove that the order is closed. Query it.
    CloseTaken,
    /// The refund is accepted. [`Question::QueryRefund`](crate::Question::QueryRefund) tells whether it is
    /// done.
    RefundAccepted(RefundId),
    /// Refunds of a payment.
    Refunds(RefundList),
}

/// What the gateway holds under an order's number.
#[derive(Clone, Debug, PartialEq)]
pub enum Trade {
    /// Unpaid; it may still be paid.
    Open,
    /// The payer's bank refused.
    PaymentFailed,
    /// Closed.
    Closed,
    /// Paid.
    Paid(Box<Paid>),
    /// The gateway names a state that does not say whether the order is paid.
    Unclear,
}

/// A paid trade.
#[derive(Clone, Debug, PartialEq)]
pub struct Paid {
    /// The payment. The order compares it with what it expects.
    pub payment: Payment,
    /// Whether the gateway says that some or all of it was refunded.
    pub refunded: bool,
}

/// Refunds of one payment, in the order in which the gateway lists them.
#[derive(Clone, Debug, PartialEq)]
pub struct RefundList {
    /// What was paid.
    pub payment: Money,
    /// The refunds of this answer.
    pub refunds: Vec<ListedRefund>,
    /// How many refunds the payment has in total, if the gateway says so.
    pub in_all: Option<u64>,
}

/// One refund, as the gateway knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRefund {
    /// The refund's number at the gateway, chosen by the merchant.
    pub out_refund_no: OutRefundNo,
    /// The gateway's own number.
    pub refund_id: RefundId,
    /// How much.
    pub amount: Money,
    /// The state of the refund.
    pub standing: RefundStanding,
    /// Which account of the merchant pays it, if the gateway says so.
    pub account: Option<RefundAccount>,
}

/// The state of a refund at the gateway.
#[derive(Clone, Debug, PartialEq)]
pub enum RefundStanding {
    /// Under way.
    Processing,
    /// The money is with the payer.
    Refunded,
    /// It cannot reach the payer; a person must pay it back another way.
    Abnormal,
    /// The gateway closed the refund: it was not made and will not be made, and the merchant keeps the money.
    Closed,
    /// A status that no document names.
    Unknown(Box<str>),
}

impl Call {
    /// The outcome of this call when it failed.
    #[must_use]
    pub fn failed(&self, failure: Failure) -> Outcome {
        self.name().failed(failure)
    }
}

impl CallName {
    /// The outcome of a call of this name that failed.
    #[must_use]
    pub fn failed(self, failure: Failure) -> Outcome {
        Outcome { call: self, result: Err(failure) }
    }
}
