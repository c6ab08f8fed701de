//! Reads JavaScript values into the types of the JSON contract, silently.
//!
//! `serde-wasm-bindgen` reads, too, but its errors are sentences, and sentences bring `core::fmt`
//! with its tables of numbers: 14 KB brotli in a module of 20. Here an unreadable value is just that; whoever
//! calls treats it as no answer. It serves the types of the contract: no bytes, no tuples, enums
//! by name only.

use js_sys::{Array, Reflect};
use serde::de::value::StringDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use wasm_bindgen::JsValue;

/// The value is not of the wanted type. It has no message.
#[derive(Debug)]
pub(super) struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Unreadable {}

impl serde::de::Error for Unreadable {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Reads a value made by `JSON.parse`.
pub(super) fn read<T: for<'de> Deserialize<'de>>(value: JsValue) -> Option<T> {
    T::deserialize(Value(value)).ok()
}

struct Value(JsValue);

impl<'de> Deserializer<'de> for Value {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if let Some(text) = self.0.as_string() {
            visitor.visit_string(text)
        } else if let Some(number) = self.0.as_f64() {
            // Every number of the contract is an integer within 2^53.
            if number < 0.0 { visitor.visit_i64(number as i64) } else { visitor.visit_u64(number as u64) }
        } else if let Some(yes) = self.0.as_bool() {
            visitor.visit_bool(yes)
        } else if Array::is_array(&self.0) {
            visitor.visit_seq(Elements { all: Array::from(&self.0), next: 0 })
        } else {
            visitor.visit_unit()
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.0.is_null() || self.0.is_undefined() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        if self.0.is_object() { visitor.visit_map(Fields { of: self.0, fields, found: JsValue::NULL }) } else { Err(Unreadable) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        let name: StringDeserializer<Unreadable> = self.0.as_string().ok_or(Unreadable)?.into_deserializer();
        visitor.visit_enum(name)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// The fields a type asks for, those the object has.
struct Fields {
    of: JsValue,
    fields: &'static [&'static str],
    found: JsValue,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        while let Some((name, rest)) = self.fields.split_first() {
            self.fields = rest;
            self.found = Reflect::get(&self.of, &JsValue::from_str(name)).map_err(|_| Unreadable)?;
            if !self.found.is_undefined() {
                return seed.deserialize((*name).into_deserializer()).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Unreadable> {
        seed.deserialize(Value(self.found.clone()))
    }
}

struct Elements {
    all: Array,
    next: u32,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unreadable> {
        if self.next >= self.all.length() {
            return Ok(None);
        }
        let element = self.all.get(self.next);
        self.next += 1;
        seed.deserialize(Value(element)).map(Some)
    }
}
