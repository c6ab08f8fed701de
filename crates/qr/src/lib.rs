//! From a `code_url` to its QR code: ISO/IEC 18004, byte mode, error correction M, a quiet zone of four
//! modules. As pixels for the widget's canvas, as modules for those who run no WebAssembly. Pure.
//!
//! The `qrcode` crate encodes the text and places the modules. Two of its parts are done here:
//! its search of the best mask takes four fifths of its time, module by module, while [`mask`] scores the
//! eight masks a row at a time; and its tables of error correction weigh more than all the rest of
//! the module, while [`correction`] computes what six versions need.
//!
//! In comments of this crate `§` alone means a section of ISO/IEC 18004.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unimplemented,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::disallowed_macros
    )
)]

mod code;
mod correction;
mod mask;
mod pixels;

pub use code::{Code, MAX_BYTES};
pub use pixels::{Pixels, QUIET_MODULES};
