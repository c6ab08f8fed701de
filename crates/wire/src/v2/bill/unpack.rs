//! Unpacks a bill that was requested with `tar_type=GZIP`.

use std::io::{ErrorKind, Read as _};

use flate2::read::MultiGzDecoder;

use super::MAX_BILL_BYTES;
use crate::v2::XmlError;

/// Unpacks gzip, up to [`MAX_BILL_BYTES`] and one byte. The extra byte lets the caller refuse a bill that is
/// too long.
///
/// A gzip file may have several members, one after the other (RFC 1952 §2.2), and large bills have several.
/// This reads all of them: a reader that stops after the first member would return a part of the day as the
/// whole day. Anything after the last member is an error.
pub(super) fn unpack(body: &[u8]) -> Result<Vec<u8>, XmlError> {
    let limit = u64::try_from(MAX_BILL_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(body).take(limit).read_to_end(&mut unpacked).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => XmlError::Truncated,
        _ => XmlError::Packing,
    })?;
    Ok(unpacked)
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
}
