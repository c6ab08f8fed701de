//! The widget: crates/widget compiled for wasm32, its glue by wasm-bindgen, made small by wasm-opt, and bundled with the
//! custom element's JavaScript into what a page loads: `www/widget/wechat-pay.js` and `www/widget/wechat-pay_bg.wasm`.

use super::fresh::Stage;
use crate::house::{House, make_folder};
use crate::machine::command_with_path;
use crate::pins::locked_crate;
use crate::problem::Outcome;
use crate::progress::{Board, Task};
use crate::run::run;
use crate::setup::node_modules::{esbuild, wasm_opt};
use crate::setup::wasm_std::{TRIPLE, WasmRust};
use crate::setup::{node, wasm_bindgen};
use std::path::{Path, PathBuf};
use std::process::Command;

const INPUTS: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "crates/api",
    "crates/widget/Cargo.toml",
    "crates/widget/src",
    "crates/widget/js",
];

/// What the element's JavaScript imports the glue by.
const GLUE_NAME: &str = "wechat-pay-glue";

pub(super) fn build(house: &House, board: &Board) -> Outcome {
    let rust = WasmRust::find_or_say()?;
    let tools = format!("{:?} wasm-bindgen {}", rust.version(), locked_crate(house, "wasm-bindgen")?);
    let script = house.widget_output().join("wechat-pay.js");
    let module = house.widget_output().join("wechat-pay_bg.wasm");
    let stage = Stage::new(house, "widget", &INPUTS, &tools, vec![script.clone(), module.clone()])?;
    if stage.is_fresh() {
        return Ok(());
    }
    let task = board.start("widget");
    let compiled = compile(house, &task, rust)?;
    let glue = bind(house, &task, &compiled)?;
    make_folder(&house.widget_output())?;
    shrink(house, &task, &glue.join("wechat-pay_bg.wasm"), &module)?;
    bundle(house, &task, &glue.join("wechat-pay.js"), &script)?;
    stage.made()?;
    task.done(&house.short(&house.widget_output()).display().to_string());
    Ok(())
}

fn compile(house: &House, task: &Task, rust: WasmRust) -> Outcome<PathBuf> {
    let mut command = rust.command("cargo");
    command.args(["build", "--release", "--package", "widget", "--target", TRIPLE]);
    command.env("CARGO_TARGET_DIR", house.wasm_target()).current_dir(house.root());
    // What a shopper waits for is bytes, not cycles; the Worker's profile keeps its own balance.
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z");
    run(house, task, "build-widget", command)?;
    Ok(house.wasm_target().join(TRIPLE).join("release/widget.wasm"))
}

fn bind(house: &House, task: &Task, compiled: &Path) -> Outcome<PathBuf> {
    let glue = house.wasm_target().join("widget-glue");
    let mut command = Command::new(wasm_bindgen(house)?);
    command
        .args(["--target", "web", "--no-typescript", "--out-name", "wechat-pay", "--out-dir"])
        .arg(&glue)
        .arg(compiled);
    run(house, task, "widget-bindgen", command)?;
    Ok(glue)
}

fn shrink(house: &House, task: &Task, from: &Path, to: &Path) -> Outcome {
    let mut command = command_with_path(wasm_opt(house), &[&node::folder(house)?]);
    command.arg("-Oz").arg(from).arg("-o").arg(to);
    run(house, task, "widget-opt", command)
}

fn bundle(house: &House, task: &Task, glue: &Path, to: &Path) -> Outcome {
    let mut command = Command::new(esbuild(house));
    command.arg("crates/widget/js/wechat-pay.js").current_dir(house.root());
    command.args([
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--charset=utf8",
        "--log-level=warning",
    ]);
    command.arg(format!("--alias:{GLUE_NAME}={}", glue.display()));
    command.arg(format!("--outfile={}", to.display()));
    run(house, task, "widget-bundle", command)
}
