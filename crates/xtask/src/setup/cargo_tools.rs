//! wasm-bindgen: a command line tool that must have the version of the library in Cargo.lock. One on PATH that has it is
//! used; otherwise it is compiled into `target/tools`, without optimisation, which is twice as quick to install and
//! quick enough to run.

use super::wasm_std::own_cargo;
use super::{Lane, Part, State};
use crate::house::House;
use crate::machine::{is_program, on_path, version};
use crate::pins::locked_crate;
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::{ask, run};
use std::path::PathBuf;
use std::process::Command;

pub(super) const WASM_BINDGEN: CargoTool = CargoTool {
    name: "wasm-bindgen",
    crate_name: "wasm-bindgen-cli",
    locked_with: "wasm-bindgen",
    wanted_for: "the Worker and the widget",
};

pub(crate) fn wasm_bindgen(house: &House) -> Outcome<PathBuf> {
    WASM_BINDGEN.find_or_say(house)
}

pub(super) struct CargoTool {
    name: &'static str,
    crate_name: &'static str,
    /// The crate in Cargo.lock whose version it must have.
    locked_with: &'static str,
    wanted_for: &'static str,
}

impl CargoTool {
    fn find(&self, house: &House) -> Option<PathBuf> {
        let wanted = version(&locked_crate(house, self.locked_with).ok()?)?;
        let ours = house.tools().join("bin").join(self.name);
        [Some(ours), on_path(self.name)].into_iter().flatten().filter(|program| is_program(program)).find(
            |program| {
                ask(Command::new(program).arg("--version")).and_then(|text| version(&text)) == Some(wanted)
            },
        )
    }

    fn find_or_say(&self, house: &House) -> Outcome<PathBuf> {
        self.find(house).ok_or_else(|| {
            Problem::new(format!("{} is not there in the locked version", self.name))
                .mend("cargo xtask setup")
        })
    }
}

impl Part for CargoTool {
    fn name(&self) -> &'static str {
        self.name
    }

    fn wanted_for(&self) -> &'static str {
        self.wanted_for
    }

    fn lane(&self) -> Lane {
        Lane::Compiler
    }

    fn look(&self, house: &House) -> State {
        let wanted = match locked_crate(house, self.locked_with) {
            Ok(wanted) => wanted,
            Err(problem) => return State::Missing(problem.to_string()),
        };
        match self.find(house) {
            Some(place) => State::Ready(format!("{wanted} at {}", house.short(&place).display())),
            None => State::Missing(format!("version {wanted}, which fits Cargo.lock, is not installed")),
        }
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        let wanted = locked_crate(house, self.locked_with)?;
        let mut command = own_cargo();
        command.args(["install", "--debug", "--force", "--bin", self.name, "--root"]).arg(house.tools());
        command.arg(format!("{}@{wanted}", self.crate_name));
        // Nobody will debug them: less to compile and to write.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        command.arg("--target-dir").arg(house.tools().join("build"));
        // Without its own lock file, which names a version that its registry has withdrawn.
        run(house, task, self.name, command)
    }

    fn remedy(&self, house: &House) -> String {
        let wanted = locked_crate(house, self.locked_with).unwrap_or_default();
        format!("cargo install {}@{wanted}", self.crate_name)
    }
}
