//! Makes the machine ready: looks at every part a command needs, installs those that are missing, and does
//! nothing twice. Parts that use different things of the machine (system packages, the compiler, the npm
//! registry) are installed at the same time; parts of one lane one after the other, in the order of
//! `parts()`.

mod debian;
pub(crate) mod node;
pub(crate) mod node_modules;
mod programs;
mod sdk_python;
mod wasm_bindgen;
pub(crate) mod wasm_std;

pub(crate) use programs::browsers;
pub(crate) use sdk_python::find as find_sdk_python;
pub(crate) use wasm_bindgen::wasm_bindgen;

use crate::house::House;
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use std::thread;

/// One thing that must be on the machine.
pub(crate) trait Part: Sync {
    fn about(&self) -> About;
    /// Whether it is there. Quick, and changes nothing.
    fn look(&self, house: &House) -> State;
    /// Called only when it is missing. The caller looks again afterwards.
    fn install(&self, house: &House, task: &Task) -> Outcome;
    /// The command by which a person puts it there.
    fn remedy(&self, house: &House) -> String;
}

#[derive(Clone, Copy)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    /// What the project cannot do without it.
    pub(crate) wanted_for: &'static str,
    lane: Lane,
    /// Without an optional part the work still goes on; what is left out is said.
    pub(crate) is_optional: bool,
}

impl About {
    const fn needed(name: &'static str, wanted_for: &'static str, lane: Lane) -> Self {
        Self { name, wanted_for, lane, is_optional: false }
    }

    const fn optional(name: &'static str, wanted_for: &'static str, lane: Lane) -> Self {
        Self { name, wanted_for, lane, is_optional: true }
    }
}

pub(crate) enum State {
    /// With the version or the place.
    Ready(String),
    /// With what is wrong.
    Missing(String),
}

/// What parts of one lane share, so that two of them at once would only wait for each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    SystemPackages,
    Compiler,
    Npm,
    Python,
}

const LANES: [Lane; 4] = [Lane::SystemPackages, Lane::Compiler, Lane::Npm, Lane::Python];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    WasmStd,
    WasmBindgen,
    Node,
    NodeModules,
    Chromium,
    ChromiumShell,
    Firefox,
    WebKit,
    Programs,
    SdkPython,
    StdSource,
}

/// The part of each need, in the order in which one needs the other.
static PARTS: [(Need, &dyn Part); 11] = [
    (Need::WasmStd, &wasm_std::WasmStd),
    (Need::StdSource, &wasm_std::StdSource),
    (Need::WasmBindgen, &wasm_bindgen::WasmBindgen),
    (Need::Node, &node::Node),
    (Need::NodeModules, &node_modules::NodeModules),
    (Need::Chromium, &programs::CHROMIUM),
    (Need::ChromiumShell, &programs::CHROMIUM_SHELL),
    (Need::Firefox, &programs::FIREFOX),
    (Need::WebKit, &programs::WEBKIT),
    (Need::Programs, &programs::CURL_AND_OPENSSL),
    (Need::SdkPython, &sdk_python::SdkPython),
];

impl Need {
    /// What turns the sources into the Worker and the widget.
    pub(crate) const BUILD: [Self; 4] = [Self::WasmStd, Self::WasmBindgen, Self::Node, Self::NodeModules];
    /// The same, as it is published.
    pub(crate) const PUBLISH: [Self; 5] =
        [Self::WasmStd, Self::StdSource, Self::WasmBindgen, Self::Node, Self::NodeModules];

    pub(crate) fn all() -> Vec<Self> {
        PARTS.iter().map(|(need, _)| *need).collect()
    }
}

/// Looks at the parts of these needs at the same time.
pub(crate) fn look(house: &House, needs: &[Need]) -> Vec<(&'static dyn Part, State)> {
    thread::scope(|scope| {
        let parts = PARTS.iter().filter(|(need, _)| needs.contains(need)).map(|(_, part)| *part);
        let looks: Vec<_> = parts.map(|part| (part, scope.spawn(move || part.look(house)))).collect();
        let state = |looking: thread::ScopedJoinHandle<'_, State>| {
            looking.join().unwrap_or_else(|_| State::Missing("could not be looked at".to_owned()))
        };
        looks.into_iter().map(|(part, looking)| (part, state(looking))).collect()
    })
}

/// Makes all the needs ready. Says nothing and is quick when they are.
pub(crate) fn ready(house: &House, needs: &[Need]) -> Outcome {
    if missing(house, needs).is_empty() {
        return Ok(());
    }
    let _alone = house.lock("setup")?;
    let missing = missing(house, needs);
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("Setting up what is missing (only once):");
    let problems: Vec<Problem> = thread::scope(|scope| {
        let lanes: Vec<_> = LANES
            .into_iter()
            .map(|lane| {
                let parts = missing.iter().filter(move |part| part.about().lane == lane);
                scope.spawn(|| parts.filter_map(|part| install(house, *part).err()).collect::<Vec<_>>())
            })
            .collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap_or_default()).collect()
    });
    all_of(problems)
}

fn missing(house: &House, needs: &[Need]) -> Vec<&'static dyn Part> {
    let looks = look(house, needs).into_iter();
    looks.filter(|(_, state)| matches!(state, State::Missing(_))).map(|(part, _)| part).collect()
}

fn install(house: &House, part: &dyn Part) -> Outcome {
    let About { name, wanted_for, is_optional, .. } = part.about();
    let task = Task::start(name);
    let outcome = part.install(house, &task).and_then(|()| match part.look(house) {
        State::Ready(state) => Ok(state),
        State::Missing(why) => Err(Problem::new(format!("{name} was installed, but {why}"))),
    });
    match outcome {
        Ok(state) => {
            task.done(&state);
            Ok(())
        }
        Err(problem) if is_optional => {
            task.failed(&format!("left out; {wanted_for} will be skipped"));
            eprintln!("{}", problem.mend(part.remedy(house)));
            Ok(())
        }
        Err(problem) => {
            task.failed("failed");
            Err(problem.mend(part.remedy(house)))
        }
    }
}

fn all_of(problems: Vec<Problem>) -> Outcome {
    problems.iter().for_each(|problem| eprintln!("{problem}\n"));
    let what = match problems.len() {
        0 => return Ok(()),
        1 => "one part is missing, see above".to_owned(),
        count => format!("{count} parts are missing, see above"),
    };
    Err(Problem::new(what).mend("cargo xtask doctor   (shows the state of every part)"))
}
