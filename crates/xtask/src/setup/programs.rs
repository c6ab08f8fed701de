//! The programs that tests start: curl for the examples of READMEs, openssl for those and for certificates that only a
//! test believes. Most machines have both; a bare Debian has neither.

use super::{Lane, Part, State, debian};
use crate::house::House;
use crate::machine::on_path;
use crate::problem::Outcome;
use crate::progress::Task;

/// Debian's packages have the same names.
const PROGRAMS: [&str; 2] = ["curl", "openssl"];

pub(super) struct Programs;

impl Part for Programs {
    fn name(&self) -> &'static str {
        "curl and openssl"
    }

    fn wanted_for(&self) -> &'static str {
        "the tests of the simulator and of the examples"
    }

    fn lane(&self) -> Lane {
        Lane::SystemPackages
    }

    fn look(&self, _: &House) -> State {
        let missing = missing();
        if missing.is_empty() {
            State::Ready("on PATH".to_owned())
        } else {
            State::Missing(format!("no {} on PATH", missing.join(" and no ")))
        }
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        debian::install(house, task, "programs", &missing())
    }

    fn remedy(&self, _: &House) -> String {
        let packages = PROGRAMS.join(" ");
        format!("install {}\n(as root on Debian: apt-get install {packages})", PROGRAMS.join(" and "))
    }
}

fn missing() -> Vec<&'static str> {
    PROGRAMS.into_iter().filter(|program| on_path(program).is_none()).collect()
}
