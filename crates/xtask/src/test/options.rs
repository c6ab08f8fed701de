//! What a run of the tests is asked for, and what it needs of the machine.

use crate::setup::Need;
use clap::ValueEnum;

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Suite {
    /// Formatting, clippy, that the pure crates stay pure, and what others wrote
    Lint,
    /// The Rust tests, on this machine
    Host,
    /// What the project says of itself: its lists of sabotages and of promises
    Project,
    /// The Worker in workerd, against the simulator and a second gateway; a shop's own folder
    Worker,
    /// The simulator as a program: its pages, its faults, and SDKs that are not ours
    Simulator,
    /// The whole payment in real browsers: Chromium, and Firefox and WebKit where they are
    Browser,
}

impl Suite {
    /// As `--only` calls it.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The folders of its files of Node tests.
    pub(super) fn folders(self) -> &'static [&'static str] {
        match self {
            Self::Lint | Self::Host => &[],
            Self::Project => &["tests/project"],
            Self::Worker => &["tests/worker", "tests/kit"],
            Self::Simulator => &["tests/simulator"],
            Self::Browser => &["tests/widget", "tests/browser", "tests/browser/webkit"],
        }
    }

    /// What its tests need besides what is built.
    fn needs(self) -> &'static [Need] {
        match self {
            Self::Lint => &[Need::CargoDeny],
            Self::Project => &[],
            // Our signatures are compared with those of SDKs in JavaScript and in Python.
            Self::Host => &[Need::Node, Need::NodeModules, Need::SdkPython],
            Self::Worker => &[Need::Programs, Need::Php, Need::SdkPython],
            Self::Simulator => &[Need::Chromium, Need::ChromiumShell, Need::Programs, Need::SdkPython],
            Self::Browser => &[Need::Chromium, Need::ChromiumShell, Need::Firefox, Need::WebKit],
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only these, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(super) only: Vec<Suite>,
    /// Run only the tests whose name contains this text; fails when no test does
    #[arg(last = true)]
    pub(super) filter: Option<String>,
}

impl Options {
    pub(super) fn wants(&self, suite: Suite) -> bool {
        if self.only.is_empty() {
            // A filter is for tests; checks have no names.
            suite != Suite::Lint || self.filter.is_none()
        } else {
            self.only.contains(&suite)
        }
    }

    /// Whether every test was asked for.
    pub(super) fn is_whole(&self) -> bool {
        self.only.is_empty() && self.filter.is_none()
    }

    pub(super) fn wanted(&self) -> impl Iterator<Item = Suite> {
        Suite::value_variants().iter().copied().filter(|suite| self.wants(*suite))
    }

    /// Whether a suite is wanted whose tests Node runs.
    pub(super) fn wants_node(&self) -> bool {
        self.wanted().any(|suite| !suite.folders().is_empty())
    }

    pub(super) fn needs(&self) -> Vec<Need> {
        let built: &[Need] = if self.wants_node() { &Need::PUBLISH } else { &[] };
        self.wanted().flat_map(Suite::needs).chain(built).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_wanted_unless_something_is_named_and_a_filter_leaves_out_what_has_no_names() {
        let wanted = |only: &[Suite], filter: Option<&str>| {
            Options { only: only.to_vec(), filter: filter.map(str::to_owned) }.wanted().collect::<Vec<_>>()
        };
        assert_eq!(wanted(&[], None), Suite::value_variants());
        assert_eq!(wanted(&[], Some("paid")), Suite::value_variants()[1..]);
        assert_eq!(wanted(&[Suite::Browser, Suite::Lint], None), [Suite::Lint, Suite::Browser]);
    }
}
