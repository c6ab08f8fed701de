//! The totals of a bill, compared with the rows that were read.

use std::fmt;

use super::column::plain;
use super::records::{Header, Record, split_values};
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
    fn named(name: &str) -> Option<Self> {
        Some(match plain(name).as_str() {
            "总交易单数" => Self::Rows,
            "订单总金额" | "总交易额" => Self::Columns(&[BillColumn::OrderTotal]),
            "应结订单总金额" => Self::Columns(&[BillColumn::SettlementTotal]),
            "退款总金额" | "总退款金额" => Self::Columns(&[BillColumn::Refund]),
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
pub(super) fn is_header(line: &str) -> bool {
    let first = line.split(',').next().unwrap_or(line);
    matches!(Sums::named(first), Some(Sums::Rows))
}

/// One total, and the sum of the rows for it.
struct Tally<'t> {
    name: &'t str,
    stated: Decimal,
    /// The position of the summed column.
    position: usize,
    read: Decimal,
    /// The first row whose value there is not an amount.
    without: Option<usize>,
}

/// Compares totals with rows. It returns the differences, and the names of the totals that it could not
/// compare.
pub(super) fn compare<'t>(
    totals: &[(&'t str, &'t str)],
    header: &Header<'t>,
    records: &[Record<'t>],
) -> (Vec<BillDifference>, Vec<&'t str>) {
    let (mut differences, mut unchecked, mut tallies) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (name, value)) in totals.iter().enumerate() {
        let columns = match Sums::named(name) {
            Some(Sums::Columns(columns)) => columns,
            Some(Sums::Rows) => {
                differences.extend(count(name, value, records.len()));
                continue;
            }
            // The first total is the number of trades in every language.
            None if place == 0 => {
                differences.extend(count(name, value, records.len()));
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
        let of_column = |column: &BillColumn| header.iter().position(|(_, known)| *known == Some(*column));
        let position = columns.iter().find_map(of_column).unwrap_or(usize::MAX);
        tallies.push(Tally { name, stated, position, read: Decimal::ZERO, without: None });
    }
    for record in records {
        for (position, value) in split_values(record.text).enumerate() {
            for tally in tallies.iter_mut().filter(|tally| tally.position == position) {
                tally.add(value, record.line);
            }
        }
    }
    differences.extend(tallies.into_iter().filter_map(Tally::difference));
    (differences, unchecked)
}

impl Tally<'_> {
    /// An empty value adds nothing.
    fn add(&mut self, value: &str, line: usize) {
        if value.is_empty() {
            return;
        }
        match value.parse().ok().and_then(|amount| self.read.plus(amount)) {
            Some(sum) => self.read = sum,
            None => self.without = self.without.or(Some(line)),
        }
    }

    fn difference(self) -> Option<BillDifference> {
        let Self { name, stated, read, without, position: _ } = self;
        match without {
            Some(line) => Some(BillDifference::NoAmount { total: quoted(name), line }),
            None if read.same_amount(stated) => None,
            None => Some(BillDifference::Sum { total: quoted(name), stated, read }),
        }
    }
}

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
