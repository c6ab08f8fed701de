//! A payment notification that was verified.

use crate::{Merchant, OutTradeNo, Payment};

/// A notification that the gateway signed. No unverified message has this type: a dialect makes it from its
/// own verified message, and it cannot be deserialized.
///
/// The order still has to compare the payment with what it expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    merchant: Merchant,
    out_trade_no: OutTradeNo,
    payment: Option<Payment>,
}

impl Notification {
    /// Only dialects call this, after they have verified the signature.
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

    /// The payment; `None` if the notification says that the order was not paid.
    #[must_use]
    pub fn payment(&self) -> Option<&Payment> {
        self.payment.as_ref()
    }
}
