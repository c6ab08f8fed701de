//! Rows of a CSV file (RFC 4180), which people open in a spreadsheet. Pure.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula and runs it. The text of
//! an order may come from outside. So such a cell gets an apostrophe in front.

/// A file, row by row.
#[derive(Default)]
pub(crate) struct Csv {
    text: String,
    is_row_begun: bool,
}

impl Csv {
    /// Appends a cell.
    pub(crate) fn cell(&mut self, text: &str) -> &mut Self {
        if self.is_row_begun {
            self.text.push(',');
        }
        self.is_row_begun = true;
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
        let is_quoted = is_formula || text.contains([',', '"', '\r', '\n']);
        if is_quoted {
            self.text.push('"');
        }
        if is_formula {
            self.text.push('\'');
        }
        for character in text.chars() {
            if character == '"' {
                self.text.push('"');
            }
            self.text.push(character);
        }
        if is_quoted {
            self.text.push('"');
        }
        self
    }

    /// Ends the row.
    pub(crate) fn end(&mut self) {
        self.text.push_str("\r\n");
        self.is_row_begun = false;
    }

    /// The rows.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// An amount with the decimals of its currency: `88.00`.
pub(crate) fn decimal(minor: &str, decimals: u8) -> String {
    let mut digits = minor.to_owned();
    while digits.len() <= usize::from(decimals) {
        digits.insert(0, '0');
    }
    match digits.len().checked_sub(usize::from(decimals)).and_then(|at| digits.split_at_checked(at)) {
        Some((whole, part)) if !part.is_empty() => format!("{whole}.{part}"),
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> String {
        let mut csv = Csv::default();
        for cell in cells {
            csv.cell(cell);
        }
        csv.end();
        csv.into_text()
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(row(&["a", "", "b c", "茶"]), "a,,b c,茶\r\n");
        assert_eq!(
            row(&["a,b", "say \"tea\"", "two\nlines"]),
            "\"a,b\",\"say \"\"tea\"\"\",\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn no_text_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=HYPERLINK(\"http://x\",\"y\")"]
        {
            let made = row(&[text]);
            assert!(made.starts_with("\"'"), "{made}");
            assert_eq!(made.trim_end_matches("\r\n"), format!("\"'{}\"", text.replace('"', "\"\"")));
        }
        assert_eq!(row(&["a=b", "1-2"]), "a=b,1-2\r\n");
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        for (minor, decimals, text) in [
            (8800, 2, "88.00"),
            (5, 2, "0.05"),
            (0, 2, "0.00"),
            (1980, 0, "1980"),
            (0, 0, "0"),
            (1, 3, "0.001"),
        ] {
            assert_eq!(decimal(&minor.to_string(), decimals), text);
        }
        assert_eq!(decimal(&u64::MAX.to_string(), 2), "184467440737095516.15");
    }
}
