//! A payment notification that was verified.

use crate::{Merchant, OutTradeNo, Payment};

/// A notification that the gateway signed. Nothing unverified has this type: a dialect makes it from its own
/// verified message, and it cannot be read from JSON.
///
/// Whether the payment is the one that the order expects is a further question, and the order's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    merchant: Merchant,
    out_trade_no: OutTradeNo,
    payment: Option<Payment>,
}

impl Notification {
    /// For the dialects, which vouch for the signature.
    pub(crate) fn verified(merchant: Merchant, out_trade_no: OutTradeNo, payment: Option<Payment>) -> Self {
        Self { merchant, out_trade_no, payment }
    }

    /// The merchant it names.
    #[must_use]
    pub fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    /// The order it names.
    #[must_use]
    pub fn out_trade_no(&self) -> &OutTradeNo {
        &self.out_trade_no
    }

    /// The payment; `None` if it says that there was none.
    #[must_use]
    pub fn payment(&self) -> Option<&Payment> {
        self.payment.as_ref()
    }
}
