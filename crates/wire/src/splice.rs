//! Field splicing (protocol §10.2): the text that is signed is not injective.
//!
//! `a=1&b=2` may be one field or two. Whoever can put `&out_trade_no=…&total_fee=…` into one value of a genuine
//! message can cut that message into another one with the same signature. A value that holds `&`, a field name and
//! `=` is therefore never written by us, and never taken from a notification.

use crate::{Stage, xml::is_name_byte};
use thiserror::Error;

/// A value of the message could be read as a further field of the signing text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a value holds `&name=`, so the signature does not say where it ends")]
pub struct SpliceError;

impl SpliceError {
    /// Always [`Stage::Splice`].
    #[must_use]
    pub const fn stage(self) -> Stage {
        Stage::Splice
    }
}

/// Whether the text holds `&`, at least one character of a field name, and `=`.
///
/// Any name of [the reader's grammar](crate::Fields::parse) is found, and names cut short or starting with a digit
/// besides: the check may be too strict, never too lax.
pub(crate) fn holds_a_field(value: &str) -> bool {
    value.split('&').skip(1).any(|after| {
        let mut bytes = after.bytes();
        let mut named = false;
        loop {
            match bytes.next() {
                Some(b'=') => return named,
                Some(byte) if is_name_byte(byte) => named = true,
                Some(_) | None => return false,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ampersand_a_name_and_an_equals_sign_are_a_field() {
        for spliced in ["&a=", "x&total_fee=1", "&&b=", "a&b&c=1", "&1=", "&A-b.c_9=", "x & y&zz="] {
            assert!(holds_a_field(spliced), "{spliced}");
        }
        for innocent in ["", "a=1", "a & b = c", "&", "&=", "a&b", "&中=1", "& a=1", "a=1&b 2=", "a&amp;=&"]
        {
            assert!(!holds_a_field(innocent), "{innocent}");
        }
    }
}
