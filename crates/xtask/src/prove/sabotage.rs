//! `cargo xtask sabotage`: puts the small defects of `tests/sabotage` into copies of the project, each alone,
//! and says which of them no test notices. `tests/sabotage/run` does it; here it is given what tests need.

use crate::prelude::*;
use crate::setup::{self, Need, node};
use crate::test::surroundings;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only those whose name, list or file has this in it
    filter: Option<String>,
    /// Copies that are worked on at the same time; each takes some gigabytes of target/
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=16))]
    at_once: u32,
    /// Defects that are put into one copy together, in files of their own. It is quicker; but a test that
    /// fails may then have failed because of another one
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=32))]
    together: u32,
    /// Do not run the named tests on a clean copy first
    #[arg(long)]
    skip_clean: bool,
    /// Only say what there is
    #[arg(long)]
    list: bool,
}

/// False when one lives, or could not be tried.
pub(crate) fn sabotage(house: &House, options: &Options) -> Outcome<bool> {
    let mut needs = Need::BUILD.to_vec();
    if !options.list {
        needs.extend([Need::Chromium, Need::ChromiumShell, Need::Firefox, Need::WebKit]);
        needs.extend([Need::Programs, Need::SdkPython]);
    }
    setup::ready(house, &needs)?;
    let mut command = node::command(house, "tests/sabotage/run/main.mjs")?;
    command.arg(format!("--at-once={}", options.at_once));
    command.arg(format!("--together={}", options.together));
    command.arg(format!("--copies={}", house.target().join("sabotage").display()));
    command.arg(format!("--tools={}", house.tools().display()));
    command.args(options.skip_clean.then_some("--skip-clean"));
    command.args(options.list.then_some("--list"));
    command.args(&options.filter);
    surroundings(house, &mut command);
    show(house, "sabotage", command)
}
