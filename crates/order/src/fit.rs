//! In what a genuine payment differs from its order, as it is stored and shown to a human.
//!
//! The comparison itself is the wire's (protocol §6.4, §10.3): every number, the kind of trade, the
//! amount *and* its currency; 8800 JPY is not 8800 HKD. Added here: our orders carry no `attach`.

use serde::{Deserialize, Serialize};
use wire::fit::{Expected, Misfit as Difference};
use wire::v2::Payment;
use wire::{Merchant, Money};

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
    /// An `attach`. Our orders have none, so it is a sign of a spliced message (protocol §10.2).
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

impl Misfit {
    /// The first difference between the terms and a payment, with the merchant its message names.
    pub(crate) fn between(terms: &Terms, named: &Merchant, payment: &Payment) -> Option<Self> {
        let expected =
            Expected { merchant: &terms.merchant, out_trade_no: &terms.out_trade_no, total: terms.amount };
        let difference = match expected.fits(named, payment) {
            Ok(()) => {
                let attached = payment.attach.as_ref().is_some_and(|attach| !attach.is_empty());
                return attached.then_some(Self::Attach);
            }
            Err(difference) => difference,
        };
        Some(match difference {
            Difference::Merchant => Self::Merchant,
            Difference::OutTradeNo => Self::OrderNumber { claimed: payment.out_trade_no.to_string() },
            Difference::TradeType => Self::TradeType { claimed: payment.trade_type.to_string() },
            Difference::Currency => Self::Currency { claimed: payment.total.or_in(terms.amount.currency) },
            Difference::Amount => Self::Amount { claimed: payment.total.or_in(terms.amount.currency) },
        })
    }

    /// Both sides of the difference, for the person who compares them.
    pub(crate) fn both_sides(&self, terms: &Terms, named: &Merchant) -> String {
        match self {
            Self::Merchant => terms
                .merchant
                .differs_from(named)
                .map_or_else(|| "another merchant".into(), |difference| difference.to_string()),
            Self::OrderNumber { claimed } => format!("order {claimed}, not {}", terms.out_trade_no),
            Self::TradeType { claimed } => format!("trade type {claimed}, not NATIVE"),
            Self::Attach => "it has an attach, and this order has none".into(),
            Self::Currency { claimed } | Self::Amount { claimed } => {
                format!("{claimed} was paid, not {}", terms.amount)
            }
        }
    }

    /// Whether the money came to this merchant under this order's number, so that it can be refunded from here.
    pub(crate) fn is_money_of_ours(&self) -> bool {
        match self {
            Self::Currency { .. } | Self::Amount { .. } | Self::TradeType { .. } | Self::Attach => true,
            Self::Merchant | Self::OrderNumber { .. } => false,
        }
    }

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
