//! `cargo xtask bench`: what parsing and signing cost, by Criterion, whose report is in target/criterion;
//! with `widget` what a QR code costs in Chromium and WebKit, beside other encoders; with `placing` how long
//! an order takes behind a slow index; with `edge` what the Worker costs beside one in JavaScript.

use crate::build::{self, Finish, Target};
use crate::prelude::*;
use crate::setup::{self, Need, node};

/// `options` go to the bench as they are.
pub(crate) fn bench(house: &House, filter: Option<&str>, options: &[String]) -> Outcome {
    let mut command = match filter {
        Some("placing") => of_worker(house, "tests/benches/placing.mjs")?,
        Some("edge") => of_worker(house, "tests/benches/edge/run.mjs")?,
        Some("widget") => of_widget(house)?,
        _ => {
            let mut command = cargo(house, &["bench", "--package", "worlds", "--"]);
            command.args(filter);
            command
        }
    };
    command.args(options);
    if show(house, "bench", command)? { Ok(()) } else { Err(Problem::new("the benches failed")) }
}

fn of_worker(house: &House, script: &str) -> Outcome<Command> {
    setup::ready(house, &Need::PUBLISH)?;
    build::build(house, &[Target::Worker], Finish::Small)?;
    node::command(house, script)
}

fn of_widget(house: &House) -> Outcome<Command> {
    setup::ready(house, &[Need::PUBLISH.as_slice(), &[Need::Chromium, Need::WebKit]].concat())?;
    build::build(house, &[Target::Widget], Finish::Small)?;
    let mut command = node::command(house, "tests/benches/widget.mjs")?;
    command.envs(setup::browsers());
    Ok(command)
}
