//! Orders as people see them: in the control interface and in the live view.

use serde::Serialize;

use super::Gateway;
use super::phone::Amount;
use super::trade::{Payment, Refund, Trade, TradeState};

/// One order, with its payments and refunds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderView {
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The merchant number.
    pub mch_id: String,
    /// The `sub_mch_id`, for a merchant of an institution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_mch_id: Option<String>,
    /// The goods, as the order describes them.
    pub body: String,
    /// The price of the order.
    pub amount: Amount,
    /// The state that a query by `out_trade_no` tells.
    pub trade_state: TradeState,
    /// The algorithm that the order was placed with.
    pub sign_type: String,
    /// The newest code. No other can be paid.
    pub code_url: String,
    /// When it was placed, in milliseconds since 1970.
    pub placed_at_ms: i64,
    /// Until when its newest code can be paid, in milliseconds since 1970.
    pub payable_until_ms: i64,
    /// The gateway's number of the first payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// When the first payment was made, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at_ms: Option<i64>,
    /// How much is refunded or on its way back, in the smallest unit of the price.
    pub refunded_minor: u64,
    /// Every payment, the order's own first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<PaymentView>,
    /// Every refund, in the order in which they were accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<RefundView>,
    /// The address of its notifications.
    pub notify_url: String,
}

/// One payment of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentView {
    /// The gateway's number of the payment.
    pub transaction_id: String,
    /// When it was made, in milliseconds since 1970.
    pub paid_at_ms: i64,
    /// How much can still be refunded, in the smallest unit of the price.
    pub left_minor: u64,
}

/// One refund of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundView {
    /// The merchant's refund number, or the one that the merchant platform invented.
    pub out_refund_no: String,
    /// The gateway's number of the refund.
    pub refund_id: String,
    /// The payment that is refunded.
    pub transaction_id: String,
    /// How much, in the smallest unit of the price.
    pub minor: u64,
    /// The status that a refund query tells.
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

    /// The newest `most` orders, newest first.
    #[must_use]
    pub fn newest_orders(&self, now_ms: i64, most: usize) -> Vec<OrderView> {
        self.ledger.trades().iter().rev().take(most).map(|trade| view(trade, now_ms)).collect()
    }

    /// The newest order of this number, of any merchant.
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
