//! Programs of the machine that the tests start: the one that a variable names, one on PATH, one in the usual
//! place of macOS, or Debian's package. Browsers are driven as their makers ship them.

use super::{About, Lane, Part, State, debian};
use crate::house::House;
use crate::machine::{is_program, on_path};
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::ask;
use std::path::PathBuf;
use std::process::Command;

/// Programs that are of use only together.
pub(super) struct Programs {
    about: About,
    /// What will do, in words.
    kinds: &'static str,
    programs: &'static [Program],
}

struct Program {
    names: &'static [&'static str],
    /// Names the program to use, and tells the tests of it.
    variable: Option<&'static str>,
    macos: Option<&'static str>,
    /// Debian's.
    package: &'static str,
}

impl Program {
    const fn new(names: &'static [&'static str], package: &'static str, variable: &'static str) -> Self {
        Self { names, package, variable: Some(variable), macos: None }
    }

    const fn on_macos(self, place: &'static str) -> Self {
        Self { macos: Some(place), ..self }
    }

    /// One that the tests find by themselves.
    const fn plain(names: &'static [&'static str; 1]) -> Self {
        Self { names, package: names[0], variable: None, macos: None }
    }
}

const LANE: Lane = Lane::SystemPackages;

pub(super) static CHROMIUM: Programs = Programs {
    about: About::needed("Chromium", "the browser tests", LANE),
    kinds: "Chromium or Chrome",
    programs: &[Program::new(
        &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
        "chromium",
        "CHROME_BIN",
    )
    .on_macos("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")],
};

/// Chromium without its windows: the same engine, and a page is up in half the time.
pub(super) static CHROMIUM_SHELL: Programs = Programs {
    about: About::optional("Chromium's shell", "browser tests in half the time", LANE),
    kinds: "Chromium's headless shell",
    programs: &[Program::new(
        &["chromium-headless-shell", "chrome-headless-shell"],
        "chromium-headless-shell",
        "CHROME_SHELL_BIN",
    )],
};

pub(super) static FIREFOX: Programs = Programs {
    about: About::optional("Firefox", "the browser tests' second engine", LANE),
    kinds: "Firefox",
    programs: &[Program::new(&["firefox-esr", "firefox"], "firefox-esr", "FIREFOX_BIN")
        .on_macos("/Applications/Firefox.app/Contents/MacOS/firefox")],
};

/// WebKitGTK's own driver, which starts the browser that belongs to it, and a screen that exists in memory
/// only: this browser has no mode without windows.
pub(super) static WEBKIT: Programs = Programs {
    about: About::optional("WebKit", "the browser tests' third engine", LANE),
    kinds: "WebKitGTK's driver and Xvfb",
    programs: &[
        Program::new(&["WebKitWebDriver"], "webkit2gtk-driver", "WEBKIT_DRIVER_BIN"),
        Program::new(&["Xvfb"], "xvfb", "XVFB_BIN"),
    ],
};

/// For the examples of READMEs, and for certificates that only a test believes. A bare Debian has neither.
pub(super) static CURL_AND_OPENSSL: Programs = Programs {
    about: About::needed("curl and openssl", "the tests of the simulator and of the examples", LANE),
    kinds: "curl and openssl",
    programs: &[Program::plain(&["curl"]), Program::plain(&["openssl"])],
};

/// The variables of the tests with the browsers that are here. Of programs that work together all are here,
/// or none is told.
pub(crate) fn browsers() -> Vec<(&'static str, PathBuf)> {
    [&CHROMIUM, &CHROMIUM_SHELL, &FIREFOX, &WEBKIT]
        .into_iter()
        .filter_map(Programs::found)
        .flatten()
        .collect()
}

impl Program {
    fn find(&self) -> Option<PathBuf> {
        if let Some(named) = self.named() {
            return is_program(&named).then_some(named);
        }
        let macos = || self.macos.map(PathBuf::from).filter(|program| is_program(program));
        self.names.iter().copied().find_map(on_path).or_else(macos)
    }

    fn named(&self) -> Option<PathBuf> {
        std::env::var_os(self.variable?).filter(|name| !name.is_empty()).map(PathBuf::from)
    }

    /// What is wrong, if it is not there.
    fn trouble(&self) -> Option<String> {
        match (self.find(), self.named()) {
            (Some(_), _) => None,
            (None, Some(named)) => Some(format!(
                "{} names {}, which is no program",
                self.variable.unwrap_or_default(),
                named.display()
            )),
            (None, None) => Some(format!("no {} on PATH", self.names[0])),
        }
    }
}

impl Programs {
    fn found(&self) -> Option<Vec<(&'static str, PathBuf)>> {
        let found = self.programs.iter().map(|it| Some((it.variable.unwrap_or(it.names[0]), it.find()?)));
        found.collect()
    }
}

impl Part for Programs {
    fn about(&self) -> About {
        self.about
    }

    fn look(&self, _: &House) -> State {
        let Some(found) = self.found() else {
            let troubles: Vec<String> = self.programs.iter().filter_map(Program::trouble).collect();
            return State::Missing(troubles.join("; "));
        };
        let places = found.iter().map(|(_, program)| program.display().to_string()).collect::<Vec<_>>();
        // Only browsers tell their version in the same way.
        let version = match found.as_slice() {
            [(_, browser)] => ask(Command::new(browser).arg("--version")).unwrap_or_default(),
            _ => String::new(),
        };
        let at = if version.is_empty() { "" } else { " at " };
        State::Ready(short_version(&version) + at + &places.join(" with "))
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        let missing = || self.programs.iter().filter(|program| program.find().is_none());
        if let Some(trouble) = missing().find(|program| program.named().is_some()).and_then(Program::trouble)
        {
            return Err(Problem::new(trouble));
        }
        let packages: Vec<&str> = missing().map(|program| program.package).collect();
        debian::install(house, task, packages[0], &packages)
    }

    fn remedy(&self, _: &House) -> String {
        let variables: Vec<String> =
            self.programs.iter().filter_map(|it| Some(format!("{}=/path/to/it", it.variable?))).collect();
        let or = if variables.is_empty() { "" } else { ", or name what you have: " };
        let packages = self.programs.iter().map(|program| program.package).collect::<Vec<_>>().join(" ");
        let (kinds, variables) = (self.kinds, variables.join(" "));
        format!("install {kinds}{or}{variables}\n(as root on Debian: apt-get install {packages})")
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
