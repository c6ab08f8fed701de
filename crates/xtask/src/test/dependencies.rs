//! What others wrote and this project is built from: licences, sources and known holes of the crates
//! (cargo-deny, `deny.toml`), and known holes of the npm tools (`npm audit`). The databases of known holes
//! are on the net. Where they cannot be reached the check is skipped, and the run says so.

use super::checks::check;
use super::ran::{End, Test};
use crate::prelude::*;
use crate::run::show_lines;
use crate::setup::{find_cargo_deny, node};

/// What cargo-deny says when it has no database of known holes.
const NO_ADVISORIES: [&str; 1] = ["failed to fetch advisory database"];
/// What npm says when its registry has no such database, or cannot be reached.
const NO_AUDIT: [&str; 4] = ["audit endpoint returned an error", "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED"];

pub(super) fn dependencies(house: &House) -> Outcome<Vec<Test>> {
    let mut tests = Vec::new();
    match find_cargo_deny(house) {
        Some(program) => {
            let deny = |what: &[&str]| {
                let mut command = Command::new(&program);
                command.args(["--locked", "check"]).args(what).current_dir(house.root());
                command
            };
            tests.push(judged(
                house,
                "licences and sources of crates",
                deny(&["bans", "licenses", "sources"]),
                &[],
            )?);
            tests.push(judged(house, "known holes of crates", deny(&["advisories"]), &NO_ADVISORIES)?);
        }
        None => {
            let why =
                || End::Skipped("cargo-deny is not installed (cargo install --locked cargo-deny)".to_owned());
            tests.push(check("licences and sources of crates", why()));
            tests.push(check("known holes of crates", why()));
        }
    }
    tests.push(audit(house)?);
    Ok(tests)
}

/// The npm tools are never shipped, so only a hole that is serious fails the run.
fn audit(house: &House) -> Outcome<Test> {
    const NAME: &str = "known holes of npm tools";
    if node::program(house).is_err() {
        return Ok(check(NAME, End::Skipped("Node is not installed (cargo xtask setup)".to_owned())));
    }
    let mut npm = node::tool(house, "npm")?;
    npm.args(["audit", "--package-lock-only", "--audit-level=high"]);
    judged(house, NAME, npm, &NO_AUDIT)
}

/// Runs the command. It has not looked if it fails with one of these words.
fn judged(house: &House, name: &str, command: Command, unreachable: &[&str]) -> Outcome<Test> {
    let mut reached = true;
    let status = show_lines(house, name, command, |line| {
        reached &= !unreachable.iter().any(|words| line.contains(words));
    })?;
    let end = match (status.success(), reached) {
        (true, _) => End::Passed,
        (false, false) => End::Skipped("the database cannot be reached from this machine".to_owned()),
        (false, true) => End::Failed,
    };
    Ok(check(name, end))
}
