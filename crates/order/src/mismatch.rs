//! What follows when a genuine payment is not the one that the order expects.
//!
//! [`Expected`] makes the comparison (protocol §6.4, §10.3).

use gateway::{Expected, Merchant, Mismatch, Payment};

use crate::{ExceptionKind, Terms};

/// The first difference between the terms and a payment. `named` is the merchant that the message names.
pub(crate) fn mismatch(terms: &Terms, named: &Merchant, payment: &Payment) -> Option<Mismatch> {
    let expected = Expected {
        merchant: &terms.merchant,
        out_trade_no: &terms.out_trade_no,
        total: terms.amount,
        // Our orders set none.
        attach: None,
    };
    expected.check(named, payment).err()
}

/// Both sides of the difference, for the person who compares them.
pub(crate) fn both_sides(mismatch: &Mismatch, terms: &Terms, named: &Merchant) -> String {
    match mismatch {
        Mismatch::Merchant => terms
            .merchant
            .differs_from(named)
            .map_or_else(|| "another merchant".into(), |difference| difference.to_string()),
        Mismatch::OrderNumber { claimed } => format!("order {claimed}, not {}", terms.out_trade_no),
        Mismatch::TradeType { claimed } => format!("trade type {claimed}, not NATIVE"),
        Mismatch::Attach => "it has an attach, and this order has none".into(),
        Mismatch::Currency { claimed } | Mismatch::Amount { claimed } => {
            format!("{claimed} was paid, not {}", terms.amount)
        }
    }
}

/// Whether this merchant received the money under this order's number, so that we can refund it.
pub(crate) fn is_money_of_ours(mismatch: &Mismatch) -> bool {
    match mismatch {
        Mismatch::Currency { .. }
        | Mismatch::Amount { .. }
        | Mismatch::TradeType { .. }
        | Mismatch::Attach => true,
        Mismatch::Merchant | Mismatch::OrderNumber { .. } => false,
    }
}

/// The exception that a mismatch raises.
pub(crate) fn exception(mismatch: &Mismatch) -> ExceptionKind {
    match mismatch {
        Mismatch::Currency { .. } | Mismatch::Amount { .. } => ExceptionKind::AmountMismatch,
        Mismatch::Merchant | Mismatch::OrderNumber { .. } | Mismatch::TradeType { .. } | Mismatch::Attach => {
            ExceptionKind::UnexpectedTrade
        }
    }
}
