//! Which messages of the outbox are being delivered, and which wait for their turn.
//!
//! The platform opens six connections at a time for one object; a seventh must wait. A receiver that accepts
//! a connection and does not answer must not block a call to WeChat Pay, so only a few deliveries run at the
//! same time.
//!
//! While a call to WeChat Pay or a webhook is under way, a row of the index waits for it, for a second at
//! most: its result most likely brings a newer row, which takes the place of this one. So an order that is
//! placed or paid as usual is written to the index once and not twice. A receiver that hangs holds the index
//! back no longer than that second.

use std::collections::VecDeque;

use order::{Message, OutboxRow};

/// How many messages are delivered at the same time. Two of the six connections are left for the payment.
const MAX_AT_ONCE: usize = 4;

/// How long a row of the index waits for what is under way.
pub(crate) const INDEX_WAITS_MS: u32 = 1_000;

/// The deliveries of one object.
#[derive(Default)]
pub(crate) struct Deliveries {
    under_way: Vec<UnderWay>,
    waiting: VecDeque<OutboxRow>,
    /// The row of the index that has waited long enough.
    overdue: Option<String>,
}

struct UnderWay {
    id: String,
    is_webhook: bool,
}

/// What to do next.
pub(crate) enum Next {
    /// Deliver this row now.
    Deliver(OutboxRow),
    /// Nothing. A row of the index waits for what is under way.
    IndexWaits {
        /// The row's id.
        id: String,
    },
    /// Nothing.
    Nothing,
}

impl Deliveries {
    /// Takes rows to deliver. A row that is here already is not delivered twice: the order gives a row out
    /// again when it has waited long. A newer row of the index replaces one that waits.
    pub(crate) fn take(&mut self, rows: Vec<OutboxRow>) {
        for row in rows {
            if is_index(&row) {
                self.waiting.retain(|waiting| !is_index(waiting));
            }
            if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.id == row.id) {
                *waiting = row;
            } else if !self.under_way.iter().any(|under_way| under_way.id == row.id) {
                self.waiting.push_back(row);
            }
        }
    }

    /// The next row to deliver now, if there is one and enough room. `is_calling`: a call to WeChat Pay is
    /// under way.
    pub(crate) fn next(&mut self, is_calling: bool) -> Next {
        if self.under_way.len() >= MAX_AT_ONCE {
            return Next::Nothing;
        }
        let more_to_come = is_calling
            || self.under_way.iter().any(|under_way| under_way.is_webhook)
            || self.waiting.iter().any(|row| !is_index(row));
        let may_go = |row: &OutboxRow| {
            !is_index(row) || !more_to_come || self.overdue.as_ref().is_some_and(|overdue| *overdue == row.id)
        };
        let Some(at) = self.waiting.iter().position(may_go) else {
            let waits = self.waiting.front().map(|row| row.id.clone());
            return waits.map_or(Next::Nothing, |id| Next::IndexWaits { id });
        };
        let Some(row) = self.waiting.remove(at) else { return Next::Nothing };
        self.under_way.push(UnderWay { id: row.id.clone(), is_webhook: !is_index(&row) });
        Next::Deliver(row)
    }

    /// The row of the index with this id has waited long enough.
    pub(crate) fn waits_no_longer(&mut self, id: String) {
        self.overdue = Some(id);
    }

    /// The delivery of this row is over.
    pub(crate) fn over(&mut self, id: &str) {
        self.under_way.retain(|under_way| under_way.id != id);
    }
}

fn is_index(row: &OutboxRow) -> bool {
    matches!(row.message, Message::Index(_))
}

#[cfg(test)]
mod tests {
    use order::{IndexRow, Webhook, WebhookKind};
    use wire::{Currency, Money, OutTradeNo};

    use super::*;

    fn number() -> OutTradeNo {
        OutTradeNo::new("HK20260301A0001").unwrap()
    }

    fn index(id: &str, tries: u32) -> OutboxRow {
        let index = IndexRow {
            out_trade_no: number(),
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
            downloads: 0,
            never_open: false,
        };
        OutboxRow { id: id.into(), at_ms: 0, message: Message::Index(Box::new(index)), tries }
    }

    fn webhook(id: &str, tries: u32) -> OutboxRow {
        let webhook = Webhook {
            kind: WebhookKind::OrderPaid,
            sequence: 1,
            out_trade_no: number(),
            state: "paid".into(),
            reason: None,
            problem: None,
            amount: Money::new(8800, Currency::HKD),
            transaction_id: None,
            paid_at_ms: None,
            refunded_elsewhere: false,
            refunded_minor: 0,
            exception: None,
            detail: None,
            refund: None,
        };
        OutboxRow { id: id.into(), at_ms: 0, message: Message::Webhook(Box::new(webhook)), tries }
    }

    fn started(deliveries: &mut Deliveries, is_calling: bool) -> Vec<(String, u32)> {
        std::iter::from_fn(|| match deliveries.next(is_calling) {
            Next::Deliver(row) => Some((row.id, row.tries)),
            Next::IndexWaits { .. } | Next::Nothing => None,
        })
        .collect()
    }

    /// The row of the index that waits for something else.
    fn waits(deliveries: &mut Deliveries) -> Option<String> {
        match deliveries.next(false) {
            Next::IndexWaits { id } => Some(id),
            Next::Deliver(_) | Next::Nothing => None,
        }
    }

    #[test]
    fn receivers_that_do_not_answer_leave_connections_to_the_payment() {
        let mut deliveries = Deliveries::default();
        deliveries.take((0..9).map(|n| webhook(&format!("r{n}"), 1)).collect());
        assert_eq!(started(&mut deliveries, false).len(), 4);
        deliveries.over("r2");
        assert_eq!(started(&mut deliveries, false), [("r4".to_owned(), 1)]);
    }

    #[test]
    fn a_row_that_is_handed_out_again_is_not_delivered_twice_at_once() {
        let mut deliveries = Deliveries::default();
        deliveries.take((0..5).map(|n| webhook(&format!("r{n}"), 1)).collect());
        assert_eq!(started(&mut deliveries, false).len(), 4);
        deliveries.take((0..5).map(|n| webhook(&format!("r{n}"), 2)).collect());
        assert_eq!(started(&mut deliveries, false), []);
        deliveries.over("r0");
        assert_eq!(
            started(&mut deliveries, false),
            [("r4".to_owned(), 2)],
            "the waiting one as it was handed out last"
        );
        deliveries.over("r4");
        assert_eq!(started(&mut deliveries, false), []);
        deliveries.take(vec![webhook("r0", 3)]);
        assert_eq!(started(&mut deliveries, false), [("r0".to_owned(), 3)]);
    }

    #[test]
    fn the_index_gets_one_row_of_an_order_that_is_paid_as_usual() {
        let mut deliveries = Deliveries::default();
        deliveries.take(vec![webhook("w", 1), index("paid", 1)]);
        assert_eq!(started(&mut deliveries, false), [("w".to_owned(), 1)]);
        assert_eq!(waits(&mut deliveries).as_deref(), Some("paid"));
        deliveries.over("w");
        deliveries.take(vec![index("settled", 1)]);
        assert_eq!(started(&mut deliveries, false), [("settled".to_owned(), 1)]);
    }

    #[test]
    fn a_receiver_that_hangs_holds_the_index_back_no_longer_than_its_wait() {
        let mut deliveries = Deliveries::default();
        deliveries.take(vec![index("paid", 1), webhook("w", 1)]);
        assert_eq!(started(&mut deliveries, false), [("w".to_owned(), 1)]);
        deliveries.waits_no_longer("paid".into());
        assert_eq!(started(&mut deliveries, false), [("paid".to_owned(), 1)]);
    }

    #[test]
    fn the_index_waits_for_the_answer_to_a_call_and_not_without_one() {
        let mut deliveries = Deliveries::default();
        deliveries.take(vec![index("placing", 1)]);
        assert_eq!(started(&mut deliveries, true), []);
        deliveries.take(vec![index("awaiting_payment", 1)]);
        assert_eq!(started(&mut deliveries, false), [("awaiting_payment".to_owned(), 1)]);
    }
}
