//! The Worker: crates/edge compiled for wasm32, its glue by wasm-bindgen, made smaller by wasm-opt, and
//! bundled with the entry of `crates/edge/js` to `crates/edge/build/`, where wrangler.toml expects it.
//!
//! worker-build, the usual tool, writes an entry of its own. After a trap that one answers nothing, and it
//! replaces the instance in the middle of the next call; so ours takes its place, and the rest of that tool
//! is these four steps.

use super::fresh::Stage;
use super::wasm::{Finish, compile};
use crate::house::{House, clear, copy, make_folder, read, write};
use crate::machine::command_with_path;
use crate::pins::locked_crate;
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::run;
use crate::setup::node_modules::{esbuild, wasm_opt};
use crate::setup::wasm_std::WasmRust;
use crate::setup::{node, wasm_bindgen};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) const INPUTS: [&str; 13] = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "crates/api",
    "crates/gateway",
    "crates/order",
    "crates/qr",
    "crates/wire",
    "crates/edge/Cargo.toml",
    "crates/edge/build.rs",
    "crates/edge/src",
    "crates/edge/js",
    "crates/widget/lang",
];

/// Where wrangler.toml expects what is made here.
const FOLDER: &str = "crates/edge/build";

/// Names by which the entry imports what is made here, and the wasm imports the entry's side of a trap.
const GLUE: &str = "edge-wasm";
const TRAP: &str = "edge-trap";

/// The features that Rust's wasm and wasm-bindgen's catching of errors use. Not all that wasm-opt knows:
/// workerd must know them, too.
const FEATURES: &str = "--enable-mutable-globals --enable-sign-ext --enable-nontrapping-float-to-int \
                        --enable-bulk-memory --enable-multivalue --enable-reference-types \
                        --enable-exception-handling";

/// `finish` only says whether the module is made small, as it is for all but a rough build.
pub(super) fn build(house: &House, finish: Finish) -> Outcome {
    let _alone = house.lock("wasm")?;
    let rust = WasmRust::find_or_say()?;
    let rough = if finish == Finish::Rough { " rough" } else { "" };
    let tools = format!("{:?} wasm-bindgen {}{rough}", rust.version(), locked_crate(house, "wasm-bindgen")?);
    let script = house.at("crates/edge/build/index.js");
    let module = house.at("crates/edge/build/index_bg.wasm");
    let stage = Stage::new(house, "worker", &INPUTS, &tools, vec![script.clone(), module.clone()])?;
    if stage.is_fresh() {
        eprintln!("  ✓ Worker: unchanged");
        return Ok(());
    }
    let task = Task::start("Worker");
    let compiled = compile(house, &task, rust, "edge", Finish::Quick)?;
    let glue = bind(house, &task, &compiled)?;
    clear(&house.at(FOLDER))?;
    make_folder(&house.at(FOLDER))?;
    if finish == Finish::Rough {
        copy(&glue.join("index_bg.wasm"), &module)?;
    } else {
        shrink(house, &task, &glue, &module)?;
    }
    bundle(house, &task, &glue, &script)?;
    stage.made()?;
    task.done(FOLDER);
    Ok(())
}

fn bind(house: &House, task: &Task, compiled: &Path) -> Outcome<PathBuf> {
    let glue = house.wasm_target().join("worker-glue");
    let mut command = Command::new(wasm_bindgen(house)?);
    command
        .args(["--target", "module", "--no-typescript", "--out-name", "index", "--out-dir"])
        .arg(&glue)
        // What the entry needs to replace an instance that has trapped, and to hear of it.
        .args(["--experimental-reset-state-function", "--force-enable-abort-handler"])
        .arg(compiled);
    run(house, task, "worker-bindgen", command)?;
    let script = glue.join("index.js");
    let text = read(&script)?;
    let import = "import source wasmModule from";
    if !text.contains(import) {
        return Err(Problem::new("wasm-bindgen imports the module in another way than it did"));
    }
    // workerd gives the compiled module to the import that it knows.
    write(&script, text.replace(import, "import wasmModule from"))?;
    Ok(glue)
}

/// The names stay: they tell the place of a trap.
fn shrink(house: &House, task: &Task, glue: &Path, to: &Path) -> Outcome {
    let mut command = command_with_path(wasm_opt(house), &[&node::folder(house)?]);
    command
        .args(["-O", "--debuginfo"])
        .args(FEATURES.split(' '))
        .arg(glue.join("index_bg.wasm"))
        .arg("-o")
        .arg(to);
    run(house, task, "worker-wasm-opt", command)
}

fn bundle(house: &House, task: &Task, glue: &Path, to: &Path) -> Outcome {
    let js = house.at("crates/edge/js");
    let mut command = Command::new(esbuild(house));
    command.arg(js.join("entry.mjs"));
    command.args(["--bundle", "--minify", "--format=esm", "--target=es2024", "--log-level=warning"]);
    command.args(["--legal-comments=none", "--external:./index_bg.wasm", "--external:cloudflare:*"]);
    command.arg(format!("--alias:{GLUE}={}", glue.join("index.js").display()));
    command.arg(format!("--alias:{TRAP}={}", js.join("instance.mjs").display()));
    command.arg(format!("--outfile={}", to.display())).current_dir(house.root());
    run(house, task, "worker-bundle", command)
}
