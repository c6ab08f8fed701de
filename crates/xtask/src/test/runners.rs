//! The two test runners: cargo's for Rust, Node's for all that runs the built programs. What they say of each
//! test is believed, and so is how they end: a runner that fails has failed, whatever it has said before.

use super::checks::check;
use super::firefox;
use super::options::{Options, Suite};
use super::ran::{self, CargoTests, End, Test};
use crate::prelude::*;
use crate::run::{ending, show_lines};
use crate::setup::{self, node};
use std::process::ExitStatus;

/// Files of Node tests that run at the same time: they wait more than they compute, also on two cores.
const AT_ONCE: &str = "--test-concurrency=4";

/// Of a file and of each test in it, in milliseconds: one that waits for ever fails the run instead of never
/// ending it.
const TIME_LIMIT: &str = "--test-timeout=600000";

/// Writes down how each test ended.
const REPORTER: &str = "tests/support/project/ran-reporter.mjs";

pub(super) fn host(house: &House, options: &Options) -> Outcome<Vec<Test>> {
    let mut command = cargo(house, &["test", "--workspace"]);
    surroundings(house, &mut command);
    if let Some(filter) = &options.filter {
        command.args(["--", filter]);
    } else {
        command.arg("--no-fail-fast");
    }
    let mut tests = CargoTests::new(house.root());
    let status = show_lines(house, "cargo test", command, |line| tests.read(line))?;
    Ok(with_ending(tests.tests, "cargo test", status))
}

pub(super) fn node_tests(house: &House, options: &Options) -> Outcome<Vec<Test>> {
    let mut tests = node(house, options, "node tests", &test_files(house, options)?, &[])?;
    if options.wants(Suite::Browser) {
        tests.extend(in_firefox(house, options)?);
    }
    Ok(tests)
}

/// The files of `tests/browser` that its list names, once more.
fn in_firefox(house: &House, options: &Options) -> Outcome<Vec<Test>> {
    let list = house.at(firefox::LIST);
    if !list.exists() {
        return Ok(Vec::new());
    }
    let is_there = setup::browsers().iter().any(|(variable, _)| *variable == "FIREFOX_BIN");
    let all = std::env::var_os("FIREFOX").is_some_and(|which| which == "all");
    let (files, left_out) = firefox::chosen(&read(&list)?, all, is_there)?;
    let files: Vec<PathBuf> = files.iter().map(|file| house.at(file)).collect();
    let mut tests = node(house, options, "node tests in Firefox", &files, &[("BROWSER", "firefox")])?;
    if options.filter.is_none() {
        tests.extend(left_out);
    }
    Ok(tests)
}

/// Runs files of Node's tests, and says of each test how it ended.
fn node(
    house: &House,
    options: &Options,
    what: &str,
    files: &[PathBuf],
    environment: &[(&str, &str)],
) -> Outcome<Vec<Test>> {
    if files.is_empty() {
        // Node would look for files of its own.
        return Ok(Vec::new());
    }
    let written_down = house.target().join("tests/node.tsv");
    make_folder(&house.target().join("tests"))?;
    let mut command = node::command(house, "--test")?;
    command.args([AT_ONCE, TIME_LIMIT, "--test-reporter=spec", "--test-reporter-destination=stdout"]);
    command.arg(format!("--test-reporter={}", house.at(REPORTER).display()));
    command.arg(format!("--test-reporter-destination={}", written_down.display()));
    if let Some(filter) = &options.filter {
        // Files without a test of this name would wait for ever: their set-up runs, and nothing that ends it.
        command.args(["--test-force-exit", "--test-name-pattern", filter]);
    }
    command.args(files);
    surroundings(house, &mut command);
    command.envs(environment.iter().copied());
    let status = show_lines(house, what, command, |_| {})?;
    let mut tests = ran::understood(&read(&written_down)?);
    if options.filter.is_none() {
        tests.extend(files_without_tests(house, files, &tests));
    }
    Ok(with_ending(tests, "node --test", status))
}

/// A runner that fails without a failed test (it did not compile, or it crashed at the end) counts as one.
fn with_ending(mut tests: Vec<Test>, runner: &str, status: ExitStatus) -> Vec<Test> {
    if !status.success() && ran::tally(&tests).failed == 0 {
        println!("{runner} {}, though no test failed", ending(status));
        tests.push(check(runner, End::Failed));
    }
    tests
}

/// A file whose tests were not even skipped has lost them.
fn files_without_tests(house: &House, files: &[PathBuf], tests: &[Test]) -> Vec<Test> {
    let places = files.iter().map(|file| house.short(file).display().to_string());
    let lost = places.filter(|place| !tests.iter().any(|test| test.place.starts_with(place)));
    lost.inspect(|place| println!("✗ {place} has no test"))
        .map(|place| Test { end: End::Failed, name: "has a test".to_owned(), place })
        .collect()
}

fn test_files(house: &House, options: &Options) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in options.wanted().flat_map(Suite::folders) {
        files.extend(house.files(folder, ".test.mjs")?);
    }
    Ok(files)
}

/// What the tests find their way by.
pub(crate) fn surroundings(house: &House, command: &mut Command) {
    command.env("CLOUDFLARE_CF_FETCH_ENABLED", "false").env("WRANGLER_SEND_METRICS", "false");
    command.env("SIMULATOR_BIN", house.simulator());
    // By its name: cargo may have built this program again since it was started.
    command.env("XTASK_BIN", house.target().join("debug/xtask"));
    command.env("WIDGET_GLUE", house.wasm_target().join("widget-glue"));
    // Servers of tests are on this machine. curl, Python and some SDKs would ask the proxy of the user's
    // environment for them.
    for name in ["NO_PROXY", "no_proxy"] {
        let already = std::env::var(name).unwrap_or_default();
        command.env(name, format!("127.0.0.1,localhost,{already}").trim_end_matches(','));
    }
    command.envs(node::program(house).ok().map(|program| ("NODE_BIN", program)));
    command.envs(setup::find_sdk_python(house).map(|program| ("SDK_PYTHON", program)));
    command.envs(setup::browsers());
}
