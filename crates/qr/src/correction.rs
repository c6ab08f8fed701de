//! Reed-Solomon error correction of level M for the versions used here (§7.5, tables 9 and 13 to 22).
//!
//! The `qrcode` crate has tables for 40 versions and four levels: 5 KB that do not compress, in a module of
//! 15. A screenful of code computes what six versions need. The tests of [`crate::code`] compare the result
//! with that of the `qrcode` crate for every length.

#![expect(clippy::arithmetic_side_effects, reason = "all numbers come from the table of six versions")]

/// How the codewords of a version are cut into blocks of equal size.
pub(crate) struct Blocks {
    count: usize,
    data: usize,
    correction: usize,
}

/// Level M of versions 1 to 6 (table 9).
pub(crate) const BLOCKS: [Blocks; 6] = [
    Blocks { count: 1, data: 16, correction: 10 },
    Blocks { count: 1, data: 28, correction: 16 },
    Blocks { count: 1, data: 44, correction: 26 },
    Blocks { count: 2, data: 32, correction: 18 },
    Blocks { count: 2, data: 43, correction: 24 },
    Blocks { count: 4, data: 27, correction: 16 },
];

impl Blocks {
    /// How many data codewords the version has.
    pub(crate) fn capacity(&self) -> usize {
        self.count * self.data
    }

    /// Data and error correction, each in the order of its placement: the first codeword of every block, then
    /// the second of every block, and so on (§7.6).
    pub(crate) fn interleave(&self, data: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let generator = generator(self.correction);
        let (mut placed, mut corrections) = (vec![0; self.capacity()], vec![0; self.count * self.correction]);
        for (number, block) in data.chunks(self.data).enumerate() {
            spread(&mut placed, block, number, self.count);
            spread(&mut corrections, &remainder(block, &generator), number, self.count);
        }
        (placed, corrections)
    }
}

/// Puts a block's codewords to every `count`th place.
fn spread(into: &mut [u8], block: &[u8], number: usize, count: usize) {
    for (place, codeword) in into.iter_mut().skip(number).step_by(count).zip(block) {
        *place = *codeword;
    }
}

/// The product of (x - 2^i) for i below the degree, highest power first, without the leading 1.
fn generator(degree: usize) -> Vec<u8> {
    let mut polynomial = vec![0; degree];
    polynomial.iter_mut().rev().take(1).for_each(|last| *last = 1);
    let mut root = 1;
    for _ in 0..degree {
        let mut after = 0;
        for coefficient in polynomial.iter_mut().rev() {
            let before = *coefficient;
            *coefficient = product(before, root) ^ after;
            after = before;
        }
        root = product(root, 2);
    }
    polynomial
}

/// The remainder of the block, as a polynomial, divided by the generator.
fn remainder(block: &[u8], generator: &[u8]) -> Vec<u8> {
    let mut left = vec![0; generator.len()];
    for byte in block {
        left.rotate_left(1);
        // The first coefficient is the last one now. Take it out.
        let factor = byte ^ left.last_mut().map_or(0, std::mem::take);
        for (left, coefficient) in left.iter_mut().zip(generator) {
            *left ^= product(*coefficient, factor);
        }
    }
    left
}

/// The product in the field of 256 elements modulo x^8 + x^4 + x^3 + x^2 + 1.
fn product(a: u8, b: u8) -> u8 {
    (0..8).rev().fold(0, |sum, bit| {
        let doubled = (sum << 1) ^ ((sum >> 7).wrapping_neg() & 0x1D);
        doubled ^ ((b >> bit & 1).wrapping_neg() & a)
    })
}
