//! wasm-bindgen's command line tool, which must have the version of the library in Cargo.lock. One on PATH
//! that has it is used; otherwise it is compiled into `target/tools`, without optimisation, which is twice as
//! quick to install and quick enough to run.

use super::{About, Lane, Part, State};
use crate::house::House;
use crate::machine::{cargo, on_path, version};
use crate::pins::locked_crate;
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::{ask, run};
use std::path::PathBuf;
use std::process::Command;

const NAME: &str = "wasm-bindgen";

pub(crate) fn wasm_bindgen(house: &House) -> Outcome<PathBuf> {
    find(house).ok_or_else(|| {
        Problem::new(format!("{NAME} is not there in the locked version")).mend("cargo xtask setup")
    })
}

fn find(house: &House) -> Option<PathBuf> {
    let wanted = version(&locked_crate(house, NAME).ok()?)?;
    let ours = house.tools().join("bin").join(NAME);
    let found = |program: &PathBuf| {
        ask(Command::new(program).arg("--version")).and_then(|text| version(&text)) == Some(wanted)
    };
    [Some(ours), on_path(NAME)].into_iter().flatten().find(found)
}

pub(super) struct WasmBindgen;

impl Part for WasmBindgen {
    fn about(&self) -> About {
        About::needed(NAME, "the Worker and the widget", Lane::Compiler)
    }

    fn look(&self, house: &House) -> State {
        match (locked_crate(house, NAME), find(house)) {
            (Err(problem), _) => State::Missing(problem.to_string()),
            (Ok(wanted), Some(place)) => {
                State::Ready(format!("{wanted} at {}", house.short(&place).display()))
            }
            (Ok(wanted), None) => {
                State::Missing(format!("version {wanted}, which fits Cargo.lock, is not installed"))
            }
        }
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        let wanted = locked_crate(house, NAME)?;
        let mut command = cargo(house, &["install", "--debug", "--force", "--bin", NAME, "--root"]);
        command.arg(house.tools());
        // Without its own lock file, which names a version that its registry has withdrawn.
        command.arg(format!("wasm-bindgen-cli@{wanted}"));
        // Nobody will debug it: less to compile and to write.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        command.arg("--target-dir").arg(house.tools().join("build"));
        run(house, task, NAME, command)
    }

    fn remedy(&self, house: &House) -> String {
        format!("cargo install wasm-bindgen-cli@{}", locked_crate(house, NAME).unwrap_or_default())
    }
}
