//! The stages at which a message can be refused, in the order in which they are tried (protocol §6.4, §10).

use std::fmt;

/// Where a received message was refused. The order of the variants is the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Longer than [`MAX_BODY_BYTES`](crate::v2::MAX_BODY_BYTES).
    Size,
    /// Not UTF-8, or a NUL byte, or another encoding declared.
    Encoding,
    /// Not one flat `<xml>` document.
    Parse,
    /// A value that could be read as a further field of the signing text.
    Splice,
    /// The signature is missing, odd or wrong.
    Signature,
    /// Genuine, but not a message about what it should be about.
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
