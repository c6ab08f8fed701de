//! One check of the readiness, as the merchant reads it. Pure.

use serde::Serialize;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// As it must be.
    Ok,
    /// Something must be mended.
    Failed,
    /// It cannot be seen from here, or not now.
    NotChecked,
}

/// One check.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// What a program branches on. A name keeps its meaning.
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
    /// What was seen, in a sentence.
    pub(crate) seen: String,
    /// What to do. Empty if there is nothing to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) mend: String,
}

/// All checks. The Worker is ready if none failed.
#[derive(Serialize)]
pub(crate) struct Report {
    ready: bool,
    checked_at_ms: i64,
    checks: Vec<Check>,
}

impl Check {
    pub(crate) fn ok(name: &'static str, seen: &str) -> Self {
        Self::of(name, Outcome::Ok, seen, "")
    }

    pub(crate) fn failed(name: &'static str, seen: &str, mend: &str) -> Self {
        Self::of(name, Outcome::Failed, seen, mend)
    }

    pub(crate) fn not_checked(name: &'static str, why: &str, mend: &str) -> Self {
        Self::of(name, Outcome::NotChecked, why, mend)
    }

    /// Never inlined: there are many checks, and each would have a copy of it.
    #[inline(never)]
    fn of(name: &'static str, outcome: Outcome, seen: &str, mend: &str) -> Self {
        Self { name, outcome, seen: seen.to_owned(), mend: mend.to_owned() }
    }
}

/// A sentence with each `{}` of the template replaced by the next value. (`format!` would write a piece of
/// code for each sentence, and there are many.)
#[inline(never)]
pub(crate) fn say(template: &str, values: &[&str]) -> String {
    let mut sentence = String::new();
    let mut values = values.iter();
    for (at, part) in template.split("{}").enumerate() {
        if at > 0 {
            sentence.push_str(values.next().copied().unwrap_or_default());
        }
        sentence.push_str(part);
    }
    sentence
}

impl Report {
    pub(crate) fn new(checks: Vec<Check>, checked_at_ms: i64) -> Self {
        let ready = checks.iter().all(|check| check.outcome != Outcome::Failed);
        Self { ready, checked_at_ms, checks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_its_values_in_their_places() {
        assert_eq!(say("{}: {} ms, {{}}", &["host", "7", "x"]), "host: 7 ms, {x}");
        assert_eq!(say("none", &[]), "none");
        assert_eq!(say("{} of {}", &["1"]), "1 of ");
    }

    #[test]
    fn a_report_is_ready_unless_a_check_failed_and_says_of_each_what_was_seen_and_what_to_do() {
        let json = |checks| serde_json::to_string(&Report::new(checks, 5)).unwrap();
        assert_eq!(
            json(vec![
                Check::ok("clock", "It is right."),
                Check::not_checked("receiver", "None.", "Set one.")
            ]),
            r#"{"ready":true,"checked_at_ms":5,"checks":[{"name":"clock","outcome":"ok","seen":"It is right."},{"name":"receiver","outcome":"not_checked","seen":"None.","mend":"Set one."}]}"#
        );
        assert!(json(vec![Check::failed("clock", "Late.", "Set it.")]).starts_with(r#"{"ready":false"#));
    }
}
