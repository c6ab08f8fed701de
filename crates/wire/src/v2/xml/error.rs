//! Why a body is not a message (protocol §10.1).

use thiserror::Error;

use crate::Stage;

/// Why a body is not a message. The error holds nothing of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum XmlError {
    /// Longer than [`MAX_BODY_BYTES`](crate::v2::MAX_BODY_BYTES), or for a bill longer than
    /// [`MAX_BILL_BYTES`](crate::v2::bill::MAX_BILL_BYTES).
    #[error("the body is longer than its limit (64 KiB; 16 MiB for a bill)")]
    TooLong,
    /// Bytes that are not UTF-8.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// A NUL byte.
    #[error("the body holds a NUL byte")]
    Nul,
    /// The XML declaration names another encoding than UTF-8.
    #[error("the body declares another encoding than UTF-8")]
    DeclaredEncoding,
    /// The gzip of a packed bill is damaged, or something follows it.
    #[error("the body is packed, and its gzip is damaged or followed by something else")]
    Packing,
    /// Nothing, or only blanks.
    #[error("the body is empty")]
    Empty,
    /// The body does not begin with an element: JSON, plain text.
    #[error("the body is not XML")]
    NotXml,
    /// The root element is not the expected one.
    #[error("the root element is not the expected one")]
    WrongRoot,
    /// A `DOCTYPE`, which enables XXE and entity bombs. The gateway never sends one.
    #[error("the body holds a DOCTYPE")]
    Doctype,
    /// A comment.
    #[error("the body holds a comment")]
    Comment,
    /// A processing instruction, or an XML declaration that is not at the beginning.
    #[error("the body holds a processing instruction")]
    ProcessingInstruction,
    /// An attribute.
    #[error("an element has an attribute")]
    Attribute,
    /// An element name with a namespace prefix.
    #[error("an element name has a prefix")]
    Prefix,
    /// An element name that is longer than [`MAX_NAME_BYTES`](crate::v2::MAX_NAME_BYTES), begins with another
    /// character than a letter or `_`, or has other characters than letters, digits, `_`, `-`, `.`.
    #[error("an element name is too long or has characters that field names do not have")]
    Name,
    /// An element inside an element.
    #[error("an element holds another element")]
    Nested,
    /// Text between elements.
    #[error("there is text between elements")]
    StrayText,
    /// The same element twice.
    #[error("an element is repeated")]
    Repeated,
    /// More than [`MAX_FIELDS`](crate::v2::MAX_FIELDS) elements.
    #[error("there are more elements than the longest message has")]
    TooManyFields,
    /// A reference to an entity that is not predefined.
    #[error("the body refers to an entity that is not predefined")]
    Entity,
    /// A character that XML 1.0 forbids, directly or as a numeric reference.
    #[error("the body holds a character that XML forbids")]
    ForbiddenCharacter,
    /// Something after the root element.
    #[error("there is something after the root element")]
    Trailing,
    /// The body ends before its root element does.
    #[error("the body is cut off")]
    Truncated,
    /// The body is malformed in another way.
    #[error("the body is not well-formed XML")]
    IllFormed,
}

impl XmlError {
    /// The stage that refuses: size, encoding or parse.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::TooLong => Stage::Size,
            Self::NotUtf8 | Self::Nul | Self::DeclaredEncoding | Self::Packing => Stage::Encoding,
            Self::Empty
            | Self::NotXml
            | Self::WrongRoot
            | Self::Doctype
            | Self::Comment
            | Self::ProcessingInstruction
            | Self::Attribute
            | Self::Prefix
            | Self::Name
            | Self::Nested
            | Self::StrayText
            | Self::Repeated
            | Self::TooManyFields
            | Self::Entity
            | Self::ForbiddenCharacter
            | Self::Trailing
            | Self::Truncated
            | Self::IllFormed => Stage::Parse,
        }
    }
}
