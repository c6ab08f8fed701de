//! Whether a genuine payment is the one we are waiting for (protocol §6.4, §10.3): ids, trade type, amount **and**
//! currency. A payment that names no currency is compared by its minor units: messages in the field leave it out.

use thiserror::Error;

use crate::v2::{Payment, TradeType};
use crate::{Merchant, Money, OutTradeNo, Stage};

/// What a payment must agree with.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who is paid.
    pub merchant: &'a Merchant,
    /// The order.
    pub out_trade_no: &'a OutTradeNo,
    /// Amount and currency.
    pub total: Money,
}

/// In what a genuine payment differs from what was expected. The first difference, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Misfit {
    /// Another merchant is paid.
    #[error("the payment names another merchant")]
    Merchant,
    /// Another order is paid.
    #[error("the payment is for another order")]
    OutTradeNo,
    /// It was not paid by scanning our code.
    #[error("the payment has another trade type than NATIVE")]
    TradeType,
    /// Another currency.
    #[error("the payment is in another currency")]
    Currency,
    /// Another amount.
    #[error("the payment has another amount")]
    Amount,
}

impl Misfit {
    /// Always [`Stage::Business`].
    #[must_use]
    pub const fn stage(self) -> Stage {
        Stage::Business
    }
}

impl Expected<'_> {
    /// Compares a payment, and the merchant its message names, with what was expected.
    ///
    /// # Errors
    /// The first [`Misfit`].
    pub fn fits(&self, named: &Merchant, payment: &Payment) -> Result<(), Misfit> {
        if !self.merchant.is_named_by(named) {
            return Err(Misfit::Merchant);
        }
        if *self.out_trade_no != payment.out_trade_no {
            return Err(Misfit::OutTradeNo);
        }
        if payment.trade_type != TradeType::Native {
            return Err(Misfit::TradeType);
        }
        if !payment.total.may_be_in(self.total.currency) {
            return Err(Misfit::Currency);
        }
        if self.total.minor == payment.total.minor { Ok(()) } else { Err(Misfit::Amount) }
    }
}
