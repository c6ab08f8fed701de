//! The stored forms: fields with tabs between them, on one line. What is stored here is little, and serde's
//! code for it would be much.

/// The longest text of a field. The numbers that WeChat knows have at most 64 characters.
const MAX_CHARACTERS: usize = 200;

/// A text as a field: without tabs and line ends, and not too long.
pub(crate) fn field(text: &str) -> Box<str> {
    let characters = text.chars().take(MAX_CHARACTERS);
    characters.map(|character| if character.is_ascii_control() { ' ' } else { character }).collect()
}

/// The fields of a line, one after another.
pub(crate) struct Fields<'l>(std::str::Split<'l, char>);

impl<'l> Fields<'l> {
    pub(crate) fn of(line: &'l str) -> Self {
        Self(line.split('\t'))
    }

    pub(crate) fn text(&mut self) -> Option<&'l str> {
        self.0.next()
    }

    pub(crate) fn number(&mut self) -> Option<i64> {
        self.text()?.parse().ok()
    }

    /// A number that is no larger than this type holds.
    pub(crate) fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }
}
