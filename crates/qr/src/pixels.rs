//! The modules as pixels of a canvas: a whole number of device pixels per module, with the quiet zone.

#![expect(clippy::arithmetic_side_effects, reason = "a side has at most 49 modules of 32 pixels: 10 MB")]

use crate::Code;

/// The white border that a scanner needs, in modules (ISO/IEC 18004 §6.3.8). It is part of the bitmap, so
/// that no style of the page can remove it. `crates/widget/js/fallback.js` repeats the number, and
/// `tests/widget/names.test.mjs` compares the two.
pub const QUIET_MODULES: usize = 4;

/// The most pixels per module, whatever the room. It bounds the bitmap to 10 MB.
const MAX_SCALE: usize = 32;

/// RGBA.
const DARK: [u8; 4] = [0, 0, 0, 255];

/// A square bitmap in the form of `ImageData`: RGBA, top row first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// How many pixels a side has.
    pub side: usize,
    /// Four bytes per pixel.
    pub rgba: Vec<u8>,
}

impl Pixels {
    /// The code as large as the room allows, with at least one pixel per module.
    #[must_use]
    pub fn fit(code: &Code, room: usize) -> Self {
        let modules = code.side() + 2 * QUIET_MODULES;
        let scale = (room / modules).clamp(1, MAX_SCALE);
        let side = modules * scale;
        let line = side * 4;
        let mut rgba = vec![255; line * side];
        for (y, row) in code.rows().enumerate() {
            let start = (y + QUIET_MODULES) * scale * line;
            for x in (0..code.side()).filter(|x| row >> x & 1 == 1) {
                let from = start + (x + QUIET_MODULES) * scale * 4;
                let module = rgba.get_mut(from..from + scale * 4).unwrap_or_default();
                for pixel in module.chunks_exact_mut(4) {
                    pixel.copy_from_slice(&DARK);
                }
            }
            for below in 1..scale {
                rgba.copy_within(start..start + line, start + below * line);
            }
        }
        Self { side, rgba }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_is_its_modules_at_every_scale() {
        let code = Code::new(b"weixin://wxpay/bizpayurl?pr=abcdefg").unwrap();
        let modules = code.side() + 8;
        let (black, white) = ([0, 0, 0, 255], [255; 4]);
        for room in [0, 37, 100, 240, 555] {
            let pixels = Pixels::fit(&code, room);
            let scale = pixels.side / modules;
            assert_eq!(scale, (room / modules).max(1));
            assert_eq!(pixels.rgba.len(), pixels.side * pixels.side * 4);
            for (at, rgba) in pixels.rgba.chunks(4).enumerate() {
                let (x, y) = (at % pixels.side / scale, at / pixels.side / scale);
                let dark = x >= 4 && y >= 4 && code.is_dark(x - 4, y - 4);
                assert_eq!(rgba, if dark { black } else { white }, "({x}, {y}) in {room}");
            }
        }
    }

    #[test]
    fn the_largest_code_keeps_its_quiet_zone() {
        let code = Code::new(&[b'a'; crate::MAX_BYTES]).unwrap();
        assert_eq!((code.side(), Pixels::fit(&code, 49).side), (41, 49));
    }

    #[test]
    fn a_bitmap_is_bounded_whatever_the_room() {
        let code = Code::new(b"a").unwrap();
        assert_eq!(Pixels::fit(&code, usize::MAX).side, 29 * 32);
    }
}
