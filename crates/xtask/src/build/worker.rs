//! The Worker: crates/edge compiled for wasm32, its glue by wasm-bindgen, made smaller by wasm-opt, and
//! bundled with the entry of `crates/edge/js` to `crates/edge/build/`, where wrangler.toml expects it.
//!
//! worker-build, the usual tool, writes an entry of its own. After a trap that one answers nothing, and it
//! replaces the instance in the middle of the next call; so ours takes its place, and the rest of that tool
//! is these four steps.

use super::fresh::Stage;
use super::wasm::{Finish, bind, compile, esbuild, wasm_opt};
use crate::prelude::*;
use crate::setup::{node, wasm_bindgen, wasm_std::rustc};

pub(super) const INPUTS: [&str; 15] = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "crates/api",
    "crates/books",
    "crates/gateway",
    "crates/order",
    "crates/qr",
    "crates/wire",
    "crates/edge/Cargo.toml",
    "crates/edge/build.rs",
    "crates/edge/src",
    "crates/edge/js",
    "crates/widget/lang",
    NAMES_SCRIPT,
];

/// Where wrangler.toml expects what is made here.
const FOLDER: &str = "crates/edge/build";

/// The names of the module's functions. They tell the place of a trap, and are kept beside the module: in it
/// they would make a sixth more for Cloudflare to load.
const NAMES: &str = "crates/edge/build/function-names.txt";
const NAMES_SCRIPT: &str = "crates/xtask/scripts/function-names.mjs";

/// wasm-opt's features: those that Rust's wasm and wasm-bindgen's catching of errors use. Not all that
/// wasm-opt knows: workerd must know them, too.
const FEATURES: &str = "--enable-mutable-globals --enable-sign-ext --enable-nontrapping-float-to-int \
                        --enable-bulk-memory --enable-multivalue --enable-reference-types \
                        --enable-exception-handling";

/// wasm-opt's passes: those that make the module smaller as it travels, and no others. `-O` makes it smaller
/// still before it is packed, by giving locals new numbers: then less repeats, so it packs 5 % worse, and
/// what reads messages takes 5 % longer.
const SMALLER: &str = "--duplicate-function-elimination --dae-optimizing --duplicate-function-elimination --dce \
                       --remove-unused-names --merge-blocks --vacuum --optimize-instructions --precompute \
                       --remove-unused-brs --remove-unused-module-elements --simplify-locals-notee-nostructure \
                       --vacuum --reorder-locals --rse --vacuum --memory-packing";

/// `finish` only says whether the module is made small, as it is for all but a rough build.
pub(super) fn build(house: &House, finish: Finish) -> Outcome {
    let _alone = house.lock("wasm")?;
    let rough = if finish == Finish::Rough { " rough" } else { "" };
    let compiler = rustc(&["--version"]);
    let bindgen = wasm_bindgen::locked(house)?;
    let tools = format!("{compiler:?} wasm-bindgen {bindgen} wasm-opt {SMALLER}{rough}");
    let folder = house.at(FOLDER);
    let (script, module) = (folder.join("index.js"), folder.join("index_bg.wasm"));
    let stage = Stage::new(house, "worker", &INPUTS, &tools, &[&script, &module, &house.at(NAMES)])?;
    if stage.is_fresh() {
        eprintln!("  ✓ Worker: unchanged");
        return Ok(());
    }
    let task = Task::start("Worker");
    let compiled = compile(house, &task, "edge", Finish::Quick)?;
    let glue = glue(house, &task, &compiled)?;
    clear(&folder)?;
    make_folder(&folder)?;
    let bound = glue.join("index_bg.wasm");
    if finish == Finish::Rough {
        copy(&bound, &module)?;
        write_names(house, &bound)?;
    } else {
        let named = glue.join("smaller.wasm");
        let command = wasm_opt(house, &bound, &named, &format!("{SMALLER} --debuginfo {FEATURES}"))?;
        run(house, &task, "worker-wasm-opt", command)?;
        write_names(house, &named)?;
        // No function changes its number by this.
        let command = wasm_opt(house, &named, &module, &format!("--strip-debug {FEATURES}"))?;
        run(house, &task, "worker-without-names", command)?;
    }
    bundle(house, &task, &glue, &script)?;
    stage.made()?;
    task.done(FOLDER);
    Ok(())
}

fn glue(house: &House, task: &Task, compiled: &Path) -> Outcome<PathBuf> {
    let options = ["--target", "module", "--out-name", "index"];
    // What the entry needs to replace an instance that has trapped, and to hear of it.
    let for_traps = ["--experimental-reset-state-function", "--force-enable-abort-handler"];
    let glue = bind(house, task, "worker", compiled, &[&options[..], &for_traps].concat())?;
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

/// Writes the names of a module's functions to the list beside the deployed one.
fn write_names(house: &House, named: &Path) -> Outcome {
    let mut names = node::command(house, NAMES_SCRIPT)?;
    names.arg("of").arg(named);
    write(&house.at(NAMES), printed(&mut names)?)
}

/// Copies a log of the Worker from stdin, with the names of the functions of the last build in its stacks.
pub(crate) fn names(house: &House) -> Outcome {
    let names = house.at(NAMES);
    if !names.exists() {
        return Err(Problem::new("the Worker was not built here").mend("cargo xtask build worker"));
    }
    let mut command = node::command(house, NAMES_SCRIPT)?;
    let ended = command.arg("into").arg(&names).status().at("reading", &names)?;
    if ended.success() { Ok(()) } else { Err(Problem::new("the log could not be read")) }
}

fn bundle(house: &House, task: &Task, glue: &Path, to: &Path) -> Outcome {
    let js = house.at("crates/edge/js");
    let mut command = esbuild(house, &["crates/edge/js/entry.mjs", "--bundle", "--format=esm"]);
    command.args(["--target=es2024", "--external:./index_bg.wasm", "--external:cloudflare:*"]);
    // The names by which the entry imports the glue, and the wasm imports the entry's side of a trap.
    command.arg(format!("--alias:edge-wasm={}", glue.join("index.js").display()));
    command.arg(format!("--alias:edge-trap={}", js.join("instance.mjs").display()));
    command.arg(format!("--alias:edge-answer={}", js.join("respond.mjs").display()));
    command.arg(format!("--alias:edge-files={}", js.join("files.mjs").display()));
    command.arg(format!("--alias:edge-post={}", js.join("post.mjs").display()));
    command.arg(format!("--alias:edge-crypto={}", js.join("crypto.mjs").display()));
    command.arg(format!("--alias:edge-waits={}", js.join("waits.mjs").display()));
    command.arg(format!("--outfile={}", to.display()));
    run(house, task, "worker-bundle", command)
}
