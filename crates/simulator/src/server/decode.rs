//! Reading a QR code from a picture, for the phone's "choose a picture".

use image::{DynamicImage, ImageReader, Limits};
use std::io::Cursor;

/// Pictures larger than this on a side are refused before they are unpacked.
const LARGEST_SIDE_PX: u32 = 6000;
/// What unpacking may take at most.
const LARGEST_UNPACKED_BYTES: u64 = 160 * 1024 * 1024;
/// Photographs are looked at in smaller sizes as well: noise goes, the code stays.
const SMALLER_SIDES_PX: [u32; 2] = [1200, 600];

/// The text of the first code that can be read, or a sentence for the person at the phone.
pub(crate) fn decode(picture: &[u8]) -> Result<String, String> {
    let mut reader =
        ImageReader::new(Cursor::new(picture)).with_guessed_format().map_err(|error| error.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE_PX);
    limits.max_image_height = Some(LARGEST_SIDE_PX);
    limits.max_alloc = Some(LARGEST_UNPACKED_BYTES);
    reader.limits(limits);
    let picture =
        reader.decode().map_err(|_| "This picture cannot be read. Use a PNG or JPEG.".to_owned())?;
    let smaller = SMALLER_SIDES_PX.into_iter().filter(|side| picture.width().max(picture.height()) > *side);
    let sizes = std::iter::once(None).chain(smaller.map(Some));
    let found = sizes.into_iter().find_map(|side| match side {
        None => read(&picture),
        Some(side) => read(&picture.thumbnail(side, side)),
    });
    found.ok_or_else(|| "No QR code was found in this picture.".to_owned())
}

fn read(picture: &DynamicImage) -> Option<String> {
    let mut grey = picture.to_luma8();
    read_grey(&grey).or_else(|| {
        // A dark theme may show its code light on dark.
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
