//! Programs of the machine that the tests start: the one that a variable names, one on PATH, one in the usual
//! place of macOS, or Debian's package. Browsers are driven as their makers ship them.

use super::parts::Install;
use super::{State, debian};
use crate::prelude::*;

/// Programs that are of use only together.
pub(super) struct Programs {
    /// What will do, in words.
    kinds: &'static str,
    programs: &'static [Program],
}

struct Program {
    /// Names on PATH, or whole paths.
    names: &'static [&'static str],
    /// Debian's.
    package: &'static str,
    /// Names the program to use, and tells the tests of it. Without one the tests find it by themselves.
    variable: Option<&'static str>,
}

pub(super) static CHROMIUM: Programs = Programs {
    kinds: "Chromium or Chrome",
    programs: &[program(
        &[
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ],
        "chromium",
        Some("CHROME_BIN"),
    )],
};

/// Chromium without its windows: the same engine, and a page is up in half the time.
pub(super) static CHROMIUM_SHELL: Programs = Programs {
    kinds: "Chromium's headless shell",
    programs: &[program(
        &["chromium-headless-shell", "chrome-headless-shell"],
        "chromium-headless-shell",
        Some("CHROME_SHELL_BIN"),
    )],
};

pub(super) static FIREFOX: Programs = Programs {
    kinds: "Firefox",
    programs: &[program(
        &["firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"],
        "firefox-esr",
        Some("FIREFOX_BIN"),
    )],
};

/// WebKitGTK's own driver, which starts the browser that belongs to it, and a screen that exists in memory
/// only: this browser has no mode without windows.
pub(super) static WEBKIT: Programs = Programs {
    kinds: "WebKitGTK's driver and Xvfb",
    programs: &[
        program(&["WebKitWebDriver"], "webkit2gtk-driver", Some("WEBKIT_DRIVER_BIN")),
        program(&["Xvfb"], "xvfb", Some("XVFB_BIN")),
    ],
};

/// For the lines in PHP of docs/webhooks.md.
pub(super) static PHP: Programs =
    Programs { kinds: "PHP", programs: &[program(&["php"], "php-cli", Some("PHP_BIN"))] };

/// For the lines in Go of docs/webhooks.md. It is large, so that only `cargo xtask setup` installs it.
pub(super) static GO: Programs =
    Programs { kinds: "Go", programs: &[program(&["go"], "golang-go", Some("GO_BIN"))] };

/// For the examples of READMEs, and for certificates that only a test believes. A bare Debian has neither.
pub(super) static CURL_AND_OPENSSL: Programs = Programs {
    kinds: "curl and openssl",
    programs: &[program(&["curl"], "curl", None), program(&["openssl"], "openssl", None)],
};

const fn program(
    names: &'static [&'static str],
    package: &'static str,
    variable: Option<&'static str>,
) -> Program {
    Program { names, package, variable }
}

/// The variables of the tests with the browsers and languages that are here. Of programs that work together
/// all are here, or none is told.
pub(crate) fn browsers() -> Vec<(&'static str, PathBuf)> {
    let here = [&CHROMIUM, &CHROMIUM_SHELL, &FIREFOX, &WEBKIT, &PHP, &GO].into_iter().filter_map(|it| {
        let places = it.places().ok()?;
        let variables = it.programs.iter().filter_map(|program| program.variable);
        Some(variables.zip(places).collect::<Vec<_>>())
    });
    here.flatten().collect()
}

impl Program {
    /// Where it is, or what is wrong.
    fn find(&self) -> Result<PathBuf, String> {
        let Some(named) = self.named() else {
            let place = self.names.iter().find_map(|name| on_path(name));
            return place.ok_or_else(|| format!("no {} on PATH", self.names[0]));
        };
        let wrong =
            format!("{} names {}, which is no program", self.variable.unwrap_or_default(), named.display());
        is_program(&named).then_some(named).ok_or(wrong)
    }

    fn named(&self) -> Option<PathBuf> {
        std::env::var_os(self.variable?).filter(|name| !name.is_empty()).map(PathBuf::from)
    }
}

impl Programs {
    /// Where all of them are, or what is wrong with one.
    fn places(&self) -> Result<Vec<PathBuf>, String> {
        self.programs.iter().map(Program::find).collect()
    }
}

impl Install for Programs {
    fn look(&self, _: &House) -> State {
        let places = self.places()?;
        Ok(places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(" with "))
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        let missing: Vec<&Program> = self.programs.iter().filter(|program| program.find().is_err()).collect();
        // A package does not mend a wrong variable.
        if let Some(wrong) = missing.iter().find(|program| program.named().is_some()) {
            return Err(Problem::new(wrong.find().err().unwrap_or_default()));
        }
        let packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
        debian::install(house, task, packages[0], &packages)
    }

    fn remedy(&self, _: &House) -> String {
        let packages = self.programs.iter().map(|program| program.package).collect::<Vec<_>>().join(" ");
        let mut remedy = format!("install {}\n(as root on Debian: apt-get install {packages})", self.kinds);
        for variable in self.programs.iter().filter_map(|program| program.variable) {
            remedy += &format!("\nor name what you have: {variable}=/path/to/it");
        }
        remedy
    }
}
