//! The standard library for wasm32, the compiler that has it, and the source of the library.
//!
//! Usually `rustup target add` brings it. Where rustup is missing or cannot reach its server, Debian has a
//! newer Rust with the library's source under /usr; the library is built from that once (half a minute) and
//! put where that compiler looks for it. wasm builds then use Debian's compiler, everything else goes on with
//! the user's own.

use super::{About, Lane, Part, State, debian};
use crate::house::{House, clear, copy, entries, make_folder, write};
use crate::machine::{command_with_path, on_path};
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::{ask, run, run_within};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub(crate) const TRIPLE: &str = "wasm32-unknown-unknown";

/// rustup asks its server again and again when a proxy swallows the question.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

const TARGET: [&str; 3] = ["target", "add", TRIPLE];
const SOURCE: [&str; 3] = ["component", "add", "rust-src"];

/// Debian's Rust of the newest line, its linker for wasm, and the standard library's source.
const DEBIAN_RUST: [&str; 7] =
    ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "rust-web-clippy", "rustfmt-web", "lld-22"];

const BUILD_STD: [&str; 5] =
    ["build", "--release", "-Zbuild-std=std,panic_abort,panic_unwind", "--target", TRIPLE];

/// A compiler that can build for wasm32.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WasmRust {
    /// The one on PATH.
    Own,
    /// Debian's, under /usr/bin.
    Debian,
}

impl WasmRust {
    pub(crate) fn find() -> Option<Self> {
        [Self::Own, Self::Debian]
            .into_iter()
            .find(|rust| rust.library().is_some_and(|folder| has_std(&folder)))
    }

    pub(crate) fn find_or_say() -> Outcome<Self> {
        Self::find().ok_or_else(|| {
            Problem::new("no compiler here has the wasm32 standard library").mend("cargo xtask setup")
        })
    }

    /// A program of this compiler, which has it and all that it starts use this compiler.
    pub(crate) fn command(self, program: &str) -> Command {
        let Self::Debian = self else { return Command::new(program) };
        let folder = Path::new("/usr/bin");
        let mut command = command_with_path(folder.join(program), &[folder]);
        // These point into rustup's toolchain, whose cargo started us.
        for name in ["RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH", "RUSTC", "RUSTDOC", "CARGO"] {
            command.env_remove(name);
        }
        command
    }

    /// The compiler's own words on its version.
    pub(crate) fn version(self) -> Option<String> {
        ask(self.command("rustc").arg("--version"))
    }

    /// The source of the standard library, when it is there.
    pub(crate) fn library_source(self) -> Option<PathBuf> {
        let root = ask(self.command("rustc").args(["--print", "sysroot"])).map(PathBuf::from)?;
        let source = root.join("lib/rustlib/src/rust/library");
        source.join("Cargo.lock").exists().then_some(source)
    }

    fn library(self) -> Option<PathBuf> {
        ask(self.command("rustc").args(["--print", "target-libdir", "--target", TRIPLE])).map(PathBuf::from)
    }
}

fn has_std(folder: &Path) -> bool {
    let is_std =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libstd-"));
    entries(folder).is_ok_and(|files| files.iter().any(is_std))
}

pub(super) struct WasmStd;

impl Part for WasmStd {
    fn about(&self) -> About {
        About::needed("wasm32 standard library", "the Worker and the widget", Lane::SystemPackages)
    }

    fn look(&self, _: &House) -> State {
        let Some(rust) = WasmRust::find() else {
            return State::Missing(format!("no Rust here can compile for {TRIPLE}"));
        };
        let place = match rust {
            WasmRust::Own => "",
            WasmRust::Debian => " under /usr/bin",
        };
        State::Ready(rust.version().unwrap_or_default() + place)
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        let refused = match by_rustup(house, task, &TARGET) {
            Ok(()) => return Ok(()),
            Err(problem) => problem,
        };
        if debian::refusal().is_some() {
            return Err(refused);
        }
        task.note("rustup could not add it; building it from Debian's source instead");
        debian::install(house, task, "wasm-std-packages", &DEBIAN_RUST)?;
        build_from_source(house, task)?;
        // What an older library left behind would not link with this one.
        clear(&house.wasm_target())
    }

    fn remedy(&self, _: &House) -> String {
        format!(
            "rustup {}\n(or, as root on Debian: apt-get update, then this command again)",
            TARGET.join(" ")
        )
    }
}

/// The source of the standard library, by which the widget is compiled as small as it is published. Debian's
/// Rust brings it along.
pub(super) struct StdSource;

impl Part for StdSource {
    fn about(&self) -> About {
        // rustup does one thing at a time, and the compiler must be known.
        About::optional("standard library source", "the widget at its published size", Lane::SystemPackages)
    }

    fn look(&self, _: &House) -> State {
        match WasmRust::find() {
            None => State::Missing("no Rust for wasm yet".to_owned()),
            Some(rust) if rust.library_source().is_some() => State::Ready("of the same compiler".to_owned()),
            Some(_) => State::Missing("this Rust came without it".to_owned()),
        }
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        by_rustup(house, task, &SOURCE)
    }

    fn remedy(&self, _: &House) -> String {
        format!("rustup {}", SOURCE.join(" "))
    }
}

fn by_rustup(house: &House, task: &Task, words: &[&str]) -> Outcome {
    if on_path("rustup").is_none() {
        return Err(Problem::new("the Rust on this machine is not rustup's"));
    }
    let mut command = Command::new("rustup");
    command.args(words).env("RUSTUP_MAX_RETRIES", "1");
    run_within(house, task, "rustup", command, RUSTUP_LIMIT)
}

/// Builds the library as a by-product of an empty crate, then copies it to where Debian's compiler looks.
fn build_from_source(house: &House, task: &Task) -> Outcome {
    let folder = house.tools().join("wasm-std");
    write(&folder.join("Cargo.toml"), EMPTY_CRATE)?;
    write(&folder.join("src/lib.rs"), "")?;
    let mut command = WasmRust::Debian.command("cargo");
    command.args(BUILD_STD).current_dir(&folder);
    command.env("CARGO_TARGET_DIR", folder.join("target"));
    // The first lets a stable compiler build its own library; without bitcode in it, link-time optimisation
    // fails later.
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Cembed-bitcode=yes");
    run(house, task, "wasm-std", command)?;

    let built = folder.join("target").join(TRIPLE).join("release/deps");
    let library = WasmRust::Debian
        .library()
        .ok_or_else(|| Problem::new("/usr/bin/rustc does not say where its libraries are"))?;
    make_folder(&library)?;
    for file in entries(&built)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".rlib") && !name.starts_with("libempty") {
            copy(&file, &library.join(&*name))?;
        }
    }
    clear(&folder)
}

/// `[workspace]` keeps cargo from taking it for a member of ours.
const EMPTY_CRATE: &str =
    "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n";
