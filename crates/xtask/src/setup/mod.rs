//! Makes the machine ready: looks at every part a command needs, installs those that are missing, and does
//! nothing twice.

mod cargo_deny;
mod debian;
pub(crate) mod node;
mod node_modules;
mod parts;
mod programs;
mod sdk_python;
pub(crate) mod wasm_bindgen;
pub(crate) mod wasm_std;

pub(crate) use cargo_deny::find as find_cargo_deny;
pub(crate) use parts::Need;
pub(crate) use programs::browsers;
pub(crate) use sdk_python::find as find_sdk_python;

use crate::prelude::*;
use parts::{LANES, Part};
use std::thread;

/// What there is, such as a version or a place; or what is wrong.
type State = Result<String, String>;

/// Looks at the parts of these needs at the same time.
fn look(house: &House, needs: &[Need]) -> Vec<(&'static Part, State)> {
    thread::scope(|scope| {
        let parts = LANES.iter().copied().flatten().filter(|part| needs.contains(&part.need));
        let looks: Vec<_> = parts.map(|part| (part, scope.spawn(|| part.how.look(house)))).collect();
        let state = |looking: thread::ScopedJoinHandle<'_, State>| {
            looking.join().unwrap_or_else(|_| Err("could not be looked at".to_owned()))
        };
        looks.into_iter().map(|(part, looking)| (part, state(looking))).collect()
    })
}

fn missing(house: &House, needs: &[Need]) -> Vec<Need> {
    look(house, needs).into_iter().filter(|(_, state)| state.is_err()).map(|(part, _)| part.need).collect()
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
        let install_in = |lane: &'static [Part]| {
            let parts = lane.iter().filter(|part| missing.contains(&part.need));
            parts.filter_map(|part| install(house, part).err()).collect::<Vec<_>>()
        };
        let lanes: Vec<_> = LANES.iter().map(|lane| scope.spawn(move || install_in(lane))).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap_or_default()).collect()
    });
    problems.iter().for_each(|problem| eprintln!("{problem}\n"));
    match problems.len() {
        0 => Ok(()),
        count => Err(Problem::new(format!("parts that are missing, see above: {count}"))
            .mend("cargo xtask doctor   (shows the state of every part)")),
    }
}

fn install(house: &House, part: &Part) -> Outcome {
    let Part { name, wanted_for, is_optional, how, .. } = *part;
    let task = Task::start(name);
    let outcome = how.install(house, &task).and_then(|()| {
        how.look(house).map_err(|why| Problem::new(format!("{name} was installed, but {why}")))
    });
    match outcome {
        Ok(state) => {
            task.done(&state);
            Ok(())
        }
        Err(problem) if is_optional => {
            task.failed(&format!("left out; {wanted_for} will be skipped"));
            eprintln!("{}", problem.mend(how.remedy(house)));
            Ok(())
        }
        Err(problem) => {
            task.failed("failed");
            Err(problem.mend(how.remedy(house)))
        }
    }
}

/// Shows the state of every part on this machine, what is missing, and the command that mends it. Changes
/// nothing.
pub(crate) fn doctor(house: &House) -> Outcome {
    let mut missing = 0;
    println!("This machine: {}-{}\n", std::env::consts::OS, std::env::consts::ARCH);
    for (Part { name, wanted_for, is_optional, how, .. }, state) in look(house, &Need::all()) {
        match state {
            Ok(state) => println!("  ✓ {name:<24} {state}"),
            Err(why) => {
                println!("  {} {name:<24} {why}", if *is_optional { "–" } else { "✗" });
                println!("    {:<24} wanted for {wanted_for}", "");
                for line in how.remedy(house).lines() {
                    println!("    {:<24} → {line}", "");
                }
                missing += usize::from(!is_optional);
            }
        }
    }
    println!();
    if missing == 0 {
        println!("All is there. Next: cargo xtask demo");
        return Ok(());
    }
    Err(Problem::new(format!("{missing} of these are missing"))
        .mend("cargo xtask setup   (installs what it can, and says so of the rest)"))
}
