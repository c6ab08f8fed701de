//! The widget: crates/widget compiled for wasm32, its glue by wasm-bindgen, made small by wasm-opt, and
//! bundled with the custom element's JavaScript and style into what a page loads, in `www/widget/`:
//! `wechat-pay.js`, `wechat-pay_bg.wasm`, the script that takes its place where WebAssembly is forbidden, and
//! a file of texts per language, `wechat-pay.<language>.json`.
//!
//! The script is made twice: for a page that loads it as it is, and for the npm package, whose users bundle
//! it with tools that have to find the other files. Both hold the wasm's digest, and so take no other wasm.

use super::fresh::Stage;
use super::wasm::{Finish, compile};
use super::widget_names::{SHORTEN, with_short_names};
use crate::digest::short_integrity;
use crate::house::{House, make_folder, read, write};
use crate::machine::command_with_path;
use crate::pins::locked_crate;
use crate::problem::{At, Outcome, Problem};
use crate::progress::Task;
use crate::run::run;
use crate::setup::node_modules::{esbuild, terser, wasm_opt};
use crate::setup::wasm_std::WasmRust;
use crate::setup::{node, wasm_bindgen};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) const INPUTS: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "crates/api",
    "crates/qr",
    "crates/widget/Cargo.toml",
    "crates/widget/src",
    "crates/widget/js",
    TEXTS,
];

/// Names by which the element's JavaScript imports what is made here.
const GLUE: &str = "widget-wasm";
const STYLE: &str = "widget-css";
const FILES: &str = "widget-files";
const WORDS: &str = "widget-words";

/// The words, one file per language: adding a language is adding a file.
const TEXTS: &str = "crates/widget/lang";

/// Where a page finds what is made here.
const FOLDER: &str = "www/widget";

/// Takes the place of the wasm where WebAssembly is forbidden; loaded only then.
const FALLBACK: &str = "wechat-pay-fallback.js";

/// What the browsers of the last years understand; older ones have no wasm with the features that Rust uses.
const LANGUAGE: &str = "--target=es2022";

const TERSER: &str =
    "--module --mangle --ecma 2022 --compress passes=3,ecma=2022,unsafe_arrows=true --comments false";

/// The features that Rust's wasm uses; browsers have had them since 2021.
const FEATURES: &str = "--enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext \
                        --enable-mutable-globals --enable-reference-types --enable-multivalue";

/// The script of the npm package, its source map beside it.
pub(crate) fn script_for_bundlers(house: &House) -> PathBuf {
    house.wasm_target().join("widget-npm/wechat-pay.js")
}

pub(super) fn build(house: &House, finish: Finish) -> Outcome {
    let _alone = house.lock("wasm")?;
    let rust = WasmRust::find_or_say()?;
    let finish = finish.possible(rust);
    let script = house.at("www/widget/wechat-pay.js");
    let module = house.at("www/widget/wechat-pay_bg.wasm");
    let bindgen = locked_crate(house, "wasm-bindgen")?;
    let fallback = house.at(FOLDER).join(FALLBACK);
    let for_bundlers = script_for_bundlers(house);
    let stage = |finish: Finish| {
        let tools = format!("{:?} wasm-bindgen {bindgen} {finish:?}", rust.version());
        let made = vec![script.clone(), module.clone(), fallback.clone(), for_bundlers.clone()];
        Stage::new(house, "widget", &INPUTS, &tools, made)
    };
    // A small one also does where a quick one is asked for.
    let small = stage(Finish::Small)?;
    let wanted = stage(finish)?;
    if small.is_fresh() || wanted.is_fresh() {
        eprintln!("  ✓ widget: unchanged");
        return Ok(());
    }
    let task = Task::start("widget");
    let compiled = compile(house, &task, rust, "widget", finish)?;
    let glue = bind(house, &task, &compiled)?;
    make_folder(&house.at(FOLDER))?;
    shrink(house, &task, &glue, &module)?;
    let style = style(house, &task)?;
    make_fallback(house, &task, &fallback)?;
    let integrity = short_integrity(fs::read(&module).at("reading", &module)?);
    let languages = languages(&house.files(TEXTS, ".json")?);
    let words = glue.join("words.js");
    write(&words, words_module(&languages))?;
    let parts = Parts {
        glue: &glue.join("wechat-pay.js"),
        style: &style,
        words: &words,
        languages: &languages.join(" "),
        integrity: &integrity,
    };
    bundle(house, &task, &parts, "files-served.js", &script)?;
    bundle(house, &task, &parts, "files-bundled.js", &for_bundlers)?;
    write_texts(house)?;
    wanted.made()?;
    task.done(FOLDER);
    Ok(())
}

fn bind(house: &House, task: &Task, compiled: &Path) -> Outcome<PathBuf> {
    let glue = house.wasm_target().join("widget-glue");
    let mut command = Command::new(wasm_bindgen(house)?);
    command
        .args(["--target", "web", "--no-typescript", "--remove-name-section", "--remove-producers-section"])
        // The element says itself where its wasm is.
        .arg("--omit-default-module-path")
        .args(["--out-name", "wechat-pay", "--out-dir"])
        .arg(&glue)
        .arg(compiled);
    run(house, task, "widget-bindgen", command)?;
    Ok(glue)
}

/// Makes the module small, and its glue call it by the short names that it gets.
fn shrink(house: &House, task: &Task, glue: &Path, to: &Path) -> Outcome {
    task.note("wasm-opt");
    let mut command = command_with_path(wasm_opt(house), &[&node::folder(house)?]);
    command
        .args(["-Oz", SHORTEN])
        .args(FEATURES.split(' '))
        .arg(glue.join("wechat-pay_bg.wasm"))
        .arg("-o")
        .arg(to);
    let output = command.output().map_err(|error| Problem::new(format!("wasm-opt: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Problem::new("wasm-opt could not make the widget's module small").tail([said]));
    }
    let script = glue.join("wechat-pay.js");
    let short = with_short_names(&read(&script)?, &String::from_utf8_lossy(&output.stdout))?;
    write(&script, short)
}

fn style(house: &House, task: &Task) -> Outcome<PathBuf> {
    let style = house.wasm_target().join("widget-glue/wechat-pay.min.css");
    let mut command = small(house, "crates/widget/js/wechat-pay.css");
    command.arg(format!("--outfile={}", style.display()));
    run(house, task, "widget-style", command)?;
    Ok(style)
}

fn make_fallback(house: &House, task: &Task, to: &Path) -> Outcome {
    let bundle = house.wasm_target().join("widget-glue/fallback.js");
    let mut command = small(house, "crates/widget/js/fallback.js");
    command.args(["--format=esm", "--sourcemap=external"]).arg(format!("--outfile={}", bundle.display()));
    run(house, task, "widget-fallback", command)?;
    smaller(house, task, &bundle, to)
}

/// What goes into the script in addition to its own sources.
struct Parts<'p> {
    glue: &'p Path,
    style: &'p Path,
    /// The address of each language's words, for bundlers.
    words: &'p Path,
    /// The languages, with spaces between them.
    languages: &'p str,
    /// The digest of the wasm. The browser runs no other.
    integrity: &'p str,
}

/// `files` is the source that says where the other files are.
fn bundle(house: &House, task: &Task, parts: &Parts<'_>, files: &str, to: &Path) -> Outcome {
    let mut command = small(house, "crates/widget/js/wechat-pay.js");
    command.args(["--bundle", "--format=esm", "--loader:.css=text", "--sourcemap=external"]);
    command.arg(format!("--external:./{FALLBACK}"));
    command.arg(format!("--alias:{GLUE}={}", parts.glue.display()));
    command.arg(format!("--alias:{STYLE}={}", parts.style.display()));
    command.arg(format!("--alias:{FILES}={}", house.at("crates/widget/js").join(files).display()));
    command.arg(format!("--alias:{WORDS}={}", parts.words.display()));
    command.arg(format!("--define:LANGUAGE_TAGS=\"{}\"", parts.languages));
    command.arg(format!("--define:WASM_INTEGRITY=\"{}\"", parts.integrity));
    let bundle = house.wasm_target().join("widget-glue").join(files);
    command.arg(format!("--outfile={}", bundle.display()));
    run(house, task, "widget-bundle", command)?;
    smaller(house, task, &bundle, to)
}

/// What esbuild has bundled and made small, once more by terser, which finds 300 bytes more; with its source
/// map beside it.
fn smaller(house: &House, task: &Task, bundle: &Path, to: &Path) -> Outcome {
    make_folder(to.parent().unwrap_or(Path::new(".")))?;
    let mut command = node::command(house, terser(house))?;
    command.arg(bundle).args(TERSER.split(' '));
    command.arg("--source-map").arg(format!("includeSources,content='{}.map'", bundle.display()));
    command.arg("--output").arg(to);
    run(house, task, "widget-terser", command)
}

fn small(house: &House, source: &str) -> Command {
    let mut command = Command::new(esbuild(house));
    command.args([source, "--minify", LANGUAGE, "--charset=utf8", "--legal-comments=none"]);
    command.arg("--log-level=warning").current_dir(house.root());
    command
}

/// A shopper loads what the element says, and nothing of what only the page without a script does.
fn write_texts(house: &House) -> Outcome {
    for language in house.files(TEXTS, ".json")? {
        let name = language.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let texts = texts_of_element(&read(&language)?)
            .map_err(|problem| Problem::new(format!("{TEXTS}/{name}: {problem}")))?;
        write(&house.at(&format!("{FOLDER}/wechat-pay.{name}")), texts)?;
    }
    Ok(())
}

/// The section `element` of a language's file, as a file of its own: the same text, less deeply indented. No
/// text of JSON has a line break in it, so only the indentation can change.
fn texts_of_element(file: &str) -> Result<String, String> {
    let sections: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(file).map_err(|error| error.to_string())?;
    let element = sections.get("element").ok_or("it has no section `element`")?;
    Ok(element.get().replace("\n  ", "\n") + "\n")
}

/// The languages of these files, in order.
fn languages(files: &[PathBuf]) -> Vec<String> {
    let stem = |file: &PathBuf| file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut languages: Vec<String> = files.iter().map(stem).collect();
    languages.sort();
    languages
}

/// The module that names each language's file as bundlers look for it. They find a file only where its
/// address is written out. `no-inline` keeps Vite from making `data:` addresses of files as small as these.
fn words_module(languages: &[String]) -> String {
    let line =
        |tag| format!("  '{tag}': () => new URL('./wechat-pay.{tag}.json?no-inline', import.meta.url),\n");
    let lines: String = languages.iter().map(line).collect();
    format!("export const WORDS = {{\n{lines}}};\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_of_words_is_a_language_and_has_an_address_for_bundlers() {
        let files = ["lang/zh-CN.json", "lang/en.json"].map(PathBuf::from);
        assert_eq!(languages(&files), ["en", "zh-CN"]);
        assert_eq!(
            words_module(&languages(&files)),
            "export const WORDS = {\n  \
             'en': () => new URL('./wechat-pay.en.json?no-inline', import.meta.url),\n  \
             'zh-CN': () => new URL('./wechat-pay.zh-CN.json?no-inline', import.meta.url),\n};\n"
        );
    }

    #[test]
    fn a_shopper_loads_the_sentences_of_the_element_alone_in_their_order() {
        let file = "{\n  \"element\": {\n    \"scan\": \"a\\n  b  c\",\n    \"pay\": \"{amount}\"\n  },\n  \
                    \"checkout\": {\n    \"home\": \"d\"\n  }\n}\n";
        let texts = "{\n  \"scan\": \"a\\n  b  c\",\n  \"pay\": \"{amount}\"\n}\n";
        assert_eq!(texts_of_element(file).as_deref(), Ok(texts));
        assert!(texts_of_element("{ \"checkout\": {} }").is_err_and(|problem| problem.contains("`element`")));
        assert!(texts_of_element("{").is_err());
    }
}
