//! The state of every part on this machine, what is missing, and the command that mends it. Changes nothing.

use crate::house::House;
use crate::problem::{Outcome, Problem};
use crate::setup::{self, About, Need, State};

pub(crate) fn doctor(house: &House) -> Outcome {
    let mut missing = 0;
    println!("This machine: {}-{}\n", std::env::consts::OS, std::env::consts::ARCH);
    for (part, state) in setup::look(house, &Need::all()) {
        let About { name, wanted_for, is_optional, .. } = part.about();
        match state {
            State::Ready(state) => println!("  ✓ {name:<24} {state}"),
            State::Missing(why) => {
                println!("  {} {name:<24} {why}", if is_optional { "–" } else { "✗" });
                println!("    {:<24} wanted for {wanted_for}", "");
                for line in part.remedy(house).lines() {
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
