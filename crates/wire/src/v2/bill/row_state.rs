//! What kind of row it is (payment, refund, reversal), and the state of its refund. Protocol §8.1 does not
//! list these values, and this repository has no other source for them.

use std::fmt;

/// `交易状态`: whether the row is a payment, a refund or a reversal. It never changes later: a refunded order
/// keeps its row `SUCCESS`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BillTradeState {
    /// `SUCCESS`: a payment.
    Success,
    /// `REFUND`: a refund that WeChat has accepted.
    Refund,
    /// `REVOKED`: a payment that was reversed (quick pay only).
    Revoked,
    /// Another one.
    Other(Box<str>),
}

/// `退款状态`: the state of the refund when the bill was made. A bill is never updated.
///
/// These are not the states of a refund query: a bill does not list closed refunds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BillRefundState {
    /// `SUCCESS`: the money has left the merchant's account and reached the payer.
    Success,
    /// `PROCESSING`: the money has left the merchant's account and is on its way to the payer. WeChat advises
    /// to treat it as done.
    Processing,
    /// `FAIL`: the refund failed.
    Fail,
    /// `CHANGE`: the payer's account or card cannot take the money. A person must act in the merchant
    /// platform.
    Change,
    /// Another one.
    Other(Box<str>),
}

impl BillTradeState {
    /// Reads the text of a bill.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text {
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "REVOKED" => Self::Revoked,
            _ => Self::Other(text.into()),
        }
    }

    /// The text of a bill.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::Revoked => "REVOKED",
            Self::Other(text) => text,
        }
    }
}

impl BillRefundState {
    /// Reads the text of a bill.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text {
            "SUCCESS" => Self::Success,
            "PROCESSING" => Self::Processing,
            "FAIL" => Self::Fail,
            "CHANGE" => Self::Change,
            _ => Self::Other(text.into()),
        }
    }

    /// The text of a bill.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Processing => "PROCESSING",
            Self::Fail => "FAIL",
            Self::Change => "CHANGE",
            Self::Other(text) => text,
        }
    }

    /// Whether the refund is done for accounting: the money has left the merchant's account. An unknown state
    /// is not done.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        match self {
            Self::Success | Self::Processing => true,
            Self::Fail | Self::Change | Self::Other(_) => false,
        }
    }
}

impl fmt::Display for BillTradeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for BillRefundState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_keep_their_text() {
        for text in ["SUCCESS", "REFUND", "REVOKED", "NEW"] {
            assert_eq!(BillTradeState::new(text).to_string(), text);
        }
        for text in ["SUCCESS", "PROCESSING", "FAIL", "CHANGE", "NEW"] {
            assert_eq!(BillRefundState::new(text).to_string(), text);
        }
        assert_eq!(BillTradeState::new("NEW"), BillTradeState::Other("NEW".into()));
        assert_eq!(BillRefundState::new("NEW"), BillRefundState::Other("NEW".into()));
    }

    #[test]
    fn a_refund_that_is_processing_is_done_for_accounting() {
        let done = |text: &str| BillRefundState::new(text).is_done();
        assert!(done("SUCCESS") && done("PROCESSING"));
        assert!(!done("FAIL") && !done("CHANGE") && !done("NEW"));
    }
}
