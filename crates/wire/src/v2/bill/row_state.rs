//! What a row of a bill is, and how far its refund is (protocol §8.1).

use std::fmt;

/// `交易状态`: what the row is. It never changes later: a refunded order still has its row `SUCCESS`.
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

/// `退款状态`: how far the refund was when the bill was made. A bill is never brought up to date.
///
/// These are not the states of the refund query: a closed refund is not in a bill at all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BillRefundState {
    /// `SUCCESS`: taken from the merchant's account, and with the payer.
    Success,
    /// `PROCESSING`: taken from the merchant's account, on its way to the payer. WeChat's own advice is to
    /// treat it as done.
    Processing,
    /// `FAIL`: the refund failed.
    Fail,
    /// `CHANGE`: the payer's account or card cannot take it. A person must act in the merchant platform.
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

    /// Whether the refund counts as done for the books: the money has left the merchant's account. An unknown
    /// state does not count.
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
    fn a_refund_that_is_processing_is_done_for_the_books() {
        let done = |text: &str| BillRefundState::new(text).is_done();
        assert!(done("SUCCESS") && done("PROCESSING"));
        assert!(!done("FAIL") && !done("CHANGE") && !done("NEW"));
    }
}
