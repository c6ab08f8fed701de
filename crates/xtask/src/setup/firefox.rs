//! A Firefox for those browser tests that a second engine should see: the one `FIREFOX_BIN` names, one on PATH, one in
//! the usual place of macOS, or Debian's package. The tests drive it by WebDriver BiDi, which needs no patched build.

use super::{Lane, Part, State, debian};
use crate::house::House;
use crate::machine::{is_program, on_path};
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::ask;
use std::path::PathBuf;
use std::process::Command;

const NAMES: [&str; 2] = ["firefox-esr", "firefox"];
const MACOS: &str = "/Applications/Firefox.app/Contents/MacOS/firefox";

pub(crate) fn find() -> Option<PathBuf> {
    if let Some(named) = named() {
        return is_program(&named).then_some(named);
    }
    let macos = PathBuf::from(MACOS);
    NAMES.into_iter().find_map(on_path).or_else(|| is_program(&macos).then_some(macos))
}

fn named() -> Option<PathBuf> {
    std::env::var_os("FIREFOX_BIN").filter(|name| !name.is_empty()).map(PathBuf::from)
}

pub(super) struct Firefox;

impl Part for Firefox {
    fn name(&self) -> &'static str {
        "Firefox"
    }

    fn wanted_for(&self) -> &'static str {
        "the browser tests' second engine"
    }

    fn lane(&self) -> Lane {
        Lane::SystemPackages
    }

    fn look(&self, _: &House) -> State {
        match (find(), named()) {
            (Some(program), _) => {
                let version = ask(Command::new(&program).arg("--version")).unwrap_or_default();
                State::Ready(format!("{version} at {}", program.display()))
            }
            (None, Some(named)) => {
                State::Missing(format!("FIREFOX_BIN names {}, which is no program", named.display()))
            }
            (None, None) => State::Missing("no Firefox on PATH".to_owned()),
        }
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        if let Some(named) = named() {
            return Err(Problem::new(format!("FIREFOX_BIN names {}, which is no program", named.display())));
        }
        debian::install(house, task, "firefox", &["firefox-esr"])
    }

    fn remedy(&self, _: &House) -> String {
        "install Firefox, or name one you have: FIREFOX_BIN=/path/to/firefox\n(as root on Debian: apt-get install firefox-esr)"
            .to_owned()
    }

    fn may_be_missing(&self) -> bool {
        true
    }
}
