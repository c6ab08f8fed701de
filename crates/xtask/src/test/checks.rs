//! The checks of a run that no test runner makes: each is one test of the tool's own.

use super::purity;
use super::ran::{End, Test};
use crate::build::{self, Finish, Target};
use crate::dist;
use crate::prelude::*;
use crate::setup::node;
use crate::size;

/// Where the tool's own checks are, in the list of what ran.
const PLACE: &str = "tool";

/// A check by its name.
pub(super) fn check(name: &str, end: End) -> Test {
    Test { end, place: PLACE.to_owned(), name: name.to_owned() }
}

pub(super) fn formatting(house: &House) -> Outcome<Vec<Test>> {
    by_cargo(house, "formatting", "rustfmt", &["fmt", "--all", "--check"])
}

pub(super) fn clippy(house: &House) -> Outcome<Vec<Test>> {
    by_cargo(house, "clippy", "clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn by_cargo(house: &House, name: &str, component: &str, args: &[&str]) -> Outcome<Vec<Test>> {
    if ask(Command::new("cargo").args([args[0], "--version"])).is_none() {
        let why = format!("{component} is not installed (rustup component add {component})");
        return Ok(vec![check(name, End::Skipped(why))]);
    }
    let is_well = show(house, name, cargo(house, args))?;
    Ok(vec![check(name, if is_well { End::Passed } else { End::Failed })])
}

pub(super) fn purity(house: &House) -> Outcome<Vec<Test>> {
    Ok(vec![check("purity", done(purity::check(house)))])
}

/// What the tests of Worker, simulator and page are about.
pub(super) fn built(house: &House) -> Outcome<Vec<Test>> {
    let made = build::build(house, &Target::ALL, Finish::Small).and_then(|()| dist::for_tests(house));
    Ok(vec![check("build", done(made))])
}

/// What a shopper downloads is bounded; a larger one fails like a test.
pub(super) fn sizes(house: &House) -> Outcome<Vec<Test>> {
    let weighed = size::gate(house)?;
    let end = |fits: size::Fits| match fits {
        size::Fits::Yes => End::Passed,
        size::Fits::TooLarge | size::Fits::Loose => End::Failed,
        size::Fits::Unknown => End::Skipped(size::NOT_SMALL.to_owned()),
    };
    Ok(weighed.into_iter().map(|(what, fits)| check(&format!("size of {what}"), end(fits))).collect())
}

/// Each test that proves a promise, or must notice a sabotage, has run. To be asked when what ran is written
/// down.
pub(super) fn promises(house: &House) -> Outcome<Vec<Test>> {
    let is_well = show(house, "promises", node::command(house, "tests/project/ran.mjs")?)?;
    Ok(vec![check("each named test ran", if is_well { End::Passed } else { End::Failed })])
}

fn done(outcome: Outcome) -> End {
    match outcome {
        Ok(()) => End::Passed,
        Err(problem) => {
            println!("{problem}");
            End::Failed
        }
    }
}
