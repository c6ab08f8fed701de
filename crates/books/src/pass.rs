//! One pass over the bill of a day: each row is compared with our index, and what is left is in doubt.

use std::io::Read;

use wire::Money;
use wire::v2::WxDate;
use wire::v2::bill::{
    BillColumn, BillEnd, BillRow, BillTradeState, BillValueError, StreamError, read_packed,
};

use crate::fields::field;
use crate::ours::Match;
use crate::{Difference, Doubt, Kind, Ours, Side, Totals};

/// How many doubts one pass gives. The next pass goes on behind them.
pub const MAX_DOUBTS: usize = 2_000;

/// The columns without which nothing can be compared.
const NEEDED: [BillColumn; 5] = [
    BillColumn::TransactionId,
    BillColumn::OutTradeNo,
    BillColumn::TradeState,
    BillColumn::Currency,
    BillColumn::OrderTotal,
];

/// Where a pass begins: behind what earlier passes have given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// How many rows of the bill were looked at.
    pub rows: u32,
    /// The last order of ours that the bill lacks, and that was given.
    pub number: Box<str>,
}

/// A pass over the bill.
pub struct Pass {
    ours: Ours,
    from: Cursor,
    row: u32,
    doubts: Vec<Doubt>,
    differences: Vec<Difference>,
    totals: Totals,
    unusable: Option<BillValueError>,
    next: Option<Cursor>,
}

/// What a pass has found.
#[derive(Debug)]
pub struct Passed {
    /// What must be asked, in the bill's sequence, what is ours last.
    pub doubts: Vec<Doubt>,
    /// What is certain without asking.
    pub differences: Vec<Difference>,
    /// The sums of the whole day.
    pub totals: Totals,
    /// Where the next pass begins. `None`: this was the last one.
    pub next: Option<Cursor>,
    /// Why the bill cannot be compared at all: it lacks a column.
    pub unusable: Option<BillValueError>,
}

impl Pass {
    /// A pass that begins here. `ours` is sorted.
    #[must_use]
    pub fn new(ours: Ours, from: Cursor) -> Self {
        let mut totals = Totals::default();
        for (row, _) in ours.rows() {
            totals.ours_paid(row.amount);
        }
        Self {
            ours,
            from,
            row: 0,
            doubts: Vec::new(),
            differences: Vec::new(),
            totals,
            unusable: None,
            next: None,
        }
    }

    /// Takes all rows of a bill.
    ///
    /// # Errors
    /// [`StreamError`] if it cannot be read to its end. Then what was found of it must not be used.
    pub fn read(&mut self, bill: &mut dyn Read) -> Result<BillEnd, StreamError> {
        read_packed(bill, &mut |row| self.take(row))
    }

    /// Takes the next row of the bill.
    pub fn take(&mut self, row: &BillRow<'_, '_>) {
        if self.unusable.is_some() {
            return;
        }
        self.row = self.row.saturating_add(1);
        if self.row == 1
            && let Some(error) = NEEDED.iter().find_map(|column| row.get(*column).err())
        {
            self.unusable = Some(error);
            return;
        }
        match read(row) {
            Ok(doubt) => self.compare(doubt),
            Err(why) => {
                if self.is_new() {
                    let number = row.get(BillColumn::OutTradeNo).ok().flatten().unwrap_or_default();
                    let doubt = doubt_of(row, number, "", None);
                    self.differences
                        .push(Difference::about(&doubt, Kind::Unreadable).because(why.to_string()));
                }
            }
        }
    }

    /// Whether the row was not looked at by an earlier pass.
    fn is_new(&self) -> bool {
        self.row > self.from.rows && self.next.is_none()
    }

    fn compare(&mut self, read: Entry) {
        let (doubt, is_double) = match read {
            Entry::Paid(doubt, amount) => {
                self.totals.bill_paid(amount);
                match self.ours.meet(&doubt.number, &doubt.transaction_id, amount) {
                    Match::Same => return,
                    Match::Again => (doubt, true),
                    Match::Other => (doubt, false),
                }
            }
            Entry::Refunded(doubt, amount) => {
                self.totals.bill_refunded(amount);
                (doubt, false)
            }
        };
        if !self.is_new() {
            return;
        }
        if is_double {
            self.differences.push(Difference::about(&doubt, Kind::Double));
        } else {
            self.doubts.push(doubt);
            if self.doubts.len() >= MAX_DOUBTS {
                self.next = Some(Cursor { rows: self.row, number: Box::from("") });
            }
        }
    }

    /// Says that the bill is at its end. `refunded` are the orders of ours that had refunds around this day,
    /// and `day` is the day of the bill.
    #[must_use]
    pub fn end(mut self, day: WxDate, refunded: &[Box<str>]) -> Passed {
        let window = day.start_epoch_ms()..crate::end_ms(day);
        if self.next.is_none() {
            let lacking = self.ours.unmet().filter(|row| *row.number > *self.from.number);
            for row in lacking.filter(|row| window.contains(&row.paid_at_ms)) {
                if self.doubts.len() >= MAX_DOUBTS {
                    let number = self.doubts.last().map(|doubt| doubt.number.clone()).unwrap_or_default();
                    self.next = Some(Cursor { rows: self.row, number });
                    break;
                }
                self.doubts.push(Doubt {
                    paid_at_ms: row.paid_at_ms,
                    ..doubt(Side::OursPaid, row.number, row.transaction_id, Some(row.amount))
                });
            }
        }
        if self.next.is_none() {
            self.doubts.extend(refunded.iter().map(|number| doubt(Side::OursRefunded, number, "", None)));
        }
        let Self { doubts, differences, totals, next, unusable, .. } = self;
        Passed { doubts, differences, totals, next, unusable }
    }
}

/// A row of the bill.
enum Entry {
    Paid(Doubt, Money),
    Refunded(Doubt, Money),
}

/// Why a row cannot be compared.
enum Unread {
    Value(BillValueError),
    Missing(&'static str),
    Kind(Box<str>),
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(error) => error.fmt(f),
            Self::Missing(what) => write!(f, "the row has no {what}"),
            Self::Kind(kind) => write!(f, "a row of the kind {kind}"),
        }
    }
}

impl From<BillValueError> for Unread {
    fn from(error: BillValueError) -> Self {
        Self::Value(error)
    }
}

fn read(row: &BillRow<'_, '_>) -> Result<Entry, Unread> {
    let number = row.get(BillColumn::OutTradeNo)?.ok_or(Unread::Missing("order number"))?;
    let transaction = row.get(BillColumn::TransactionId)?.ok_or(Unread::Missing("payment number"))?;
    match row.trade_state()?.ok_or(Unread::Missing("state"))? {
        BillTradeState::Success => {
            let amount = row.order_total()?.ok_or(Unread::Missing("amount"))?;
            Ok(Entry::Paid(doubt_of(row, number, transaction, Some(amount)), amount))
        }
        BillTradeState::Refund => {
            let amount = row.refund_asked()?.ok_or(Unread::Missing("amount"))?;
            let refund = row.get(BillColumn::OutRefundNo)?.ok_or(Unread::Missing("refund number"))?;
            let refunded = Doubt {
                side: Side::BillRefunded,
                out_refund_no: Some(field(refund)),
                state: row.get(BillColumn::RefundState)?.map(field),
                ..doubt_of(row, number, transaction, Some(amount))
            };
            Ok(Entry::Refunded(refunded, amount))
        }
        // A quick pay that was reversed. This shop makes no quick pay.
        BillTradeState::Revoked => Err(Unread::Kind("REVOKED".into())),
        BillTradeState::Other(kind) => Err(Unread::Kind(kind)),
    }
}

fn doubt_of(row: &BillRow<'_, '_>, number: &str, transaction: &str, amount: Option<Money>) -> Doubt {
    let line = u32::try_from(row.line()).unwrap_or(u32::MAX);
    Doubt { line, ..doubt(Side::BillPaid, number, transaction, amount) }
}

fn doubt(side: Side, number: &str, transaction: &str, amount: Option<Money>) -> Doubt {
    Doubt {
        side,
        number: field(number),
        transaction_id: field(transaction),
        out_refund_no: None,
        amount,
        state: None,
        paid_at_ms: 0,
        line: 0,
        carried: false,
        wechat_says: None,
    }
}
