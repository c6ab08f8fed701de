//! Debian's packages: installed only where they can be without a question, that is as root on Debian, and not
//! when `XTASK_NO_APT` forbids it. Each is named before it is installed.

use crate::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Set to anything, it forbids to install packages of the system.
const FORBIDDEN: &str = "XTASK_NO_APT";

/// Whether the lists are up to date. There is one lock on the packages for the whole machine, so this lets
/// one caller in at a time.
static LISTS: Mutex<bool> = Mutex::new(false);

/// Why packages cannot be installed here, if they cannot.
pub(super) fn refusal() -> Option<&'static str> {
    let is_debian =
        read(Path::new("/etc/os-release")).is_ok_and(|text| text.lines().any(|line| line == "ID=debian"));
    if std::env::var_os(FORBIDDEN).is_some_and(|value| !value.is_empty()) {
        Some("XTASK_NO_APT forbids to install them")
    } else if !is_debian || on_path("apt-get").is_none() {
        Some("this is not Debian")
    } else if !rustix::process::geteuid().is_root() {
        Some("only root may install Debian's packages")
    } else {
        None
    }
}

/// Installs the packages, or says why not.
pub(super) fn install(house: &House, task: &Task, log: &str, packages: &[&str]) -> Outcome {
    let names = packages.join(" ");
    if let Some(why) = refusal() {
        return Err(Problem::new(format!("the packages {names} are missing, and {why}")));
    }
    task.note(&format!("as root: apt-get install {names}   ({FORBIDDEN}=1 forbids it)"));
    let mut up_to_date = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    if !*up_to_date {
        run(house, task, "apt-update", apt(&["update"]))?;
        *up_to_date = true;
    }
    run(house, task, log, apt(&[&["install", "-y", "--no-install-recommends"], packages].concat()))
}

fn apt(words: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=300"]).args(words);
    command
}
