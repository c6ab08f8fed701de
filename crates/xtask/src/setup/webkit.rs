//! WebKit, the third engine of the tests: WebKitGTK's own driver, which starts the browser that belongs to it, and a screen
//! that exists in memory only. The browser has no mode without windows, so the driver is of no use without the screen.

use super::{Lane, Part, State, debian};
use crate::house::House;
use crate::machine::{is_program, on_path};
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use std::path::PathBuf;

/// One of the two programs.
struct Program {
    name: &'static str,
    /// Names another one to use.
    variable: &'static str,
    /// Debian's.
    package: &'static str,
}

const DRIVER: Program =
    Program { name: "WebKitWebDriver", variable: "WEBKIT_DRIVER_BIN", package: "webkit2gtk-driver" };
const SCREEN: Program = Program { name: "Xvfb", variable: "XVFB_BIN", package: "xvfb" };

impl Program {
    fn find(&self) -> Option<PathBuf> {
        match self.named() {
            Some(named) => is_program(&named).then_some(named),
            None => on_path(self.name),
        }
    }

    fn named(&self) -> Option<PathBuf> {
        std::env::var_os(self.variable).filter(|name| !name.is_empty()).map(PathBuf::from)
    }

    /// What is wrong, if it is not there.
    fn trouble(&self) -> Option<String> {
        match (self.find(), self.named()) {
            (Some(_), _) => None,
            (None, Some(named)) => {
                Some(format!("{} names {}, which is no program", self.variable, named.display()))
            }
            (None, None) => Some(format!("no {} on PATH", self.name)),
        }
    }
}

/// The variables of the tests with the programs for them; none when one of the two is missing.
pub(crate) fn find_webkit() -> Vec<(&'static str, PathBuf)> {
    let found = [DRIVER, SCREEN].map(|program| program.find().map(|path| (program.variable, path)));
    found.into_iter().collect::<Option<Vec<_>>>().unwrap_or_default()
}

pub(super) struct WebKit;

impl Part for WebKit {
    fn name(&self) -> &'static str {
        "WebKit"
    }

    fn wanted_for(&self) -> &'static str {
        "the browser tests' third engine"
    }

    fn lane(&self) -> Lane {
        Lane::SystemPackages
    }

    fn look(&self, _: &House) -> State {
        let troubles: Vec<String> = [DRIVER, SCREEN].iter().filter_map(Program::trouble).collect();
        if troubles.is_empty() {
            let places: Vec<String> =
                find_webkit().iter().map(|(_, program)| program.display().to_string()).collect();
            // The driver does not tell its version.
            State::Ready(places.join(" with "))
        } else {
            State::Missing(troubles.join("; "))
        }
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        let named =
            [DRIVER, SCREEN].iter().filter(|program| program.named().is_some()).find_map(Program::trouble);
        if let Some(trouble) = named {
            return Err(Problem::new(trouble));
        }
        let missing: Vec<&str> = [DRIVER, SCREEN]
            .iter()
            .filter(|program| program.find().is_none())
            .map(|program| program.package)
            .collect();
        debian::install(house, task, "webkit", &missing)
    }

    fn remedy(&self, _: &House) -> String {
        let [named, packages] = [
            [DRIVER, SCREEN]
                .map(|program| format!("{}=/path/to/{}", program.variable, program.name))
                .join(" "),
            [DRIVER, SCREEN].map(|program| program.package).join(" "),
        ];
        format!(
            "install WebKitGTK's driver and Xvfb, or name those you have: {named}\n(as root on Debian: apt-get install {packages})"
        )
    }

    fn may_be_missing(&self) -> bool {
        true
    }
}
