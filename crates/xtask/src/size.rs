//! `cargo xtask size`: what the built files weigh, raw and as they travel, against the budget.

use crate::budget::BUDGETS;
pub(crate) use crate::budget::Fits;
use crate::build::{self, Finish, Target};
use crate::prelude::*;
use crate::setup::{self, Need, node};

pub(crate) fn size(house: &House) -> Outcome {
    setup::ready(house, &Need::PUBLISH)?;
    build::build(house, &[Target::Widget, Target::Office, Target::Worker], Finish::Small)?;
    let weighed = gate(house)?;
    let too_large = named(&weighed, Fits::TooLarge);
    if !too_large.is_empty() {
        return Err(Problem::new(format!("over budget: {too_large}")).mend("make it smaller; or, if the growth is worth it, raise the budget in crates/xtask/src/budget.rs and in CHANGELOG.md"));
    }
    let loose = named(&weighed, Fits::Loose);
    if !loose.is_empty() {
        return Err(Problem::new(format!("a budget that is too large to notice anything: {loose}"))
            .mend("lower it in crates/xtask/src/budget.rs and in CHANGELOG.md"));
    }
    Ok(())
}

fn named(weighed: &[(&str, Fits)], wanted: Fits) -> String {
    let named = weighed.iter().filter(|(_, fits)| *fits == wanted);
    named.map(|(what, _)| *what).collect::<Vec<_>>().join(", ")
}

/// Why nothing is said of the widget's module.
pub(crate) const NOT_SMALL: &str =
    "it counts only with the source of the standard library (rustup component add rust-src)";

/// Weighs what is built, shows it, and says how each weight compares with its budget.
pub(crate) fn gate(house: &House) -> Outcome<Vec<(&'static str, Fits)>> {
    let small = Finish::Small.possible() == Finish::Small;
    println!("\n{:<16} {:>10} {:>10} {:>10} {:>10}   file", "", "raw", "gzip", "brotli", "budget");
    let mut weighed = Vec::new();
    for (budget, [raw, gzip, brotli]) in BUDGETS.iter().zip(weights(house)?) {
        let fits = budget.judge(brotli, small);
        println!(
            "{:<16} {:>10} {:>10} {:>10} {:>10} {} {}",
            budget.what,
            kilobytes(raw),
            kilobytes(gzip),
            kilobytes(brotli),
            kilobytes(budget.most_brotli),
            match fits {
                Fits::Unknown => "–",
                Fits::Yes => "✓",
                Fits::TooLarge => "✗ too large:",
                Fits::Loose => "✗ loose:",
            },
            budget.files.join(" + ")
        );
        weighed.push((budget.what, fits));
    }
    if weighed.iter().any(|(_, fits)| *fits == Fits::Unknown) {
        println!("\n– {NOT_SMALL}");
    }
    Ok(weighed)
}

fn kilobytes(bytes: u64) -> String {
    let tenths = (bytes * 10 + 512) / 1024;
    format!("{}.{} KB", tenths / 10, tenths % 10)
}

/// What the files of each budget weigh together: raw, by gzip, by brotli. All at once, because Node takes
/// longer to start than to weigh one.
fn weights(house: &House) -> Outcome<[[u64; 3]; BUDGETS.len()]> {
    let mut command = node::command(house, "crates/xtask/scripts/weigh.mjs")?;
    command.args(BUDGETS.iter().map(|budget| budget.files.join("+")));
    serde_json::from_str(&printed(&mut command)?)
        .map_err(|error| Problem::new(format!("the built files could not be weighed: {error}")))
}
