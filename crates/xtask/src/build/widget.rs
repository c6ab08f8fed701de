//! The widget: crates/widget compiled for wasm32, its glue by wasm-bindgen, made small by wasm-opt, and
//! bundled with the custom element's JavaScript and style into what a page loads, in `www/widget/`:
//! `wechat-pay.js`, `wechat-pay_bg.wasm`, the script that takes its place where WebAssembly is forbidden, and
//! a file of texts per language, `wechat-pay.<language>.json`.
//!
//! The script is made twice: for a page that loads it as it is, and for the npm package, whose users bundle
//! it with tools that have to find the other files. Both hold the wasm's digest, and so take no other wasm.

use super::fresh::Stage;
use super::wasm::{Finish, bind, compile, esbuild, wasm_opt};
use crate::digest::short_integrity;
use crate::prelude::*;
use crate::setup::{node, wasm_bindgen, wasm_std::rustc};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs;

pub(super) const INPUTS: [&str; 10] = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "crates/api",
    "crates/qr",
    "crates/widget/Cargo.toml",
    "crates/widget/src",
    "crates/widget/js",
    TEXTS,
    SHORT_NAMES,
];

/// The words, one file per language: adding a language is adding a file.
const TEXTS: &str = "crates/widget/lang";

/// Gives the glue the names that wasm-opt has made short.
const SHORT_NAMES: &str = "crates/xtask/scripts/short-names.mjs";

/// Where a page finds what is made here.
const FOLDER: &str = "www/widget";

/// Takes the place of the wasm where WebAssembly is forbidden; loaded only then.
const FALLBACK: &str = "wechat-pay-fallback.js";

/// What the browsers of the last years understand; older ones have no wasm with the features that Rust uses.
const LANGUAGE: &str = "--target=es2022";

const TERSER: &str =
    "--module --mangle --ecma 2022 --compress passes=3,ecma=2022,unsafe_arrows=true --comments false";

/// wasm-opt's. The features are those that Rust's wasm uses; browsers have had them since 2021.
const SMALLEST: &str = "-Oz --minify-imports-and-exports-and-modules --enable-bulk-memory \
                        --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals \
                        --enable-reference-types --enable-multivalue";

/// The script of the npm package, its source map beside it.
pub(crate) fn script_for_bundlers(house: &House) -> PathBuf {
    house.wasm_target().join("widget-npm/wechat-pay.js")
}

pub(super) fn build(house: &House, finish: Finish) -> Outcome {
    let _alone = house.lock("wasm")?;
    let finish = finish.possible();
    let folder = house.at(FOLDER);
    let (script, module) = (folder.join("wechat-pay.js"), folder.join("wechat-pay_bg.wasm"));
    let (fallback, for_bundlers) = (folder.join(FALLBACK), script_for_bundlers(house));
    let compiler = rustc(&["--version"]);
    let bindgen = wasm_bindgen::locked(house)?;
    let stage = |finish: Finish| {
        let tools = format!("{compiler:?} wasm-bindgen {bindgen} {finish:?}");
        Stage::new(house, "widget", &INPUTS, &tools, &[&script, &module, &fallback, &for_bundlers])
    };
    // A small one also does where a quick one is asked for.
    let small = stage(Finish::Small)?;
    let wanted = stage(finish)?;
    if small.is_fresh() || wanted.is_fresh() {
        eprintln!("  ✓ widget: unchanged");
        return Ok(());
    }
    let task = Task::start("widget");
    make_folder(&folder)?;
    let glue = glue(house, &task, finish, &module)?;
    bundle_fallback(house, &task, &glue, &fallback)?;
    let languages = languages(&house.files(TEXTS, ".json")?);
    let parts = parts(house, &task, &glue, &languages, &module)?;
    bundle(house, &task, &glue, &parts, "files-served.js", &script)?;
    bundle(house, &task, &glue, &parts, "files-bundled.js", &for_bundlers)?;
    write_texts(house)?;
    wanted.made()?;
    task.done(FOLDER);
    Ok(())
}

/// Makes the small module, and its glue, which calls it by the short names that it gets.
fn glue(house: &House, task: &Task, finish: Finish, module: &Path) -> Outcome<PathBuf> {
    let compiled = compile(house, task, "widget", finish)?;
    let options = ["--target", "web", "--out-name", "wechat-pay"];
    // The element says itself where its wasm is.
    let less = ["--omit-default-module-path", "--remove-name-section", "--remove-producers-section"];
    let glue = bind(house, task, "widget", &compiled, &[&options[..], &less].concat())?;
    task.note("wasm-opt");
    let renamed = printed(&mut wasm_opt(house, &glue.join("wechat-pay_bg.wasm"), module, SMALLEST)?)?;
    let mut command = node::command(house, SHORT_NAMES)?;
    command.arg(glue.join("wechat-pay.js")).arg(renamed);
    run(house, task, "widget-names", command)?;
    Ok(glue)
}

fn bundle_fallback(house: &House, task: &Task, glue: &Path, to: &Path) -> Outcome {
    let bundle = glue.join("fallback.js");
    let mut command = small(house, "crates/widget/js/fallback.js", &bundle);
    command.args(["--format=esm", "--sourcemap=external"]);
    run(house, task, "widget-fallback", command)?;
    smaller(house, task, &bundle, to)
}

/// What goes into both scripts in addition to the element's own sources, as arguments of esbuild.
fn parts(
    house: &House,
    task: &Task,
    glue: &Path,
    languages: &[String],
    module: &Path,
) -> Outcome<Vec<String>> {
    let style = glue.join("wechat-pay.min.css");
    run(house, task, "widget-style", small(house, "crates/widget/js/wechat-pay.css", &style))?;
    let words = glue.join("words.js");
    write(&words, words_module(languages))?;
    let integrity = short_integrity(fs::read(module).at("reading", module)?);
    Ok(vec![
        format!("--alias:widget-wasm={}", glue.join("wechat-pay.js").display()),
        format!("--alias:widget-css={}", style.display()),
        format!("--alias:widget-words={}", words.display()),
        format!("--define:LANGUAGE_TAGS=\"{}\"", languages.join(" ")),
        // The browser runs no other module.
        format!("--define:WASM_INTEGRITY=\"{integrity}\""),
    ])
}

/// `files` is the source that says where the other files are.
fn bundle(house: &House, task: &Task, glue: &Path, parts: &[String], files: &str, to: &Path) -> Outcome {
    let bundle = glue.join(files);
    let mut command = small(house, "crates/widget/js/wechat-pay.js", &bundle);
    command.args(["--bundle", "--format=esm", "--loader:.css=text", "--sourcemap=external"]);
    command.arg(format!("--external:./{FALLBACK}")).args(parts);
    command.arg(format!("--alias:widget-files={}", house.at("crates/widget/js").join(files).display()));
    run(house, task, "widget-bundle", command)?;
    smaller(house, task, &bundle, to)
}

/// What esbuild has bundled and made small, once more by terser, which finds 300 bytes more; with its source
/// map beside it.
fn smaller(house: &House, task: &Task, bundle: &Path, to: &Path) -> Outcome {
    make_folder(to.parent().unwrap_or(to))?;
    let mut command = node::command(house, house.at("node_modules/terser/bin/terser"))?;
    command.arg(bundle).args(TERSER.split(' '));
    command.arg("--source-map").arg(format!("includeSources,content='{}.map'", bundle.display()));
    command.arg("--output").arg(to);
    run(house, task, "widget-terser", command)
}

fn small(house: &House, source: &str, to: &Path) -> Command {
    let mut command = esbuild(house, &[source, LANGUAGE, "--charset=utf8"]);
    command.arg(format!("--outfile={}", to.display()));
    command
}

/// A shopper loads what the element says, and nothing of what only the page without a script does.
fn write_texts(house: &House) -> Outcome {
    for language in house.files(TEXTS, ".json")? {
        let name = language.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let texts = texts_of_element(&read(&language)?)
            .map_err(|problem| Problem::new(format!("{TEXTS}/{name}: {problem}")))?;
        write(&house.at(format!("{FOLDER}/wechat-pay.{name}")), texts)?;
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
