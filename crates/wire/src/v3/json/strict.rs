//! The reader: `serde_json`'s, with a visitor that refuses duplicate keys, counts values and knows its depth.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde_core::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{JsonError, MAX_DEPTH, MAX_VALUES, Object, Value};

/// Reads one value and nothing after it.
pub(super) fn parse(bytes: &[u8]) -> Result<Value<'_>, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|_| JsonError::Encoding)?;
    if text.starts_with('\u{FEFF}') {
        return Err(JsonError::ByteOrderMark);
    }
    let limits = Limits { values: Cell::new(0), fault: Cell::new(None) };
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Seed { limits: &limits, depth: 0 }.deserialize(&mut json).and_then(|value| {
        json.end()?;
        Ok(value)
    });
    // Behind an error of `serde_json` may stand one of ours.
    read.map_err(|_| limits.fault.get().unwrap_or(JsonError::Syntax))
}

/// What one reading has used up, and why it was stopped.
struct Limits {
    values: Cell<usize>,
    fault: Cell<Option<JsonError>>,
}

impl Limits {
    fn stop<E: Error>(&self, fault: JsonError) -> E {
        self.fault.set(Some(fault));
        E::custom("")
    }

    fn count<E: Error>(&self) -> Result<(), E> {
        let values = self.values.get().saturating_add(1);
        self.values.set(values);
        if values > MAX_VALUES { Err(self.stop(JsonError::TooMany)) } else { Ok(()) }
    }
}

/// Reads a value that lies this deep.
#[derive(Clone, Copy)]
struct Seed<'l> {
    limits: &'l Limits,
    depth: usize,
}

impl Seed<'_> {
    /// One level deeper.
    fn inside<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.saturating_add(1);
        if depth > MAX_DEPTH { Err(self.limits.stop(JsonError::TooDeep)) } else { Ok(Self { depth, ..self }) }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        self.limits.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(value).map_or(Value::OtherNumber, Value::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::OtherNumber)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value<'de>, A::Error> {
        let inside = self.inside()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(inside)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        let inside = self.inside()?;
        let mut members: Vec<(Cow<'de, str>, Value<'de>)> = Vec::new();
        while let Some(key) = map.next_key_seed(Key)? {
            let value = map.next_value_seed(inside)?;
            members.push((key, value));
        }
        sort(&mut members);
        let twice = !members.is_sorted_by(|(one, _), (next, _)| one < next);
        if twice {
            Err(self.limits.stop(JsonError::DuplicateKey))
        } else {
            Ok(Value::Object(Object(members)))
        }
    }
}

/// Sorts members by their keys: Shell's sort. The standard library's is no faster on the twenty members of a
/// message, and would be the only one in the Worker: 6 KB of it. The bound on values bounds its time, too.
fn sort(members: &mut [(Cow<'_, str>, Value<'_>)]) {
    for gap in GAPS {
        for end in gap..members.len() {
            let mut at = end;
            while let Some(before) = at.checked_sub(gap)
                && let (Some((one, _)), Some((next, _))) = (members.get(before), members.get(at))
                && one > next
            {
                members.swap(before, at);
                at = before;
            }
        }
    }
}

/// Ciura's, and further ones of the same quotient.
const GAPS: [usize; 10] = [3_937, 1_750, 701, 301, 132, 57, 23, 10, 4, 1];

/// Reads a key.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
