//! A text as the modules of a QR code.

use qrcode::canvas::{Canvas, Module};
use qrcode::{EcLevel, Version};

use crate::correction::BLOCKS;
use crate::mask;

/// The most bytes of a text, as much as version 6 holds. WeChat Pay's `code_url` has at most 64.
pub const MAX_BYTES: usize = 106;
pub(crate) const MAX_SIDE: usize = 41;
/// Mode (4 bits), length (8 bits) and end (4 bits) of the text.
const OVERHEAD_BYTES: usize = 2;
/// The mode of bytes, in the upper half of a codeword.
const BYTE_MODE: u8 = 0b0100 << 4;
/// These two in turn fill the codewords that are left.
const PADDING: [u8; 2] = [0xEC, 0x11];

/// One row of modules: bit x is column x, set when dark.
pub(crate) type Row = u64;
/// The rows of a code. Rows beyond its side are 0.
pub(crate) type Rows = [Row; MAX_SIDE];

/// The modules of a QR code, without its quiet zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    side: usize,
    rows: Rows,
}

impl Code {
    /// Encodes a text of at most [`MAX_BYTES`] bytes.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        let (number, blocks) = (1..)
            .zip(&BLOCKS)
            .find(|(_, blocks)| text.len().saturating_add(OVERHEAD_BYTES) <= blocks.capacity())?;
        let version = Version::Normal(number);
        let (data, correction) = blocks.interleave(&codewords(text, blocks.capacity())?);
        let mut canvas = Canvas::new(version, EcLevel::M);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &correction);

        let side = usize::try_from(version.width()).ok()?;
        let (mut plain, mut maskable) = ([0; MAX_SIDE], [0; MAX_SIDE]);
        for (y, (plain, maskable)) in plain.iter_mut().zip(&mut maskable).enumerate().take(side) {
            for x in 0..side {
                let module = canvas.get(x as i16, y as i16);
                *plain |= Row::from(module.is_dark()) << x;
                *maskable |= Row::from(!matches!(module, Module::Masked(_))) << x;
            }
        }
        Some(Self { side, rows: mask::best(&plain, &maskable, side) })
    }

    /// How many modules a side has.
    #[must_use]
    pub fn side(&self) -> usize {
        self.side
    }

    /// Whether a module is dark. Outside the code all modules are light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.side && self.rows.get(y).is_some_and(|row| row >> x & 1 == 1)
    }

    /// The modules packed into bits: row after row, 1 for dark, the first module in the highest bit of the
    /// first byte. A code of 29 modules a side takes 106 bytes.
    #[must_use]
    pub fn packed(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.side.saturating_mul(self.side).div_ceil(8)];
        let modules = (0..self.side).flat_map(|y| (0..self.side).map(move |x| (x, y)));
        for (at, (x, y)) in modules.enumerate() {
            if let Some(byte) = bytes.get_mut(at / 8).filter(|_| self.is_dark(x, y)) {
                *byte |= 0x80 >> (at % 8);
            }
        }
        bytes
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.rows.iter().copied().take(self.side)
    }
}

/// The data codewords of a text, for versions up to 9 (§7.4). The mode comes first and has half a codeword,
/// so all that follows is shifted by half a codeword. The `qrcode` crate does this for all modes, lengths and
/// versions, which adds 500 bytes to what a shopper downloads.
fn codewords(text: &[u8], capacity: usize) -> Option<Vec<u8>> {
    let length = u8::try_from(text.len()).ok()?;
    let mut codewords = Vec::with_capacity(capacity);
    let mut half = BYTE_MODE;
    for byte in std::iter::once(&length).chain(text) {
        codewords.push(half | byte >> 4);
        half = byte << 4;
    }
    codewords.push(half);
    let left = capacity.checked_sub(codewords.len())?;
    codewords.extend(PADDING.iter().cycle().take(left));
    Some(codewords)
}

#[cfg(test)]
mod tests {
    use qrcode::bits::Bits;
    use qrcode::canvas::MaskPattern;
    use qrcode::ec;
    use qrcode::types::Color;

    use super::*;

    const MASKS: [MaskPattern; 8] = [
        MaskPattern::Checkerboard,
        MaskPattern::HorizontalLines,
        MaskPattern::VerticalLines,
        MaskPattern::DiagonalLines,
        MaskPattern::LargeCheckerboard,
        MaskPattern::Fields,
        MaskPattern::Diamonds,
        MaskPattern::Meadow,
    ];

    /// The same text with each mask, all by the `qrcode` crate.
    fn by_the_crate(text: &[u8]) -> Vec<Vec<Color>> {
        let smallest = (1..=40).find_map(|number| {
            let mut bits = Bits::new(Version::Normal(number));
            bits.push_byte_data(text).ok()?;
            bits.push_terminator(EcLevel::M).ok()?;
            Some((Version::Normal(number), bits))
        });
        let (version, bits) = smallest.unwrap();
        let (data, correction) = ec::construct_codewords(&bits.into_bytes(), version, EcLevel::M).unwrap();
        let mut canvas = Canvas::new(version, EcLevel::M);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &correction);
        MASKS
            .iter()
            .map(|mask| {
                let mut masked = canvas.clone();
                masked.apply_mask(*mask);
                masked.into_colors()
            })
            .collect()
    }

    #[test]
    fn the_modules_are_those_of_the_crate_under_one_of_its_eight_masks() {
        for length in 1..=MAX_BYTES {
            let text: Vec<u8> = (0..length).map(|at| b'!' + (at * 7 % 90) as u8).collect();
            let code = Code::new(&text).unwrap();
            let ours: Vec<Color> = (0..code.side() * code.side())
                .map(|at| {
                    if code.is_dark(at % code.side(), at / code.side()) { Color::Dark } else { Color::Light }
                })
                .collect();
            assert!(by_the_crate(&text).contains(&ours), "{length} bytes");
        }
    }

    #[test]
    fn a_code_url_of_any_known_form_takes_at_most_37_modules() {
        assert_eq!(Code::new(b"weixin://wxpay/bizpayurl?pr=abcdefg").unwrap().side(), 29);
        assert_eq!(Code::new(&[b'a'; 64]).unwrap().side(), 37);
    }

    #[test]
    fn packed_modules_are_the_modules_bit_by_bit() {
        let code = Code::new(b"weixin://wxpay/bizpayurl?pr=abcdefg").unwrap();
        let packed = code.packed();
        assert_eq!(packed.len(), 106);
        for at in 0..29 * 29 {
            assert_eq!(
                packed[at / 8] >> (7 - at % 8) & 1 == 1,
                code.is_dark(at % 29, at / 29),
                "module {at}"
            );
        }
    }

    #[test]
    fn a_text_beyond_the_bound_is_refused() {
        assert!(Code::new(&[b'a'; MAX_BYTES]).is_some());
        assert_eq!(Code::new(&[b'a'; MAX_BYTES + 1]), None);
    }
}
