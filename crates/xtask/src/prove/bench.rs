//! `cargo xtask bench`: what parsing and signing cost, by Criterion, whose report is in target/criterion;
//! with `widget` what a QR code costs in Chromium and WebKit, beside other encoders; with `placing` how long
//! an order takes behind a slow index.

use crate::build::{self, Finish, Target};
use crate::house::House;
use crate::machine::cargo;
use crate::problem::{Outcome, Problem};
use crate::run::run_live;
use crate::setup::{self, Need, node};

pub(crate) fn bench(house: &House, filter: Option<&str>) -> Outcome {
    let command = if filter == Some("placing") {
        setup::ready(house, &Need::PUBLISH)?;
        build::build(house, &[Target::Worker], Finish::Small)?;
        node::command(house, "tests/benches/placing.mjs")?
    } else if filter == Some("widget") {
        setup::ready(house, &[Need::PUBLISH.as_slice(), &[Need::Chromium, Need::WebKit]].concat())?;
        build::build(house, &[Target::Widget], Finish::Small)?;
        let mut command = node::command(house, "tests/benches/widget.mjs")?;
        command.envs(setup::browsers());
        command
    } else {
        let mut command = cargo(house, &["bench", "--package", "worlds", "--"]);
        command.args(filter);
        command
    };
    if run_live(house, "bench", command, |_| {})?.success() {
        Ok(())
    } else {
        Err(Problem::new("the benches failed"))
    }
}
