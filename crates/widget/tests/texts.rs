//! The words, in all sections of a language: every language has every text.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Words = BTreeMap<String, String>;

/// Of each language its sections: what the element says, and what only the page without a script does.
fn languages() -> BTreeMap<String, BTreeMap<String, Words>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lang");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|file| {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap())
        })
        .collect()
}

/// The `{places}` in a text.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_language_has_every_text_with_the_same_places() {
    let languages = languages();
    let english = &languages["en"];
    assert_eq!(english.keys().collect::<Vec<_>>(), ["checkout", "element"]);
    for (language, sections) in &languages {
        assert_eq!(sections.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{language}");
        for (section, words) in sections {
            let english = &english[section];
            assert_eq!(words.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{language}");
            for (name, text) in words {
                assert!(!text.trim().is_empty() && text.trim() == text, "{language}: {name}");
                assert_eq!(places(text), places(&english[name]), "{language}: {name}");
            }
        }
    }
}

#[test]
fn every_failure_and_every_notice_has_its_text() {
    let english = &languages()["en"]["element"];
    let failures = ["shop_misconfigured", "refused", "gateway_unreachable", "rejected", "unsupported"];
    let notices = ["paid_late", "paid_twice", "under_review"];
    let names =
        failures.map(|it| format!("failed_{it}")).into_iter().chain(notices.map(|it| format!("notice_{it}")));
    for name in names {
        assert!(english.contains_key(&name), "{name}");
    }
}
