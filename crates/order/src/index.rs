//! The order's row in the index of all orders: its content, and when it is written.
//!
//! We write the row at the end of each handling that changed something it shows. An order is *settled* when
//! it will do nothing more by itself and everybody has been told. The row says so, and the sweep leaves the
//! order out. A day later we write the row of an order with money or an exception once more, so that a
//! database that was restored to an earlier state becomes whole again. An order that nobody paid is not worth
//! it.

use gateway::{Money, OutTradeNo, TransactionId};
use serde::{Deserialize, Serialize};

use crate::effect::Turn;
use crate::refund::DAY_MS;
use crate::{Exception, ExceptionKind, Message, Order, OutboxRow, Timer};

/// How long after the order settled we write its row once more.
const REINDEX_AFTER_MS: i64 = DAY_MS;

/// What the index shows of an order. A lower version never replaces a higher one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexRow {
    /// The order number.
    pub out_trade_no: OutTradeNo,
    /// Grows with every change of the row. It is the sequence number of the row's message.
    pub version: u64,
    /// The name of the state.
    pub state: String,
    /// The reason, for a state that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the order is settled once this row is accepted. The sweep leaves it out then.
    #[serde(alias = "is_final")]
    pub settled: bool,
    /// What WeChat shows.
    pub description: String,
    /// The order's amount.
    pub amount: Money,
    /// How much was refunded of all payments in the order's currency, in minor units.
    pub refunded_minor: u64,
    /// How much of them is being refunded, in minor units: asked for, but not certain yet.
    #[serde(default)]
    pub refunding_minor: u64,
    /// When the order was made.
    pub placed_at_ms: i64,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at_ms: Option<i64>,
    /// The payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// The kinds of the exceptions that the order keeps, open or done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<ExceptionKind>,
    /// The exceptions that wait for a person, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attention: Vec<Exception>,
    /// How often its files were downloaded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub downloads: u32,
    /// Whether no row of this order ever had anything open: no exception, no refund under way. Not stored: it
    /// is known when the row is handed out.
    #[serde(skip)]
    pub never_open: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// What the index was last told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Indexed {
    /// The version of the newest row.
    version: u64,
    /// Whether it said that the order is settled.
    settled: bool,
}

impl Indexed {
    /// Whether no row was ever written.
    pub(crate) fn is_unheard_of(&self) -> bool {
        self.version == 0
    }
}

impl Order {
    /// Whether the order will do nothing more by itself: it is final, everybody has been told (page, merchant
    /// and index), no refund is under way, and no call is in flight. Late money, a person, or a refund made
    /// elsewhere can still unsettle it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is_quiet() && self.outbox.is_empty()
    }

    /// The same, except that the index may not have its row yet.
    fn is_quiet(&self) -> bool {
        let waits_for_nothing = [Timer::Outbox, Timer::Reindex, Timer::Archive];
        self.state.is_final()
            && !self.timers.has_other_than(&waits_for_nothing)
            && self.calls.in_flight.is_none()
            && self.refunds.is_idle()
            && !self.outbox.holds_webhooks()
    }

    /// The sweep found this version of the row. Write the row again if that is older than ours.
    pub(crate) fn swept(&mut self, turn: &mut Turn, index_version: u64) {
        if index_version < self.indexed.version {
            turn.index_changed = true;
        }
    }

    /// Writes the row if this handling changed it, and arms the timer for writing it once more.
    pub(crate) fn keep_index(&mut self, turn: &mut Turn) {
        let again = self.timers.take_due(Timer::Reindex, turn.now_ms);
        let quiet = self.is_quiet();
        let settled_changed = quiet != self.indexed.settled;
        if quiet && (settled_changed || turn.index_changed) && self.is_worth_a_second_row() {
            self.timers.set(Timer::Reindex, turn.after(REINDEX_AFTER_MS));
        } else if !quiet {
            self.timers.clear(Timer::Reindex);
        }
        if settled_changed || again || turn.index_changed {
            let row = self.index_row(quiet);
            self.indexed = Indexed { version: row.version, settled: quiet };
            self.write_out(turn, Message::Index(Box::new(row)));
        }
    }

    /// Whether the newest row said that the order is settled.
    pub(crate) fn says_settled(&self) -> bool {
        self.indexed.settled
    }

    fn is_worth_a_second_row(&self) -> bool {
        !self.receipts.is_empty() || !self.exceptions.is_empty()
    }

    fn index_row(&self, settled: bool) -> IndexRow {
        let payment = self.payment().or(self.receipts.first());
        IndexRow {
            out_trade_no: self.terms.out_trade_no.clone(),
            version: self.outbox.next_seq(),
            state: self.state.name().into(),
            reason: self.state.reason().map(str::to_owned),
            settled,
            description: self.terms.description.to_string(),
            amount: self.terms.amount,
            refunded_minor: self.refunds.refunded_minor(self.terms.amount.currency),
            refunding_minor: self.refunds.refunding_minor(self.terms.amount.currency),
            placed_at_ms: self.made_at_ms,
            paid_at_ms: self.payment().map(|receipt| receipt.paid_at_ms),
            transaction_id: payment.map(|receipt| receipt.transaction_id.clone()),
            exceptions: self.exceptions.iter().map(|exception| exception.kind).collect(),
            attention: self.exceptions.iter().filter(|exception| exception.is_open()).cloned().collect(),
            downloads: self.downloaded(),
            never_open: false,
        }
    }

    /// Says on a row that is handed out whether none before it had anything open. Such a row is written
    /// without a look at what may be open.
    pub(crate) fn mark_never_open(&self, rows: &mut [OutboxRow]) {
        let never_open = self.exceptions.is_empty() && self.refunds.iter().next().is_none();
        for row in rows {
            if let Message::Index(row) = &mut row.message {
                row.never_open = never_open;
            }
        }
    }
}
