//! Debian's packages: installed only where they can be without a question, that is as root on Debian. There is one
//! lock on them for the whole machine, so one caller at a time.

use crate::house::House;
use crate::machine::on_path;
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::run;
use std::fs;
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
static LISTS: OnceLock<()> = OnceLock::new();

/// Why packages cannot be installed here, if they cannot.
pub(super) fn refusal() -> Option<&'static str> {
    if !is_debian() || on_path("apt-get").is_none() {
        Some("this is not Debian")
    } else if !rustix::process::geteuid().is_root() {
        Some("only root may install Debian's packages")
    } else {
        None
    }
}

fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}

/// Installs the packages, or says why not.
pub(super) fn install(house: &House, task: &Task, log: &str, packages: &[&str]) -> Outcome {
    if let Some(why) = refusal() {
        return Err(Problem::new(format!("the packages {} are missing, and {why}", packages.join(" "))));
    }
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if LISTS.get().is_none() {
        run(house, task, "apt-update", apt("update", &[]))?;
        LISTS.get_or_init(|| ());
    }
    run(house, task, log, apt("install", packages))
}

fn apt(verb: &str, packages: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=300", verb]);
    if !packages.is_empty() {
        command.args(["-y", "--no-install-recommends"]).args(packages);
    }
    command
}
