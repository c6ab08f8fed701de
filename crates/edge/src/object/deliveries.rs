//! Which messages of the outbox are being delivered, and which wait for their turn.
//!
//! The platform opens six connections at a time for one object; a seventh must wait. A receiver that accepts
//! a connection and does not answer must not block a call to WeChat Pay, so only a few deliveries run at the
//! same time.

use std::collections::VecDeque;

use order::OutboxRow;

/// How many messages are delivered at the same time. Two of the six connections are left for the payment.
const MAX_AT_ONCE: usize = 4;

/// The deliveries of one object.
#[derive(Default)]
pub(crate) struct Deliveries {
    under_way: Vec<String>,
    waiting: VecDeque<OutboxRow>,
}

impl Deliveries {
    /// Takes rows to deliver. A row that is here already is not delivered twice: the order gives a row out
    /// again when it has waited long.
    pub(crate) fn take(&mut self, rows: Vec<OutboxRow>) {
        for row in rows {
            if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.id == row.id) {
                *waiting = row;
            } else if !self.under_way.contains(&row.id) {
                self.waiting.push_back(row);
            }
        }
    }

    /// The next row to deliver now, if there is one and enough room.
    pub(crate) fn start(&mut self) -> Option<OutboxRow> {
        if self.under_way.len() >= MAX_AT_ONCE {
            return None;
        }
        let row = self.waiting.pop_front()?;
        self.under_way.push(row.id.clone());
        Some(row)
    }

    /// The delivery of this row is over.
    pub(crate) fn over(&mut self, id: &str) {
        self.under_way.retain(|under_way| under_way != id);
    }
}

#[cfg(test)]
mod tests {
    use order::{IndexRow, Message};
    use wire::{Currency, Money, OutTradeNo};

    use super::*;

    fn row(id: &str, tries: u32) -> OutboxRow {
        let index = IndexRow {
            out_trade_no: OutTradeNo::new("HK20260301A0001").unwrap(),
            version: 1,
            state: "paid".into(),
            reason: None,
            settled: false,
            description: "Tea".into(),
            amount: Money::new(8800, Currency::HKD),
            refunded_minor: 0,
            refunding_minor: 0,
            placed_at_ms: 0,
            paid_at_ms: None,
            transaction_id: None,
            exceptions: vec![],
            attention: vec![],
        };
        OutboxRow { id: id.into(), at_ms: 0, message: Message::Index(Box::new(index)), tries }
    }

    fn started(deliveries: &mut Deliveries) -> Vec<(String, u32)> {
        std::iter::from_fn(|| deliveries.start()).map(|row| (row.id, row.tries)).collect()
    }

    #[test]
    fn receivers_that_do_not_answer_leave_connections_to_the_payment() {
        let mut deliveries = Deliveries::default();
        deliveries.take((0..9).map(|n| row(&format!("r{n}"), 1)).collect());
        assert_eq!(started(&mut deliveries).len(), 4);
        deliveries.over("r2");
        assert_eq!(started(&mut deliveries), [("r4".to_owned(), 1)]);
    }

    #[test]
    fn a_row_that_is_handed_out_again_is_not_delivered_twice_at_once() {
        let mut deliveries = Deliveries::default();
        deliveries.take((0..5).map(|n| row(&format!("r{n}"), 1)).collect());
        assert_eq!(started(&mut deliveries).len(), 4);
        deliveries.take((0..5).map(|n| row(&format!("r{n}"), 2)).collect());
        assert_eq!(started(&mut deliveries), []);
        deliveries.over("r0");
        assert_eq!(
            started(&mut deliveries),
            [("r4".to_owned(), 2)],
            "the waiting one as it was handed out last"
        );
        deliveries.over("r4");
        assert_eq!(started(&mut deliveries), []);
        deliveries.take(vec![row("r0", 3)]);
        assert_eq!(started(&mut deliveries), [("r0".to_owned(), 3)]);
    }
}
