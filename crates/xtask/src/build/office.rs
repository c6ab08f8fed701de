//! The libraries of the back office, bundled into one file by esbuild: `www/admin/vendor.js`, its style, and
//! the licences of what is inside. The rest of `www/admin` is served as it is written.

use super::fresh::Stage;
use super::wasm::esbuild;
use crate::prelude::*;

/// Names what the pages may import.
const LIBRARIES: &str = "crates/xtask/scripts/office-libraries.js";

pub(super) const INPUTS: [&str; 2] = ["package-lock.json", LIBRARIES];

/// Where the pages find what is made here.
const FOLDER: &str = "www/admin";

/// The packages inside, in the order of the alphabet. `esbuild` has their exact files; a test compares.
pub(crate) const PACKAGES: [&str; 9] = [
    "@tanstack/preact-store",
    "@tanstack/preact-table",
    "@tanstack/store",
    "@tanstack/table-core",
    "htm",
    "preact",
    "regexparam",
    "uplot",
    "wouter-preact",
];

/// What browsers of the last three years understand.
const OPTIONS: [&str; 6] = [
    "--bundle",
    "--format=esm",
    "--target=es2022",
    "--charset=utf8",
    "--define:process.env.NODE_ENV=\"production\"",
    "--banner:js=/* The licences of what is inside: vendor-licences.txt */",
];

pub(super) fn build(house: &House) -> Outcome {
    let _alone = house.lock("office")?;
    let folder = house.at(FOLDER);
    let [script, style, licences] =
        ["vendor.js", "vendor.css", "vendor-licences.txt"].map(|name| folder.join(name));
    let stage = Stage::new(house, "office", &INPUTS, &OPTIONS.join(" "), &[&script, &style, &licences])?;
    if stage.is_fresh() {
        eprintln!("  ✓ office: unchanged");
        return Ok(());
    }
    let task = Task::start("office");
    let mut command = esbuild(house, &[LIBRARIES]);
    command.args(OPTIONS).arg(format!("--outfile={}", script.display()));
    run(house, &task, "office-bundle", command)?;
    write(&licences, licences_of(house)?)?;
    stage.made()?;
    task.done(FOLDER);
    Ok(())
}

/// Each package with its version and its whole licence.
fn licences_of(house: &House) -> Outcome<String> {
    let mut text = String::new();
    for package in PACKAGES {
        let folder = house.at("node_modules").join(package);
        let manifest: serde_json::Value = serde_json::from_str(&read(&folder.join("package.json"))?)
            .map_err(|error| Problem::new(format!("{package}/package.json: {error}")))?;
        let of = |name: &str| manifest[name].as_str().unwrap_or_default().to_owned();
        text.push_str(&format!("{package} {} ({})\n\n", of("version"), of("license")));
        let named = ["LICENSE", "LICENSE.md", "license"].map(|name| folder.join(name));
        // Some packages name their licence in the manifest alone.
        if let Some(file) = named.iter().find(|file| file.exists()) {
            text.push_str(read(file)?.trim());
            text.push_str("\n\n");
        }
    }
    Ok(text)
}
