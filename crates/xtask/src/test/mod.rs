//! `cargo xtask test`: every check and every test, in the order in which a mistake is cheapest to find. A failure does
//! not stop the rest; the last line adds everything up in the words of an ordinary test runner.

mod purity;
mod ran;
mod tally;

use crate::build::{self, Finish, Target};
use crate::dist;
use crate::house::{House, Profile, clear, make_folder, read, write};
use crate::live::run_live;
use crate::machine::command_with_path;
use crate::problem::Outcome;
use crate::progress::seconds;
use crate::run::ask;
use crate::setup::wasm_std::own_cargo;
use crate::setup::{self, Need, node};
use crate::size;
use ran::{CargoTests, Test};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use tally::Tally;

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Suite {
    /// Formatting, clippy, and that the pure crates stay pure
    Lint,
    /// The Rust tests, on this machine
    Host,
    /// What the project says of itself: its lists of sabotages and of promises
    Project,
    /// The Worker in workerd, against the simulator and a second gateway
    Edge,
    /// The simulator as a program: its pages, its faults, and SDKs that are not ours
    Simulator,
    /// The whole payment in real browsers: Chromium, and Firefox where there is one
    Browser,
}

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only these, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Suite>,
    /// Run only the tests whose name has this in it
    #[arg(last = true)]
    filter: Option<String>,
}

impl Options {
    fn wants(&self, suite: Suite) -> bool {
        if self.only.is_empty() {
            suite != Suite::Lint || self.filter.is_none()
        } else {
            self.only.contains(&suite)
        }
    }

    fn wants_node(&self) -> bool {
        [Suite::Project, Suite::Edge, Suite::Simulator, Suite::Browser]
            .into_iter()
            .any(|suite| self.wants(suite))
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        if self.wants_node() {
            needs.extend(Need::PUBLISH);
        } else if self.wants(Suite::Host) {
            // Our signatures are compared with those of SDKs in JavaScript, and below in Python.
            needs.extend([Need::Node, Need::NodeModules]);
        }
        if self.wants(Suite::Browser) || self.wants(Suite::Simulator) {
            needs.extend([Need::Chromium, Need::ChromiumShell]);
        }
        if self.wants(Suite::Browser) {
            needs.push(Need::Firefox);
        }
        if self.wants(Suite::Edge) || self.wants(Suite::Simulator) {
            needs.push(Need::Programs);
        }
        if self.wants(Suite::Host) || self.wants(Suite::Edge) || self.wants(Suite::Simulator) {
            needs.push(Need::SdkPython);
        }
        needs
    }
}

/// Files of Node tests that run at the same time: they wait more than they compute, also on two cores.
const AT_ONCE: &str = "--test-concurrency=3";

/// One line of the summary.
struct Part {
    name: &'static str,
    tally: Tally,
    /// What ran, where each has a name.
    tests: Vec<Test>,
    took: Duration,
}

pub(crate) fn test(house: &House, options: &Options) -> Outcome<ExitCode> {
    clear(&house.tests_ran(""))?;
    setup::ready(house, &options.needs())?;
    let mut parts = Vec::new();
    if options.wants(Suite::Lint) {
        parts.push(checked("formatting", || formatting(house))?);
        parts.push(checked("purity of wire, order and api", || purity(house))?);
        parts.push(checked("clippy", || clippy(house))?);
    }
    if options.wants(Suite::Host) {
        parts.push(measured("tests of the crates", || host(house, options))?);
    }
    if options.wants_node() {
        parts.push(checked("build", || built(house))?);
        let built = parts.last().is_some_and(|part| part.tally.failed == 0);
        if built && options.filter.is_none() {
            parts.push(checked("sizes", || sizes(house))?);
        }
        if built {
            parts.push(measured("tests of Worker, simulator and page", || node_tests(house, options))?);
        }
    }
    write_down(house, &parts)?;
    Ok(summary(&parts))
}

fn measured(name: &'static str, work: impl FnOnce() -> Outcome<(Tally, Vec<Test>)>) -> Outcome<Part> {
    println!("\n── {name} ──");
    let began = Instant::now();
    let (tally, tests) = work()?;
    Ok(Part { name, tally, tests, took: began.elapsed() })
}

/// A part that is one check, or a few without names.
fn checked(name: &'static str, work: impl FnOnce() -> Outcome<Tally>) -> Outcome<Part> {
    measured(name, || Ok((work()?, Vec::new())))
}

/// Keeps the names of the tests that ran, for who wants to know of a certain one.
fn write_down(house: &House, parts: &[Part]) -> Outcome {
    let lines: String = parts.iter().map(|part| ran::written(&part.tests)).collect();
    write(&house.tests_ran("ran.tsv"), lines)
}

fn summary(parts: &[Part]) -> ExitCode {
    let mut total = Tally::default();
    println!();
    for part in parts {
        let mark = if part.tally.failed > 0 {
            "✗"
        } else if part.tally.passed == 0 {
            "–"
        } else {
            "✓"
        };
        println!("{mark} {:<32} {:<36} {}", part.name, part.tally.to_string(), seconds(part.took));
        total.add(part.tally);
    }
    println!("\n{total}");
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn formatting(house: &House) -> Outcome<Tally> {
    if !has_cargo_command("fmt") {
        println!("skipped: rustfmt is not installed (rustup component add rustfmt)");
        return Ok(Tally::SKIPPED);
    }
    check(house, "formatting", cargo(house, &["fmt", "--all", "--check"]))
}

fn clippy(house: &House) -> Outcome<Tally> {
    if !has_cargo_command("clippy") {
        println!("skipped: clippy is not installed (rustup component add clippy)");
        return Ok(Tally::SKIPPED);
    }
    check(house, "clippy", cargo(house, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn purity(house: &House) -> Outcome<Tally> {
    Ok(match purity::check(house) {
        Ok(()) => Tally::PASSED,
        Err(problem) => {
            println!("{problem}");
            Tally::FAILED
        }
    })
}

fn built(house: &House) -> Outcome<Tally> {
    let made = build::build(house, &Target::ALL, Finish::Small).and_then(|()| dist::for_tests(house));
    Ok(match made {
        Ok(()) => Tally::PASSED,
        Err(problem) => {
            println!("{problem}");
            Tally::FAILED
        }
    })
}

/// What a shopper downloads is bounded; a larger one fails like a test.
fn sizes(house: &House) -> Outcome<Tally> {
    Ok(match size::gate(house) {
        Ok(()) => Tally::PASSED,
        Err(problem) => {
            println!("{problem}");
            Tally::FAILED
        }
    })
}

fn host(house: &House, options: &Options) -> Outcome<(Tally, Vec<Test>)> {
    let mut command = cargo(house, &["test", "--workspace"]);
    surroundings(house, &mut command);
    if let Some(filter) = &options.filter {
        command.args(["--", filter]);
    } else {
        command.arg("--no-fail-fast");
    }
    let mut tests = CargoTests::new(|binary| ran::crate_by_sources(&house.root().join(binary)));
    let ended_well = run_live(house, "cargo test", command, |line| tests.read(line))?;
    Ok((counted(ended_well, &tests.tests), tests.tests))
}

fn node_tests(house: &House, options: &Options) -> Outcome<(Tally, Vec<Test>)> {
    let files = test_files(house, options)?;
    if files.is_empty() {
        println!("skipped: there is no test file");
        return Ok((Tally::SKIPPED, Vec::new()));
    }
    let written_down = house.tests_ran("node.tsv");
    make_folder(&house.tests_ran(""))?;
    let mut command = command_with_path(node::program(house)?, &[&node::folder(house)?]);
    command.args(["--test", AT_ONCE, "--test-reporter=spec", "--test-reporter-destination=stdout"]);
    command.arg(format!("--test-reporter={}", house.at("tests/support/ran-reporter.mjs").display()));
    command.arg(format!("--test-reporter-destination={}", written_down.display()));
    command.current_dir(house.root());
    if let Some(filter) = &options.filter {
        // Files without a test of this name would wait for ever: their set-up runs, and nothing that ends it.
        command.args(["--test-force-exit", "--test-name-pattern", filter]);
    }
    command.args(files);
    surroundings(house, &mut command);
    let ended_well = run_live(house, "node tests", command, |_| {})?;
    let tests = ran::read(&read(&written_down)?);
    Ok((counted(ended_well, &tests), tests))
}

fn test_files(house: &House, options: &Options) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    let folders = [
        (Suite::Project, "tests/project"),
        (Suite::Edge, "tests/edge"),
        (Suite::Simulator, "tests/simulator"),
        (Suite::Browser, "tests/browser"),
        (Suite::Browser, "tests/firefox"),
    ];
    for (suite, folder) in folders {
        if options.wants(suite) {
            files.extend(house.files(folder, ".test.mjs")?);
        }
    }
    Ok(files)
}

/// What the tests find their way by.
pub(crate) fn surroundings(house: &House, command: &mut Command) {
    command.env("CLOUDFLARE_CF_FETCH_ENABLED", "false").env("WRANGLER_SEND_METRICS", "false");
    command.env("SIMULATOR_BIN", house.simulator(Profile::Debug));
    for name in ["NO_PROXY", "no_proxy"] {
        command.env(name, without_proxy(std::env::var(name).ok().as_deref()));
    }
    let found = [
        ("CHROME_BIN", setup::CHROMIUM.find()),
        ("CHROME_SHELL_BIN", setup::CHROMIUM_SHELL.find()),
        ("FIREFOX_BIN", setup::FIREFOX.find()),
        ("NODE_BIN", node::program(house).ok()),
        ("SDK_PYTHON", setup::find_sdk_python(house)),
    ];
    for (name, program) in found {
        if let Some(program) = program {
            command.env(name, program);
        }
    }
}

/// Servers of tests are on this machine. curl, Python and some SDKs would ask the proxy of the user's environment for them.
fn without_proxy(already: Option<&str>) -> String {
    let here = "127.0.0.1,localhost";
    already
        .filter(|hosts| !hosts.is_empty())
        .map_or_else(|| here.to_owned(), |hosts| format!("{here},{hosts}"))
}

/// A check counts as one test.
fn check(house: &House, name: &str, command: Command) -> Outcome<Tally> {
    Ok(if run_live(house, name, command, |_| {})? { Tally::PASSED } else { Tally::FAILED })
}

/// A runner that fails without a failed test (it did not compile, say) counts as one.
fn counted(ended_well: bool, tests: &[Test]) -> Tally {
    let mut tally = ran::tally(tests);
    if !ended_well && tally.failed == 0 {
        tally.add(Tally::FAILED);
    }
    tally
}

fn cargo(house: &House, args: &[&str]) -> Command {
    let mut command = own_cargo();
    command.args(args).current_dir(house.root());
    command
}

fn has_cargo_command(name: &str) -> bool {
    ask(own_cargo().args([name, "--version"])).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs_of(only: &[Suite]) -> Vec<Need> {
        Options { only: only.to_vec(), filter: None }.needs()
    }

    #[test]
    fn the_host_tests_alone_are_given_the_sdks_they_compare_with() {
        for need in [Need::Node, Need::NodeModules, Need::SdkPython] {
            assert!(needs_of(&[Suite::Host]).contains(&need), "{need:?}");
        }
    }

    #[test]
    fn tests_are_given_the_programs_they_start() {
        for need in [Need::Programs, Need::SdkPython] {
            assert!(needs_of(&[Suite::Edge]).contains(&need), "{need:?}");
        }
        for need in [Need::Programs, Need::SdkPython, Need::Chromium] {
            assert!(needs_of(&[Suite::Simulator]).contains(&need), "{need:?}");
        }
        for need in [Need::Chromium, Need::Firefox] {
            assert!(needs_of(&[Suite::Browser]).contains(&need), "{need:?}");
        }
    }

    #[test]
    fn no_proxy_is_asked_for_this_machine_nor_for_what_the_user_excepts() {
        assert_eq!(without_proxy(None), "127.0.0.1,localhost");
        assert_eq!(without_proxy(Some("")), "127.0.0.1,localhost");
        assert_eq!(without_proxy(Some(".example.com")), "127.0.0.1,localhost,.example.com");
    }

    #[test]
    fn nothing_is_installed_twice() {
        let all = [Suite::Lint, Suite::Host, Suite::Project, Suite::Edge, Suite::Simulator, Suite::Browser];
        for chosen in 0..1_usize << all.len() {
            let only: Vec<Suite> = all
                .into_iter()
                .enumerate()
                .filter(|(at, _)| chosen >> at & 1 == 1)
                .map(|(_, suite)| suite)
                .collect();
            let needs = needs_of(&only);
            for need in Need::ALL {
                assert!(needs.iter().filter(|&&other| other == need).count() <= 1, "{need:?} of {only:?}");
            }
        }
    }
}
