//! The modules as pixels of a canvas: whole device pixels per module, quiet zone included.

use super::Code;

/// The white border a scanner needs, in modules (ISO/IEC 18004 §6.3.8). It is part of the bitmap,
/// so that no style of the page can take it away.
pub const QUIET_MODULES: usize = 4;

/// Opaque, in `ImageData` order.
const WHITE: [u8; 4] = [255; 4];
const BLACK: [u8; 4] = [0, 0, 0, 255];
/// What a canvas is at most, whatever the room: 32 pixels a module of the largest code.
const MAX_SCALE: usize = 32;

/// A square bitmap in the form of `ImageData`: RGBA, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// How many pixels a side has.
    pub side: usize,
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

impl Pixels {
    /// The code as large as the room allows, at least one pixel a module.
    #[must_use]
    pub fn fit(code: &Code, room: usize) -> Self {
        let modules = code.side() + 2 * QUIET_MODULES;
        let scale = (room / modules).clamp(1, MAX_SCALE);
        let side = modules * scale;
        let mut rgba = Vec::with_capacity(side * side * 4);
        let quiet = side * scale * QUIET_MODULES * 4;
        rgba.resize(quiet, 255);
        for row in code.rows() {
            let start = rgba.len();
            // The quiet modules left and right are zero bits of the row.
            for at in 0..modules {
                let dark = row << QUIET_MODULES >> at & 1 == 1;
                for _ in 0..scale {
                    rgba.extend_from_slice(if dark { &BLACK } else { &WHITE });
                }
            }
            for _ in 1..scale {
                rgba.extend_from_within(start..start + side * 4);
            }
        }
        rgba.resize(rgba.len() + quiet, 255);
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
        for room in [0, 37, 100, 240, 555] {
            let pixels = Pixels::fit(&code, room);
            let scale = pixels.side / modules;
            assert_eq!(scale, (room / modules).max(1));
            assert_eq!(pixels.rgba.len(), pixels.side * pixels.side * 4);
            for (at, rgba) in pixels.rgba.chunks(4).enumerate() {
                let (x, y) = (at % pixels.side / scale, at / pixels.side / scale);
                let dark = x >= 4 && y >= 4 && code.is_dark(x - 4, y - 4);
                assert_eq!(rgba, if dark { BLACK } else { WHITE }, "({x}, {y}) in {room}");
            }
        }
    }

    #[test]
    fn the_largest_code_keeps_its_quiet_zone() {
        let code = Code::new(&[b'a'; super::super::MAX_BYTES]).unwrap();
        assert_eq!((code.side(), Pixels::fit(&code, 49).side), (41, 49));
    }

    #[test]
    fn a_bitmap_is_bounded_whatever_the_room() {
        let code = Code::new(b"a").unwrap();
        assert_eq!(Pixels::fit(&code, usize::MAX).side, 29 * 32);
    }
}
