//! Why a request cannot be written.

use thiserror::Error;

/// Why a request cannot be written. Nothing has been sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WriteError {
    /// A value that the gateway would refuse.
    #[error("`{name}` must be {rule}")]
    OutOfRange {
        /// The field's name on the wire.
        name: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// The edition has no such call, or not in this form.
    #[error("{call} is not a call of the {edition} edition: {instead}")]
    NotInThisEdition {
        /// The call.
        call: &'static str,
        /// The edition's name.
        edition: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
}
