//! Every order that the gateway knows, found by its number, code, transaction or refund.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::Asked;
use super::trade::{NativeCode, Payment, Progress, Refund, Trade};

/// Orders in the order in which they were placed. The maps hold indexes into them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    trades: Vec<Trade>,
    by_number: BTreeMap<String, usize>,
    by_code: BTreeMap<String, usize>,
    by_transaction: BTreeMap<String, usize>,
    by_refund: BTreeMap<String, usize>,
}

/// The index of an order. Orders are never removed, so it stays valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TradeIndex(usize);

/// Numbers are unique within one merchant number (protocol §1.7).
fn key(mch_id: &str, number: &str) -> String {
    format!("{mch_id}/{number}")
}

impl Ledger {
    pub(super) fn enter(&mut self, trade: Trade) -> TradeIndex {
        let index = self.trades.len();
        self.by_number.insert(key(&trade.mch_id, &trade.out_trade_no), index);
        for code in &trade.codes {
            self.by_code.insert(code.code_url.clone(), index);
        }
        self.trades.push(trade);
        TradeIndex(index)
    }

    pub(super) fn add_code(&mut self, trade_index: TradeIndex, code: NativeCode) {
        self.by_code.insert(code.code_url.clone(), trade_index.0);
        self.at_mut(trade_index).codes.push(code);
    }

    pub(super) fn add_payment(&mut self, trade_index: TradeIndex, payment: Payment) {
        self.by_transaction.insert(payment.transaction_id.clone(), trade_index.0);
        let trade = self.at_mut(trade_index);
        match &mut trade.progress {
            Progress::Paid(payments) => payments.push(payment),
            Progress::Unpaid | Progress::Failed | Progress::Closed => {
                trade.progress = Progress::Paid(vec![payment])
            }
        }
    }

    pub(super) fn add_refund(&mut self, trade_index: TradeIndex, refund: Refund) {
        let mch_id = self.at(trade_index).mch_id.clone();
        self.by_refund.insert(key(&mch_id, &refund.out_refund_no), trade_index.0);
        self.at_mut(trade_index).refunds.push(refund);
    }

    pub(super) fn at(&self, trade_index: TradeIndex) -> &Trade {
        &self.trades[trade_index.0]
    }

    pub(super) fn at_mut(&mut self, trade_index: TradeIndex) -> &mut Trade {
        &mut self.trades[trade_index.0]
    }

    pub(super) fn order_numbered(&self, mch_id: &str, out_trade_no: &str) -> Option<TradeIndex> {
        self.by_number.get(&key(mch_id, out_trade_no)).copied().map(TradeIndex)
    }

    /// The newest order of this number, of any merchant.
    pub(super) fn newest_order_numbered(&self, out_trade_no: &str) -> Option<TradeIndex> {
        self.trades.iter().rposition(|trade| trade.out_trade_no == out_trade_no).map(TradeIndex)
    }

    pub(super) fn order_with_code(&self, code_url: &str) -> Option<TradeIndex> {
        self.by_code.get(code_url).copied().map(TradeIndex)
    }

    /// The order of this transaction, if it is this merchant's. Another merchant's transaction counts as
    /// unknown.
    pub(super) fn order_with_transaction(&self, mch_id: &str, transaction_id: &str) -> Option<TradeIndex> {
        self.by_transaction
            .get(transaction_id)
            .copied()
            .map(TradeIndex)
            .filter(|trade_index| self.at(*trade_index).mch_id == mch_id)
    }

    pub(super) fn order_with_refund(&self, mch_id: &str, out_refund_no: &str) -> Option<TradeIndex> {
        self.by_refund.get(&key(mch_id, out_refund_no)).copied().map(TradeIndex)
    }

    /// The order that a call names. `transaction_id` wins over `out_trade_no`.
    pub(super) fn order_asked_for(&self, mch_id: &str, asked: &Asked) -> Option<TradeIndex> {
        match (asked.get("transaction_id"), asked.get("out_trade_no")) {
            (Some(transaction_id), _) => self.order_with_transaction(mch_id, transaction_id),
            (None, Some(out_trade_no)) => self.order_numbered(mch_id, out_trade_no),
            (None, None) => None,
        }
    }

    /// Whether every index is in range. It may not be after someone edited the state file.
    pub(super) fn are_sound(&self) -> bool {
        let maps = [&self.by_number, &self.by_code, &self.by_transaction, &self.by_refund];
        maps.into_iter().flat_map(BTreeMap::values).all(|index| *index < self.trades.len())
    }

    pub(super) fn trades(&self) -> &[Trade] {
        &self.trades
    }
}
