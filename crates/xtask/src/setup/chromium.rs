//! A Chromium for the browser tests: the one `CHROME_BIN` names, one on PATH, one in the usual place of macOS, or
//! Debian's package.

use super::{Lane, Part, State, debian};
use crate::house::House;
use crate::machine::{is_program, on_path};
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::ask;
use std::path::PathBuf;
use std::process::Command;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

pub(crate) fn find() -> Option<PathBuf> {
    if let Some(named) = named() {
        return is_program(&named).then_some(named);
    }
    let macos = PathBuf::from(MACOS);
    NAMES.into_iter().find_map(on_path).or_else(|| is_program(&macos).then_some(macos))
}

fn named() -> Option<PathBuf> {
    std::env::var_os("CHROME_BIN").filter(|name| !name.is_empty()).map(PathBuf::from)
}

pub(super) struct Chromium;

impl Part for Chromium {
    fn name(&self) -> &'static str {
        "Chromium"
    }

    fn wanted_for(&self) -> &'static str {
        "the browser tests"
    }

    fn lane(&self) -> Lane {
        Lane::SystemPackages
    }

    fn look(&self, _: &House) -> State {
        match (find(), named()) {
            (Some(program), _) => {
                let version = ask(Command::new(&program).arg("--version")).unwrap_or_default();
                State::Ready(format!("{} at {}", short_version(&version), program.display()))
            }
            (None, Some(named)) => {
                State::Missing(format!("CHROME_BIN names {}, which is no program", named.display()))
            }
            (None, None) => State::Missing("no Chromium or Chrome on PATH".to_owned()),
        }
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        if let Some(named) = named() {
            return Err(Problem::new(format!("CHROME_BIN names {}, which is no program", named.display())));
        }
        debian::install(house, task, "chromium", &["chromium"])
    }

    fn remedy(&self, _: &House) -> String {
        "install Chromium or Chrome, or name one you have: CHROME_BIN=/path/to/chrome\n(as root on Debian: apt-get install chromium)"
            .to_owned()
    }
}

/// `Chromium 156.0.8078.73 built on …` without the rest.
fn short_version(text: &str) -> String {
    text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}
