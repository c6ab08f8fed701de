//! The members of a JSON object, each still as it was written. Pure.
//!
//! What serde derives for a struct stops at the first mistake. Here every mistake is found.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::fault::Faults;

/// The members in the order in which they were written.
pub(super) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads an object.
    pub(super) fn read(json: &'a str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    /// The first member of this name.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, json)| *json)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, json)| (name.as_str(), *json))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Each name that is not known here, or is there twice, is a fault.
    pub(super) fn unknown(&self, known: &[&str], faults: &mut Faults<'_>) {
        for (at, (name, _)) in self.0.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                faults.add(name, format!("is no field here; these are: {}", known.join(", ")));
            } else if self.0.iter().position(|(other, _)| other == name) != Some(at) {
                faults.add(name, "is there twice".into());
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Object).map(Self)
    }
}

/// The value, if it is one of this type.
pub(super) fn of<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Option<T> {
    serde_json::from_str(json.get()).ok()
}

/// The value, if it is a text.
pub(super) fn text(json: &RawValue) -> Option<String> {
    of(json)
}
