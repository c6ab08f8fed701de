//! JSON objects, written by hand: what is written here is little, and serde's code for it would be much.

use wire::Money;

/// An object that is being written.
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    /// A field whose value is JSON already.
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        for part in ["\"", name, "\":", json] {
            self.0.push_str(part);
        }
    }

    pub(crate) fn number(&mut self, name: &str, number: i64) {
        self.raw(name, &number.to_string());
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        let mut json = "\"".to_owned();
        for character in text.chars() {
            match character {
                '"' | '\\' => json.extend(['\\', character]),
                // No text here has a line of its own to tell.
                control if control.is_ascii_control() => json.push(' '),
                character => json.push(character),
            }
        }
        json.push('"');
        self.raw(name, &json);
    }

    pub(crate) fn money(&mut self, name: &str, money: Money) {
        let mut amount = Self::new();
        amount.number("minor", i64::try_from(money.minor).unwrap_or(i64::MAX));
        amount.text("currency", money.currency.as_str());
        self.raw(name, &amount.end());
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_written_as_json_that_others_read() {
        let mut object = Object::new();
        object.text("a", "tea \"best\" \\ 茶\n\u{1}");
        object.number("b", -7);
        object.money("c", Money::new(8800, wire::Currency::HKD));
        object.raw("d", "[1]");
        let read: serde_json::Value = serde_json::from_str(&object.end()).unwrap();
        let expected = serde_json::json!({
            "a": "tea \"best\" \\ 茶  ", "b": -7, "c": {"minor": 8800, "currency": "HKD"}, "d": [1]
        });
        assert_eq!(read, expected);
    }
}
