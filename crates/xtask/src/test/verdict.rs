//! What a whole run came to, from what its steps came to: the last lines, and whether it went well. It goes
//! well when nothing failed and something ran of all that was asked for.

use super::options::{Options, Suite};
use super::ran::{self, End, Test};
use crate::progress::seconds;
use std::time::Duration;

/// What one step of a run came to.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// The suite of the tests that it runs, when all are of one.
    pub(super) suite: Option<Suite>,
    pub(super) tests: Vec<Test>,
    pub(super) took: Duration,
}

pub(super) struct Verdict {
    pub(super) lines: Vec<String>,
    pub(super) went_well: bool,
}

pub(super) fn verdict(steps: &[Step], options: &Options) -> Verdict {
    let mut lines: Vec<String> = steps.iter().map(line).collect();
    let mut total = ran::tally(steps.iter().flat_map(|step| &step.tests));

    let skipped: Vec<String> = steps.iter().flat_map(|step| &step.tests).filter_map(left_out).collect();
    if !skipped.is_empty() {
        lines.push(String::new());
        lines.push("skipped:".to_owned());
        lines.extend(skipped);
    }
    for missing in nothing_ran(steps, options) {
        lines.push(String::new());
        lines.push(missing);
        total.failed += 1;
    }
    lines.push(String::new());
    lines.push(total.to_string());
    Verdict { lines, went_well: total.failed == 0 }
}

fn line(step: &Step) -> String {
    let tally = ran::tally(&step.tests);
    let mark = match (tally.failed, tally.passed) {
        (0, 0) => "–",
        (0, _) => "✓",
        _ => "✗",
    };
    format!("{mark} {:<34} {:<36} {}", step.name, tally.to_string(), seconds(step.took))
}

fn left_out(test: &Test) -> Option<String> {
    let End::Skipped(why) = &test.end else { return None };
    let why = if why.is_empty() { "no reason is given" } else { why };
    Some(format!("– {} ({}): {why}", test.name, test.place))
}

/// What was asked for and did not happen, in words that say what to do.
fn nothing_ran(steps: &[Step], options: &Options) -> Vec<String> {
    // Where something failed, what comes after it may not have been tried; and it is told.
    if steps.iter().any(|step| ran::tally(&step.tests).failed > 0) {
        return Vec::new();
    }
    let ran = |suite: Suite| {
        let tests =
            steps.iter().flat_map(|step| step.tests.iter().filter(move |test| is_of(suite, step, test)));
        tests.into_iter().any(|test| !matches!(test.end, End::Skipped(_)))
    };
    match &options.filter {
        None => options.wanted().filter(|suite| !ran(*suite)).map(nothing_of).collect(),
        Some(filter) if !options.wanted().any(|suite| suite != Suite::Lint && ran(suite)) => {
            vec![no_such_name(filter, options)]
        }
        Some(_) => Vec::new(),
    }
}

fn is_of(suite: Suite, step: &Step, test: &Test) -> bool {
    step.suite == Some(suite)
        || suite.folders().iter().any(|folder| test.place.starts_with(&format!("{folder}/")))
}

fn nothing_of(suite: Suite) -> String {
    let name = suite.name();
    format!("✗ {name}: no test was run\n    → it has tests; look above for why the runner found none of them")
}

fn no_such_name(filter: &str, options: &Options) -> String {
    let names: Vec<String> = options.wanted().map(Suite::name).collect();
    let other = if options.only.is_empty() { "" } else { ", or leave out --only to look everywhere" };
    format!(
        "✗ no test was run: none of {} has “{filter}” in its name\n    → names are compared letter by letter, capitals too. \
         Look for the name (grep -rin '{filter}' tests crates){other}",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_test(end: End, place: &str) -> Test {
        Test { end, place: place.to_owned(), name: "it holds".to_owned() }
    }

    fn step(suite: Option<Suite>, tests: &[Test]) -> Step {
        Step { name: "a step", suite, tests: tests.to_vec(), took: Duration::from_secs(2) }
    }

    fn options(only: &[Suite], filter: Option<&str>) -> Options {
        Options { only: only.to_vec(), filter: filter.map(str::to_owned) }
    }

    fn last(verdict: &Verdict) -> &str {
        verdict.lines.last().map_or("", String::as_str)
    }

    #[test]
    fn a_failure_is_not_forgotten_whatever_comes_after_it() {
        let failed = step(Some(Suite::Lint), &[a_test(End::Failed, "tool")]);
        let passed = step(Some(Suite::Host), &[a_test(End::Passed, "order/lib")]);
        for steps in [
            [failed, passed],
            [
                step(Some(Suite::Host), &[a_test(End::Passed, "x/lib")]),
                step(None, &[a_test(End::Failed, "tool")]),
            ],
        ] {
            let verdict = verdict(&steps, &options(&[Suite::Lint, Suite::Host], None));
            assert!(!verdict.went_well);
            assert_eq!(last(&verdict), "1 passed, 1 failed");
        }
    }

    #[test]
    fn a_filter_that_fits_no_test_is_an_error_that_says_what_to_do() {
        let only_checks = [
            step(Some(Suite::Lint), &[a_test(End::Passed, "tool")]),
            step(None, &[a_test(End::Passed, "tool")]),
        ];
        let verdict_of =
            |filter| verdict(&only_checks, &options(&[Suite::Lint, Suite::Worker], Some(filter)));
        let verdict = verdict_of("typo");
        assert!(!verdict.went_well);
        let text = verdict.lines.join("\n");
        assert!(text.contains("none of lint, worker has “typo” in its name"), "{text}");
        assert!(text.contains("grep -rin 'typo'") && text.contains("leave out --only"), "{text}");
    }

    #[test]
    fn a_filter_that_fits_only_what_is_skipped_runs_nothing_and_says_why() {
        let steps =
            [step(None, &[a_test(End::Skipped("no Firefox".to_owned()), "tests/browser/code.test.mjs")])];
        let verdict = verdict(&steps, &options(&[Suite::Browser], Some("it")));
        assert!(!verdict.went_well);
        assert!(verdict.lines.join("\n").contains("it holds (tests/browser/code.test.mjs): no Firefox"));
    }
}
