//! The totals of a bill, compared with the rows that were read.

use std::fmt;

use super::column::plain;
use super::records::{Record, split_values};
use super::{BillColumn, Decimal};

/// A total of a bill differs from the rows that were read: a row is missing or changed. Texts are truncated
/// to [`MAX_QUOTED_BYTES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillDifference {
    /// The bill counts more or fewer trades than were read.
    Count {
        /// What the bill says.
        stated: u64,
        /// The rows that were read.
        read: u64,
    },
    /// A sum differs.
    Sum {
        /// The total's name in the bill.
        total: Box<str>,
        /// What the bill says.
        stated: Decimal,
        /// The sum of the rows that were read.
        read: Decimal,
    },
    /// The total is not a valid number.
    NotANumber {
        /// The total's name in the bill.
        total: Box<str>,
        /// What is there.
        value: Box<str>,
    },
    /// A row has no amount in the column that this total sums up.
    NoAmount {
        /// The total's name in the bill.
        total: Box<str>,
        /// The line of the row.
        line: usize,
    },
}

/// The longest piece of a bill that a report of a fault quotes.
pub const MAX_QUOTED_BYTES: usize = 200;

/// The beginning of a text, at most [`MAX_QUOTED_BYTES`].
#[inline]
pub(super) fn quoted(text: &str) -> Box<str> {
    let end = text.floor_char_boundary(MAX_QUOTED_BYTES);
    text.get(..end).unwrap_or_default().into()
}

/// What a total sums up.
enum Sums {
    /// The number of rows.
    Rows,
    /// One of these columns: the first that the bill has.
    Columns(&'static [BillColumn]),
}

impl Sums {
    /// Knows the names of the mainland file, its earlier editions and the cross-border file. No document
    /// names the totals of the global file.
    #[inline]
    fn named(name: &str) -> Option<Self> {
        Some(match plain(name).as_str() {
            "总交易单数" => Self::Rows,
            "订单总金额" | "总交易额" => Self::Columns(&[BillColumn::OrderTotal]),
            "应结订单总金额" => Self::Columns(&[BillColumn::SettlementTotal]),
            // The global file has one column of refunds, and it is the other one.
            "退款总金额" | "总退款金额" => {
                Self::Columns(&[BillColumn::Refund, BillColumn::RefundAsked])
            }
            "充值券退款总金额" => Self::Columns(&[BillColumn::RechargeCouponRefund]),
            "申请退款总金额" | "申请退款金额" => Self::Columns(&[BillColumn::RefundAsked]),
            "总代金券或立减优惠退款金额" | "总企业红包退款金额" => {
                Self::Columns(&[BillColumn::CouponRefund])
            }
            "手续费总金额" => Self::Columns(&[BillColumn::Charge, BillColumn::ChargeReturned]),
            _ => return None,
        })
    }
}

/// Whether a line is a documented header of totals.
#[inline]
pub(super) fn is_header(line: &str) -> bool {
    let first = line.split(',').next().unwrap_or(line);
    matches!(Sums::named(first), Some(Sums::Rows))
}

/// The columns that any total sums up.
const SUMMED: [BillColumn; 8] = [
    BillColumn::OrderTotal,
    BillColumn::SettlementTotal,
    BillColumn::Refund,
    BillColumn::RechargeCouponRefund,
    BillColumn::RefundAsked,
    BillColumn::CouponRefund,
    BillColumn::Charge,
    BillColumn::ChargeReturned,
];

/// The sums of the rows that were read, one for each column that a total may sum up.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    rows: usize,
    sums: Vec<Sum>,
}

#[derive(Clone, Debug)]
struct Sum {
    column: BillColumn,
    position: usize,
    read: Decimal,
    /// The line of the first row whose value there is not an amount.
    without: Option<usize>,
}

impl Tally {
    /// No rows yet.
    #[inline]
    pub(super) fn of(columns: impl Iterator<Item = Option<BillColumn>>) -> Self {
        let mut sums: Vec<Sum> = Vec::new();
        for (position, column) in columns.enumerate() {
            let Some(column) = column.filter(|column| SUMMED.contains(column)) else { continue };
            if !sums.iter().any(|sum| sum.column == column) {
                sums.push(Sum { column, position, read: Decimal::ZERO, without: None });
            }
        }
        Self { rows: 0, sums }
    }

    /// Adds a row. An empty value adds nothing.
    #[inline]
    pub(super) fn add(&mut self, record: &Record<'_>) {
        self.rows = self.rows.saturating_add(1);
        let mut sums = self.sums.iter_mut().peekable();
        for (position, value) in split_values(record.text).enumerate() {
            let Some(next) = sums.peek() else { break };
            if position < next.position {
                continue;
            }
            let Some(sum) = sums.next() else { break };
            if value.is_empty() {
                continue;
            }
            match value.parse().ok().and_then(|amount| sum.read.plus(amount)) {
                Some(read) => sum.read = read,
                None => sum.without = sum.without.or(Some(record.line)),
            }
        }
    }

    /// How many rows were added.
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }
}

/// Compares totals with rows. It returns the differences, and the names of the totals that it could not
/// compare.
#[inline]
pub(super) fn compare<'t>(
    totals: &[(&'t str, &'t str)],
    tally: &Tally,
) -> (Vec<BillDifference>, Vec<&'t str>) {
    let (mut differences, mut sums, mut unchecked) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (name, value)) in totals.iter().enumerate() {
        let columns = match Sums::named(name) {
            Some(Sums::Columns(columns)) => columns,
            Some(Sums::Rows) => {
                differences.extend(count(name, value, tally.rows));
                continue;
            }
            // The first total is the number of trades in every language.
            None if place == 0 => {
                differences.extend(count(name, value, tally.rows));
                continue;
            }
            None => {
                unchecked.push(*name);
                continue;
            }
        };
        let Ok(stated) = value.parse() else {
            differences.push(BillDifference::NotANumber { total: quoted(name), value: quoted(value) });
            continue;
        };
        // A bill of payments has no columns of refunds. Its total of refunds must be zero, because no value
        // is summed.
        let of_column = |column: &BillColumn| tally.sums.iter().find(|sum| sum.column == *column);
        let (read, without) =
            columns.iter().find_map(of_column).map_or((Decimal::ZERO, None), |sum| (sum.read, sum.without));
        match without {
            Some(line) => sums.push(BillDifference::NoAmount { total: quoted(name), line }),
            None if read.same_amount(stated) => {}
            None => sums.push(BillDifference::Sum { total: quoted(name), stated, read }),
        }
    }
    differences.append(&mut sums);
    (differences, unchecked)
}

#[inline]
fn count(name: &str, value: &str, rows: usize) -> Option<BillDifference> {
    let read = u64::try_from(rows).unwrap_or(u64::MAX);
    match value.parse() {
        Ok(stated) if stated == read => None,
        Ok(stated) => Some(BillDifference::Count { stated, read }),
        Err(_) => Some(BillDifference::NotANumber { total: quoted(name), value: quoted(value) }),
    }
}

impl fmt::Display for BillDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { stated, read } => {
                write!(f, "the bill counts {stated} trades, and {read} were read")
            }
            Self::Sum { total, stated, read } => {
                write!(f, "the bill says {total} {stated}, and its rows make {read}")
            }
            Self::NotANumber { total, value: _ } => write!(f, "the bill's {total} is not a number"),
            Self::NoAmount { total, line } => {
                write!(f, "line {line} of the bill has no amount for {total}")
            }
        }
    }
}
