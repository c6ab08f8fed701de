//! Every order the gateway knows, found by number, by code or by transaction.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::trade::{Payment, Progress, Trade};

/// Orders in the order in which they were placed; the other maps point into them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    trades: Vec<Trade>,
    by_number: BTreeMap<String, usize>,
    by_code: BTreeMap<String, usize>,
    by_transaction: BTreeMap<String, usize>,
    by_refund: BTreeMap<String, usize>,
}

/// Where an order stands in the books; orders are never removed, so it stays good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place(usize);

/// Numbers are unique per merchant number (protocol §1.7).
fn name(mch_id: &str, number: &str) -> String {
    format!("{mch_id}/{number}")
}

impl Ledger {
    pub(super) fn enter(&mut self, trade: Trade) -> Place {
        let index = self.trades.len();
        self.by_number.insert(name(&trade.mch_id, &trade.out_trade_no), index);
        for code in &trade.codes {
            self.by_code.insert(code.code_url.clone(), index);
        }
        self.trades.push(trade);
        Place(index)
    }

    pub(super) fn add_code(&mut self, place: Place, code: super::trade::Code) {
        self.by_code.insert(code.code_url.clone(), place.0);
        self.at_mut(place).codes.push(code);
    }

    pub(super) fn add_payment(&mut self, place: Place, payment: Payment) {
        self.by_transaction.insert(payment.transaction_id.clone(), place.0);
        let trade = self.at_mut(place);
        match &mut trade.progress {
            Progress::Paid(payments) => payments.push(payment),
            Progress::Unpaid | Progress::Failed | Progress::Closed => {
                trade.progress = Progress::Paid(vec![payment])
            }
        }
    }

    pub(super) fn add_refund(&mut self, place: Place, refund: super::trade::Refund) {
        let mch_id = self.at(place).mch_id.clone();
        self.by_refund.insert(name(&mch_id, &refund.out_refund_no), place.0);
        self.at_mut(place).refunds.push(refund);
    }

    pub(super) fn at(&self, place: Place) -> &Trade {
        &self.trades[place.0]
    }

    pub(super) fn at_mut(&mut self, place: Place) -> &mut Trade {
        &mut self.trades[place.0]
    }

    pub(super) fn numbered(&self, mch_id: &str, out_trade_no: &str) -> Option<Place> {
        self.by_number.get(&name(mch_id, out_trade_no)).copied().map(Place)
    }

    /// The newest order of this number, whichever merchant placed it.
    pub(super) fn newest_numbered(&self, out_trade_no: &str) -> Option<Place> {
        self.trades.iter().rposition(|trade| trade.out_trade_no == out_trade_no).map(Place)
    }

    pub(super) fn coded(&self, code_url: &str) -> Option<Place> {
        self.by_code.get(code_url).copied().map(Place)
    }

    /// A transaction of this merchant; another merchant's does not exist for the asker.
    pub(super) fn transacted(&self, mch_id: &str, transaction_id: &str) -> Option<Place> {
        self.by_transaction
            .get(transaction_id)
            .copied()
            .map(Place)
            .filter(|place| self.at(*place).mch_id == mch_id)
    }

    pub(super) fn refunded(&self, mch_id: &str, out_refund_no: &str) -> Option<Place> {
        self.by_refund.get(&name(mch_id, out_refund_no)).copied().map(Place)
    }

    /// The order that a call names, `transaction_id` before `out_trade_no`.
    pub(super) fn asked(&self, mch_id: &str, asked: &super::check::Asked) -> Option<Place> {
        match (asked.get("transaction_id"), asked.get("out_trade_no")) {
            (Some(transaction_id), _) => self.transacted(mch_id, transaction_id),
            (None, Some(out_trade_no)) => self.numbered(mch_id, out_trade_no),
            (None, None) => None,
        }
    }

    /// Whether every map points to an order that is there; a file that someone edited may not.
    pub(super) fn are_sound(&self) -> bool {
        let maps = [&self.by_number, &self.by_code, &self.by_transaction, &self.by_refund];
        maps.into_iter().flat_map(BTreeMap::values).all(|index| *index < self.trades.len())
    }

    pub(super) fn trades(&self) -> &[Trade] {
        &self.trades
    }
}
