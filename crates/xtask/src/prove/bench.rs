//! `cargo xtask bench`: what parsing and signing cost, by Criterion; its report is in target/criterion.

use crate::house::House;
use crate::live::run_live;
use crate::problem::{Outcome, Problem};
use crate::setup::wasm_std::own_cargo;

pub(crate) fn bench(house: &House, filter: Option<&str>) -> Outcome {
    let mut command = own_cargo();
    command.args(["bench", "--package", "tests", "--"]).args(filter).current_dir(house.root());
    if run_live(house, "bench", command, |_| {})? { Ok(()) } else { Err(Problem::new("the benches failed")) }
}
