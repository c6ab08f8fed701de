//! From the lines of a bill to its records. A record is usually one line, but a product name may hold line
//! feeds, and then the record has several lines. A bad row must not damage the rows around it, so every
//! record is found independently:
//!
//! * A record begins at a line that starts with a grave accent. It ends when it has as many values as the
//!   header has columns. As long as it has fewer, the next lines belong to it: the line feed was in a value.
//! * A line that starts with a grave accent begins a new record. There is one exception: the record before it
//!   lacks values *and* the line cannot begin a record, because it has too few values itself, and does not
//!   begin with a time although the header does.
//! * A record with too few or too many values in the end is bad. So is a line that belongs to no record. The
//!   reader does not guess what it meant.

use super::BillColumn;

/// The header's columns, with the names in the bill.
pub(super) type Header<'t> = [(&'t str, Option<BillColumn>)];

/// A line with its number, counted from 1, and the positions in the text where it begins and ends.
#[derive(Clone, Copy)]
pub(super) struct Line<'t> {
    pub(super) number: usize,
    pub(super) text: &'t str,
    pub(super) from: usize,
    to: usize,
}

/// One record of one or several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'t> {
    /// The line it begins with, counted from 1.
    pub(super) line: usize,
    /// The text, with its line feeds and the first grave accent.
    pub(super) text: &'t str,
    /// How many values the record has.
    pub(super) values: usize,
}

/// What can be between header and totals.
pub(super) enum Found<'t> {
    /// A record, with the right number of values or another one.
    Record(Record<'t>),
    /// A line that belongs to no record.
    Stray(Line<'t>),
}

/// The lines of a text. Windows line ends are accepted.
#[inline]
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut from: usize = 0;
    let mut lines = Vec::new();
    for (before, piece) in text.split_inclusive('\n').enumerate() {
        let line = piece.strip_suffix('\n').map_or(piece, |line| line.strip_suffix('\r').unwrap_or(line));
        let to = from.saturating_add(line.len());
        lines.push(Line { number: before.saturating_add(1), text: line, from, to });
        from = from.saturating_add(piece.len());
    }
    lines
}

impl Line<'_> {
    #[inline]
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Lines of values begin with a grave accent. Headers do not.
    #[inline]
    pub(super) fn is_values(&self) -> bool {
        self.text.starts_with('`')
    }

    /// How many values begin inside this line. A comma and a grave accent precede every value except a
    /// record's first.
    #[inline]
    fn separators(&self) -> usize {
        self.text.matches(SEPARATOR).count()
    }

    /// Whether the first value looks like the time of a trade: `2026-…`.
    #[inline]
    fn begins_with_a_time(&self) -> bool {
        match self.text.as_bytes() {
            [b'`', y1, y2, y3, y4, b'-', ..] => [y1, y2, y3, y4].iter().all(|digit| digit.is_ascii_digit()),
            _ => false,
        }
    }
}

/// The text between two values. A value may hold a comma alone, or a grave accent alone.
const SEPARATOR: &str = ",`";

/// The values of a record or of a line of totals.
#[inline]
pub(super) fn split_values(text: &str) -> impl Iterator<Item = &str> {
    text.strip_prefix('`').unwrap_or(text).split(SEPARATOR)
}

/// An iterator over the records between header and totals.
pub(super) struct Records<'l, 't> {
    pub(super) text: &'t str,
    pub(super) header: &'l Header<'t>,
    pub(super) lines: &'l [Line<'t>],
}

impl<'t> Iterator for Records<'_, 't> {
    type Item = Found<'t>;

    #[inline]
    fn next(&mut self) -> Option<Found<'t>> {
        loop {
            let (first, rest) = self.lines.split_first()?;
            self.lines = rest;
            if first.is_blank() {
                continue;
            }
            if !first.is_values() {
                return Some(Found::Stray(*first));
            }
            let (mut last, mut values) = (*first, first.separators().saturating_add(1));
            while let Some((next, rest)) = self.lines.split_first()
                && self.goes_on(values, next)
            {
                values = values.saturating_add(next.separators());
                if !next.is_blank() {
                    last = *next;
                }
                self.lines = rest;
            }
            let text = self.text.get(first.from..last.to).unwrap_or(first.text);
            return Some(Found::Record(Record { line: first.number, text, values }));
        }
    }
}

impl Records<'_, '_> {
    /// Whether the line belongs to the record before it, which has `values` values so far.
    #[inline]
    fn goes_on(&self, values: usize, next: &Line<'_>) -> bool {
        let width = self.header.len();
        let lacks = values < width;
        if next.is_values() {
            let begins = next.separators().saturating_add(1) >= width
                || !self.begins_with_time()
                || next.begins_with_a_time();
            lacks && !begins
        } else if lacks {
            true
        } else {
            // The record has all its values. The last one may be a text with a line feed.
            !next.is_blank() && self.ends_in_text() && next.separators() == 0
        }
    }

    #[inline]
    fn begins_with_time(&self) -> bool {
        matches!(self.header.first(), Some((_, Some(BillColumn::TradeTime))))
    }

    #[inline]
    fn ends_in_text(&self) -> bool {
        self.header.last().is_some_and(|(_, column)| column.is_none_or(BillColumn::is_free_text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each record as its first line and its number of values. Each stray line as its number and 0.
    fn found(header: &str, body: &str) -> Vec<(usize, usize)> {
        let header: Vec<_> = header.split(',').map(|name| (name, BillColumn::named(name))).collect();
        let lines = lines(body);
        let records = Records { text: body, header: &header, lines: &lines };
        records
            .map(|found| match found {
                Found::Record(record) => (record.line, record.values),
                Found::Stray(line) => (line.number, 0),
            })
            .collect()
    }

    #[test]
    fn a_line_is_a_record_and_blank_lines_are_skipped() {
        assert_eq!(found("a,b", "`1,`2\r\n\r\n`3,`4\r\n"), [(1, 2), (3, 2)]);
        assert_eq!(found("a,b", ""), []);
    }

    #[test]
    fn a_record_that_lacks_values_continues_on_the_next_line() {
        assert_eq!(found("a,b,c", "`1,`tea\nset,`3\n`4,`5,`6"), [(1, 3), (3, 3)]);
        assert_eq!(found("a,b,c", "`1,`tea\n\nset\n,`3\n`4,`5,`6"), [(1, 3), (5, 3)]);
    }

    #[test]
    fn a_line_that_can_begin_a_record_never_continues_an_incomplete_one() {
        let time = "交易时间,b,c";
        assert_eq!(found(time, "`2026-03-01,`tea\n`best`,`3\n`2026-03-01,`5,`6"), [(1, 3), (3, 3)]);
        // The row is truncated, the next one is complete.
        assert_eq!(found(time, "`2026-03-01,`2\n`2026-03-01,`5,`6"), [(1, 2), (2, 3)]);
        assert_eq!(found(time, "`2026-03-01,`2\n`when?,`5,`6"), [(1, 2), (2, 3)]);
        // Two truncated rows.
        assert_eq!(found(time, "`2026-03-01,`2\n`2026-03-01"), [(1, 2), (2, 1)]);
        // Without a time, a beginning looks like a continuation.
        assert_eq!(found("a,b,c", "`1,`tea\n`best`,`3"), [(1, 2), (2, 2)]);
    }

    #[test]
    fn a_complete_record_continues_only_if_its_last_column_is_a_text() {
        assert_eq!(found("a,费率备注", "`1,`note\nmore\n`3,`4"), [(1, 2), (3, 2)]);
        assert_eq!(found("a,门店", "`1,`note\nmore"), [(1, 2)]);
        assert_eq!(found("a,费率", "`1,`1.00%\nmore\n`3,`4"), [(1, 2), (2, 0), (3, 2)]);
        assert_eq!(found("a,费率备注", "`1,`note\nx,`y\n`3,`4"), [(1, 2), (2, 0), (3, 2)]);
    }

    #[test]
    fn a_line_before_the_first_record_is_stray() {
        assert_eq!(found("a,b", "x\n`1,`2"), [(1, 0), (2, 2)]);
    }
}
