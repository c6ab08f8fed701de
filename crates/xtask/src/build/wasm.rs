//! Compiles the Worker and the widget to wasm, and makes the modules ready for their hosts.
//!
//! The widget is compiled in one of two ways. *Quick* links the standard library that is there. *Small*
//! compiles the library along with the widget, for size and with panics that end at once instead of writing a
//! message nobody reads: half as much for a shopper to load (12.6 instead of 25.8 KB), a minute more to
//! build. It needs the library's source; where that is missing, quick must do.

use crate::machine::npm_platform;
use crate::prelude::*;
use crate::setup::wasm_std::{TRIPLE, has_source};
use crate::setup::{node, wasm_bindgen};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Finish {
    /// For trying whether a test notices a defect: nothing is made small.
    Rough,
    /// For looking and testing.
    Quick,
    /// For publishing.
    Small,
}

impl Finish {
    /// The finish that this machine has what it takes for.
    pub(crate) fn possible(self) -> Self {
        if self == Self::Small && !has_source() { Self::Quick } else { self }
    }
}

/// Compiles a crate, and says where its wasm is before any further tool has had it.
pub(super) fn compile(house: &House, task: &Task, package: &str, finish: Finish) -> Outcome<PathBuf> {
    let mut command =
        cargo(house, &["build", "--release", "--package", package, "--lib", "--target", TRIPLE]);
    let (target, log) = match finish {
        Finish::Rough | Finish::Quick => (house.wasm_target(), format!("build-{package}")),
        Finish::Small => (house.wasm_target().join("small"), format!("build-{package}-small")),
    };
    command.env("CARGO_TARGET_DIR", &target);
    if package == "widget" {
        // What a shopper waits for is bytes, not cycles; the Worker's profile keeps its own balance.
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z");
    }
    if finish == Finish::Small {
        // The first lets a stable compiler take the options that are still called unstable.
        // Nobody reads where a panic was or what a value looked like.
        command.env("RUSTC_BOOTSTRAP", "1").env(
            "RUSTFLAGS",
            "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none",
        );
        command.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
    }
    run(house, task, &log, command)?;
    Ok(target.join(TRIPLE).join(format!("release/{package}.wasm")))
}

/// Makes the glue of a compiled module, and says in which folder.
pub(super) fn bind(
    house: &House,
    task: &Task,
    name: &str,
    compiled: &Path,
    options: &[&str],
) -> Outcome<PathBuf> {
    let glue = house.wasm_target().join(format!("{name}-glue"));
    let mut command = Command::new(wasm_bindgen::find(house)?);
    command.args(options).args(["--no-typescript", "--out-dir"]).arg(&glue).arg(compiled);
    run(house, task, &format!("{name}-bindgen"), command)?;
    Ok(glue)
}

/// The command by which wasm-opt makes the module `to` of `from`.
pub(super) fn wasm_opt(house: &House, from: &Path, to: &Path, options: &str) -> Outcome<Command> {
    let mut command = node::tool(house, house.at("node_modules/.bin/wasm-opt"))?;
    command.args(options.split_whitespace()).arg(from).arg("-o").arg(to);
    Ok(command)
}

/// esbuild: the program itself rather than its start script, which is slower and needs Node on PATH.
pub(super) fn esbuild(house: &House, options: &[&str]) -> Command {
    let mut command = Command::new(house.at(format!("node_modules/@esbuild/{}/bin/esbuild", npm_platform())));
    command.args(options).args(["--minify", "--legal-comments=none", "--log-level=warning"]);
    command.current_dir(house.root());
    command
}
