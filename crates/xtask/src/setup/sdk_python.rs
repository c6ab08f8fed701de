//! A Python of the project's own with `wechatpy` and `wechatpayv3`, SDKs that others wrote: the tests compare
//! our signatures and messages with theirs. It also has PyJWT, for an example of a README, the library of
//! Standard Webhooks, and schemathesis, which holds the Worker to its description. Tests do not run without
//! it, so where it cannot be installed the set-up says so and stops.

use super::parts::Install;
use super::{State, debian};
use crate::build::fingerprint_of_text;
use crate::prelude::*;

const REQUIREMENTS: &str = include_str!("sdk-requirements.txt");

/// The Python that has the SDK in the pinned version.
pub(crate) fn find(house: &House) -> Option<PathBuf> {
    let python = folder(house).join("bin/python");
    let stamp = read(&stamp(house)).ok()?;
    (stamp == fingerprint_of_text(REQUIREMENTS) && is_program(&python)).then_some(python)
}

fn folder(house: &House) -> PathBuf {
    house.tools().join("venv")
}

fn stamp(house: &House) -> PathBuf {
    folder(house).join("installed-for-requirements")
}

pub(super) struct SdkPython;

impl Install for SdkPython {
    fn look(&self, house: &House) -> State {
        let python = find(house).ok_or("no Python with the pinned wechatpy")?;
        Ok(format!("wechatpy at {}", house.short(&python).display()))
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        make_venv(house, task, &folder(house))?;
        let requirements = folder(house).join("requirements.txt");
        write(&requirements, REQUIREMENTS)?;
        let mut pip = Command::new(folder(house).join("bin/python"));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--requirement"])
            .arg(requirements);
        run(house, task, "python-sdk", pip)?;
        write(&stamp(house), fingerprint_of_text(REQUIREMENTS))
    }

    fn remedy(&self, _: &House) -> String {
        "install Python 3 with its venv module (as root on Debian: apt-get install python3-venv)".to_owned()
    }
}

/// Makes a Python of its own in this folder. On Debian it installs Python where it is missing.
pub(super) fn make_venv(house: &House, task: &Task, folder: &Path) -> Outcome {
    let make = || {
        clear(folder)?;
        let mut command = Command::new("python3");
        command.args(["-m", "venv"]).arg(folder);
        run(house, task, "python-venv", command)
    };
    make().or_else(|problem| {
        // There is no Python, or Debian's lacks the half of `venv` that brings pip.
        if debian::refusal().is_some() {
            return Err(problem);
        }
        debian::install(house, task, "python", &["python3", "python3-venv"])?;
        make()
    })
}
