//! `cargo xtask bench`: what parsing and signing cost, by Criterion, whose report is in target/criterion; with `widget`
//! what a QR code costs in Chromium and WebKit, beside other encoders; with `placing` how long an order takes behind a slow index.

use crate::build::{self, Finish, Target};
use crate::house::House;
use crate::machine::command_with_path;
use crate::problem::{Outcome, Problem};
use crate::run::run_live;
use crate::setup::wasm_std::own_cargo;
use crate::setup::{self, Need, node};

pub(crate) fn bench(house: &House, filter: Option<&str>) -> Outcome {
    let command = if filter == Some("placing") {
        setup::ready(house, &Need::PUBLISH)?;
        build::build(house, &[Target::Worker], Finish::Small)?;
        let mut command = command_with_path(node::program(house)?, &[]);
        command.arg("tests/benches/placing.mjs").current_dir(house.root());
        command
    } else if filter == Some("widget") {
        setup::ready(house, &[Need::PUBLISH.as_slice(), &[Need::Chromium, Need::WebKit]].concat())?;
        build::build(house, &[Target::Widget], Finish::Small)?;
        let mut command = command_with_path(node::program(house)?, &[]);
        command.arg("tests/benches/widget.mjs").current_dir(house.root());
        command.envs(setup::browsers());
        command
    } else {
        let mut command = own_cargo();
        command.args(["bench", "--package", "tests", "--"]).args(filter).current_dir(house.root());
        command
    };
    if run_live(house, "bench", command, |_| {})?.success() {
        Ok(())
    } else {
        Err(Problem::new("the benches failed"))
    }
}
