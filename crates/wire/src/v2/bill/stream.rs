//! Reads a bill piece by piece, as it is downloaded or unpacked. The whole text is never in memory: a piece
//! and one row are.
//!
//! The rows are the same as those of [`Bill`](super::Bill), and so are the faults. The last two lines that
//! are not blank are the totals. What comes before them is held back until it is certain where its row ends.
//!
//! The functions of the reader are `#[inline]`, here and in the files that it needs: so they are compiled
//! where they are used. The Worker reads a bill once a day, and needs small code more than quick code.

use std::io::Read;

use super::faults::BillFaults;
use super::inflate;
use super::parse::{BillError, MAX_BILL_ROWS, reason, split_totals};
use super::records::{Found, Line, Records, lines};
use super::row::{BillRow, BillValueError};
use super::totals::{Tally, compare};
use super::{BadRowReason, BillColumn};
use crate::v2::XmlError;

/// The longest row. A product name has at most 128 characters, so a real row has less than 2 KB.
pub const MAX_ROW_BYTES: usize = 64 * 1024;

/// Why a bill cannot be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// It is not a bill, or it is cut off.
    #[error(transparent)]
    Bill(#[from] BillError),
    /// Its bytes are not text, are packed in a wrong way, or end early.
    #[error("the bill's bytes: {0}")]
    Bytes(#[from] XmlError),
    /// A row is longer than [`MAX_ROW_BYTES`].
    #[error("a row of the bill is longer than 65536 bytes")]
    LongRow,
}

/// A bill that is being read.
#[derive(Debug)]
pub struct BillReader {
    /// What is not read yet. It begins at the beginning of a line.
    pending: Vec<u8>,
    /// How many lines were read before it.
    lines_before: usize,
    /// The names and columns of the header, once it was read, and the sums of the rows.
    header: Option<ReadHeader>,
    faults: BillFaults,
    found: usize,
}

/// What is known of a bill when all of it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillEnd {
    /// How many sound rows it has.
    pub rows: usize,
    /// What is wrong with it. Its rows are not the whole day then.
    pub faults: Option<BillFaults>,
}

impl Default for BillReader {
    fn default() -> Self {
        Self::new()
    }
}

impl BillReader {
    /// A bill of which nothing was read.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self { pending: Vec::new(), lines_before: 0, header: None, faults: BillFaults::default(), found: 0 }
    }

    /// Takes the next piece, and gives each row that is complete to `each`.
    ///
    /// # Errors
    /// [`StreamError`]. Nothing more can be read then.
    #[inline]
    pub fn push(&mut self, piece: &[u8], each: &mut dyn FnMut(&BillRow<'_, '_>)) -> Result<(), StreamError> {
        self.pending.extend_from_slice(piece);
        let Some(end) = self.pending.iter().rposition(|byte| *byte == b'\n') else {
            return self.bounded();
        };
        let whole = self.pending.get(..=end).unwrap_or_default();
        let text = std::str::from_utf8(whole).map_err(|_| XmlError::NotUtf8)?;
        let lines = self.numbered(text);
        let mut body = lines.as_slice();
        if self.header.is_none() {
            let Some((header, rest)) = read_header(body)? else { return Ok(()) };
            self.header = Some(header);
            body = rest;
        }
        // The last two lines may be the totals.
        let certain = body
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, line)| !line.is_blank())
            .nth(1)
            .map_or(0, |(place, _)| place);
        let read_to = read_rows(
            text,
            body.get(..certain).unwrap_or_default(),
            false,
            &mut self.header,
            &mut self.faults,
            &mut self.found,
            each,
        )?;
        // What is kept begins with the last record, or with what was held back.
        let kept = read_to.or_else(|| body.get(certain).copied());
        let (from, number) = kept.map_or((text.len(), None), |line| (line.from, Some(line.number)));
        self.lines_before = match number {
            Some(number) => number.saturating_sub(1),
            None => self.lines_before.saturating_add(lines.len()),
        };
        self.pending.drain(..from);
        self.bounded()
    }

    /// Says that nothing more comes. Gives the last rows to `each`, and compares the totals.
    ///
    /// # Errors
    /// [`StreamError`]; [`BillError::NoTotals`] if the bill is cut off.
    #[inline]
    pub fn end(mut self, each: &mut dyn FnMut(&BillRow<'_, '_>)) -> Result<BillEnd, StreamError> {
        let pending = std::mem::take(&mut self.pending);
        let text = std::str::from_utf8(&pending).map_err(|_| XmlError::NotUtf8)?;
        let lines = self.numbered(text);
        let mut body = lines.as_slice();
        if self.header.is_none() {
            let (header, rest) = read_header(body)?.ok_or(BillError::NoHeader)?;
            self.header = Some(header);
            body = rest;
        }
        let (rows, totals) = split_totals(body)?;
        read_rows(text, rows, true, &mut self.header, &mut self.faults, &mut self.found, each)?;
        let (_, tally) = self.header.ok_or(BillError::NoHeader)?;
        let mut faults = self.faults;
        faults.differences = compare(&totals, &tally).0;
        let is_whole = faults.bad_rows.is_empty() && faults.differences.is_empty();
        Ok(BillEnd { rows: tally.rows(), faults: (!is_whole).then_some(faults) })
    }

    /// Whether the bill has each of these columns exactly once. `None` if its header was not read yet.
    #[must_use]
    pub fn demand(&self, columns: &[BillColumn]) -> Option<Result<(), BillValueError>> {
        let (names, _) = self.header.as_ref()?;
        Some(columns.iter().try_for_each(|column| {
            match names.iter().filter(|(_, known)| *known == Some(*column)).count() {
                1 => Ok(()),
                0 => Err(BillValueError::NoColumn { column: column.usual_name().into() }),
                _ => Err(BillValueError::Ambiguous { column: column.usual_name().into() }),
            }
        }))
    }

    #[inline]
    fn bounded(&self) -> Result<(), StreamError> {
        if self.pending.len() > MAX_ROW_BYTES { Err(StreamError::LongRow) } else { Ok(()) }
    }

    #[inline]
    fn numbered<'t>(&self, text: &'t str) -> Vec<Line<'t>> {
        let mut lines = lines(text);
        for line in &mut lines {
            line.number = line.number.saturating_add(self.lines_before);
        }
        lines
    }
}

/// The longest bill that is read in pieces, after unpacking. A bill of 200,000 rows has some 60 MB.
pub const MAX_STREAMED_BYTES: usize = 128 * 1024 * 1024;
/// How much is read at a time.
const PIECE_BYTES: usize = 32 * 1024;

/// Reads a whole bill in pieces, packed or not, and gives each row to `each`. Neither the packed nor the
/// unpacked text is ever in memory as a whole. A packed one may have several members.
///
/// # Errors
/// [`StreamError`], also if `source` fails.
#[inline]
pub fn read_packed(
    source: &mut dyn Read,
    each: &mut dyn FnMut(&BillRow<'_, '_>),
) -> Result<BillEnd, StreamError> {
    let mut reader = BillReader::new();
    let mut left = MAX_STREAMED_BYTES;
    let mut take = |piece: &[u8]| {
        left = left.checked_sub(piece.len()).ok_or(XmlError::TooLong)?;
        reader.push(piece, each)
    };
    let mut first = [0_u8; 2];
    source.read_exact(&mut first).map_err(|_| XmlError::Truncated)?;
    if first == inflate::MAGIC {
        inflate::unpack(&mut first.as_slice().chain(source), &mut take)?;
    } else {
        take(&first)?;
        let mut piece = vec![0_u8; PIECE_BYTES];
        loop {
            let length = source.read(&mut piece).map_err(|_| XmlError::Truncated)?;
            if length == 0 {
                break;
            }
            take(piece.get(..length).unwrap_or_default())?;
        }
    }
    reader.end(each)
}

type ReadHeader = (Vec<(Box<str>, Option<BillColumn>)>, Tally);

/// The header and the lines after it. `None` if there is no line yet.
#[inline]
fn read_header<'l, 't>(lines: &'l [Line<'t>]) -> Result<Option<(ReadHeader, &'l [Line<'t>])>, BillError> {
    let Some((first, rest)) = lines.split_first() else { return Ok(None) };
    let text = first.text.strip_prefix('\u{FEFF}').unwrap_or(first.text);
    if text.trim().is_empty() || text.starts_with('`') {
        return Err(BillError::NoHeader);
    }
    let names: Vec<_> =
        text.split(',').map(|name| (Box::from(name.trim()), BillColumn::named(name))).collect();
    let tally = Tally::of(names.iter().map(|(_, column)| *column));
    Ok(Some(((names, tally), rest)))
}

/// Gives the rows of these lines to `each`. Unless the lines are the last ones, the last record is left: it
/// may go on. Returns the line where it begins.
#[inline]
fn read_rows<'t>(
    text: &'t str,
    body: &[Line<'t>],
    is_last: bool,
    read: &mut Option<ReadHeader>,
    faults: &mut BillFaults,
    found: &mut usize,
    each: &mut dyn FnMut(&BillRow<'_, '_>),
) -> Result<Option<Line<'t>>, BillError> {
    let Some((names, tally)) = read else { return Err(BillError::NoHeader) };
    let header: Vec<_> = names.iter().map(|(name, column)| (name.as_ref(), *column)).collect();
    let mut records = Records { text, header: &header, lines: body }.peekable();
    while let Some(next) = records.next() {
        if !is_last
            && records.peek().is_none()
            && let Found::Record(record) = next
        {
            return Ok(body.iter().find(|line| line.number == record.line).copied());
        }
        if *found >= MAX_BILL_ROWS {
            return Err(BillError::TooManyRows);
        }
        *found = found.saturating_add(1);
        match next {
            Found::Record(record) if record.values == header.len() => {
                tally.add(&record);
                each(&BillRow { header: &header, record: &record });
            }
            Found::Record(record) => {
                faults.add(record.line, reason(record, header.len()), record.text);
            }
            Found::Stray(line) => faults.add(line.number, BadRowReason::Stray, line.text),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::bill::Bill;

    const BILL: &str = "\u{FEFF}交易时间,商户订单号,货币种类,订单金额,商品名称,手续费\r\n\
        `2026-03-01 12:03:45,`A1,`HKD,`88.00,`tea, green `best`,`0.88\r\n\
        `2026-03-01 12:03:46,`A2,`HKD,`1.00,`tea\nset\n\n`of two`,`0.01\r\n\
        what?\r\n\
        `2026-03-01 12:03:47,`A3,`HKD\r\n\
        `2026-03-01 12:03:48,`A4,`HKD,`3.00,`总交易单数\n`9,`0.03\r\n\
        总交易单数,订单总金额,手续费总金额\r\n\
        `3,`92.0,`0.92\r\n\r\n";

    type Rows = Vec<(usize, Vec<String>)>;

    /// The rows as the reader gives them, read in pieces of this size, and how it ended.
    fn streamed(text: &str, size: usize) -> (Rows, Result<BillEnd, StreamError>) {
        let mut rows = Vec::new();
        let mut each = |row: &BillRow<'_, '_>| {
            rows.push((row.line(), row.iter().map(|(_, value)| value.to_owned()).collect()));
        };
        let mut reader = BillReader::new();
        for piece in text.as_bytes().chunks(size) {
            if let Err(error) = reader.push(piece, &mut each) {
                return (rows, Err(error));
            }
        }
        let end = reader.end(&mut each);
        (rows, end)
    }

    #[test]
    fn in_pieces_of_any_size_a_bill_has_the_rows_and_faults_of_the_whole_text() {
        let whole = Bill::parse(BILL).unwrap();
        let expected: Rows = whole
            .sound_rows()
            .map(|row| (row.line(), row.iter().map(|(_, value)| value.to_owned()).collect()))
            .collect();
        assert_eq!(expected.len(), 3);
        for size in 1..BILL.len() {
            let (rows, end) = streamed(BILL, size);
            assert_eq!(rows, expected, "{size}");
            let end = end.unwrap();
            assert_eq!((end.rows, end.faults.as_ref()), (3, whole.faults()), "{size}");
        }
    }

    #[test]
    fn a_whole_bill_has_no_faults_and_one_that_lost_a_row_has_some() {
        let whole =
            "交易时间,订单金额\n`2026-03-01,`1.00\n`2026-03-01,`2.00\n总交易单数,订单总金额\n`2,`3.00\n";
        assert_eq!(streamed(whole, 7).1, Ok(BillEnd { rows: 2, faults: None }));
        let lost = whole.replace("`2026-03-01,`2.00\n", "");
        let faults = streamed(&lost, 7).1.unwrap().faults.unwrap();
        assert_eq!(faults.differences.len(), 2);
    }

    #[test]
    fn a_bill_cut_at_any_byte_is_never_taken_for_a_whole_one() {
        let text =
            "交易时间,订单金额\n`2026-03-01,`1.00\n`2026-03-01,`2.00\n总交易单数,订单总金额\n`2,`3.00\n";
        for length in 0..text.len() - 4 {
            let bytes = &text.as_bytes()[..length];
            let mut reader = BillReader::new();
            let pushed = reader.push(bytes, &mut |_| ());
            let end = pushed.and_then(|()| reader.end(&mut |_| ()));
            assert!(!matches!(end, Ok(BillEnd { faults: None, .. })), "{length}: {end:?}");
        }
    }

    #[test]
    fn what_is_no_bill_is_refused() {
        for (text, error) in [
            ("", BillError::NoHeader),
            ("\n\n\n", BillError::NoHeader),
            ("`1,`2\n", BillError::NoHeader),
            ("a,b\n", BillError::NoTotals),
            ("a,b\n`1,`2\n", BillError::NoTotals),
            ("a,b\n总交易单数\n`1,`2\n", BillError::Totals { line: 3 }),
        ] {
            assert_eq!(streamed(text, 3).1, Err(StreamError::Bill(error)), "{text:?}");
        }
        assert_eq!(
            BillReader::new().push(b"a,b\n\xFF\n", &mut |_| ()),
            Err(StreamError::Bytes(XmlError::NotUtf8))
        );
    }

    #[test]
    fn a_row_without_an_end_is_not_collected_for_ever() {
        let mut reader = BillReader::new();
        reader.push("交易时间,b\n".as_bytes(), &mut |_| ()).unwrap();
        let piece = vec![b'x'; MAX_ROW_BYTES / 2];
        assert_eq!(reader.push(&piece, &mut |_| ()), Ok(()));
        assert_eq!(reader.push(&piece, &mut |_| ()), Ok(()));
        assert_eq!(reader.push(b"y", &mut |_| ()), Err(StreamError::LongRow));
    }

    #[test]
    fn the_columns_that_a_reader_needs_are_demanded_of_the_header() {
        let mut reader = BillReader::new();
        assert_eq!(reader.demand(&[BillColumn::OrderTotal]), None);
        reader.push("订单金额,手续费\n".as_bytes(), &mut |_| ()).unwrap();
        assert_eq!(reader.demand(&[BillColumn::OrderTotal]), Some(Ok(())));
        assert!(matches!(reader.demand(&[BillColumn::Currency]), Some(Err(BillValueError::NoColumn { .. }))));
    }

    #[cfg(feature = "gzip")]
    mod packed {
        use super::*;

        fn pack(text: &[u8]) -> Vec<u8> {
            use std::io::Write as _;

            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }

        const BILL: &str =
            "交易时间,订单金额\n`2026-03-01,`1.00\n`2026-03-01,`2.00\n总交易单数,订单总金额\n`2,`3.00\n";

        /// How many rows come, and how it ended.
        fn streamed(mut bytes: &[u8]) -> (usize, Result<BillEnd, StreamError>) {
            let mut rows = 0;
            let end = read_packed(&mut bytes, &mut |_| rows += 1);
            (rows, end)
        }

        #[test]
        fn a_bill_is_streamed_plain_packed_and_in_several_members() {
            let (one, two) = BILL.as_bytes().split_at(40);
            for body in [BILL.as_bytes().to_vec(), pack(BILL.as_bytes()), [pack(one), pack(two)].concat()] {
                assert_eq!(streamed(&body), (2, Ok(BillEnd { rows: 2, faults: None })));
            }
        }

        #[test]
        fn a_packed_bill_cut_at_any_byte_is_never_taken_for_a_whole_one() {
            let packed = pack(BILL.as_bytes());
            for length in 0..packed.len() {
                let end = streamed(&packed[..length]).1;
                assert!(end.is_err(), "{length}: {end:?}");
            }
            let mut damaged = packed.clone();
            let middle = packed.len() - 6;
            damaged[middle] ^= 1;
            assert!(streamed(&damaged).1.is_err());
            assert_eq!(streamed(b"").1, Err(StreamError::Bytes(XmlError::Truncated)));
        }
    }
}
