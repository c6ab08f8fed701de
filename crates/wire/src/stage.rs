//! The stages that can refuse a message, in the order of the checks (protocol §6.4, §10).

use std::fmt;

/// Which stage refused a received message. The order of the variants is the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Longer than [`MAX_BODY_BYTES`](crate::v2::MAX_BODY_BYTES), or for a bill longer than
    /// [`MAX_BILL_BYTES`](crate::v2::bill::MAX_BILL_BYTES).
    Size,
    /// Not UTF-8, or a NUL byte, or another encoding declared.
    Encoding,
    /// Not one flat `<xml>` document.
    Parse,
    /// A value could be read as another field of the signed text.
    Splice,
    /// The signature is missing, malformed or wrong.
    Signature,
    /// The message is genuine, but malformed or not about what it should be about.
    Business,
}

impl Stage {
    /// The stage's name in lower case, for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Encoding => "encoding",
            Self::Parse => "parse",
            Self::Splice => "splice",
            Self::Signature => "signature",
            Self::Business => "business",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
