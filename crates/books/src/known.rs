//! What an order knows of itself: the parts of its history (`GET /admin/api/orders/{id}`) that a bill names.

use serde::Deserialize;
use wire::{Currency, Money};

/// What an order knows of itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Known {
    order: View,
    state: Box<str>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) refunds: Vec<Refund>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct View {
    amount: Amount,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Amount {
    minor: u64,
    currency: Box<str>,
}

/// A payment that the order knows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Payment {
    pub(crate) transaction_id: Box<str>,
    pub(crate) total: Money,
    pub(crate) paid_at_ms: i64,
    pub(crate) fits: bool,
}

/// A refund that the order knows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Refund {
    out_refund_no: Box<str>,
    #[serde(default)]
    sent_as: Option<Box<str>>,
    #[serde(default)]
    pub(crate) made_elsewhere: bool,
    pub(crate) transaction_id: Box<str>,
    pub(crate) amount: Money,
    pub(crate) status: Box<str>,
    pub(crate) requested_at_ms: i64,
    pub(crate) since_ms: i64,
}

impl Known {
    /// Reads the order's history. `None` if it has another form.
    #[must_use]
    pub fn read(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// Whether it is money that came under a number without an order.
    pub(crate) fn is_stray(&self) -> bool {
        &*self.state == "stray"
    }

    /// What the order costs.
    pub(crate) fn amount(&self) -> Option<Money> {
        let Amount { minor, currency } = &self.order.amount;
        Some(Money { minor: *minor, currency: Currency::new(currency).ok()? })
    }

    /// The payment with this number.
    pub(crate) fn payment(&self, transaction_id: &str) -> Option<&Payment> {
        self.payments.iter().find(|payment| &*payment.transaction_id == transaction_id)
    }

    /// The refund with this number at WeChat.
    pub(crate) fn refund(&self, at_wechat: &str) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.number_at_wechat() == at_wechat)
    }
}

impl Refund {
    pub(crate) fn number_at_wechat(&self) -> &str {
        self.sent_as.as_deref().unwrap_or(&self.out_refund_no)
    }

    /// Whether we count its money as gone, or on its way.
    pub(crate) fn counts(&self) -> bool {
        matches!(&*self.status, "refunded" | "processing" | "abnormal")
    }

    /// Whether it is over, and the payer has the money.
    pub(crate) fn is_refunded(&self) -> bool {
        &*self.status == "refunded"
    }
}
