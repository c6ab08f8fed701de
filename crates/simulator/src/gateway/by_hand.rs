//! Refunds that a person makes in WeChat's merchant platform. The shop's program learns of them from a query
//! or from the refund's notification.

use serde::{Deserialize, Serialize};

use super::Gateway;
use super::merchant::is_full_address;
use super::phone::Amount;
use super::refund::{self, NewRefund, UNSETTLED_FUNDS};
use super::switches::Power;
use super::trade::{RefundOutcome, RefundSource};

/// What the person enters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByHand {
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The payment, for an order that was paid more than once. Left out: the first payment.
    #[serde(default)]
    pub transaction_id: Option<String>,
    /// How much, in the smallest unit of the price. Left out: all that is left.
    #[serde(default)]
    pub minor: Option<u64>,
    /// `off`: no notification of this refund, as for a merchant that has set no address.
    #[serde(default)]
    pub notify: Power,
    /// The address of the merchant platform for this refund. Left out: the merchant's own.
    #[serde(default)]
    pub notify_url: Option<String>,
}

/// A refund made by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MadeByHand {
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The payment that is refunded.
    pub transaction_id: String,
    /// The refund number, which the platform invented.
    pub out_refund_no: String,
    /// The gateway's number of the refund.
    pub refund_id: String,
    /// How much goes back, in the currency of the price.
    pub amount: Amount,
    /// Whether a notification of the refund is scheduled.
    pub notified: bool,
}

/// Why nothing was refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotMade {
    /// No order has this number.
    UnknownOrder,
    /// The refund is not allowed, and this is why.
    Refused(String),
}

impl Gateway {
    /// Refunds all or a part of a payment, as the merchant platform does.
    ///
    /// # Errors
    /// [`NotMade`]; nothing has changed then.
    pub fn refund_by_hand(&mut self, now_ms: i64, asked: &ByHand) -> Result<MadeByHand, NotMade> {
        let refused = |why: &str| NotMade::Refused(why.to_owned());
        let trade_index =
            self.ledger.newest_order_numbered(&asked.out_trade_no).ok_or(NotMade::UnknownOrder)?;
        let trade = self.ledger.at(trade_index);
        let payment = match &asked.transaction_id {
            Some(transaction_id) => trade.payment_named(transaction_id),
            None => trade.payment(),
        };
        let payment = payment.ok_or_else(|| refused("this order has no such payment"))?.clone();
        if asked.notify_url.as_deref().is_some_and(|url| !is_full_address(url)) {
            return Err(refused("notify_url must be a full http or https address without a query string"));
        }
        let left = trade.total_fee.saturating_sub(trade.refunded_of(&payment, now_ms));
        let refund_fee = asked.minor.unwrap_or(left);
        if refund_fee == 0 && left > 0 {
            return Err(refused("an amount must be at least 1"));
        }
        refund::may_be_refunded(trade, &payment, refund_fee, now_ms)
            .map_err(|refusal| NotMade::Refused(refusal.err_code_des))?;
        let (mch_id, currency) = (trade.mch_id.clone(), trade.fee_type.clone());
        let generation = trade.generation;
        let new_refund = NewRefund {
            generation,
            out_refund_no: self.ids.platform_refund_number(&mch_id, now_ms),
            refund_fee,
            account: UNSETTLED_FUNDS.to_owned(),
            notify_url: asked.notify_url.clone(),
            source: RefundSource::VendorPlatform,
            outcome: RefundOutcome::SucceedsAt(now_ms + self.switches.refund_takes_ms.0.max(0)),
        };
        let accepted =
            refund::enter(&mut self.ledger, &mut self.ids, now_ms, trade_index, &payment, new_refund);
        let notified = match asked.notify {
            Power::On => self.notify_refund(&accepted),
            Power::Off => false,
        };
        let refund = &self.ledger.at(trade_index).refunds[accepted.refund_index];
        Ok(MadeByHand {
            out_trade_no: asked.out_trade_no.clone(),
            transaction_id: payment.transaction_id,
            out_refund_no: refund.out_refund_no.clone(),
            refund_id: refund.refund_id.clone(),
            amount: Amount { minor: refund_fee, currency },
            notified,
        })
    }
}
