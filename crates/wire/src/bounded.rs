//! How a checked text type is made: a `Box<str>` that has passed one check. All such types have the same
//! small set of methods.

use thiserror::Error;

/// Why a text is not a value of its type. It holds no part of the text, which may be private or hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not {kind}: {rule}")]
pub struct InvalidText {
    /// What it should have been, e.g. `an out_trade_no`.
    pub kind: &'static str,
    /// The rule it breaks.
    pub rule: &'static str,
}

/// Declares a text type. `check` says whether a text is a value of the type.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $check:expr $(, $debug:ident)?) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            #[doc = concat!("Takes the text if it is ", $kind, ": ", $rule, ".")]
            ///
            /// # Errors
            /// [`InvalidText`](crate::InvalidText), naming the rule.
            pub fn new(text: &str) -> Result<Self, $crate::InvalidText> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.into()))
                } else {
                    Err($crate::InvalidText { kind: $kind, rule: $rule })
                }
            }

            /// The text as the wire writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        $crate::bounded::text_type!(@debug $name $($debug)?);

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
    (@debug $name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &self.0)
            }
        }
    };
    (@debug $name:ident redacted) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

pub(crate) use text_type;
