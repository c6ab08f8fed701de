//! `cargo xtask mutants`: changes what decides in small ways and looks whether a test of the host notices.
//! What no test notices is listed in target/mutants.out. `cargo xtask mutants js` does so with the page's
//! scripts ([`mutants_js`]).

use super::mutants_js;
use crate::prelude::*;
use crate::test::EDGE_FILES;

const CARGO_MUTANTS: &str = "cargo-mutants@27.1.0";

/// What the host tests: the pure crates whole, and the pure files of the Worker.
const CRATES: [&str; 5] = ["wire", "order", "api", "qr", "edge"];

/// In the place of crates: the scripts of the page.
const SCRIPTS: &str = "js";

/// The crates whose tests may notice one.
const WITNESSES: [&str; 7] = ["wire", "order", "api", "qr", "edge", "widget", "worlds"];

/// Those tests are about the signatures of `wire` that others make, too; they need npm's packages, which no
/// copy has.
const NOT_IN_A_COPY: &str = "sdks::";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Which crates; or `js`, the scripts of the page
    #[arg(default_values = CRATES, value_parser = clap::builder::PossibleValuesParser::new(CRATES.into_iter().chain([SCRIPTS])))]
    crates: Vec<String>,
    /// Only a share of the mutants, such as 1/10
    #[arg(long)]
    shard: Option<String>,
}

pub(crate) fn mutants(house: &House, options: &Options) -> Outcome {
    if options.crates == [SCRIPTS] {
        return mutants_js::mutants(house);
    }
    if options.crates.iter().any(|name| name == SCRIPTS) {
        return Err(Problem::new("the scripts of the page are changed by a run of their own")
            .mend("cargo xtask mutants js"));
    }
    let ours = house.tools().join("bin/cargo-mutants");
    if on_path("cargo-mutants").is_none() && !is_program(&ours) {
        let task = Task::start("cargo-mutants");
        let mut install = cargo(house, &["install", "--debug", "--locked", CARGO_MUTANTS, "--root"]);
        install.arg(house.tools());
        run(house, &task, "cargo-mutants", install)?;
        task.done("");
    }
    let mut command = Command::new(on_path("cargo-mutants").unwrap_or(ours));
    command.arg("mutants").arg("--output").arg(house.target());
    command.args(arguments(options)).current_dir(house.root());
    if show(house, "mutants", command)? {
        return Ok(());
    }
    Err(Problem::new("some mutants were not noticed by any test; see target/mutants.out/missed.txt"))
}

fn arguments(options: &Options) -> Vec<String> {
    let mut arguments = vec!["--no-shuffle".to_owned(), "--test-workspace=true".to_owned()];
    for name in &options.crates {
        arguments.extend(["--package".to_owned(), name.clone()]);
        arguments.extend(files(name).into_iter().flat_map(|file| ["--file".to_owned(), file]));
    }
    if let Some(shard) = &options.shard {
        // In turns, so that a share is a sample of all files.
        arguments.extend(["--shard", shard, "--sharding", "round-robin"].map(str::to_owned));
    }
    arguments.push("--".to_owned());
    arguments.extend(WITNESSES.into_iter().flat_map(|name| ["--package".to_owned(), name.to_owned()]));
    arguments.extend(["--", "--skip", NOT_IN_A_COPY].map(str::to_owned));
    arguments
}

/// What of a crate the host can judge.
fn files(name: &str) -> Vec<String> {
    match name {
        "edge" => EDGE_FILES.map(|file| format!("crates/edge/src/{file}.rs")).to_vec(),
        pure => vec![format!("crates/{pure}/src/**")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_the_host_judges_is_changed_and_nothing_of_the_shell() {
        let all = Options { crates: CRATES.map(str::to_owned).to_vec(), shard: None };
        let words = arguments(&all).join(" ");
        for part in [
            "--package order --file crates/order/src/**",
            "--package qr --file crates/qr/src/**",
            "--file crates/edge/src/price/cart.rs",
            "-- --package wire",
            "--package worlds -- --skip sdks::",
        ] {
            assert!(words.contains(part), "{part} in {words}");
        }
        assert!(!words.contains("crates/edge/src/**"), "{words}");
    }
}
