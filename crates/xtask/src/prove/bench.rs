//! `cargo xtask bench`: what parsing and signing cost, by Criterion, whose report is in target/criterion;
//! with `widget` what a QR code costs in Chromium and WebKit, beside other encoders; with `placing` how long
//! an order takes behind a slow index.

use crate::build::{self, Finish, Target};
use crate::prelude::*;
use crate::setup::{self, Need, node};

pub(crate) fn bench(house: &House, filter: Option<&str>) -> Outcome {
    let command = match filter {
        Some("placing") => {
            setup::ready(house, &Need::PUBLISH)?;
            build::build(house, &[Target::Worker], Finish::Small)?;
            node::command(house, "tests/benches/placing.mjs")?
        }
        Some("widget") => {
            setup::ready(house, &[&Need::PUBLISH[..], &[Need::Chromium, Need::WebKit]].concat())?;
            build::build(house, &[Target::Widget], Finish::Small)?;
            let mut command = node::command(house, "tests/benches/widget.mjs")?;
            command.envs(setup::browsers());
            command
        }
        _ => {
            let mut command = cargo(house, &["bench", "--package", "worlds", "--"]);
            command.args(filter);
            command
        }
    };
    if show(house, "bench", command)? { Ok(()) } else { Err(Problem::new("the benches failed")) }
}
