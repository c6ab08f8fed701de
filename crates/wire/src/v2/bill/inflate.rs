//! Unpacks gzip (RFC 1952, RFC 1951) piece by piece: a small reader for bills that are downloaded once a day.
//! A library of this kind would be a twentieth of the Worker.
//!
//! All members are read: a reader that stops after the first one would take a part of the day for the whole
//! day. Checksums and lengths are verified. It keeps the last 32 KiB of the text, and nothing else.

use std::io::{ErrorKind, Read};

use super::StreamError;
use crate::v2::XmlError;

/// How far back a copy may reach (RFC 1951 §2).
const WINDOW: usize = 32 * 1024;
/// The longest code of a symbol, in bits.
const MAX_BITS: usize = 15;
const SYMBOLS: usize = 288;
/// The two bytes that begin each member.
pub(super) const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// Base lengths and distances of copies, with how many more bits say the rest (RFC 1951 §3.2.5).
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];
const DISTANCES: [(u16, u8); 30] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
    (2049, 10),
    (3073, 10),
    (4097, 11),
    (6145, 11),
    (8193, 12),
    (12_289, 12),
    (16_385, 13),
    (24_577, 13),
];
/// The sequence in which the lengths of the codes of code lengths come (RFC 1951 §3.2.7).
const CODE_LENGTHS: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The checksums of four bits each (RFC 1952 §8).
const CRC: [u32; 16] = [
    0x0000_0000,
    0x1DB7_1064,
    0x3B6E_20C8,
    0x26D9_30AC,
    0x76DC_4190,
    0x6B6B_51F4,
    0x4DB2_6158,
    0x5005_713C,
    0xEDB8_8320,
    0xF00F_9344,
    0xD6D6_A3E8,
    0xCB61_B38C,
    0x9B64_C2B0,
    0x86D3_D2D4,
    0xA00A_E278,
    0xBDBD_F21C,
];

type Unpacked<T> = Result<T, StreamError>;

#[inline]
fn broken() -> StreamError {
    StreamError::Bytes(XmlError::Packing)
}

/// The codes of an alphabet: how many there are of each length, and the symbols in the sequence of their
/// codes.
struct Codes {
    counts: [u16; MAX_BITS + 1],
    symbols: [u16; SYMBOLS],
}

impl Codes {
    /// The canonical codes of these lengths. Codes that lack some are accepted as one that has only one
    /// symbol may lack them; what they lack is an error when it is read.
    #[inline]
    fn of(lengths: &[u8]) -> Unpacked<Self> {
        let mut codes = Self { counts: [0; MAX_BITS + 1], symbols: [0; SYMBOLS] };
        for length in lengths {
            let count = codes.counts.get_mut(usize::from(*length)).ok_or_else(broken)?;
            *count = count.wrapping_add(1);
        }
        let mut left = 1_i32;
        let mut next = [0_u16; MAX_BITS + 2];
        let mut offset = 0_u16;
        for (length, count) in codes.counts.iter().enumerate().skip(1) {
            left = left.wrapping_mul(2).wrapping_sub(i32::from(*count));
            if left < 0 {
                return Err(broken());
            }
            if let Some(next) = next.get_mut(length) {
                *next = offset;
            }
            offset = offset.wrapping_add(*count);
        }
        for (symbol, length) in lengths.iter().enumerate().filter(|(_, length)| **length > 0) {
            let place = next.get_mut(usize::from(*length)).ok_or_else(broken)?;
            let symbol_at = codes.symbols.get_mut(usize::from(*place)).ok_or_else(broken)?;
            *symbol_at = u16::try_from(symbol).unwrap_or(0);
            *place = place.wrapping_add(1);
        }
        Ok(codes)
    }
}

/// What is read, and what was unpacked of it.
struct Unpacker<'u> {
    source: &'u mut dyn Read,
    piece: Vec<u8>,
    at: usize,
    bits: u32,
    bit_count: u32,
    window: Vec<u8>,
    /// Where the next byte goes.
    end: usize,
    crc: u32,
    length: u32,
    sink: &'u mut dyn FnMut(&[u8]) -> Unpacked<()>,
}

/// Unpacks all members of `source`, and gives the text to `sink` in pieces.
///
/// # Errors
/// [`XmlError::Truncated`] if it ends early, [`XmlError::Packing`] if it is damaged or something else
/// follows, and the errors of `sink`.
#[inline]
pub(super) fn unpack(source: &mut dyn Read, sink: &mut dyn FnMut(&[u8]) -> Unpacked<()>) -> Unpacked<()> {
    let mut unpacker = Unpacker {
        source,
        piece: vec![0; 4096],
        at: 4096,
        bits: 0,
        bit_count: 0,
        window: vec![0; WINDOW],
        end: 0,
        crc: u32::MAX,
        length: 0,
        sink,
    };
    let mut first = unpacker.byte()?;
    loop {
        unpacker.header(first)?;
        while !unpacker.block()? {}
        unpacker.trailer()?;
        match unpacker.byte_or_end()? {
            Some(next) => first = next,
            None => return Ok(()),
        }
    }
}

impl Unpacker<'_> {
    #[inline]
    fn byte_or_end(&mut self) -> Unpacked<Option<u8>> {
        if self.at >= self.piece.len() {
            self.piece.resize(4096, 0);
            let length = self.source.read(&mut self.piece).map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => StreamError::Bytes(XmlError::Truncated),
                _ => broken(),
            })?;
            self.piece.truncate(length);
            self.at = 0;
        }
        let byte = self.piece.get(self.at).copied();
        self.at = self.at.wrapping_add(1);
        if byte.is_none() {
            self.at = 0;
        }
        Ok(byte)
    }

    #[inline]
    fn byte(&mut self) -> Unpacked<u8> {
        self.byte_or_end()?.ok_or(StreamError::Bytes(XmlError::Truncated))
    }

    /// The next bits, at most 16, the first of them lowest.
    #[inline]
    fn take(&mut self, count: u32) -> Unpacked<u32> {
        while self.bit_count < count {
            self.bits |= u32::from(self.byte()?).wrapping_shl(self.bit_count);
            self.bit_count = self.bit_count.wrapping_add(8);
        }
        let taken = self.bits & 1_u32.wrapping_shl(count).wrapping_sub(1);
        self.bits = self.bits.wrapping_shr(count);
        self.bit_count = self.bit_count.wrapping_sub(count);
        Ok(taken)
    }

    #[inline]
    fn header(&mut self, first: u8) -> Unpacked<()> {
        let mut fixed = [first; 10];
        for byte in fixed.iter_mut().skip(1) {
            *byte = self.byte()?;
        }
        let [m1, m2, method, flags, ..] = fixed;
        if [m1, m2] != MAGIC || method != 8 || flags & 0xE0 != 0 {
            return Err(broken());
        }
        if flags & 4 != 0 {
            let length = u16::from_le_bytes([self.byte()?, self.byte()?]);
            for _ in 0..length {
                self.byte()?;
            }
        }
        for flag in [8, 16] {
            while flags & flag != 0 && self.byte()? != 0 {}
        }
        if flags & 2 != 0 {
            self.byte()?;
            self.byte()?;
        }
        (self.crc, self.length, self.end) = (u32::MAX, 0, 0);
        Ok(())
    }

    #[inline]
    fn trailer(&mut self) -> Unpacked<()> {
        self.flush()?;
        (self.bits, self.bit_count) = (0, 0);
        let mut numbers = [0_u32; 2];
        for number in &mut numbers {
            *number = u32::from_le_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?]);
        }
        if numbers == [!self.crc, self.length] { Ok(()) } else { Err(broken()) }
    }

    /// Unpacks a block. True after the last one.
    #[inline]
    fn block(&mut self) -> Unpacked<bool> {
        let is_last = self.take(1)? == 1;
        match self.take(2)? {
            0 => self.stored()?,
            1 => {
                let mut lengths = [8_u8; SYMBOLS];
                for (symbol, length) in lengths.iter_mut().enumerate() {
                    *length = match symbol {
                        144..256 => 9,
                        256..280 => 7,
                        _ => 8,
                    };
                }
                let codes = Codes::of(&lengths)?;
                self.compressed(&codes, &Codes::of(&[5; 30])?)?;
            }
            2 => {
                let (lengths, literals) = self.lengths()?;
                let (literal, distance) = lengths.split_at_checked(literals).ok_or_else(broken)?;
                let codes = Codes::of(literal)?;
                self.compressed(&codes, &Codes::of(distance)?)?;
            }
            _ => return Err(broken()),
        }
        Ok(is_last)
    }

    #[inline]
    fn stored(&mut self) -> Unpacked<()> {
        (self.bits, self.bit_count) = (0, 0);
        let length = u16::from_le_bytes([self.byte()?, self.byte()?]);
        let inverse = u16::from_le_bytes([self.byte()?, self.byte()?]);
        if length != !inverse {
            return Err(broken());
        }
        for _ in 0..length {
            let byte = self.byte()?;
            self.put(byte)?;
        }
        Ok(())
    }

    /// The lengths of the codes of literals and distances, and how many of them are of literals.
    #[inline]
    fn lengths(&mut self) -> Unpacked<(Vec<u8>, usize)> {
        let literals = self.take(5)?.wrapping_add(257) as usize;
        let distances = self.take(5)?.wrapping_add(1) as usize;
        let count = self.take(4)?.wrapping_add(4) as usize;
        if literals > 286 || distances > 30 {
            return Err(broken());
        }
        let mut of_lengths = [0_u8; 19];
        for place in CODE_LENGTHS.iter().take(count) {
            let length = self.take(3)?;
            if let Some(slot) = of_lengths.get_mut(*place) {
                *slot = u8::try_from(length).unwrap_or(0);
            }
        }
        let codes = Codes::of(&of_lengths)?;
        let wanted = literals.wrapping_add(distances);
        let mut lengths = Vec::new();
        while lengths.len() < wanted {
            let symbol = self.symbol(&codes)?;
            let (value, times) = match symbol {
                0..16 => (u8::try_from(symbol).unwrap_or(0), 1),
                16 => (*lengths.last().ok_or_else(broken)?, self.take(2)?.wrapping_add(3)),
                17 => (0, self.take(3)?.wrapping_add(3)),
                _ => (0, self.take(7)?.wrapping_add(11)),
            };
            lengths.resize(lengths.len().wrapping_add(times as usize), value);
        }
        // A block that cannot end, and one that says too much.
        if lengths.len() > wanted || lengths.get(256) == Some(&0) {
            return Err(broken());
        }
        Ok((lengths, literals))
    }

    #[inline]
    fn symbol(&mut self, codes: &Codes) -> Unpacked<u16> {
        let (mut code, mut first, mut index) = (0_u32, 0_u32, 0_u32);
        for count in codes.counts.iter().skip(1) {
            let count = u32::from(*count);
            code |= self.take(1)?;
            if code < first.wrapping_add(count) {
                let place = index.wrapping_add(code.wrapping_sub(first)) as usize;
                return codes.symbols.get(place).copied().ok_or_else(broken);
            }
            index = index.wrapping_add(count);
            first = first.wrapping_add(count).wrapping_mul(2);
            code = code.wrapping_mul(2);
        }
        Err(broken())
    }

    #[inline]
    fn compressed(&mut self, literals: &Codes, distances: &Codes) -> Unpacked<()> {
        loop {
            let symbol = self.symbol(literals)?;
            match symbol {
                0..256 => self.put(u8::try_from(symbol).unwrap_or(0))?,
                256 => return Ok(()),
                _ => {
                    let length = self.more(&LENGTHS, symbol.wrapping_sub(257))?;
                    let which = self.symbol(distances)?;
                    let distance = self.more(&DISTANCES, which)? as usize;
                    let written = self.length as usize;
                    if distance > written || distance > WINDOW {
                        return Err(broken());
                    }
                    for _ in 0..length {
                        let from = self.end.wrapping_add(WINDOW).wrapping_sub(distance) % WINDOW;
                        let byte = self.window.get(from).copied().unwrap_or(0);
                        self.put(byte)?;
                    }
                }
            }
        }
    }

    #[inline]
    fn more(&mut self, table: &[(u16, u8)], which: u16) -> Unpacked<u32> {
        let (base, bits) = *table.get(usize::from(which)).ok_or_else(broken)?;
        Ok(u32::from(base).wrapping_add(self.take(u32::from(bits))?))
    }

    #[inline]
    fn put(&mut self, byte: u8) -> Unpacked<()> {
        if let Some(place) = self.window.get_mut(self.end) {
            *place = byte;
        }
        self.end = self.end.wrapping_add(1);
        self.length = self.length.wrapping_add(1);
        if self.end >= WINDOW { self.flush() } else { Ok(()) }
    }

    /// Gives on what was unpacked since the last time.
    #[inline]
    fn flush(&mut self) -> Unpacked<()> {
        let piece = self.window.get(..self.end).unwrap_or_default();
        for byte in piece {
            self.crc ^= u32::from(*byte);
            for _ in 0..2 {
                let step = CRC.get((self.crc & 15) as usize).copied().unwrap_or(0);
                self.crc = step ^ (self.crc >> 4);
            }
        }
        let given = (self.sink)(piece);
        self.end = 0;
        given
    }
}

#[cfg(all(test, feature = "gzip"))]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(mut bytes: &[u8]) -> Result<Vec<u8>, StreamError> {
        let mut all = Vec::new();
        unpack(&mut bytes, &mut |piece| {
            all.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(all)
    }

    /// Texts that compress well, badly and not at all; longer than the window.
    fn texts() -> Vec<Vec<u8>> {
        let mut seed = 1_u64;
        let mut noise = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 56) as u8
        };
        let random: Vec<u8> = (0..100_000).map(|_| noise()).collect();
        let row = |number: usize| format!("`2026-03-01 12:00:{:02},`{},`tea\r\n", number % 60, number * 7919);
        let rows: String = (0..9_000).map(row).collect();
        vec![Vec::new(), b"a".to_vec(), vec![b'x'; 200_000], random, rows.into_bytes()]
    }

    #[test]
    fn what_a_library_has_packed_comes_back_at_every_level() {
        for text in texts() {
            for level in 0..=9 {
                assert!(unpacked(&packed(&text, level)) == Ok(text.clone()), "{} at {level}", text.len());
            }
        }
    }

    #[test]
    fn all_members_are_read_and_headers_with_every_field() {
        let mut named = flate2::GzBuilder::new()
            .extra(vec![1, 2, 3])
            .filename("bill.csv")
            .comment("of a day")
            .write(Vec::new(), Compression::fast());
        named.write_all(b"first,").unwrap();
        let members = [named.finish().unwrap(), packed(b"", 6), packed(b"second", 6)].concat();
        assert_eq!(unpacked(&members), Ok(b"first,second".to_vec()));
    }

    #[test]
    fn a_file_cut_at_any_byte_is_truncated() {
        let members = [packed(b"first,", 6), packed(&texts()[4][..3_000], 6)].concat();
        let first = packed(b"first,", 6).len();
        for length in (0..members.len()).filter(|length| *length != first) {
            assert_eq!(
                unpacked(&members[..length]),
                Err(StreamError::Bytes(XmlError::Truncated)),
                "{length}"
            );
        }
    }

    #[test]
    fn a_changed_bit_never_gives_another_text() {
        let text = &texts()[4][..2_000];
        let whole = packed(text, 6);
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if let Ok(came) = unpacked(&damaged) {
                // The time and the system in the header change nothing.
                assert!(came == text, "bit {bit}");
            }
        }
        assert!(unpacked(&[packed(b"a", 6), b"garbage after the end".to_vec()].concat()).is_err());
        assert!(unpacked(b"not packed at all").is_err());
    }
}
