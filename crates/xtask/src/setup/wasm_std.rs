//! The standard library for wasm32, and its source, by which the widget is compiled as small as it is
//! published. rustup brings both.

use super::State;
use super::parts::Install;
use crate::prelude::*;

pub(crate) const TRIPLE: &str = "wasm32-unknown-unknown";

const ADD_TARGET: [&str; 3] = ["target", "add", TRIPLE];
const ADD_SOURCE: [&str; 3] = ["component", "add", "rust-src"];

/// What the compiler says of itself.
pub(crate) fn rustc(args: &[&str]) -> Option<String> {
    ask(Command::new("rustc").args(args))
}

pub(crate) fn has_source() -> bool {
    let root = rustc(&["--print", "sysroot"]).map(PathBuf::from);
    root.is_some_and(|root| root.join("lib/rustlib/src/rust/library/Cargo.lock").exists())
}

fn has_library() -> bool {
    let folder = rustc(&["--print", "target-libdir", "--target", TRIPLE]);
    let is_std = |path: &PathBuf| path.to_string_lossy().contains("/libstd-");
    folder.and_then(|folder| entries(Path::new(&folder)).ok()).is_some_and(|files| files.iter().any(is_std))
}

pub(super) struct WasmStd;

impl Install for WasmStd {
    fn look(&self, _: &House) -> State {
        let state = has_library().then(|| rustc(&["--version"]).unwrap_or_default());
        state.ok_or_else(|| format!("the Rust here cannot compile for {TRIPLE}"))
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        by_rustup(house, task, &ADD_TARGET)
    }

    fn remedy(&self, _: &House) -> String {
        format!("rustup {}", ADD_TARGET.join(" "))
    }
}

pub(super) struct StdSource;

impl Install for StdSource {
    fn look(&self, _: &House) -> State {
        let state = has_source().then(|| "of the same compiler".to_owned());
        state.ok_or_else(|| "this Rust came without it".to_owned())
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        by_rustup(house, task, &ADD_SOURCE)
    }

    fn remedy(&self, _: &House) -> String {
        format!("rustup {}", ADD_SOURCE.join(" "))
    }
}

fn by_rustup(house: &House, task: &Task, words: &[&str]) -> Outcome {
    if on_path("rustup").is_none() {
        return Err(Problem::new("the Rust on this machine is not rustup's"));
    }
    let mut command = Command::new("rustup");
    // It would ask again and again where a proxy swallows the question.
    command.args(words).env("RUSTUP_MAX_RETRIES", "1");
    run(house, task, "rustup", command)
}
