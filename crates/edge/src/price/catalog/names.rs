//! A text in several languages: `"Tea"`, or `{"en": "Tea", "zh-HK": "茶"}`. Pure.

use api::Texts;
use serde_json::value::RawValue;

use super::super::limits::{is_shown, texts};
use super::fault::Faults;
use super::members::{of, text};

/// The most characters of a name or a description.
const MAX_CHARS: usize = 500;

/// A text in several languages, the default language first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names(Vec<(String, String)>);

impl Names {
    /// The text in this language, or else in the default language.
    pub(crate) fn in_language(&self, tag: &str) -> &str {
        let own = self.0.iter().find(|(known, _)| known == tag);
        own.or(self.0.first()).map_or("", |(_, name)| name)
    }

    /// The languages. A text for all languages has none.
    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(tag, _)| tag.as_str()).filter(|tag| !tag.is_empty())
    }
}

/// What each text must have.
pub(super) struct Reader<'a> {
    /// The languages that the catalogue promises. `None`: it does not say.
    pub(super) languages: Option<&'a [String]>,
    /// The language that is required if the catalogue does not say.
    pub(super) default: &'a str,
}

impl Reader<'_> {
    /// A name that WeChat shows.
    pub(super) fn required(
        &self,
        field: &str,
        json: Option<&RawValue>,
        faults: &mut Faults<'_>,
    ) -> Option<Names> {
        const RULE: &str = "a text, or texts by language: {\"en\": \"Tea\", \"zh-HK\": \"茶\"}";
        let Some(json) = json else {
            faults.add(field, format!("is missing: it must be {RULE}"));
            return None;
        };
        let names = match (text(json), of::<Texts>(json)) {
            (Some(text), _) => vec![(String::new(), text)],
            (None, Some(texts)) => self.by_language(field, texts, faults)?,
            (None, None) => {
                faults.add(field, format!("must be {RULE}"));
                return None;
            }
        };
        for (tag, name) in &names {
            let is_good =
                is_shown(name) && name.chars().count() <= MAX_CHARS && texts(name.clone(), "a").is_ok();
            if !is_good {
                let field = if tag.is_empty() { field.to_owned() } else { format!("{field}.{tag}") };
                faults.add(&field, "must be a text of 1 to 500 characters that can be seen, without control characters, without those that turn the direction of others, and without anything like `&name=`".into());
                return None;
            }
        }
        Some(Names(names))
    }

    /// A text that only the page shows.
    pub(super) fn optional(&self, field: &str, json: Option<&RawValue>, faults: &mut Faults<'_>) {
        if let Some(json) = json
            && text(json).is_none()
            && of::<Texts>(json).is_none()
        {
            faults.add(field, "must be a text, or texts by language".into());
        }
    }

    fn by_language(
        &self,
        field: &str,
        texts: Texts,
        faults: &mut Faults<'_>,
    ) -> Option<Vec<(String, String)>> {
        let before = faults.found.len();
        let mut names = texts.into_pairs();
        let only_default = [self.default.to_owned()];
        let needed = self.languages.unwrap_or(&only_default);
        for tag in needed.iter().filter(|tag| !names.iter().any(|(known, _)| known == *tag)) {
            faults.add(field, format!("has no text in `{tag}`"));
        }
        for (tag, _) in &names {
            let is_promised = self.languages.is_none_or(|languages| languages.contains(tag));
            if !is_tag(tag) {
                faults.add(
                    field,
                    format!("has `{}`, which is no language tag", tag.chars().take(35).collect::<String>()),
                );
            } else if !is_promised {
                faults.add(field, format!("has a text in `{tag}`, which is not among `languages`"));
            }
        }
        if let Some(at) = names.iter().position(|(tag, _)| Some(tag) == needed.first()) {
            names.swap(0, at);
        }
        (faults.found.len() == before).then_some(names)
    }
}

/// Whether a text has the form of a language tag (BCP 47).
pub(super) fn is_tag(text: &str) -> bool {
    text.len() <= 35
        && text.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
        && text
            .split('-')
            .next()
            .is_some_and(|first| first.len() >= 2 && first.bytes().all(|byte| byte.is_ascii_alphabetic()))
}
