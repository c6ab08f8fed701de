//! Texts by name, as in `{"email":"…","note":"…"}`.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Texts by name, sorted by their names. A name that is there twice is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(Vec<(String, String)>);

impl Texts {
    /// The texts, each with its name, sorted by the names.
    #[must_use]
    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// The texts, each with its name, sorted by the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a text, unless its name is there already.
    pub fn add(&mut self, name: String, text: String) -> bool {
        match self.0.binary_search_by(|(known, _)| known.as_str().cmp(&name)) {
            Ok(_) => false,
            Err(at) => {
                self.0.insert(at, (name, text));
                true
            }
        }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Texts {
    /// Of texts with the same name the first counts.
    fn from(pairs: [(&str, &str); N]) -> Self {
        let mut texts = Self::default();
        for (name, text) in pairs {
            texts.add(name.to_owned(), text.to_owned());
        }
        texts
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object whose values are texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = Texts::default();
                while let Some((name, text)) = map.next_entry::<String, String>()? {
                    let shown: String = name.chars().take(32).collect();
                    if !texts.add(name, text) {
                        return Err(A::Error::custom(format_args!("`{shown}` is there twice")));
                    }
                }
                Ok(texts)
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sorted_and_each_name_is_there_once() {
        let texts: Texts = serde_json::from_str(r#"{"note":"b","email":"a"}"#).unwrap();
        assert_eq!(texts, Texts::from([("email", "a"), ("note", "b")]));
        assert_eq!(serde_json::to_string(&texts).unwrap(), r#"{"email":"a","note":"b"}"#);
        for (bad, why) in [
            (r#"{"note":"b","note":"a"}"#, "`note` is there twice"),
            (r#"{"note":1}"#, "expected a string"),
            (r#"["note"]"#, "an object whose values are texts"),
        ] {
            let refusal = serde_json::from_str::<Texts>(bad).unwrap_err().to_string();
            assert!(refusal.contains(why), "{refusal}");
        }
    }
}
