//! `cargo xtask soak`: many orders under one fault after the other, and whether the books agree afterwards
//! (tests/soak, docs/load.md).

use crate::build::{self, Finish, Target};
use crate::prelude::*;
use crate::setup::{self, Need, node};
use crate::test::surroundings;

/// `options` go to the soak as they are. False when the books differ, which its last lines have told.
pub(crate) fn soak(house: &House, options: &[String]) -> Outcome<bool> {
    setup::ready(house, &Need::PUBLISH)?;
    build::build(house, &[Target::Worker, Target::Simulator], Finish::Small)?;
    let mut command = node::command(house, "tests/soak/run.mjs")?;
    surroundings(house, &mut command);
    command.args(options);
    show(house, "soak", command)
}
