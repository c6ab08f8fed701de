//! Compiles the Worker and the widget to wasm; the widget in one of two ways.
//!
//! *Quick* links the standard library that is there. *Small* compiles the library along with the widget, for
//! size and with panics that end at once instead of writing a message nobody reads: half as much for a
//! shopper to load (12.6 instead of 25.8 KB), a minute more to build. It needs the library's source; where
//! that is missing, quick must do.

use crate::house::House;
use crate::problem::Outcome;
use crate::progress::Task;
use crate::run::run;
use crate::setup::wasm_std::{TRIPLE, WasmRust};
use std::path::PathBuf;

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
    /// Whether this machine has what it takes.
    pub(crate) fn can_be_had(self) -> Outcome<bool> {
        Ok(self.possible(WasmRust::find_or_say()?) == self)
    }

    /// The finish that can be had with this compiler.
    pub(super) fn possible(self, rust: WasmRust) -> Self {
        match self {
            Self::Small if rust.library_source().is_none() => Self::Quick,
            possible => possible,
        }
    }
}

/// Compiles a crate, and says where its wasm is before any further tool has had it.
pub(super) fn compile(
    house: &House,
    task: &Task,
    rust: WasmRust,
    package: &str,
    finish: Finish,
) -> Outcome<PathBuf> {
    let mut command = rust.command("cargo");
    command.args(["build", "--release", "--package", package, "--lib", "--target", TRIPLE]);
    let (target, log) = match finish {
        Finish::Rough | Finish::Quick => (house.wasm_target(), format!("build-{package}")),
        Finish::Small => (house.wasm_target().join("small"), format!("build-{package}-small")),
    };
    command.env("CARGO_TARGET_DIR", &target).current_dir(house.root());
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
