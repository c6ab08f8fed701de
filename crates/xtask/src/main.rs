//! `cargo xtask`: everything one does with this repository, in one place; the only code that knows where tools are.
//!
//! It is the first thing compiled on a new machine and must stay small: three dependencies, no async runtime.

mod build;
mod cli;
mod doctor;
mod house;
mod machine;
mod pins;
mod problem;
mod progress;
mod run;
mod setup;

use clap::Parser;
use cli::{Cli, Task};
use house::House;
use problem::Outcome;
use setup::Need;
use std::process::ExitCode;

fn main() -> ExitCode {
    match carry_out(Cli::parse().command, &House::open()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(task: Task, house: &House) -> Outcome {
    match task {
        Task::Setup => {
            setup::ready(house, &Need::ALL)?;
            doctor::doctor(house)
        }
        Task::Doctor => doctor::doctor(house),
        Task::Build { target } => {
            setup::ready(house, &Need::BUILD)?;
            build::build(house, target)
        }
    }
}
