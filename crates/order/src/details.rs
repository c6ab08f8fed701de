//! What was bought, and what the shop and the shopper said about it: kept with the order, and no part of the
//! payment.
//!
//! The state machine never reads it; [`DetailsText::files`] alone looks into it. WeChat never gets it: the
//! text that WeChat shows is [`Terms::description`](crate::Terms), and is cut. A [`Holder`](crate::Holder)
//! stores it once, in the same commit as the order, apart from the snapshot that is written at each step.
//! Webhooks, the merchant's API and the index show it. An order that was made without it is shown with no
//! lines.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The merchant's id of the goods.
    pub sku: String,
    /// The goods, in the order's language.
    pub name: String,
    /// How many, at least 1.
    pub quantity: u32,
    /// The price of one, in the smallest unit of the order's currency.
    pub unit_amount: u64,
    /// The file that the shopper gets for it, by its name in the merchant's store of files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// What is kept of an order beside its payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Details {
    /// What was bought, in the order in which it was named. The sum is the order's amount.
    pub lines: Vec<Line>,
    /// The language in which the goods are named, as a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The merchant's own name for the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// What the merchant wants to find again with the order.
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// What the shopper typed into the fields that the merchant allows. Not checked by anybody: show it only
    /// as text.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "map")]
    pub shopper: Vec<(String, String)>,
}

/// The merchant's own name for an order: 1 to 64 visible characters. It stays when a person's data is
/// removed, so it should name an order and not a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference(String);

impl Reference {
    /// The most characters.
    pub const MAX_CHARS: usize = 64;
    /// What a reference must be.
    pub const RULE: &'static str =
        "a text of 1 to 64 characters, without control characters and without blanks at its ends";

    /// The reference, if the text can be one ([`Self::RULE`]).
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        let length = text.chars().count();
        let good = (1..=Self::MAX_CHARS).contains(&length)
            && text.trim().len() == text.len()
            && !text.chars().any(char::is_control);
        good.then_some(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the merchant attaches to an order: names and texts, in all at most 1,024 bytes of JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Metadata(#[serde(serialize_with = "map")] Vec<(String, String)>);

impl Metadata {
    /// The most bytes that it may have as JSON without blanks.
    pub const MAX_BYTES: usize = 1024;
    /// What metadata must be.
    pub const RULE: &'static str = "a JSON object whose values are texts, of at most 1024 bytes in all";

    /// The metadata of these names and texts, if it is small enough ([`Self::RULE`]).
    #[must_use]
    pub fn new(pairs: Vec<(String, String)>) -> Option<Self> {
        let metadata = Self(pairs);
        let json = serde_json::to_string(&metadata).ok()?;
        (json.len() <= Self::MAX_BYTES).then_some(metadata)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// [`Details`] in the form in which they are stored and told: a JSON object. Nothing on the way reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailsText(String);

impl Details {
    /// The form in which they are stored.
    ///
    /// # Errors
    /// Never for these types. The type allows an error because writing JSON can fail.
    pub fn text(&self) -> Result<DetailsText, serde_json::Error> {
        serde_json::to_string(self).map(DetailsText)
    }
}

impl DetailsText {
    /// What was stored as this text.
    #[must_use]
    pub fn from_stored(json: String) -> Self {
        Self(json)
    }

    /// The text to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds the members of `details` to the JSON object `json`. Without details it adds no lines:
    /// `"lines":[]`.
    #[must_use]
    pub fn added_to(mut json: String, details: Option<&Self>) -> String {
        let members = details.and_then(|details| details.0.strip_prefix('{')).unwrap_or(r#""lines":[]}"#);
        if json.ends_with('}') {
            json.pop();
            if !json.ends_with('{') {
                json.push(',');
            }
            json.push_str(members);
        }
        json
    }

    /// The details without what a person may have said or what may be about a person: the shopper's words and
    /// the metadata. Lines, language and reference stay. `None` if there is nothing to remove.
    #[must_use]
    pub fn without_person(&self) -> Option<Self> {
        // They are the last members. No text contains such a beginning, because it would have its quotes
        // escaped.
        let begins = [r#","metadata":"#, r#","shopper":"#].map(|begin| self.0.find(begin));
        let begins = begins.into_iter().flatten().min()?;
        self.0.get(..begins).map(|rest| Self(format!("{rest}}}")))
    }
}

fn map<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, text)| (name, text)))
}

impl Serialize for DetailsText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DetailsText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        if !raw.get().starts_with('{') {
            return Err(serde::de::Error::custom("the details of an order are a JSON object"));
        }
        Ok(Self(raw.get().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details() -> Details {
        Details {
            lines: vec![Line {
                sku: "tea".into(),
                name: "茶 \"A\"".into(),
                quantity: 2,
                unit_amount: 8800,
                file: None,
            }],
            language: Some("zh-HK".into()),
            reference: Reference::new("INV-7".into()),
            metadata: Metadata::new(vec![("campaign".to_owned(), "spring".to_owned())]).unwrap(),
            shopper: vec![("email".to_owned(), "shopper@example.com".to_owned())],
        }
    }

    const KEPT: &str = r#"{"lines":[{"sku":"tea","name":"茶 \"A\"","quantity":2,"unit_amount":8800}],"language":"zh-HK","reference":"INV-7""#;

    #[test]
    fn details_are_stored_in_this_form() {
        let stored = details().text().unwrap();
        assert_eq!(
            stored.as_str(),
            format!(
                r#"{KEPT},"metadata":{{"campaign":"spring"}},"shopper":{{"email":"shopper@example.com"}}}}"#
            )
        );
        let travelled: DetailsText = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
        assert_eq!(travelled, stored);
        assert_eq!(Details::default().text().unwrap().as_str(), r#"{"lines":[]}"#);
    }

    #[test]
    fn what_a_person_said_is_removed_and_what_was_bought_stays() {
        let forgotten = details().text().unwrap().without_person().unwrap();
        assert_eq!(forgotten.as_str(), format!("{KEPT}}}"));
        assert_eq!(forgotten.without_person(), None, "there is nothing left to remove");
        let only_said = Details { metadata: Metadata::default(), ..details() };
        assert_eq!(only_said.text().unwrap().without_person().unwrap(), forgotten);
        let tricky = Details { lines: vec![], ..details() };
        for name in [r#"a","shopper":{"#, r#"\","metadata":{"#, "\u{7f}\\"] {
            let line = Line { sku: "tea".into(), name: name.into(), quantity: 1, unit_amount: 1, file: None };
            let stored = Details { lines: vec![line], ..tricky.clone() }.text().unwrap();
            let rest: serde_json::Value =
                serde_json::from_str(stored.without_person().unwrap().as_str()).unwrap();
            assert_eq!(rest["lines"][0]["name"], name);
            assert_eq!(rest["reference"], "INV-7");
            assert!(rest.get("metadata").is_none() && rest.get("shopper").is_none());
        }
    }

    #[test]
    fn an_order_without_details_is_told_with_no_lines() {
        let told = |json: &str, details: Option<&DetailsText>| DetailsText::added_to(json.into(), details);
        let details = DetailsText::from_stored(r#"{"lines":[1],"language":"en"}"#.into());
        assert_eq!(told(r#"{"a":{}}"#, Some(&details)), r#"{"a":{},"lines":[1],"language":"en"}"#);
        assert_eq!(told("{}", Some(&details)), r#"{"lines":[1],"language":"en"}"#);
        assert_eq!(told(r#"{"a":{}}"#, None), r#"{"a":{},"lines":[]}"#);
    }

    #[test]
    fn a_reference_has_1_to_64_visible_characters() {
        for good in ["A", &"茶".repeat(64), "INV 2026/7"] {
            assert_eq!(Reference::new(good.to_owned()).unwrap().as_str(), good);
        }
        for bad in ["", " ", " A", "A\n", "A\u{0}B", &"a".repeat(65)] {
            assert_eq!(Reference::new(bad.to_owned()), None, "{bad:?}");
        }
    }

    #[test]
    fn metadata_has_at_most_1024_bytes_of_json() {
        let of = |length: usize| Metadata::new(vec![("a".to_owned(), "x".repeat(length))]);
        let around = r#"{"a":""}"#.len();
        assert!(of(Metadata::MAX_BYTES - around).is_some());
        assert!(of(Metadata::MAX_BYTES - around + 1).is_none());
    }
}
