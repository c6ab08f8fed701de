//! Reading the JSON of a call. A fault is named by the JSON Pointer of the field.

use std::collections::BTreeMap;

use serde_json::Value;

use super::problem::Problem;

/// Amounts are signed 32-bit integers.
const MAX_AMOUNT: i64 = i32::MAX as i64;

/// The body of a call: one JSON object.
pub(super) struct Document(Value);

impl Document {
    pub(super) fn read(body: &[u8]) -> Result<Document, Problem> {
        let bad = |issue: &str| Problem::parameter("body", "/", issue);
        let text = std::str::from_utf8(body).map_err(|_| bad("not UTF-8"))?;
        if text.chars().any(|character| character.len_utf8() > 3) {
            return Err(bad("a character of four bytes: only UTF-8 of one to three bytes is allowed"));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| bad(&format!("not JSON: {error}")))?;
        if !value.is_object() {
            return Err(bad("not an object"));
        }
        if let Some(pointer) = null_within(&value, "") {
            return Err(Problem::parameter("body", &pointer, "null: an absent field is left out"));
        }
        Ok(Document(value))
    }

    /// An optional text. An empty one counts as absent.
    pub(super) fn text(&self, pointer: &str, longest: usize) -> Result<Option<&str>, Problem> {
        match self.0.pointer(pointer) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() > longest => {
                Err(Problem::parameter("body", pointer, &format!("longer than {longest} characters")))
            }
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(Problem::parameter("body", pointer, "not a string")),
        }
    }

    pub(super) fn required(&self, pointer: &str, longest: usize) -> Result<&str, Problem> {
        self.text(pointer, longest)?.ok_or_else(|| Problem::parameter("body", pointer, "missing"))
    }

    /// An amount in the smallest unit: an integer from 1.
    pub(super) fn amount(&self, pointer: &str) -> Result<u64, Problem> {
        let value = self.0.pointer(pointer).ok_or_else(|| Problem::parameter("body", pointer, "missing"))?;
        let amount = value.as_i64().filter(|amount| (1..=MAX_AMOUNT).contains(amount));
        let amount = amount.and_then(|amount| u64::try_from(amount).ok());
        amount
            .ok_or_else(|| Problem::parameter("body", pointer, "not an integer of the smallest unit, from 1"))
    }

    pub(super) fn get(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }

    /// Every value by its pointer: what must be equal when an order is placed again.
    pub(super) fn flat(&self) -> BTreeMap<String, String> {
        let mut flat = BTreeMap::new();
        flatten(&self.0, String::new(), &mut flat);
        flat
    }
}

fn flatten(value: &Value, at: String, flat: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| flatten(value, format!("{at}/{name}"), flat))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| flatten(value, format!("{at}/{n}"), flat));
        }
        Value::String(text) => {
            flat.insert(at, text.clone());
        }
        other => {
            flat.insert(at, other.to_string());
        }
    }
}

fn null_within(value: &Value, at: &str) -> Option<String> {
    match value {
        Value::Null => Some(at.to_owned()),
        Value::Object(fields) => {
            fields.iter().find_map(|(name, value)| null_within(value, &format!("{at}/{name}")))
        }
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(n, value)| null_within(value, &format!("{at}/{n}")))
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
