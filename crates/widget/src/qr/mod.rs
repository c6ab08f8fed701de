//! From a `code_url` to the pixels of its QR code: ISO/IEC 18004, byte mode, error correction M,
//! a quiet zone of four modules, black on white whatever the theme.
//!
//! The `qrcode` crate encodes, corrects errors and places the modules. Its search of the best mask
//! takes four fifths of its time, module by module; [`mask`] scores the eight masks a row at a
//! time instead, which is what makes a code appear in the frame in which its order arrives.

mod code;
mod mask;
mod pixels;

pub use code::{Code, MAX_BYTES};
pub use pixels::{Pixels, QUIET_MODULES};
