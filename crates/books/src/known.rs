//! What an order knows of itself, as far as a bill names it. It travels as lines. Each line has fields with
//! tabs between them, and the first field says what the line is:
//!
//! * `order`: its state; what it costs, in minor units; the currency.
//! * `payment`: WeChat's number; minor units; currency; when it was paid, in ms; 1 if it fits the order.
//! * `refund`: its number at WeChat; 1 if it was made elsewhere; the payment; minor units; currency; its
//!   status; when it was asked for and since when it has its status, in ms.

use wire::{Currency, Money};

use crate::fields::Fields;

/// What an order knows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    amount: Money,
    state: Box<str>,
    payments: Vec<Payment>,
    pub(crate) refunds: Vec<Refund>,
}

/// A payment that the order knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payment {
    transaction_id: Box<str>,
    pub(crate) total: Money,
    pub(crate) paid_at_ms: i64,
    pub(crate) fits: bool,
}

/// A refund that the order knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refund {
    pub(crate) number_at_wechat: Box<str>,
    pub(crate) made_elsewhere: bool,
    pub(crate) transaction_id: Box<str>,
    pub(crate) amount: Money,
    pub(crate) status: Box<str>,
    pub(crate) requested_at_ms: i64,
    pub(crate) since_ms: i64,
}

fn money(fields: &mut Fields<'_>) -> Option<Money> {
    Some(Money { minor: fields.text()?.parse().ok()?, currency: Currency::new(fields.text()?).ok()? })
}

impl Known {
    /// Reads what the order said. `None` if it has another form.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut order = Fields::of(lines.next()?);
        let ("order", state) = (order.text()?, order.text()?) else { return None };
        let mut known = Self {
            amount: money(&mut order)?,
            state: state.into(),
            payments: Vec::new(),
            refunds: Vec::new(),
        };
        for line in lines {
            let mut fields = Fields::of(line);
            match fields.text()? {
                "payment" => known.payments.push(Payment {
                    transaction_id: fields.text()?.into(),
                    total: money(&mut fields)?,
                    paid_at_ms: fields.number()?,
                    fits: fields.number()? == 1,
                }),
                "refund" => known.refunds.push(Refund {
                    number_at_wechat: fields.text()?.into(),
                    made_elsewhere: fields.number()? == 1,
                    transaction_id: fields.text()?.into(),
                    amount: money(&mut fields)?,
                    status: fields.text()?.into(),
                    requested_at_ms: fields.number()?,
                    since_ms: fields.number()?,
                }),
                _ => return None,
            }
        }
        Some(known)
    }

    /// Whether it is money that came under a number without an order.
    pub(crate) fn is_stray(&self) -> bool {
        &*self.state == "stray"
    }

    /// What the order costs.
    pub(crate) const fn amount(&self) -> Money {
        self.amount
    }

    /// The payment with this number.
    pub(crate) fn payment(&self, transaction_id: &str) -> Option<&Payment> {
        self.payments.iter().find(|payment| &*payment.transaction_id == transaction_id)
    }

    /// The refund with this number at WeChat.
    pub(crate) fn refund(&self, at_wechat: &str) -> Option<&Refund> {
        self.refunds.iter().find(|refund| &*refund.number_at_wechat == at_wechat)
    }
}

impl Refund {
    /// Whether we count its money as gone, or on its way.
    pub(crate) fn counts(&self) -> bool {
        matches!(&*self.status, "refunded" | "processing" | "abnormal")
    }

    /// Whether it is over, and the payer has the money.
    pub(crate) fn is_refunded(&self) -> bool {
        &*self.status == "refunded"
    }
}
