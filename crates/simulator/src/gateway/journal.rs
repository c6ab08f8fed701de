//! The calls and their answers, so that a developer can see what was decided and why. The gateway writes no
//! key into them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::signature::SignatureReport;

/// The exchanges that are kept in memory. The log file of the server, if there is one, has all of them.
const MAX_EXCHANGES: usize = 500;

/// One call and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The exchange's number, counted from 1.
    pub number: u64,
    /// When the call came, in milliseconds since 1970.
    pub at_ms: i64,
    /// The name of the call.
    pub call: String,
    /// The merchant number, if the call could be read.
    pub mch_id: Option<String>,
    /// The merchant's number of the order, if the call names an order.
    pub out_trade_no: Option<String>,
    /// The HTTP status of the answer.
    #[serde(default)]
    pub status: u16,
    /// The decision, in a few words.
    pub verdict: String,
    /// The faults that struck.
    pub faults: Vec<String>,
    /// How the signature was checked, if the checks came that far.
    pub signature: Option<SignatureReport>,
    /// The body of the call, cut after 16,384 characters.
    pub request: String,
    /// The body of the answer, cut after 16,384 characters. It is also here when a fault keeps it from being
    /// sent.
    pub answer: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    exchanges: VecDeque<Exchange>,
    count: u64,
}

impl Journal {
    /// Numbers an exchange and keeps it. Drops the oldest one when there are too many.
    pub(super) fn write(&mut self, mut exchange: Exchange) {
        self.count += 1;
        exchange.number = self.count;
        if self.exchanges.len() == MAX_EXCHANGES {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(exchange);
    }

    pub(super) fn exchanges(&self) -> impl DoubleEndedIterator<Item = &Exchange> {
        self.exchanges.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_500_exchanges_are_kept() {
        let mut journal = Journal::default();
        for at_ms in 0..700 {
            let text = String::new;
            journal.write(Exchange {
                number: 0,
                at_ms,
                call: text(),
                mch_id: None,
                out_trade_no: None,
                status: 200,
                verdict: text(),
                faults: Vec::new(),
                signature: None,
                request: text(),
                answer: text(),
            });
        }
        let numbers: Vec<u64> = journal.exchanges().map(|exchange| exchange.number).collect();
        assert_eq!(numbers, (201..=700).collect::<Vec<_>>());
    }
}
