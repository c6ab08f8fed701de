//! JSON that came as bytes. Pure.
//!
//! It is read as a text. Snapshots, catalogues and answers are texts already, so the module holds each reader
//! once: `serde_json` makes another one of every type for bytes.

use serde::Deserialize;
use serde::de::Error;

/// Reads a value.
///
/// # Errors
/// The text is not UTF-8, not JSON, or not of this form. The words are for who sent it.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, serde_json::Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| serde_json::Error::custom("the text is not UTF-8"))?;
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_the_text_that_they_are() {
        assert_eq!(read::<Vec<&str>>(r#"["茶"]"#.as_bytes()).unwrap(), ["茶"]);
        let why = |bytes: &[u8]| read::<Vec<String>>(bytes).unwrap_err().to_string();
        assert_eq!(why(b"[\"\xFF\"]"), "the text is not UTF-8");
        assert!(why(b"[1]").contains("line 1 column 2"), "{}", why(b"[1]"));
        assert!(why(b"[]]").contains("trailing characters"));
    }
}
