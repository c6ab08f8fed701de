//! Which part of a file a request asks for (RFC 9110 §14). Pure.

/// The part of a file that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it: status 200.
    Whole,
    /// These bytes: status 206.
    Bytes {
        /// The first, counted from 0.
        first: u64,
        /// How many, at least 1.
        length: u64,
    },
    /// The file has no such bytes: status 416.
    Nowhere,
}

/// The part that the header `Range` asks for of a file with this `ETag` and size. A header that cannot be
/// read, and one with several parts, asks for all of it. So does one for another file (`If-Range`).
pub(crate) fn part(range: &str, if_range: &str, etag: &str, size: u64) -> Part {
    if !if_range.is_empty() && if_range != etag {
        return Part::Whole;
    }
    read(range, size).unwrap_or(Part::Whole)
}

fn read(range: &str, size: u64) -> Option<Part> {
    let (unit, wanted) = range.split_once('=')?;
    let (from, to) = wanted.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let part = |first: u64, length: u64| {
        if length == 0 || first >= size { Part::Nowhere } else { Part::Bytes { first, length } }
    };
    if from.is_empty() {
        let length = number(to)?.min(size);
        return Some(part(size.saturating_sub(length), length));
    }
    let first = number(from)?;
    let end = if to.is_empty() { size } else { number(to).filter(|to| *to >= first)?.saturating_add(1) };
    Some(part(first, end.min(size).saturating_sub(first)))
}

/// A number without a sign. One that is too large for 64 bits is larger than each file.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: u64 = 1000;

    fn asked(range: &str) -> Part {
        part(range, "", "\"a\"", SIZE)
    }

    #[test]
    fn a_part_is_sent_as_it_is_asked_for_and_never_beyond_the_end() {
        for (range, first, length) in [
            ("bytes=0-0", 0, 1),
            ("bytes=0-499", 0, 500),
            ("bytes=1-", 1, 999),
            ("bytes=500-99999999999999999999999", 500, 500),
            ("bytes=999-", 999, 1),
            ("bytes=-1", 999, 1),
            ("bytes=-5000", 0, 1000),
            ("Bytes = 10-19", 10, 10),
        ] {
            assert_eq!(asked(range), Part::Bytes { first, length }, "{range}");
        }
    }

    #[test]
    fn what_the_file_has_not_is_nowhere() {
        for range in ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=18446744073709551616-"] {
            assert_eq!(asked(range), Part::Nowhere, "{range}");
        }
        for range in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            assert_eq!(part(range, "", "\"a\"", 0), Part::Nowhere, "{range} of an empty file");
        }
    }

    #[test]
    fn what_cannot_be_read_and_several_parts_ask_for_the_whole_file() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=2-1",
            "bytes=0-1,5-6",
            "items=0-1",
            "bytes=1-2-3",
            "bytes=1-0x10",
        ] {
            assert_eq!(asked(range), Part::Whole, "{range}");
        }
    }

    #[test]
    fn a_part_of_another_file_is_not_sent_in_its_place() {
        let since = |if_range| part("bytes=1-", if_range, "\"a\"", SIZE);
        assert_eq!(since("\"a\""), Part::Bytes { first: 1, length: 999 });
        for other in ["\"b\"", "W/\"a\"", "a", "Sun, 01 Mar 2026 00:00:00 GMT"] {
            assert_eq!(since(other), Part::Whole, "{other}");
        }
    }
}
