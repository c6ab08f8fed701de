//! What was said between merchants and the gateway, so that a developer can see why (keys never stand in it).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::signature::SignatureReport;

/// So many exchanges are kept in memory; the log file has them all.
const MAX_EXCHANGES: usize = 500;

/// One call and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Counts from 1.
    pub number: u64,
    /// When the call came.
    pub at_ms: i64,
    /// The call's name.
    pub call: String,
    /// The merchant number, where the call could be read.
    pub mch_id: Option<String>,
    /// The order, where the call names one.
    pub out_trade_no: Option<String>,
    /// The HTTP status of the answer.
    #[serde(default)]
    pub status: u16,
    /// What was decided, in a few words.
    pub verdict: String,
    /// The faults that struck.
    pub faults: Vec<String>,
    /// Why the signature verified or not.
    pub signature: Option<SignatureReport>,
    /// The body of the call.
    pub request: String,
    /// The body of the answer, as it left.
    pub answer: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    exchanges: VecDeque<Exchange>,
    count: u64,
}

impl Journal {
    /// Numbers an exchange and keeps it.
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
