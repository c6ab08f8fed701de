//! Which tests ran, by name. A run counts them, names the ones that it skipped, and keeps all of them in
//! `target/tests/ran.tsv`, where a check can look whether a certain test has run.
//!
//! A line is `passed|failed|skipped`, where, name, and for a skipped one why, with tabs between. *Where* is
//! the file of a Node test, or the crate and the test binary of a Rust test: `order/lib`, `simulator/main`,
//! `order/stories`, `wire/doc`. Node's tests are written down by `tests/support/project/ran-reporter.mjs`,
//! Rust's are read from what `cargo test` prints.

use crate::prelude::*;
use std::fmt;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Test {
    pub(super) end: End,
    pub(super) place: String,
    pub(super) name: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum End {
    Passed,
    Failed,
    /// With the reason, which may be empty.
    Skipped(String),
}

/// How many tests came to which end, so that one line can close the whole run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
}

pub(super) fn tally<'t>(tests: impl IntoIterator<Item = &'t Test>) -> Tally {
    let mut tally = Tally { passed: 0, failed: 0, skipped: 0 };
    for test in tests {
        *match test.end {
            End::Passed => &mut tally.passed,
            End::Failed => &mut tally.failed,
            End::Skipped(_) => &mut tally.skipped,
        } += 1;
    }
    tally
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 { write!(f, ", {} skipped", self.skipped) } else { Ok(()) }
    }
}

/// The tests as lines of a file.
pub(super) fn written(tests: &[Test]) -> String {
    let line = |Test { end, place, name }: &Test| match end {
        End::Passed => format!("passed\t{place}\t{name}\n"),
        End::Failed => format!("failed\t{place}\t{name}\n"),
        End::Skipped(why) => format!("skipped\t{place}\t{name}\t{why}\n"),
    };
    tests.iter().map(line).collect()
}

/// What `written` or the reporter of Node's tests wrote. A line of another form is a failed test: something
/// was to be said.
pub(super) fn understood(lines: &str) -> Vec<Test> {
    let test = |line: &str| {
        let (end, place, name) = match line.split('\t').collect::<Vec<_>>()[..] {
            ["passed", place, name, ..] => (End::Passed, place, name),
            ["skipped", place, name] => (End::Skipped(String::new()), place, name),
            ["skipped", place, name, why] => (End::Skipped(why.to_owned()), place, name),
            [_, place, name, ..] => (End::Failed, place, name),
            _ => (End::Failed, "a line that is not understood", line),
        };
        Test { end, place: place.to_owned(), name: name.to_owned() }
    };
    lines.lines().map(test).collect()
}

/// Reads the output of `cargo test`, line by line. A stable cargo writes no other form, and other runners of
/// Rust's tests leave out those in documentation.
pub(super) struct CargoTests<'r> {
    root: &'r Path,
    place: String,
    pub(super) tests: Vec<Test>,
}

impl<'r> CargoTests<'r> {
    /// `root` is the folder that cargo runs in.
    pub(super) fn new(root: &'r Path) -> Self {
        Self { root, place: String::new(), tests: Vec::new() }
    }

    pub(super) fn read(&mut self, line: &str) {
        if let Some(running) = line.strip_prefix("Running ") {
            self.place = self.binary(running).unwrap_or_default();
        } else if let Some(documented) = line.strip_prefix("Doc-tests ") {
            self.place = format!("{documented}/doc");
        } else if let Some((name, end)) = line.strip_prefix("test ").and_then(ended) {
            self.tests.push(Test { end, place: self.place.clone(), name: name.to_owned() });
        }
    }

    /// `tests/stories/main.rs (target/debug/deps/stories-b98f4a71a4f18347)`
    fn binary(&self, running: &str) -> Option<String> {
        let (source, binary) = running.strip_suffix(')')?.split_once(" (")?;
        let source = Path::new(source.trim_start_matches("unittests "));
        let whole_folder = source.file_stem()? == "main" && source.starts_with("tests");
        let target = if whole_folder { source.parent()?.file_name()? } else { source.file_stem()? };
        let of = crate_of(&self.root.join(binary)).unwrap_or_default();
        Some(format!("{of}/{}", target.to_string_lossy()))
    }
}

/// `a_test ... ok`; nothing for a test that is still running.
fn ended(line: &str) -> Option<(&str, End)> {
    let (name, word) = line.rsplit_once(" ... ")?;
    let end = match word.split_once(", ").unwrap_or((word, "")) {
        ("ok", _) => End::Passed,
        ("FAILED", _) => End::Failed,
        ("ignored", why) => End::Skipped(why.to_owned()),
        _ => return None,
    };
    Some((name, end))
}

/// The crate whose sources a binary was made of, as the file beside it says that cargo leaves there:
/// `…/stories-b98f.d: crates/order/tests/stories/main.rs …`
fn crate_of(binary: &Path) -> Option<String> {
    let text = read(&binary.with_extension("d")).ok()?;
    let first = text.split_once(": ")?.1.split_whitespace().next()?;
    let is_of_sources = |folder: &&Path| folder.ends_with("src") || folder.ends_with("tests");
    let sources = Path::new(first).ancestors().find(is_of_sources)?;
    Some(sources.parent()?.file_name()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_understood_counts_as_failed() {
        assert_eq!(tally(&understood("passed\n\nok\tx\ty\n")), Tally { passed: 0, failed: 3, skipped: 0 });
    }
}
