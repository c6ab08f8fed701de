//! The widget: crates/widget compiled for wasm32, its glue by wasm-bindgen, made small by wasm-opt, and bundled with the
//! custom element's JavaScript and style into what a page loads, in `www/widget/`: `wechat-pay.js`,
//! `wechat-pay_bg.wasm`, the script that takes its place where WebAssembly is forbidden, and a file of texts per
//! language, `wechat-pay.<language>.json`.

use super::fresh::Stage;
use super::widget_wasm::{Finish, compile};
use crate::house::{House, copy, make_folder};
use crate::machine::command_with_path;
use crate::pins::locked_crate;
use crate::problem::Outcome;
use crate::progress::{Board, Task};
use crate::run::run;
use crate::setup::node_modules::{esbuild, wasm_opt};
use crate::setup::wasm_std::WasmRust;
use crate::setup::{node, wasm_bindgen};
use std::path::{Path, PathBuf};
use std::process::Command;

const INPUTS: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "crates/api",
    "crates/qr",
    "crates/widget/Cargo.toml",
    "crates/widget/src",
    "crates/widget/js",
    "crates/widget/lang",
];

/// Names by which the element's JavaScript imports what is made here.
const GLUE: &str = "widget-wasm";
const STYLE: &str = "widget-css";

/// Takes the place of the wasm where WebAssembly is forbidden; loaded only then.
const FALLBACK: &str = "wechat-pay-fallback.js";

/// What the browsers of the last years understand; older ones have no wasm with the features that Rust uses.
const LANGUAGE: &str = "--target=es2022";

/// The features that Rust's wasm uses; browsers have had them since 2021.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

pub(super) fn build(house: &House, board: &Board, finish: Finish) -> Outcome {
    let _alone = house.lock("wasm")?;
    let rust = WasmRust::find_or_say()?;
    let finish = finish.possible(rust);
    let script = house.widget_output().join("wechat-pay.js");
    let module = house.widget_output().join("wechat-pay_bg.wasm");
    let bindgen = locked_crate(house, "wasm-bindgen")?;
    let fallback = house.widget_output().join(FALLBACK);
    let stage = |finish: Finish| {
        let tools = format!("{:?} wasm-bindgen {bindgen} {finish:?}", rust.version());
        let made = vec![script.clone(), module.clone(), fallback.clone()];
        Stage::new(house, "widget", &INPUTS, &tools, made)
    };
    // A small one is good enough for whoever only wants it quickly.
    let small = stage(Finish::Small)?;
    let wanted = stage(finish)?;
    if small.is_fresh() || wanted.is_fresh() {
        board.say("  ✓ widget: unchanged");
        return Ok(());
    }
    let task = board.start("widget");
    let compiled = compile(house, &task, rust, finish)?;
    let glue = bind(house, &task, &compiled)?;
    make_folder(&house.widget_output())?;
    shrink(house, &task, &glue.join("wechat-pay_bg.wasm"), &module)?;
    bundle(house, &task, &glue, &script)?;
    copy_texts(house)?;
    wanted.made()?;
    task.done(&house.short(&house.widget_output()).display().to_string());
    Ok(())
}

fn bind(house: &House, task: &Task, compiled: &Path) -> Outcome<PathBuf> {
    let glue = house.wasm_target().join("widget-glue");
    let mut command = Command::new(wasm_bindgen(house)?);
    command
        .args(["--target", "web", "--no-typescript", "--remove-name-section", "--remove-producers-section"])
        .args(["--out-name", "wechat-pay", "--out-dir"])
        .arg(&glue)
        .arg(compiled);
    run(house, task, "widget-bindgen", command)?;
    Ok(glue)
}

fn shrink(house: &House, task: &Task, from: &Path, to: &Path) -> Outcome {
    let mut command = command_with_path(wasm_opt(house), &[&node::folder(house)?]);
    command.arg("-Oz").args(FEATURES).arg(from).arg("-o").arg(to);
    run(house, task, "widget-opt", command)
}

fn bundle(house: &House, task: &Task, glue: &Path, to: &Path) -> Outcome {
    let style = glue.join("wechat-pay.min.css");
    let mut minify = small(house, "crates/widget/js/wechat-pay.css");
    minify.arg(format!("--outfile={}", style.display()));
    run(house, task, "widget-style", minify)?;

    let mut fallback = small(house, "crates/widget/js/fallback.js");
    fallback.arg("--format=esm").arg(format!("--outfile={}", to.with_file_name(FALLBACK).display()));
    run(house, task, "widget-fallback", fallback)?;

    let mut bundle = small(house, "crates/widget/js/wechat-pay.js");
    bundle.args(["--bundle", "--format=esm", "--loader:.css=text", "--sourcemap=external"]);
    bundle.arg(format!("--external:./{FALLBACK}"));
    bundle.arg(format!("--alias:{GLUE}={}", glue.join("wechat-pay.js").display()));
    bundle.arg(format!("--alias:{STYLE}={}", style.display()));
    bundle.arg(format!("--outfile={}", to.display()));
    run(house, task, "widget-bundle", bundle)
}

fn small(house: &House, source: &str) -> Command {
    let mut command = Command::new(esbuild(house));
    command
        .args([
            source,
            "--minify",
            LANGUAGE,
            "--charset=utf8",
            "--legal-comments=none",
            "--log-level=warning",
        ])
        .current_dir(house.root());
    command
}

fn copy_texts(house: &House) -> Outcome {
    for language in house.files("crates/widget/lang", ".json")? {
        let name = language.file_name().unwrap_or_default().to_string_lossy().into_owned();
        copy(&language, &house.widget_output().join(format!("wechat-pay.{name}")))?;
    }
    Ok(())
}
