//! The totals of a bill, and what they say against the rows that were read.

use std::fmt;

use super::column::plain;
use super::row::BillRow;
use super::{BillColumn, Decimal};

/// A total of a bill and the rows that were read differ: a row is missing or was changed. Texts are cut to
/// [`MAX_QUOTED_BYTES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillDifference {
    /// The bill counts more or fewer trades than were read.
    Count {
        /// What the bill says.
        stated: u64,
        /// The rows that were read.
        read: u64,
    },
    /// A sum is another one.
    Sum {
        /// The total's name in the bill.
        total: Box<str>,
        /// What the bill says.
        stated: Decimal,
        /// The sum of the rows that were read.
        read: Decimal,
    },
    /// The total is not a number.
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

/// The longest piece of a bill that a report of a fault repeats.
pub const MAX_QUOTED_BYTES: usize = 200;

/// The beginning of a text, for a report.
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
    /// By the names of the mainland file, of its editions before, and of the cross-border file. No document names the
    /// totals of the global file.
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

/// Whether a line is the header of totals that documents name.
pub(super) fn is_header(line: &str) -> bool {
    let first = line.split(',').next().unwrap_or(line);
    matches!(Sums::named(first), Some(Sums::Rows))
}

/// Compares totals with rows. Gives the differences, and the names of the totals that could not be compared.
pub(super) fn compare<'b, 't: 'b>(
    totals: &[(&'t str, &'t str)],
    rows: impl Iterator<Item = BillRow<'b, 't>> + Clone,
) -> (Vec<BillDifference>, Vec<&'t str>) {
    let (mut differences, mut unchecked) = (Vec::new(), Vec::new());
    for (place, (name, value)) in totals.iter().enumerate() {
        let difference = match Sums::named(name) {
            Some(Sums::Rows) => count(name, value, rows.clone()),
            Some(Sums::Columns(columns)) => sum(name, value, columns, rows.clone()),
            // The first total is the number of trades, in whatever language.
            None if place == 0 => count(name, value, rows.clone()),
            None => {
                unchecked.push(*name);
                None
            }
        };
        differences.extend(difference);
    }
    (differences, unchecked)
}

fn count<'b, 't: 'b>(
    name: &str,
    value: &str,
    rows: impl Iterator<Item = BillRow<'b, 't>>,
) -> Option<BillDifference> {
    let read = u64::try_from(rows.count()).unwrap_or(u64::MAX);
    match value.parse() {
        Ok(stated) if stated == read => None,
        Ok(stated) => Some(BillDifference::Count { stated, read }),
        Err(_) => Some(not_a_number(name, value)),
    }
}

fn sum<'b, 't: 'b>(
    name: &str,
    value: &str,
    columns: &[BillColumn],
    rows: impl Iterator<Item = BillRow<'b, 't>>,
) -> Option<BillDifference> {
    let Ok(stated) = value.parse::<Decimal>() else { return Some(not_a_number(name, value)) };
    let mut read = Decimal::ZERO;
    for row in rows {
        // A bill of payments has no columns of refunds, and its total of refunds is zero.
        let Some(column) = columns.iter().find(|column| row.has(**column)) else { break };
        let amount = row.decimal(*column).map(|amount| amount.unwrap_or(Decimal::ZERO)).ok();
        match amount.and_then(|amount| read.plus(amount)) {
            Some(sum) => read = sum,
            None => return Some(BillDifference::NoAmount { total: quoted(name), line: row.line() }),
        }
    }
    (!read.same_amount(stated)).then(|| BillDifference::Sum { total: quoted(name), stated, read })
}

fn not_a_number(name: &str, value: &str) -> BillDifference {
    BillDifference::NotANumber { total: quoted(name), value: quoted(value) }
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
