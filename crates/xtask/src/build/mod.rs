//! Turns the sources into what runs: the simulator (native), the Worker and the widget (wasm). A stage whose
//! inputs are as they were is skipped, so that every command can afford to build first.

mod fresh;
mod office;
mod wasm;
mod widget;
mod worker;

pub(crate) use fresh::fingerprint_of_text;
pub(crate) use wasm::Finish;
pub(crate) use widget::script_for_bundlers;
pub(crate) use worker::names;

use crate::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Target {
    /// The Cloudflare Worker: crates/edge → crates/edge/build/
    Worker,
    /// The browser module: crates/widget → www/widget/
    Widget,
    /// The libraries of the back office: www/admin/vendor.js
    Office,
    /// WeChat Pay on this machine: crates/simulator → target/debug/simulator
    Simulator,
}

impl Target {
    pub(crate) const ALL: [Self; 4] = [Self::Simulator, Self::Widget, Self::Office, Self::Worker];
}

/// Builds these targets; the parts they need must be ready.
pub(crate) fn build(house: &House, targets: &[Target], finish: Finish) -> Outcome {
    for target in targets {
        match target {
            Target::Simulator => simulator(house, &[])?,
            Target::Widget => widget::build(house, finish)?,
            Target::Office => office::build(house)?,
            Target::Worker => worker::build(house, finish)?,
        }
    }
    Ok(())
}

/// Builds the simulator by the user's own cargo. `--release` makes the one that is published.
pub(crate) fn simulator(house: &House, options: &[&str]) -> Outcome {
    let task = Task::start("simulator");
    let mut command = cargo(house, &["build", "--package", "simulator"]);
    command.args(options);
    run(house, &task, "build-simulator", command)?;
    task.done("");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_watched_for_changes_is_there() {
        let house = House::open();
        for input in widget::INPUTS.iter().chain(&worker::INPUTS).chain(&office::INPUTS) {
            assert!(house.at(input).exists(), "{input}");
        }
    }

    /// The crates of ours that this one is made of, at any depth.
    fn made_of(house: &House, name: &str) -> Vec<String> {
        let ours = house.at("crates");
        let manifest = std::fs::read_to_string(ours.join(name).join("Cargo.toml")).expect("a manifest");
        let (_, dependencies) = manifest.split_once("\n[dependencies]\n").expect("dependencies");
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        let names = dependencies.lines().filter_map(|line| line.split([' ', '.', '=']).next());
        let direct = names.filter(|name| !name.is_empty() && ours.join(name).is_dir());
        direct.flat_map(|name| [vec![name.to_owned()], made_of(house, name)].concat()).collect()
    }

    #[test]
    fn a_change_in_any_crate_that_they_are_made_of_builds_the_widget_and_the_worker_again() {
        let house = House::open();
        for (name, inputs) in [("widget", &widget::INPUTS[..]), ("edge", &worker::INPUTS[..])] {
            let crates = made_of(&house, name);
            assert!(crates.len() >= 2, "{name} is made of {crates:?}");
            for made_of in crates {
                assert!(inputs.contains(&format!("crates/{made_of}").as_str()), "{name}: {made_of}");
            }
        }
    }
}
