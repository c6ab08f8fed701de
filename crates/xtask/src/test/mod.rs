//! `cargo xtask test`: every check and every test, in the order in which a mistake is cheapest to find. A
//! failure does not stop the rest; the last line adds everything up in the words of an ordinary test runner.

mod checks;
mod dependencies;
mod firefox;
mod options;
mod purity;
mod ran;
mod runners;
mod verdict;

use crate::prelude::*;
use crate::setup;
use checks::check;
pub(crate) use options::Options;
use options::Suite;
pub(crate) use purity::EDGE_FILES;
use ran::{End, Test};
pub(crate) use runners::surroundings;
use runners::{host, node_tests};
use std::time::Instant;
use verdict::{Step, verdict};

const NODE_TESTS: &str = "tests of Worker, simulator and page";

pub(crate) fn test(house: &House, options: &Options) -> Outcome<bool> {
    // What an earlier run has written down says nothing of this one.
    clear(&house.target().join("tests"))?;
    setup::ready(house, &options.needs())?;
    let mut steps = Vec::new();
    if options.wants(Suite::Lint) {
        let lint = Some(Suite::Lint);
        steps.push(step("formatting", lint, || checks::formatting(house)));
        steps.push(step("purity", lint, || checks::purity(house)));
        steps.push(step("clippy", lint, || checks::clippy(house)));
        steps.push(step("dependencies", lint, || dependencies::dependencies(house)));
    }
    if options.wants(Suite::Host) {
        steps.push(step("tests of the crates", Some(Suite::Host), || host(house, options)));
    }
    if options.wants_node() {
        let build = step("build", None, || checks::built(house));
        let is_built = ran::tally(&build.tests).failed == 0;
        steps.push(build);
        if !is_built {
            let left_out = check(NODE_TESTS, End::Skipped("the build failed".to_owned()));
            steps.push(step(NODE_TESTS, None, || Ok(vec![left_out])));
        } else {
            if options.filter.is_none() {
                steps.push(step("sizes", None, || checks::sizes(house)));
            }
            steps.push(step(NODE_TESTS, None, || node_tests(house, options)));
        }
    }
    let tests: String = steps.iter().map(|step| ran::written(&step.tests)).collect();
    write(&house.target().join("tests/ran.tsv"), tests)?;
    if options.is_whole() {
        steps.push(step("promises", None, || checks::promises(house)));
    }
    let verdict = verdict(&steps, options);
    println!("\n{}", verdict.lines.join("\n"));
    Ok(verdict.went_well)
}

/// A step that cannot start counts as failed. The steps after it still run.
fn step(name: &'static str, suite: Option<Suite>, work: impl FnOnce() -> Outcome<Vec<Test>>) -> Step {
    println!("\n── {name} ──");
    let began = Instant::now();
    let tests = work().unwrap_or_else(|problem| {
        println!("{problem}");
        vec![check(name, End::Failed)]
    });
    Step { name, suite, tests, took: began.elapsed() }
}
