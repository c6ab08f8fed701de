//! From a `code_url` to its QR code: ISO/IEC 18004, byte mode, error correction M, a quiet zone of four
//! modules. As pixels for the widget's canvas, and as modules for pages that cannot run WebAssembly. Pure.
//!
//! The `qrcode` crate places the modules. Three of its parts are done here instead. Its search for the best
//! mask works module by module and takes four fifths of its time; [`mask`] scores the eight masks a row at a
//! time. Its tables of error correction weigh more than the rest of the module; [`correction`] computes what
//! six versions need. Its encoding knows all modes, lengths and versions; [`code`] needs one mode.
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
