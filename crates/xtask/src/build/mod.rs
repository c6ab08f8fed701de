//! Turns the sources into what runs: the simulator (native), the Worker and the widget (wasm). A stage whose inputs are
//! as they were is skipped, so that every command can afford to build first.

mod fresh;
mod simulator;
mod widget;
mod worker;

pub(crate) use fresh::fingerprint_of_text;
pub(crate) use simulator::simulator;

use crate::house::House;
use crate::problem::Outcome;
use crate::progress::Board;

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Target {
    /// The Cloudflare Worker: crates/edge → crates/edge/build/
    Worker,
    /// The browser module: crates/widget → www/widget/
    Widget,
    /// WeChat Pay on this machine: crates/simulator → target/debug/simulator
    Simulator,
    /// All three
    All,
}

/// Builds one target or all; the parts it needs must be ready.
pub(crate) fn build(house: &House, target: Target) -> Outcome {
    let board = Board::new();
    let wants = |one: Target| target == one || target == Target::All;
    if wants(Target::Simulator) {
        simulator(house, &board, crate::house::Profile::Debug)?;
    }
    if wants(Target::Widget) || wants(Target::Worker) {
        let _alone = house.lock("wasm")?;
        if wants(Target::Widget) {
            widget::build(house, &board)?;
        }
        if wants(Target::Worker) {
            worker::build(house, &board)?;
        }
    }
    Ok(())
}
