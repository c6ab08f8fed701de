//! Node: the machine's own when it is new enough; otherwise one from the npm registry, which ships Node
//! itself as a package, put under `target/tools/node` by the machine's npm.

use super::State;
use super::parts::Install;
use crate::machine::npm_platform;
use crate::prelude::*;
use std::ffi::OsStr;
use std::sync::OnceLock;

/// The oldest Node that the project's wrangler runs on, and the one that is installed where the machine has
/// none.
const AT_LEAST: (u32, u32) = (22, 12);
const INSTALLED: &str = "24.21.0";

/// What was found once is found again, without starting it: it is asked for before every little thing that
/// Node does.
static FOUND: OnceLock<(PathBuf, String)> = OnceLock::new();

/// The Node to use, and its version in its own words.
fn find(house: &House) -> Option<&'static (PathBuf, String)> {
    if FOUND.get().is_none() {
        let programs = [on_path("node"), Some(ours(house))].into_iter().flatten();
        let _ = programs.filter_map(fits).next().map(|found| FOUND.set(found));
    }
    FOUND.get()
}

fn fits(program: PathBuf) -> Option<(PathBuf, String)> {
    let text = ask(Command::new(&program).arg("--version"))?;
    (version(&text)? >= AT_LEAST).then_some((program, text))
}

/// The first two numbers of `v22.12.0`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim_start_matches('v').split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

pub(crate) fn program(house: &House) -> Outcome<&'static Path> {
    let found = find(house).map(|(program, _)| program.as_path());
    found.ok_or_else(|| Problem::new("Node is missing").mend("cargo xtask setup"))
}

/// The command that starts a program at the repository's root. It finds this Node before any other, and so
/// does all that it starts.
pub(crate) fn tool(house: &House, name: impl AsRef<OsStr>) -> Outcome<Command> {
    let first = program(house)?.parent().map(Path::to_path_buf);
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(first.into_iter().chain(std::env::split_paths(&others)));
    let mut command = Command::new(name);
    command.env("PATH", path.unwrap_or(others)).current_dir(house.root());
    Ok(command)
}

/// The command that has Node run this script.
pub(crate) fn command(house: &House, script: impl AsRef<OsStr>) -> Outcome<Command> {
    let mut command = tool(house, program(house)?)?;
    command.arg(script);
    Ok(command)
}

/// The command by which npm installs packages into a folder of ours. None of them runs a script of its own
/// meanwhile.
pub(crate) fn npm_install(mut npm: Command, folder: &Path, packages: &[&str]) -> Outcome<Command> {
    make_folder(folder)?;
    npm.args(["install", "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.arg("--prefix").arg(folder).args(packages).current_dir(folder);
    Ok(npm)
}

fn ours(house: &House) -> PathBuf {
    house.tools().join("node/node_modules").join(package()).join("bin/node")
}

fn package() -> String {
    format!("node-{}", npm_platform())
}

fn at_least() -> String {
    format!("{}.{} or newer", AT_LEAST.0, AT_LEAST.1)
}

pub(super) struct Node;

impl Install for Node {
    fn look(&self, house: &House) -> State {
        if let Some((program, version)) = find(house) {
            return Ok(format!("{version} at {}", house.short(program).display()));
        }
        Err(match ask(Command::new("node").arg("--version")) {
            Some(old) => format!("{old} is too old, {} is needed", at_least()),
            None => format!("no Node on PATH, {} is needed", at_least()),
        })
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        let package = format!("{}@{INSTALLED}", package());
        let command = npm_install(Command::new("npm"), &house.tools().join("node"), &[&package])?;
        run(house, task, "node", command)
    }

    fn remedy(&self, _: &House) -> String {
        format!("install Node {} with npm, from nodejs.org or your package manager", at_least())
    }
}
