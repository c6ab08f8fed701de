//! `cargo xtask`: everything one does with this repository, in one place; the only code that knows where
//! tools are.
//!
//! It is the first thing compiled on a new machine and must stay small: few dependencies, no async runtime.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "this program is all shell"
)]

mod budget;
mod build;
mod check;
mod cli;
mod demo;
mod digest;
mod dist;
mod house;
mod key;
mod machine;
mod offer;
mod prelude;
mod problem;
mod progress;
mod prove;
mod run;
mod setup;
mod size;
mod test;

use build::{Finish, Target};
use clap::Parser;
use cli::{Cli, Task};
use prelude::{House, Outcome};
use setup::Need;
use std::process::ExitCode;

fn main() -> ExitCode {
    match carry_out(Cli::parse().command, &House::open()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// False when a test has failed, which its runner has told in the last line.
fn carry_out(task: Task, house: &House) -> Outcome<bool> {
    match task {
        Task::Setup => {
            setup::ready(house, &Need::all())?;
            setup::doctor(house)?;
        }
        Task::Doctor => setup::doctor(house)?,
        Task::Build { targets, quick, rough } => {
            setup::ready(house, if quick || rough { &Need::BUILD } else { &Need::PUBLISH })?;
            let targets = if targets.is_empty() { Target::ALL.to_vec() } else { targets };
            let finish = match (rough, quick) {
                (true, _) => Finish::Rough,
                (false, true) => Finish::Quick,
                (false, false) => Finish::Small,
            };
            build::build(house, &targets, finish)?;
            if rough {
                dist::for_tests(house)?;
            }
        }
        Task::Demo(options) => demo::demo(house, &options)?,
        Task::Offer(options) => offer::offer(house, &options)?,
        Task::Key(options) => return key::key(house, &options),
        Task::Check(options) => return check::check(house, &options),
        Task::Names => build::names(house)?,
        Task::Size => size::size(house)?,
        Task::Dist { parts } => dist::dist(house, &parts)?,
        Task::Bench { filter, options } => prove::bench(house, filter.as_deref(), &options)?,
        Task::Soak { options } => return prove::soak(house, &options),
        Task::Fuzz(options) => prove::fuzz(house, &options)?,
        Task::Mutants(options) => prove::mutants(house, &options)?,
        Task::Sabotage(options) => return prove::sabotage(house, &options),
        Task::Test(options) => return test::test(house, &options),
    }
    Ok(true)
}
