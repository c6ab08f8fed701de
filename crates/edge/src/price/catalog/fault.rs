//! What is wrong with a catalogue, by place and field. Pure.

use std::fmt;

/// A mistake in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where: `items[2] (tea)`, `shipping`, or the catalogue itself if it is empty.
    pub(crate) place: String,
    /// Which field. Empty: all of it.
    pub(crate) field: String,
    /// What it must be.
    pub(crate) why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place.as_str(), self.field.as_str()) {
            ("", "") => write!(f, "the catalogue {}", self.why),
            ("", field) => write!(f, "`{field}` {}", self.why),
            (place, "") => write!(f, "{place} {}", self.why),
            (place, field) => write!(f, "{place}: `{field}` {}", self.why),
        }
    }
}

/// The faults of one place.
pub(super) struct Faults<'a> {
    pub(super) place: &'a str,
    pub(super) found: &'a mut Vec<Fault>,
}

impl Faults<'_> {
    pub(super) fn add(&mut self, field: &str, why: String) {
        let field = field.chars().take(40).collect();
        self.found.push(Fault { place: self.place.to_owned(), field, why });
    }

    /// The value, if there is one. Otherwise a fault: the field must be what the rule says.
    pub(super) fn take<T>(&mut self, field: &str, value: Option<T>, rule: &str) -> Option<T> {
        if value.is_none() {
            self.must_be(field, rule);
        }
        value
    }

    pub(super) fn must_be(&mut self, field: &str, rule: &str) {
        self.add(field, format!("must be {rule}"));
    }
}
