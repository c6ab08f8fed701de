//! `cargo xtask mutants`: changes the pure crates in small ways and looks whether a test notices. What no test notices is
//! listed in target/mutants.out. `cargo xtask mutants js` does so with the page's scripts ([`mutants_js`]).

use crate::house::House;
use crate::live::run_live;
use crate::machine::{is_program, on_path};
use crate::problem::{Outcome, Problem};
use crate::progress::Board;
use crate::run::run;
use crate::setup::wasm_std::own_cargo;

use super::mutants_js;

const CARGO_MUTANTS: &str = "cargo-mutants@27.1.0";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Which crates; or `js`, the scripts of the page
    #[arg(default_values = ["wire", "order"])]
    crates: Vec<String>,
    /// Only a share of the mutants, such as 1/10
    #[arg(long)]
    shard: Option<String>,
}

pub(crate) fn mutants(house: &House, options: &Options) -> Outcome {
    if options.crates == ["js"] {
        return mutants_js::mutants(house);
    }
    let ours = house.tools().join("bin/cargo-mutants");
    if on_path("cargo-mutants").is_none() && !is_program(&ours) {
        let board = Board::new();
        let task = board.start("cargo-mutants");
        let mut install = own_cargo();
        install.args(["install", "--debug", "--locked", CARGO_MUTANTS, "--root"]).arg(house.tools());
        run(house, &task, "cargo-mutants", install)?;
        task.done("");
    }
    let program = on_path("cargo-mutants").unwrap_or(ours);
    let mut command = std::process::Command::new(program);
    command.args(["mutants", "--no-shuffle", "--test-workspace=true", "--output"]).arg(house.target());
    for name in &options.crates {
        command.args(["--package", name]);
    }
    if let Some(shard) = &options.shard {
        // In turns, so that a share is a sample of all files.
        command.args(["--shard", shard, "--sharding", "round-robin"]);
    }
    // Only the tests that concern the pure crates; the shells have their own.
    command
        .args(["--", "--package", "wire", "--package", "order", "--package", "tests"])
        .current_dir(house.root());
    if run_live(house, "mutants", command, |_| {})? {
        return Ok(());
    }
    Err(Problem::new("some mutants were not noticed by any test; see target/mutants.out/missed.txt"))
}
