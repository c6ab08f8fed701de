//! Unpacks a bill that was requested with `tar_type=GZIP`.

use std::io::{ErrorKind, Read};

use flate2::read::MultiGzDecoder;

use super::{BillEnd, BillReader, BillRow, MAX_BILL_BYTES, StreamError};
use crate::v2::XmlError;

/// The longest bill that is read in pieces, after unpacking. A bill of 200,000 rows has some 60 MB.
pub const MAX_STREAMED_BYTES: usize = 128 * 1024 * 1024;
/// How much is unpacked at a time.
const PIECE_BYTES: usize = 32 * 1024;

/// Unpacks gzip, up to [`MAX_BILL_BYTES`] and one byte. The extra byte lets the caller refuse a bill that is
/// too long.
///
/// A gzip file may have several members, one after the other (RFC 1952 §2.2), and large bills have several.
/// This reads all of them: a reader that stops after the first member would return a part of the day as the
/// whole day. Anything after the last member is an error.
pub(super) fn unpack(body: &[u8]) -> Result<Vec<u8>, XmlError> {
    let limit = u64::try_from(MAX_BILL_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(body).take(limit).read_to_end(&mut unpacked).map_err(|error| unread(&error))?;
    Ok(unpacked)
}

/// Reads a whole bill in pieces, whether it is packed or not, and gives each row to `each`. The packed and the
/// unpacked text are never in memory as a whole.
///
/// # Errors
/// [`StreamError`], also if `source` fails.
pub fn read_packed(
    source: &mut dyn Read,
    each: &mut dyn FnMut(&BillRow<'_, '_>),
) -> Result<BillEnd, StreamError> {
    let mut first = [0_u8; 2];
    let begun = match source.read_exact(&mut first) {
        Ok(()) => first.as_slice(),
        Err(error) => return Err(unread(&error).into()),
    };
    if begun == [0x1F, 0x8B] {
        read_pieces(&mut MultiGzDecoder::new(begun.chain(source)), each)
    } else {
        read_pieces(&mut begun.chain(source), each)
    }
}

fn read_pieces(
    source: &mut dyn Read,
    each: &mut dyn FnMut(&BillRow<'_, '_>),
) -> Result<BillEnd, StreamError> {
    let mut reader = BillReader::new();
    let mut piece = vec![0_u8; PIECE_BYTES];
    let mut left = MAX_STREAMED_BYTES;
    loop {
        let length = source.read(&mut piece).map_err(|error| unread(&error))?;
        if length == 0 {
            return reader.end(each);
        }
        left = left.checked_sub(length).ok_or(XmlError::TooLong)?;
        reader.push(piece.get(..length).unwrap_or_default(), each)?;
    }
}

fn unread(error: &std::io::Error) -> XmlError {
    match error.kind() {
        ErrorKind::UnexpectedEof => XmlError::Truncated,
        _ => XmlError::Packing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(text: &[u8]) -> Vec<u8> {
        use std::io::Write as _;

        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_members_are_unpacked() {
        assert_eq!(unpack(&pack(b"a,b\n")), Ok(b"a,b\n".to_vec()));
        let members = [pack(b"a,"), pack(b""), pack(b"b\n")].concat();
        assert_eq!(unpack(&members), Ok(b"a,b\n".to_vec()));
    }

    #[test]
    fn the_unpacked_size_is_bounded_over_all_members() {
        let half = pack(&vec![b'x'; MAX_BILL_BYTES / 2]);
        let twice = [half.clone(), half.clone()].concat();
        assert_eq!(unpack(&twice).unwrap().len(), MAX_BILL_BYTES);
        let thrice = [half.clone(), half.clone(), half].concat();
        assert_eq!(unpack(&thrice).unwrap().len(), MAX_BILL_BYTES + 1);
    }

    #[test]
    fn a_file_cut_at_any_byte_is_truncated() {
        let members = [pack(b"a,"), pack(b"b\n")].concat();
        let first = pack(b"a,").len();
        for length in (10..members.len()).filter(|length| *length != first) {
            assert_eq!(unpack(&members[..length]), Err(XmlError::Truncated), "{length}");
        }
    }

    #[test]
    fn bytes_after_the_last_member_and_damaged_members_are_errors() {
        for more in [&b"garbage after the end"[..], b"\0\0\0\0\0\0\0\0\0\0\0\0"] {
            assert_eq!(unpack(&[&pack(b"a,b\n"), more].concat()), Err(XmlError::Packing));
        }
        let mut damaged = pack(b"a,b\n");
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        assert_eq!(unpack(&damaged), Err(XmlError::Packing));
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
