//! The stages that can refuse a message of API v3, in the order of the checks (protocol §9.4).

use std::fmt;

/// Which stage refused a received message. The order of the variants is the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Longer than [`MAX_BODY_BYTES`](crate::v3::MAX_BODY_BYTES), or for a statement longer than
    /// [`MAX_BILL_BYTES`](crate::v2::bill::MAX_BILL_BYTES).
    Size,
    /// A header that the signature needs is missing, twice there, or has a character that it may not have.
    Headers,
    /// The timestamp is five minutes or more away from our clock.
    Window,
    /// No key in the ring has the serial, or the key is not valid now.
    Key,
    /// The signature is malformed or wrong.
    Signature,
    /// The body is not one JSON object without duplicate keys.
    Json,
    /// The envelope of a notification is not of the documented form.
    Envelope,
    /// The API v3 key does not open the sealed part.
    Open,
    /// A field that decides is missing or malformed.
    Fields,
    /// The message is genuine and well-formed, and not about what it should be about.
    Business,
}

impl Stage {
    /// All stages, in the order of the checks.
    pub const ALL: [Self; 10] = [
        Self::Size,
        Self::Headers,
        Self::Window,
        Self::Key,
        Self::Signature,
        Self::Json,
        Self::Envelope,
        Self::Open,
        Self::Fields,
        Self::Business,
    ];

    /// The stage's name in lower case, for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Headers => "headers",
            Self::Window => "window",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Json => "json",
            Self::Envelope => "envelope",
            Self::Open => "open",
            Self::Fields => "fields",
            Self::Business => "business",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_named_and_come_in_the_order_of_the_checks() {
        assert!(Stage::ALL.is_sorted_by(|one, next| one < next));
        assert_eq!(
            Stage::ALL.map(|stage| stage.to_string()),
            [
                "size",
                "headers",
                "window",
                "key",
                "signature",
                "json",
                "envelope",
                "open",
                "fields",
                "business"
            ]
        );
    }
}
