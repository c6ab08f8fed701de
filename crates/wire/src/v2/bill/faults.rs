//! What is wrong with a bill that is readable only in part: bad rows, and totals that differ.

use std::fmt;

use thiserror::Error;

use super::totals::{BillDifference, quoted};

/// The most bad rows that are reported one by one. Further ones are only counted.
pub const MAX_REPORTED_BAD_ROWS: usize = 100;

/// One or several lines between header and totals that are not a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// The number of its first line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: BadRowReason,
    /// The beginning of its text, at most [`MAX_QUOTED_BYTES`](super::MAX_QUOTED_BYTES).
    pub text: Box<str>,
}

/// What is wrong with a bad row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRowReason {
    /// It has fewer values than the header has columns: it is truncated.
    TooFewValues {
        /// How many it has.
        values: usize,
    },
    /// It has more values. Most likely a value holds a comma and a grave accent.
    TooManyValues {
        /// How many it has.
        values: usize,
    },
    /// It does not begin with a grave accent, and it does not continue the row before it.
    Stray,
}

/// What is wrong with a bill that is readable only in part. A reconciliation with only its sound rows is
/// incomplete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Error)]
pub struct BillFaults {
    /// The first [`MAX_REPORTED_BAD_ROWS`] bad rows.
    pub bad_rows: Vec<BadRow>,
    /// How many more bad rows there are.
    pub more_bad_rows: usize,
    /// The totals that differ from the sound rows.
    pub differences: Vec<BillDifference>,
}

impl BillFaults {
    #[inline]
    pub(super) fn add(&mut self, line: usize, why: BadRowReason, text: &str) {
        if self.bad_rows.len() < MAX_REPORTED_BAD_ROWS {
            self.bad_rows.push(BadRow { line, why, text: quoted(text) });
        } else {
            self.more_bad_rows = self.more_bad_rows.saturating_add(1);
        }
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        match self.why {
            BadRowReason::TooFewValues { values } => write!(f, "line {line} has too few values ({values})"),
            BadRowReason::TooManyValues { values } => write!(f, "line {line} has too many values ({values})"),
            BadRowReason::Stray => write!(f, "line {line} is part of no row"),
        }
    }
}

/// Names every fault. It repeats no text of the rows.
impl fmt::Display for BillFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bill is not whole")?;
        let mut between = ": ";
        for bad in &self.bad_rows {
            write!(f, "{between}{bad}")?;
            between = "; ";
        }
        if self.more_bad_rows > 0 {
            write!(f, "{between}{} more bad rows", self.more_bad_rows)?;
        }
        for difference in &self.differences {
            write!(f, "{between}{difference}")?;
            between = "; ";
        }
        Ok(())
    }
}
