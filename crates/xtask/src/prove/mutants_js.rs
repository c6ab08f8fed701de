//! `cargo xtask mutants js`: changes the page's scripts in small ways, by StrykerJS, and looks whether a test
//! of tests/widget notices. What nothing notices is said at the end, and is in
//! target/stryker/project/report.html.
//!
//! StrykerJS is installed when it is first asked for, below target/stryker, and by no other command.

use crate::prelude::*;
use crate::setup::{self, Need, node};

/// The runner wants this very version of the core.
const STRYKER: [&str; 2] = ["@stryker-mutator/core@10.0.0", "@stryker-mutator/tap-runner@10.0.0"];

/// What the tests and the scripts under test are made of: a folder, and how its files' names end.
const FILES: [(&str, &str); 5] = [
    ("crates/widget/js", ".js"),
    ("www", ".json"),
    ("www/shop", ".js"),
    ("tests/widget", ".mjs"),
    ("tests/support", ".mjs"),
];

pub(super) fn mutants(house: &House) -> Outcome {
    setup::ready(house, &[Need::Node])?;
    let home = house.target().join("stryker");
    let program = installed(house, &home)?;
    // It would go through all of target/ and node_modules.
    let project = home.join("project");
    clear(&project)?;
    for (folder, ending) in FILES {
        for file in house.files(folder, ending)? {
            let name = file.file_name().unwrap_or_default();
            copy(&file, &project.join(folder).join(name))?;
        }
    }
    let mut command = node::command(house, program)?;
    command.args(["run", "tests/widget/stryker.config.mjs"]).current_dir(&project);
    if show(house, "mutants-js", command)? {
        return Ok(());
    }
    Err(Problem::new("too many changes were not noticed by any test; they are listed above"))
}

/// The program, which npm installs unless it is there.
fn installed(house: &House, home: &Path) -> Outcome<PathBuf> {
    let program = home.join("node_modules/@stryker-mutator/core/bin/stryker.js");
    if !program.exists() {
        let task = Task::start("StrykerJS");
        let install = node::npm_install(node::tool(house, "npm")?, home, &STRYKER)?;
        run(house, &task, "stryker", install)?;
        task.done("");
    }
    Ok(program)
}
