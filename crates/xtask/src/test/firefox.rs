//! Which browser tests run in Firefox, too, after they ran in Chromium. `tests/browser/firefox.json` names
//! them: `always`, and `rarely` for those that wait for `FIREFOX=all`, since they take long.

use super::ran::{End, Test};
use crate::prelude::*;
use std::collections::BTreeMap;

pub(super) const LIST: &str = "tests/browser/firefox.json";

/// The files that are to be run, from the project's root; and each that is not, as a skipped test with the
/// reason.
pub(super) fn chosen(list: &str, all: bool, is_there: bool) -> Outcome<(Vec<String>, Vec<Test>)> {
    let lists: BTreeMap<String, Vec<String>> = serde_json::from_str(list)
        .map_err(|wrong| Problem::new(format!("{LIST} cannot be read: {wrong}")))?;
    let (mut files, mut left_out) = (Vec::new(), Vec::new());
    for (when, names) in lists {
        let is_wanted = match when.as_str() {
            "always" => true,
            "rarely" => all,
            other => return Err(Problem::new(format!("{LIST} knows “always” and “rarely”, not “{other}”"))),
        };
        for name in names {
            let file = format!("tests/browser/{name}.test.mjs");
            if is_there && is_wanted {
                files.push(file);
            } else {
                let why = if is_there { "FIREFOX=all runs it" } else { "FIREFOX_BIN names no Firefox" };
                let end = End::Skipped(why.to_owned());
                left_out.push(Test { end, place: file, name: format!("{name}, in Firefox") });
            }
        }
    }
    Ok((files, left_out))
}
