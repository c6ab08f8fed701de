//! `cargo xtask mutants`: changes what decides in small ways and looks whether a test of the host notices.
//! What no test notices is listed in target/mutants.out. `cargo xtask mutants js` does so with the page's
//! scripts ([`mutants_js`]).

use super::mutants_js;
use crate::prelude::*;
use crate::test::EDGE_FILES;

const CARGO_MUTANTS: &str = "cargo-mutants@27.1.0";

/// What the host tests: the pure crates whole, and the pure files of the Worker.
const CRATES: [&str; 7] = ["wire", "gateway", "order", "books", "api", "qr", "edge"];

/// In the place of crates: the scripts of the page.
const SCRIPTS: &str = "js";

/// The crates whose tests may notice one.
const WITNESSES: [&str; 9] = ["wire", "gateway", "order", "books", "api", "qr", "edge", "widget", "worlds"];

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
    /// Only these files, such as 'crates/wire/src/v3/**'
    #[arg(long)]
    file: Vec<String>,
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
    command.arg("mutants").arg("--output").arg(house.target()).current_dir(house.root());
    choose(&mut command, options);
    if show(house, "mutants", command)? {
        return Ok(());
    }
    Err(Problem::new("some mutants were not noticed by any test; see target/mutants.out/missed.txt"))
}

/// Says what is changed, and which tests may notice.
fn choose(command: &mut Command, options: &Options) {
    command.args(["--no-shuffle", "--test-workspace=true"]);
    for name in &options.crates {
        command.args(["--package", name]);
        if !options.file.is_empty() {
            continue;
        }
        if name == "edge" {
            command.args(EDGE_FILES.map(|file| format!("--file=crates/edge/src/{file}.rs")));
        } else {
            command.arg(format!("--file=crates/{name}/src/**"));
        }
    }
    command.args(options.file.iter().map(|file| format!("--file={file}")));
    if let Some(shard) = &options.shard {
        // In turns, so that a share is a sample of all files.
        command.args(["--shard", shard, "--sharding", "round-robin"]);
    }
    command.arg("--").args(WITNESSES.map(|name| format!("--package={name}")));
    command.args(["--", "--skip", NOT_IN_A_COPY]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_the_host_judges_is_changed_and_nothing_of_the_shell() {
        let all = Options { crates: CRATES.map(str::to_owned).to_vec(), shard: None, file: vec![] };
        let mut command = Command::new("cargo-mutants");
        choose(&mut command, &all);
        let words = format!("{command:?}").replace('"', "");
        for part in [
            "--package order --file=crates/order/src/**",
            "--package qr --file=crates/qr/src/**",
            "--file=crates/edge/src/price/cart.rs",
            "-- --package=wire",
            "--package=worlds -- --skip sdks::",
        ] {
            assert!(words.contains(part), "{part} in {words}");
        }
        assert!(!words.contains("crates/edge/src/**"), "{words}");
    }

    #[test]
    fn files_that_are_named_are_changed_and_no_other() {
        let file = vec!["crates/wire/src/v3/**".to_owned()];
        let named = Options { crates: vec!["wire".to_owned()], shard: None, file };
        let mut command = Command::new("cargo-mutants");
        choose(&mut command, &named);
        let words = format!("{command:?}").replace('"', "");
        assert!(words.contains("--package wire --file=crates/wire/src/v3/** --"), "{words}");
        assert!(!words.contains("--file=crates/wire/src/**"), "{words}");
    }
}
