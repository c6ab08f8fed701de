//! Node: the machine's own when it is new enough; otherwise one from the npm registry, which ships Node
//! itself as a package, put under `target/tools/node` by the machine's npm.

use super::{About, Lane, Part, State};
use crate::house::{House, make_folder};
use crate::machine::{command_with_path, is_program, npm_platform, on_path, version};
use crate::pins::{NODE_AT_LEAST, NODE_INSTALLED};
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::{ask, run};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What was found once is found again, without starting it: it is asked for before every little thing that
/// Node does.
static FOUND: OnceLock<(PathBuf, String)> = OnceLock::new();

/// The Node to use, and its version in its own words.
pub(crate) fn find(house: &House) -> Option<(PathBuf, String)> {
    if FOUND.get().is_none() {
        let _ = look_for(house).map(|found| FOUND.set(found));
    }
    FOUND.get().cloned()
}

fn look_for(house: &House) -> Option<(PathBuf, String)> {
    [on_path("node"), Some(ours(house))].into_iter().flatten().filter(|program| is_program(program)).find_map(
        |program| {
            let text = ask(Command::new(&program).arg("--version"))?;
            (version(&text)? >= NODE_AT_LEAST).then_some((program, text))
        },
    )
}

/// The folder that has to be first on PATH for all that is started with Node.
pub(crate) fn folder(house: &House) -> Outcome<PathBuf> {
    let program = program(house)?;
    Ok(program.parent().unwrap_or(Path::new("/")).to_path_buf())
}

pub(crate) fn program(house: &House) -> Outcome<PathBuf> {
    find(house)
        .map(|(program, _)| program)
        .ok_or_else(|| Problem::new("Node is missing").mend("cargo xtask setup"))
}

/// The command that has Node run this script at the repository's root, and all that the script starts use the
/// same Node.
pub(crate) fn command(house: &House, script: impl AsRef<OsStr>) -> Outcome<Command> {
    let mut command = command_with_path(program(house)?, &[&folder(house)?]);
    command.arg(script).current_dir(house.root());
    Ok(command)
}

fn ours(house: &House) -> PathBuf {
    house.tools().join("node/node_modules").join(package()).join("bin/node")
}

fn package() -> String {
    format!("node-{}", npm_platform())
}

fn at_least() -> String {
    let (major, minor, _) = NODE_AT_LEAST;
    format!("{major}.{minor}")
}

pub(super) struct Node;

impl Part for Node {
    fn about(&self) -> About {
        About::needed("Node", "wrangler, the bundles and the tests", Lane::Npm)
    }

    fn look(&self, house: &House) -> State {
        if let Some((program, version)) = find(house) {
            return State::Ready(format!("{version} at {}", house.short(&program).display()));
        }
        match on_path("node").and_then(|program| ask(Command::new(program).arg("--version"))) {
            Some(old) => State::Missing(format!("{old} is too old, {} or newer is needed", at_least())),
            None => State::Missing(format!("no Node on PATH, {} or newer is needed", at_least())),
        }
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        if on_path("npm").is_none() {
            return Err(Problem::new("Node and npm are missing"));
        }
        let folder = house.tools().join("node");
        make_folder(&folder)?;
        let mut command = Command::new("npm");
        command.args(["install", "--no-save", "--no-package-lock", "--ignore-scripts"]);
        command
            .args(["--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .arg(format!("{}@{NODE_INSTALLED}", package()))
            .current_dir(&folder);
        run(house, task, "node", command)
    }

    fn remedy(&self, _: &House) -> String {
        format!("install Node {} or newer with npm, from nodejs.org or your package manager", at_least())
    }
}
