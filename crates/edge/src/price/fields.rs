//! What a shopper may say with an order: the fields that the catalogue allows, and no others. Pure.
//!
//! The texts are the shopper's words. They are bounded, and have no characters that change how other text is
//! read; nobody checks whether they are true.

use api::Texts;

use super::catalog::Field;
use super::limits::misleads;

/// The most bytes that all texts of an order have together. They travel in a cookie to `/checkout`.
const MAX_BYTES: usize = 1024;

/// Why the shopper's words are not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The catalogue does not ask for it.
    #[error("the shop's catalogue allows no field `{0}`; it must be in `fields` of the catalogue")]
    Unknown(String),
    /// The text is longer than the catalogue allows.
    #[error("the field `{name}` has {length} characters; the catalogue allows {max}")]
    TooLong {
        /// The field.
        name: String,
        /// How many characters came.
        length: usize,
        /// How many may come.
        max: usize,
    },
    /// The text has a character that is no text.
    #[error("the field `{0}` has a control character, or one that turns the direction of the text")]
    Character(String),
    /// The shopper must say it, and did not.
    #[error("the field `{0}` is required")]
    Missing(String),
    /// All texts together are too long.
    #[error("all fields together have {0} bytes; at most {MAX_BYTES} are kept with an order")]
    TooMuch(usize),
}

/// The texts to keep: without blanks at their ends, and without those that are empty.
pub(crate) fn check(allowed: &[(String, Field)], given: &Texts) -> Result<Vec<(String, String)>, Refusal> {
    let mut kept = Vec::with_capacity(given.len());
    for (name, text) in given.iter() {
        let shown = || name.chars().take(32).collect::<String>();
        let field = allowed.iter().find(|(known, _)| known == name).map(|(_, field)| field);
        let field = field.ok_or_else(|| Refusal::Unknown(shown()))?;
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        let (length, max) = (text.chars().count(), usize::from(field.max_length));
        if length > max {
            return Err(Refusal::TooLong { name: shown(), length, max });
        }
        if text.replace(['\r', '\n', '\t'], " ").chars().any(misleads) {
            return Err(Refusal::Character(shown()));
        }
        if !text.is_empty() {
            kept.push((name.to_owned(), text.to_owned()));
        }
    }
    let said = |name: &str| kept.iter().any(|(known, _)| known == name);
    if let Some((name, _)) = allowed.iter().find(|(name, field)| field.required && !said(name)) {
        return Err(Refusal::Missing(name.clone()));
    }
    let bytes = kept.iter().fold(0, |sum: usize, (name, text): &(String, String)| {
        sum.saturating_add(name.len()).saturating_add(text.len())
    });
    if bytes > MAX_BYTES { Err(Refusal::TooMuch(bytes)) } else { Ok(kept) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> [(String, Field); 2] {
        [
            ("email".to_owned(), Field { max_length: 20, required: true }),
            ("note".to_owned(), Field { max_length: 1000, required: false }),
        ]
    }

    fn checked(given: &[(&str, &str)]) -> Result<Vec<(String, String)>, Refusal> {
        let mut texts = Texts::default();
        for (name, text) in given {
            texts.add((*name).to_owned(), (*text).to_owned());
        }
        check(&allowed(), &texts)
    }

    #[test]
    fn the_shopper_s_words_are_kept_as_they_are_without_blanks_around_them() {
        let kept = checked(&[("email", " a@example.com "), ("note", "Ring\ntwice <b>")]).unwrap();
        let said = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(kept, [said("email", "a@example.com"), said("note", "Ring\ntwice <b>")]);
        assert_eq!(checked(&[("email", "a"), ("note", " ")]).unwrap().len(), 1);
        assert_eq!(check(&[], &Texts::default()), Ok(vec![]));
    }

    #[test]
    fn what_the_catalogue_does_not_allow_is_refused_by_name() {
        let email = ("email", "a@example.com");
        for (given, why) in [
            (vec![email, ("amount", "1")], Refusal::Unknown("amount".into())),
            (vec![("note", "x")], Refusal::Missing("email".into())),
            (vec![("email", " ")], Refusal::Missing("email".into())),
            (
                vec![("email", "茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶")],
                Refusal::TooLong { name: "email".into(), length: 21, max: 20 },
            ),
            (vec![email, ("note", "a\u{0}b")], Refusal::Character("note".into())),
            (vec![email, ("note", "a\u{202E}b")], Refusal::Character("note".into())),
            (vec![email, ("note", &"茶".repeat(400))], Refusal::TooMuch(4 + 1200 + 5 + 13)),
        ] {
            assert_eq!(checked(&given), Err(why));
        }
        let long = "x".repeat(99);
        assert_eq!(checked(&[(&long, "")]), Err(Refusal::Unknown("x".repeat(32))));
    }
}
