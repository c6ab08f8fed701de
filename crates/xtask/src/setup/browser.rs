//! The browsers of the tests: the one that a variable names, one on PATH, one in the usual place of macOS, or Debian's
//! package. Both engines are driven as their makers ship them: Firefox by WebDriver BiDi, which needs no patched build. WebKit
//! has a file of its own.

use super::{Lane, Part, State, debian};
use crate::house::House;
use crate::machine::{is_program, on_path};
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::ask;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct Browser {
    name: &'static str,
    wanted_for: &'static str,
    /// Names the program to use.
    variable: &'static str,
    /// What will do, in words.
    kinds: &'static str,
    programs: &'static [&'static str],
    macos: Option<&'static str>,
    /// Debian's.
    package: &'static str,
    may_be_missing: bool,
}

pub(crate) static CHROMIUM: Browser = Browser {
    name: "Chromium",
    wanted_for: "the browser tests",
    variable: "CHROME_BIN",
    kinds: "Chromium or Chrome",
    programs: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    macos: Some("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    package: "chromium",
    may_be_missing: false,
};

/// Chromium without its windows: the same engine, and a page is up in half the time.
pub(crate) static CHROMIUM_SHELL: Browser = Browser {
    name: "Chromium's shell",
    wanted_for: "browser tests in half the time",
    variable: "CHROME_SHELL_BIN",
    kinds: "Chromium's headless shell",
    programs: &["chromium-headless-shell", "chrome-headless-shell"],
    macos: None,
    package: "chromium-headless-shell",
    may_be_missing: true,
};

pub(crate) static FIREFOX: Browser = Browser {
    name: "Firefox",
    wanted_for: "the browser tests' second engine",
    variable: "FIREFOX_BIN",
    kinds: "Firefox",
    programs: &["firefox-esr", "firefox"],
    macos: Some("/Applications/Firefox.app/Contents/MacOS/firefox"),
    package: "firefox-esr",
    may_be_missing: true,
};

impl Browser {
    pub(crate) fn find(&self) -> Option<PathBuf> {
        if let Some(named) = self.named() {
            return is_program(&named).then_some(named);
        }
        let macos = || self.macos.map(PathBuf::from).filter(|program| is_program(program));
        self.programs.iter().copied().find_map(on_path).or_else(macos)
    }

    fn named(&self) -> Option<PathBuf> {
        std::env::var_os(self.variable).filter(|name| !name.is_empty()).map(PathBuf::from)
    }

    fn named_wrongly(&self, named: &Path) -> String {
        format!("{} names {}, which is no program", self.variable, named.display())
    }
}

impl Part for Browser {
    fn name(&self) -> &'static str {
        self.name
    }

    fn wanted_for(&self) -> &'static str {
        self.wanted_for
    }

    fn lane(&self) -> Lane {
        Lane::SystemPackages
    }

    fn look(&self, _: &House) -> State {
        match (self.find(), self.named()) {
            (Some(program), _) => {
                let version = ask(Command::new(&program).arg("--version")).unwrap_or_default();
                State::Ready(format!("{} at {}", short_version(&version), program.display()))
            }
            (None, Some(named)) => State::Missing(self.named_wrongly(&named)),
            (None, None) => State::Missing(format!("no {} on PATH", self.kinds)),
        }
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        if let Some(named) = self.named() {
            return Err(Problem::new(self.named_wrongly(&named)));
        }
        debian::install(house, task, self.package, &[self.package])
    }

    fn remedy(&self, _: &House) -> String {
        let Self { kinds, variable, package, .. } = self;
        format!(
            "install {kinds}, or name one you have: {variable}=/path/to/it\n(as root on Debian: apt-get install {package})"
        )
    }

    fn may_be_missing(&self) -> bool {
        self.may_be_missing
    }
}

/// `Chromium 156.0.8078.73 built on …` without what follows the number.
fn short_version(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = words.iter().position(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    words.iter().take(number.map_or(words.len(), |at| at + 1)).copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browsers_version_ends_with_its_number() {
        assert_eq!(short_version("Chromium 156.0.8078.73 built on Debian\n"), "Chromium 156.0.8078.73");
        assert_eq!(short_version("Mozilla Firefox 153.7.0esr"), "Mozilla Firefox 153.7.0esr");
        assert_eq!(short_version("a fork"), "a fork");
    }
}
