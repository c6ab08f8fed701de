//! Reads a QR code from a picture, for the phone's "choose a picture".

use image::{DynamicImage, ImageReader, Limits};
use std::io::Cursor;

/// A picture with a longer side is refused before it is unpacked.
const MAX_SIDE_PX: u32 = 6000;
/// The most memory that unpacking a picture may take.
const MAX_UNPACKED_BYTES: u64 = 160 * 1024 * 1024;
/// A large picture is first read in these smaller sizes. That is quicker and removes noise, and the code is
/// mostly still readable.
const SMALLER_SIDES_PX: [u32; 2] = [1200, 600];

/// The text of the first readable code, or a sentence for the person at the phone.
pub(crate) fn decode(picture: &[u8]) -> Result<String, String> {
    let mut reader =
        ImageReader::new(Cursor::new(picture)).with_guessed_format().map_err(|error| error.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE_PX);
    limits.max_image_height = Some(MAX_SIDE_PX);
    limits.max_alloc = Some(MAX_UNPACKED_BYTES);
    reader.limits(limits);
    let picture =
        reader.decode().map_err(|_| "This picture cannot be read. Use a PNG or JPEG.".to_owned())?;
    let side = picture.width().max(picture.height());
    let smaller = SMALLER_SIDES_PX.into_iter().filter(|smaller| *smaller < side).map(Some);
    let found = smaller.chain([None]).find_map(|size| match size {
        Some(size) => read(&picture.thumbnail(size, size)),
        None => read(&picture),
    });
    found.ok_or_else(|| "No QR code was found in this picture.".to_owned())
}

fn read(picture: &DynamicImage) -> Option<String> {
    let mut grey = picture.to_luma8();
    read_grey(&grey).or_else(|| {
        // A page in a dark theme may show a light code on a dark ground.
        image::imageops::invert(&mut grey);
        read_grey(&grey)
    })
}

fn read_grey(grey: &image::GrayImage) -> Option<String> {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| grey.as_raw()[y * width + x]);
    prepared.detect_grids().into_iter().find_map(|grid| grid.decode().ok().map(|(_, text)| text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, ImageFormat, Luma};
    use qrcode::{Color, EcLevel, QrCode};

    const CODE: &str = "weixin://wxpay/bizpayurl?pr=hK3tEaSzz";

    /// A code drawn as the widget draws it, with `module_px` pixels a module, in the middle of a larger
    /// picture.
    fn picture(module_px: u32, dark: u8, light: u8, around_px: u32) -> GrayImage {
        let code = QrCode::with_error_correction_level(CODE, EcLevel::M).unwrap();
        let quiet_px = 4 * module_px;
        let side = code.width() as u32 * module_px + 2 * (quiet_px + around_px);
        let colors = code.to_colors();
        GrayImage::from_fn(side, side, |x, y| {
            let module = |at: u32| at.checked_sub(quiet_px + around_px).map(|at| (at / module_px) as usize);
            let is_dark = match (module(x), module(y)) {
                (Some(x), Some(y)) if x < code.width() && y < code.width() => {
                    colors[y * code.width() + x] == Color::Dark
                }
                _ => false,
            };
            Luma([if is_dark { dark } else { light }])
        })
    }

    fn encoded(picture: GrayImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageLuma8(picture).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_code_is_read_from_small_and_large_pictures_of_either_format() {
        for (module_px, around_px) in [(3, 0), (8, 100), (30, 100)] {
            for format in [ImageFormat::Png, ImageFormat::Jpeg] {
                let bytes = encoded(picture(module_px, 0, 255, around_px), format);
                assert_eq!(decode(&bytes).as_deref(), Ok(CODE), "{module_px} px a module, {format:?}");
            }
        }
    }

    #[test]
    fn a_code_light_on_dark_and_one_of_poor_contrast_are_read() {
        assert_eq!(decode(&encoded(picture(6, 235, 20, 0), ImageFormat::Png)).as_deref(), Ok(CODE));
        assert_eq!(decode(&encoded(picture(6, 90, 150, 40), ImageFormat::Png)).as_deref(), Ok(CODE));
    }

    #[test]
    fn a_file_without_a_readable_code_is_refused_with_a_sentence() {
        assert!(decode(b"not a picture").unwrap_err().contains("cannot be read"));
        let empty = GrayImage::from_pixel(300, 300, Luma([255]));
        assert!(decode(&encoded(empty, ImageFormat::Png)).unwrap_err().contains("No QR code"));
    }

    #[test]
    fn a_picture_that_unpacks_too_large_is_refused_before_it_is_unpacked() {
        let wide = GrayImage::new(MAX_SIDE_PX + 1, 1);
        assert!(decode(&encoded(wide, ImageFormat::Png)).is_err());
    }
}
