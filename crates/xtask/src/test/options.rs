//! What a run of the tests is asked for, and what it needs of the machine.

use crate::setup::Need;
use clap::ValueEnum;

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Suite {
    /// Formatting, clippy, and that the pure crates stay pure
    Lint,
    /// The Rust tests, on this machine
    Host,
    /// What the project says of itself: its lists of sabotages and of promises
    Project,
    /// The Worker in workerd, against the simulator and a second gateway
    Worker,
    /// The simulator as a program: its pages, its faults, and SDKs that are not ours
    Simulator,
    /// The whole payment in real browsers: Chromium, and Firefox and WebKit where they are
    Browser,
}

impl Suite {
    const ALL: [Self; 6] =
        [Self::Lint, Self::Host, Self::Project, Self::Worker, Self::Simulator, Self::Browser];
    /// Those whose tests Node runs.
    const OF_NODE: [Self; 4] = [Self::Project, Self::Worker, Self::Simulator, Self::Browser];

    /// As `--only` calls it.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The folders of its files of Node tests.
    pub(super) fn folders(self) -> &'static [&'static str] {
        match self {
            Self::Lint | Self::Host => &[],
            Self::Project => &["tests/project"],
            Self::Worker => &["tests/worker"],
            Self::Simulator => &["tests/simulator"],
            Self::Browser => &["tests/widget", "tests/browser", "tests/browser/webkit"],
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
        Suite::ALL.into_iter().filter(|suite| self.wants(*suite))
    }

    pub(super) fn wanted_of_node(&self) -> impl Iterator<Item = Suite> {
        Suite::OF_NODE.into_iter().filter(|suite| self.wants(*suite))
    }

    pub(super) fn wants_node(&self) -> bool {
        self.wanted_of_node().next().is_some()
    }

    pub(super) fn needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        if self.wants_node() {
            needs.extend(Need::PUBLISH);
        } else if self.wants(Suite::Host) {
            // Our signatures are compared with those of SDKs in JavaScript, and below in Python.
            needs.extend([Need::Node, Need::NodeModules]);
        }
        if self.wants(Suite::Browser) || self.wants(Suite::Simulator) {
            needs.extend([Need::Chromium, Need::ChromiumShell]);
        }
        if self.wants(Suite::Browser) {
            needs.extend([Need::Firefox, Need::WebKit]);
        }
        if self.wants(Suite::Worker) || self.wants(Suite::Simulator) {
            needs.push(Need::Programs);
        }
        if self.wants(Suite::Host) || self.wants(Suite::Worker) || self.wants(Suite::Simulator) {
            needs.push(Need::SdkPython);
        }
        needs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs_of(only: &[Suite]) -> Vec<Need> {
        Options { only: only.to_vec(), filter: None }.needs()
    }

    #[test]
    fn the_host_tests_alone_are_given_the_sdks_they_compare_with() {
        for need in [Need::Node, Need::NodeModules, Need::SdkPython] {
            assert!(needs_of(&[Suite::Host]).contains(&need), "{need:?}");
        }
    }

    #[test]
    fn tests_are_given_the_programs_they_start() {
        for need in [Need::Programs, Need::SdkPython] {
            assert!(needs_of(&[Suite::Worker]).contains(&need), "{need:?}");
        }
        for need in [Need::Programs, Need::SdkPython, Need::Chromium] {
            assert!(needs_of(&[Suite::Simulator]).contains(&need), "{need:?}");
        }
        for need in [Need::Chromium, Need::Firefox, Need::WebKit] {
            assert!(needs_of(&[Suite::Browser]).contains(&need), "{need:?}");
        }
    }

    #[test]
    fn nothing_is_installed_twice() {
        for chosen in 0..1_usize << Suite::ALL.len() {
            let only: Vec<Suite> = Suite::ALL
                .into_iter()
                .enumerate()
                .filter(|(at, _)| chosen >> at & 1 == 1)
                .map(|(_, suite)| suite)
                .collect();
            let needs = needs_of(&only);
            for need in Need::all() {
                assert!(needs.iter().filter(|&&other| other == need).count() <= 1, "{need:?} of {only:?}");
            }
        }
    }

    #[test]
    fn all_is_wanted_unless_something_is_named_and_a_filter_leaves_out_what_has_no_names() {
        let wanted = |only: &[Suite], filter: Option<&str>| {
            Options { only: only.to_vec(), filter: filter.map(str::to_owned) }.wanted().collect::<Vec<_>>()
        };
        assert_eq!(wanted(&[], None), Suite::ALL);
        assert_eq!(wanted(&[], Some("paid")), Suite::ALL[1..]);
        assert_eq!(wanted(&[Suite::Browser, Suite::Lint], None), [Suite::Lint, Suite::Browser]);
    }
}
