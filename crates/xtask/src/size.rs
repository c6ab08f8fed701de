//! `cargo xtask size`: what the built files weigh, raw and as they travel, against the budget.

use crate::budget::BUDGETS;
pub(crate) use crate::budget::Fits;
use crate::build::{self, Finish, Target};
use crate::house::House;
use crate::problem::{Outcome, Problem};
use crate::run::ask;
use crate::setup::{self, Need, node};
use std::path::PathBuf;
use std::process::Stdio;

#[derive(Clone, Copy, Default)]
struct Weight {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

pub(crate) fn size(house: &House) -> Outcome {
    setup::ready(house, &Need::PUBLISH)?;
    build::build(house, &[Target::Widget, Target::Worker], Finish::Small)?;
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
    let names: Vec<&str> =
        weighed.iter().filter(|(_, fits)| *fits == wanted).map(|(what, _)| *what).collect();
    names.join(", ")
}

/// Why nothing is said of the widget's module.
pub(crate) const NOT_SMALL: &str =
    "it counts only with the source of the standard library (rustup component add rust-src)";

/// Weighs what is built, shows it, and says how each weight compares with its budget.
pub(crate) fn gate(house: &House) -> Outcome<Vec<(&'static str, Fits)>> {
    let small = Finish::Small.can_be_had()?;
    println!("\n{:<16} {:>10} {:>10} {:>10} {:>10}   file", "", "raw", "gzip", "brotli", "budget");
    let mut weighed = Vec::new();
    let files = BUDGETS.iter().flat_map(|budget| budget.files).map(|file| house.at(file)).collect();
    let mut weights = weigh(house, files)?.into_iter();
    for budget in &BUDGETS {
        let weight = weights.by_ref().take(budget.files.len()).fold(Weight::default(), Weight::plus);
        let fits = budget.judge(weight.brotli, small);
        println!(
            "{:<16} {:>10} {:>10} {:>10} {:>10} {} {}",
            budget.what,
            kilobytes(weight.raw),
            kilobytes(weight.gzip),
            kilobytes(weight.brotli),
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

/// What each of these files weighs. All at once: Node takes longer to start than to weigh one.
fn weigh(house: &House, files: Vec<PathBuf>) -> Outcome<Vec<Weight>> {
    let mut command = node::command(house, "crates/xtask/src/weigh.mjs")?;
    command.args(files).stderr(Stdio::inherit());
    let weights: Option<Vec<[u64; 3]>> = ask(&mut command).and_then(|line| serde_json::from_str(&line).ok());
    let weights = weights.ok_or_else(|| Problem::new("the built files could not be weighed"))?;
    Ok(weights.into_iter().map(|[raw, gzip, brotli]| Weight { raw, gzip, brotli }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_tenths_of_a_kilobyte() {
        assert_eq!(kilobytes(0), "0.0 KB");
        assert_eq!(kilobytes(1024 + 512), "1.5 KB");
    }
}
