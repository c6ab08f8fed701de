//! Whether a payment is this order's: every number, the kind of trade, the amount *and* its
//! currency (protocol §6.4, §10.3). 8800 JPY is not 8800 HKD.

use serde::{Deserialize, Serialize};
use wire::{Merchant, Money, OutTradeNo, Payment, TradeType, TransactionId, VerifiedNotification};

use crate::{ExceptionKind, Terms};

/// In what a payment differs from its order: the first difference, the gravest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "snake_case")]
pub enum Misfit {
    /// Another merchant: `appid`, `mch_id`, `sub_appid` or `sub_mch_id`.
    Merchant,
    /// Another order number.
    OrderNumber {
        /// The one it names.
        claimed: String,
    },
    /// Another kind of trade than `NATIVE`.
    TradeType {
        /// The one it names.
        claimed: String,
    },
    /// An `attach`, of which our orders have none: a sign of a message re-cut (§10.2).
    Attach,
    /// Another currency.
    Currency {
        /// What it says was paid.
        claimed: Money,
    },
    /// Another amount.
    Amount {
        /// What it says was paid.
        claimed: Money,
    },
}

/// What an authenticated message claims about a payment.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    merchant: Merchant,
    out_trade_no: OutTradeNo,
    trade_type: TradeType,
    attached: bool,
    pub(crate) transaction_id: TransactionId,
    pub(crate) total: Money,
    pub(crate) paid_at_ms: i64,
}

impl Claim {
    /// Of a query answer, whose merchant was compared when it was read.
    pub(crate) fn of_query(merchant: &Merchant, payment: &Payment) -> Self {
        Self::new(merchant.clone(), payment)
    }

    pub(crate) fn of_notification(notification: &VerifiedNotification) -> Option<Self> {
        notification.payment().map(|payment| Self::new(notification.merchant().clone(), payment))
    }

    fn new(merchant: Merchant, payment: &Payment) -> Self {
        Self {
            merchant,
            out_trade_no: payment.out_trade_no.clone(),
            trade_type: payment.trade_type.clone(),
            attached: payment.attach.as_ref().is_some_and(|attach| !attach.is_empty()),
            transaction_id: payment.transaction_id.clone(),
            total: payment.total,
            paid_at_ms: payment.time_end.epoch_ms(),
        }
    }

    /// `None` when it fits.
    pub(crate) fn misfit(&self, terms: &Terms) -> Option<Misfit> {
        if !terms.merchant.is_named_by(&self.merchant) {
            return Some(Misfit::Merchant);
        }
        if self.out_trade_no != terms.out_trade_no {
            return Some(Misfit::OrderNumber { claimed: self.out_trade_no.to_string() });
        }
        if self.trade_type != TradeType::Native {
            return Some(Misfit::TradeType { claimed: self.trade_type.as_str().into() });
        }
        if self.attached {
            return Some(Misfit::Attach);
        }
        if self.total.currency != terms.amount.currency {
            return Some(Misfit::Currency { claimed: self.total });
        }
        if self.total.minor != terms.amount.minor {
            return Some(Misfit::Amount { claimed: self.total });
        }
        None
    }
}

impl Misfit {
    /// The exception it raises.
    pub(crate) fn exception(&self) -> ExceptionKind {
        match self {
            Self::Currency { .. } | Self::Amount { .. } => ExceptionKind::AmountMismatch,
            Self::Merchant | Self::OrderNumber { .. } | Self::TradeType { .. } | Self::Attach => {
                ExceptionKind::UnexpectedTrade
            }
        }
    }
}
