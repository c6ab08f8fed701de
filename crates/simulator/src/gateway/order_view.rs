//! The gateway's state for people: the list of orders of the control interface and of the live view.

use serde::Serialize;

use super::Gateway;
use super::phone::Amount;
use super::trade::{Payment, Refund, Trade, TradeState};

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderView {
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The merchant.
    pub mch_id: String,
    /// The merchant behind an institution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_mch_id: Option<String>,
    /// The goods.
    pub body: String,
    /// The price.
    pub amount: Amount,
    /// What a query says.
    pub trade_state: TradeState,
    /// The algorithm it was placed with.
    pub sign_type: String,
    /// The code that can be paid now or could be last.
    pub code_url: String,
    /// When it was placed.
    pub placed_at_ms: i64,
    /// Until when it can be paid.
    pub payable_until_ms: i64,
    /// The first payment's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at_ms: Option<i64>,
    /// What went back, or is on its way back.
    pub refunded_minor: u64,
    /// Every payment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<PaymentView>,
    /// Every refund.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<RefundView>,
    /// Where its notifications go.
    pub notify_url: String,
}

/// One payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentView {
    /// The gateway's number.
    pub transaction_id: String,
    /// When it was paid.
    pub paid_at_ms: i64,
    /// What can still be refunded.
    pub left_minor: u64,
}

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundView {
    /// The merchant's number, or the one that the merchant platform made up.
    pub out_refund_no: String,
    /// The gateway's number.
    pub refund_id: String,
    /// The payment that goes back.
    pub transaction_id: String,
    /// How much, in the smallest unit of the price.
    pub minor: u64,
    /// What a query says.
    pub status: &'static str,
    /// `API`, or `VENDOR_PLATFORM` for a refund made by hand.
    pub source: &'static str,
}

impl Gateway {
    /// Every order, in the order in which they were placed.
    #[must_use]
    pub fn orders(&self, now_ms: i64) -> Vec<OrderView> {
        self.ledger.trades().iter().map(|trade| view(trade, now_ms)).collect()
    }

    /// The newest orders, newest first.
    #[must_use]
    pub fn newest_orders(&self, now_ms: i64, most: usize) -> Vec<OrderView> {
        self.ledger.trades().iter().rev().take(most).map(|trade| view(trade, now_ms)).collect()
    }

    /// One order by its number, whichever merchant placed it.
    #[must_use]
    pub fn order(&self, now_ms: i64, out_trade_no: &str) -> Option<OrderView> {
        self.ledger
            .trades()
            .iter()
            .rev()
            .find(|trade| trade.out_trade_no == out_trade_no)
            .map(|trade| view(trade, now_ms))
    }
}

fn view(trade: &Trade, now_ms: i64) -> OrderView {
    OrderView {
        out_trade_no: trade.out_trade_no.clone(),
        mch_id: trade.mch_id.clone(),
        sub_mch_id: trade.sub_mch_id.clone(),
        body: trade.body.clone(),
        amount: Amount { minor: trade.total_fee, currency: trade.fee_type.clone() },
        trade_state: trade.state(now_ms),
        sign_type: trade.sign_type.clone(),
        code_url: trade.newest_code().map(|code| code.code_url.clone()).unwrap_or_default(),
        placed_at_ms: trade.placed_at_ms,
        payable_until_ms: trade.payable_until_ms(),
        transaction_id: trade.payment().map(|payment| payment.transaction_id.clone()),
        paid_at_ms: trade.payment().map(|payment| payment.paid_at_ms),
        refunded_minor: trade.refunded_fee(now_ms),
        payments: trade.payments().iter().map(|payment| payment_view(trade, payment, now_ms)).collect(),
        refunds: trade.refunds.iter().map(|refund| refund_view(trade, refund, now_ms)).collect(),
        notify_url: trade.notify_url.clone(),
    }
}

fn payment_view(trade: &Trade, payment: &Payment, now_ms: i64) -> PaymentView {
    PaymentView {
        transaction_id: payment.transaction_id.clone(),
        paid_at_ms: payment.paid_at_ms,
        left_minor: trade.total_fee.saturating_sub(trade.refunded_of(payment, now_ms)),
    }
}

fn refund_view(trade: &Trade, refund: &Refund, now_ms: i64) -> RefundView {
    RefundView {
        out_refund_no: refund.out_refund_no.clone(),
        refund_id: refund.refund_id.clone(),
        transaction_id: trade
            .payment_of(refund)
            .map_or_else(String::new, |payment| payment.transaction_id.clone()),
        minor: refund.refund_fee,
        status: refund.status(now_ms).as_str(),
        source: refund.source.as_str(),
    }
}
