//! The writer of requests: members in the order given, texts escaped as little as JSON demands, no blanks.

use std::fmt::Write as _;

/// An object that is being written.
pub(crate) struct JsonWriter(String);

impl JsonWriter {
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    fn key(&mut self, key: &str) -> &mut Self {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        self.quoted(key);
        self.0.push(':');
        self
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        for character in text.chars() {
            match character {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\u{0}'..='\u{1F}' => {
                    // Writing into a String cannot fail.
                    let _ = write!(self.0, "\\u{:04x}", u32::from(character));
                }
                _ => self.0.push(character),
            }
        }
        self.0.push('"');
    }

    pub(crate) fn text(&mut self, key: &str, text: &str) -> &mut Self {
        self.key(key).quoted(text);
        self
    }

    /// Leaves an absent value out: neither `null` nor an empty text is sent (protocol §9.1).
    pub(crate) fn some(&mut self, key: &str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(key, text),
            None => self,
        }
    }

    pub(crate) fn number(&mut self, key: &str, number: u64) -> &mut Self {
        let _ = write!(self.key(key).0, "{number}");
        self
    }

    pub(crate) fn bool(&mut self, key: &str, value: bool) -> &mut Self {
        self.key(key).0.push_str(if value { "true" } else { "false" });
        self
    }

    /// A list with one text.
    pub(crate) fn list_of_one(&mut self, key: &str, text: &str) -> &mut Self {
        self.key(key).0.push('[');
        self.quoted(text);
        self.0.push(']');
        self
    }

    pub(crate) fn object(&mut self, key: &str, inside: Self) -> &mut Self {
        let inside = inside.finish();
        self.key(key).0.push_str(&inside);
        self
    }

    pub(crate) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v3::json::{Object, Value};

    #[test]
    fn members_keep_their_order_and_texts_are_escaped_as_little_as_possible() {
        let mut inside = JsonWriter::new();
        inside.number("total", 8800).bool("b", true).bool("c", false);
        let mut writer = JsonWriter::new();
        writer.text("z", "茶 \"a\" \\ / </script> \u{1F}\n{").some("none", None).some("y", Some("{"));
        writer.list_of_one("l", "no_credit").object("amount", inside).object("empty", JsonWriter::new());
        let text = writer.finish();
        assert_eq!(
            text,
            "{\"z\":\"茶 \\\"a\\\" \\\\ / </script> \\u001f\\u000a{\",\"y\":\"{\",\"l\":[\"no_credit\"],\
            \"amount\":{\"total\":8800,\"b\":true,\"c\":false},\"empty\":{}}"
        );
        let read = Object::parse(text.as_bytes()).unwrap();
        assert_eq!(read.get("z"), Some(&Value::Text("茶 \"a\" \\ / </script> \u{1F}\n{".into())));
        assert_eq!(JsonWriter::new().finish(), "{}");
    }
}
