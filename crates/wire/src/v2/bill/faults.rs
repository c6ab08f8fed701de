//! What is wrong with a bill that could be read in part: odd rows, and totals that differ.

use std::fmt;

use thiserror::Error;

use super::totals::{BillDifference, quoted};

/// The most odd rows that are reported one by one; more are counted.
pub const MAX_REPORTED_ODD_ROWS: usize = 100;

/// A line, or several, between header and totals that is no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddRow {
    /// The line it begins with, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: OddRowWhy,
    /// Its beginning, at most [`MAX_QUOTED_BYTES`](super::MAX_QUOTED_BYTES).
    pub text: Box<str>,
}

/// What is wrong with an odd row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddRowWhy {
    /// It has fewer values than the header has columns: it was cut.
    TooFewValues {
        /// How many it has.
        values: usize,
    },
    /// It has more: most likely a value holds a comma and a grave accent.
    TooManyValues {
        /// How many it has.
        values: usize,
    },
    /// It does not begin with a grave accent and belongs to no row before it.
    Stray,
}

/// What is wrong with a bill that could be read in part. A reconciliation with its sound rows alone is not
/// complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Error)]
pub struct BillFaults {
    /// The odd rows, the first [`MAX_REPORTED_ODD_ROWS`] of them.
    pub odd_rows: Vec<OddRow>,
    /// How many more there are.
    pub more_odd_rows: usize,
    /// Where the totals differ from the sound rows.
    pub differences: Vec<BillDifference>,
}

impl BillFaults {
    pub(super) fn add(&mut self, line: usize, why: OddRowWhy, text: &str) {
        if self.odd_rows.len() < MAX_REPORTED_ODD_ROWS {
            self.odd_rows.push(OddRow { line, why, text: quoted(text) });
        } else {
            self.more_odd_rows = self.more_odd_rows.saturating_add(1);
        }
    }
}

impl fmt::Display for OddRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        match self.why {
            OddRowWhy::TooFewValues { values } => write!(f, "line {line} has too few values ({values})"),
            OddRowWhy::TooManyValues { values } => write!(f, "line {line} has too many values ({values})"),
            OddRowWhy::Stray => write!(f, "line {line} is part of no row"),
        }
    }
}

/// Names every fault, but repeats nothing of the rows.
impl fmt::Display for BillFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bill is not whole")?;
        let mut between = ": ";
        for odd in &self.odd_rows {
            write!(f, "{between}{odd}")?;
            between = "; ";
        }
        if self.more_odd_rows > 0 {
            write!(f, "{between}{} more odd rows", self.more_odd_rows)?;
        }
        for difference in &self.differences {
            write!(f, "{between}{difference}")?;
            between = "; ";
        }
        Ok(())
    }
}
