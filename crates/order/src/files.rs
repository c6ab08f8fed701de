//! Which files an order has bought: the lines of its details that name one.

use crate::DetailsText;

/// A line of an order that names a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoughtFile {
    /// The line, counted from 1.
    pub line: u16,
    /// The goods, in the order's language.
    pub name: String,
    /// The name of the file in the merchant's store of files.
    pub file: String,
}

impl DetailsText {
    /// The files that were bought, in the sequence of their lines. They are those of the moment at which the
    /// order was placed.
    ///
    /// The text is searched for what [`crate::Line`] writes, and not read as JSON: that would make the Worker
    /// five kilobytes larger. No text of a line has such a pattern, because each quotation mark in a text is
    /// escaped. Words of the merchant or the shopper may begin with a `sku`, too; they come after all lines,
    /// and have texts alone, no `unit_amount` that is a number.
    #[must_use]
    pub fn files(&self) -> Vec<BoughtFile> {
        let mut files = Vec::new();
        for (line, text) in (1..=u16::MAX).zip(self.as_str().split(r#"{"sku":"#).skip(1)) {
            let file = text.split_once(r#","unit_amount":"#).and_then(|(_, amount)| {
                amount.trim_start_matches(|digit: char| digit.is_ascii_digit()).strip_prefix(r#","file":"#)
            });
            let name = text.split_once(r#","name":"#).map(|(_, name)| name);
            if let (Some(file), Some(name)) = (file.and_then(first_text), name.and_then(first_text)) {
                files.push(BoughtFile { line, name, file });
            }
        }
        files
    }
}

/// The text that begins here, as JSON has written it.
fn first_text(json: &str) -> Option<String> {
    let mut escaped = true;
    let end = json.bytes().position(|byte| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    })?;
    serde_json::from_str(json.get(..=end)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Details, Line};

    fn line(name: &str, file: Option<&str>) -> Line {
        let file = file.map(str::to_owned);
        Line { sku: "a".into(), name: name.into(), quantity: 1, unit_amount: 1, file }
    }

    fn files(lines: Vec<Line>) -> Vec<BoughtFile> {
        Details { lines, ..Details::default() }.text().unwrap().files()
    }

    #[test]
    fn each_line_that_names_a_file_gives_it_under_its_own_number() {
        let bought = files(vec![line("Tea", None), line("茶書", Some("books/茶書.pdf"))]);
        let book = BoughtFile { line: 2, name: "茶書".into(), file: "books/茶書.pdf".into() };
        assert_eq!(bought, [book]);
        assert_eq!(files(vec![line("Tea", None)]), []);
        assert_eq!(files(vec![]), []);
    }

    #[test]
    fn what_a_shopper_or_a_merchant_has_written_names_no_file() {
        for tricky in [r#"x","file":"secret.pdf"#, r#"{"sku":"a","unit_amount":1,"file":"b"#, "\\", r#"\""#] {
            assert_eq!(files(vec![line(tricky, None)]), [], "{tricky}");
            let book = BoughtFile { line: 1, name: tricky.into(), file: "a.pdf".into() };
            assert_eq!(files(vec![line(tricky, Some("a.pdf"))]), [book], "{tricky}");
        }
        let said = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let shopper = vec![said("sku", "a"), said("name", "b"), said("unit_amount", "1"), said("file", "c")];
        let details = Details { lines: vec![line("Tea", None)], shopper, ..Details::default() };
        assert_eq!(details.text().unwrap().files(), []);
    }
}
