//! Which browser tests run in Firefox, too, after they ran in Chromium. `tests/browser/firefox.json` names
//! them: `always`, and `rarely` for those that wait for `FIREFOX=all`, since they take long.

use super::ran::{End, Test};
use crate::problem::{Outcome, Problem};
use std::collections::BTreeMap;

pub(super) const LIST: &str = "tests/browser/firefox.json";

/// What a run does with the list.
pub(super) struct Run {
    /// To be run, from the project's root.
    pub(super) files: Vec<String>,
    /// Each file that is not run, as a skipped test with the reason.
    pub(super) left_out: Vec<Test>,
}

pub(super) fn run(list: &str, all: bool, is_there: bool) -> Outcome<Run> {
    let lists: BTreeMap<String, Vec<String>> = serde_json::from_str(list)
        .map_err(|wrong| Problem::new(format!("{LIST} cannot be read: {wrong}")))?;
    let mut run = Run { files: Vec::new(), left_out: Vec::new() };
    for (when, names) in &lists {
        let is_wanted = match when.as_str() {
            "always" => true,
            "rarely" => all,
            other => return Err(Problem::new(format!("{LIST} knows “always” and “rarely”, not “{other}”"))),
        };
        for name in names {
            let file = format!("tests/browser/{name}.test.mjs");
            if is_there && is_wanted {
                run.files.push(file);
            } else {
                let why = if is_there { "FIREFOX=all runs it" } else { "FIREFOX_BIN names no Firefox" };
                let end = End::Skipped(why.to_owned());
                run.left_out.push(Test { end, place: file, name: format!("{name}, in Firefox") });
            }
        }
    }
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = r#"{ "always": ["code"], "rarely": ["element"] }"#;

    fn left_out(run: &Run) -> Vec<(&str, &End)> {
        run.left_out.iter().map(|test| (test.name.as_str(), &test.end)).collect()
    }

    #[test]
    fn what_rarely_differs_waits_for_being_asked_for_and_is_named() {
        let some = run(LISTED, false, true).unwrap();
        assert_eq!(some.files, ["tests/browser/code.test.mjs"]);
        assert_eq!(
            left_out(&some),
            [("element, in Firefox", &End::Skipped("FIREFOX=all runs it".to_owned()))]
        );
        let all = run(LISTED, true, true).unwrap();
        assert_eq!(all.files.len(), 2);
        assert!(all.left_out.is_empty());
    }

    #[test]
    fn without_firefox_each_file_is_named_as_skipped() {
        let none = run(LISTED, true, false).unwrap();
        assert!(none.files.is_empty());
        assert_eq!(left_out(&none).len(), 2);
        assert_eq!(none.left_out[0].end, End::Skipped("FIREFOX_BIN names no Firefox".to_owned()));
    }

    #[test]
    fn a_list_with_a_word_that_is_unknown_is_refused() {
        let told = run(r#"{ "never": [] }"#, false, true).err().unwrap();
        assert!(told.to_string().contains("firefox.json knows"), "{told}");
    }
}
