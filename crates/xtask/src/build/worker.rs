//! The Worker: worker-build compiles crates/edge for wasm32, writes its JavaScript glue and bundles it to
//! `crates/edge/build/`, where wrangler.toml expects it.
//!
//! worker-build would download wasm-bindgen, wasm-opt and esbuild by itself; it is given ours, in locked versions.

use super::fresh::Stage;
use crate::house::House;
use crate::pins::locked_crate;
use crate::problem::Outcome;
use crate::progress::Board;
use crate::run::run;
use crate::setup::node_modules::{esbuild, wasm_opt};
use crate::setup::wasm_std::WasmRust;
use crate::setup::{node, wasm_bindgen, worker_build};
use std::process::Command;

const INPUTS: [&str; 13] = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "crates/api",
    "crates/order",
    "crates/qr",
    "crates/wire",
    "crates/edge/Cargo.toml",
    "crates/edge/build.rs",
    "crates/edge/lang",
    "crates/edge/src",
    "crates/edge/js",
    "crates/widget/lang",
];

pub(super) fn build(house: &House, board: &Board) -> Outcome {
    let _alone = house.lock("wasm")?;
    let rust = WasmRust::find_or_say()?;
    let tools = format!("{:?} worker {}", rust.version(), locked_crate(house, "worker")?);
    let outputs = vec![house.worker_build().join("index.js"), house.worker_build().join("index_bg.wasm")];
    let stage = Stage::new(house, "worker", &INPUTS, &tools, outputs)?;
    if stage.is_fresh() {
        board.say("  ✓ Worker: unchanged");
        return Ok(());
    }
    let task = board.start("Worker");
    let mut command = Command::new(worker_build(house)?);
    rust.choose(&mut command, &[&node::folder(house)?]);
    command
        .arg("--release")
        .current_dir(house.worker_crate())
        .env("CARGO_TARGET_DIR", house.wasm_target())
        .env("WASM_BINDGEN_BIN", wasm_bindgen(house)?)
        .env("WASM_OPT_BIN", wasm_opt(house))
        .env("ESBUILD_BIN", esbuild(house));
    run(house, &task, "build-worker", command)?;
    stage.made()?;
    task.done(&house.short(&house.worker_build()).display().to_string());
    Ok(())
}
