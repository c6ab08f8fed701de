//! The simulator: a native program, built by the user's own cargo.

use crate::house::{House, Profile};
use crate::machine::cargo;
use crate::problem::Outcome;
use crate::progress::Task;
use crate::run::run;
use std::path::PathBuf;

/// Builds it and says where it is.
pub(crate) fn simulator(house: &House, profile: Profile) -> Outcome<PathBuf> {
    let task = Task::start("simulator");
    let mut command = cargo(house, &["build", "--package", "simulator"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    run(house, &task, "build-simulator", command)?;
    let program = house.simulator(profile);
    task.done(&house.short(&program).display().to_string());
    Ok(program)
}
