//! `cargo xtask dist`: what is published, in `dist/`.
//!
//! - `npm/`: the npm package: the widget for bundlers, and all that a shop's own folder needs;
//! - `script-tag/`: the same files for a page of one's own, with the tag to paste, its integrity hash in it;
//! - `worker/`: the Worker's bundle, as `wrangler deploy` would take it;
//! - `simulator`: the simulator, for this kind of machine.

mod kit;

use crate::build::{self, Finish, Target};
use crate::digest::{integrity, short_integrity};
use crate::prelude::*;
use crate::setup::{self, Need};

/// The npm package's `package.json`, and the page with the tag. What is in braces is filled in.
const PACKAGE: &str = include_str!("dist/package.json.in");
const TAG: &str = include_str!("dist/tag.html.in");

/// A part of what is published, and its place in `dist/`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Part {
    /// The npm package: a shop's kit, and the widget for bundlers → dist/npm
    Npm,
    /// The widget for a script tag → dist/script-tag
    ScriptTag,
    /// The Worker's bundle → dist/worker
    Worker,
    /// WeChat Pay for this machine → dist/simulator
    Simulator,
}

impl Part {
    const ALL: [Self; 4] = [Self::Npm, Self::ScriptTag, Self::Worker, Self::Simulator];

    /// What must be built for it, besides the simulator.
    fn needs(self) -> &'static [Target] {
        match self {
            Self::Npm => &[Target::Widget, Target::Office, Target::Worker],
            Self::ScriptTag => &[Target::Widget],
            Self::Worker => &[Target::Worker],
            Self::Simulator => &[],
        }
    }
}

/// Makes these parts; all of them when none is named.
pub(crate) fn dist(house: &House, parts: &[Part]) -> Outcome {
    setup::ready(house, &Need::PUBLISH)?;
    let parts = if parts.is_empty() { &Part::ALL[..] } else { parts };
    let targets = [Target::Widget, Target::Office, Target::Worker];
    let needed = targets.into_iter().filter(|target| parts.iter().any(|part| part.needs().contains(target)));
    build::build(house, &needed.collect::<Vec<_>>(), Finish::Small)?;
    let dist = house.at("dist");
    for part in parts {
        match part {
            Part::Npm => {
                npm_package(house, &dist.join("npm"))?;
                println!("dist/npm          the npm package: npm publish dist/npm");
            }
            Part::ScriptTag => {
                let to = dist.join("script-tag");
                clear(&to)?;
                script_tag(house, &to)?;
                println!("dist/script-tag   the widget for a script tag; see tag.html");
            }
            Part::Worker => {
                let to = dist.join("worker");
                clear(&to)?;
                for name in ["index.js", "index_bg.wasm"] {
                    copy(&house.at("crates/edge/build").join(name), &to.join(name))?;
                }
                println!("dist/worker       the Worker's bundle");
            }
            Part::Simulator => {
                build::simulator(house, &["--release"])?;
                copy(&house.target().join("release/simulator"), &dist.join("simulator"))?;
                println!("dist/simulator    WeChat Pay for this machine: dist/simulator --help");
            }
        }
    }
    Ok(())
}

/// The npm package: the widget's module with its source map and its types, a shop's kit, and who wrote what
/// is inside.
pub(crate) fn npm_package(house: &House, to: &Path) -> Outcome {
    clear(to)?;
    copy_widget(house, to)?;
    let script = build::script_for_bundlers(house);
    let text = format!("{}//# sourceMappingURL=wechat-pay.js.map\n", read(&script)?);
    write(&to.join("wechat-pay.js"), text)?;
    copy(&script.with_extension("js.map"), &to.join("wechat-pay.js.map"))?;
    for name in ["wechat-pay.d.ts", "react.js", "react.d.ts", "vue.js", "vue.d.ts"] {
        copy(&house.at("crates/widget/js").join(name), &to.join(name))?;
    }
    for (from, name) in
        [("kit/README.md", "README.md"), ("crates/widget/README.md", "WIDGET.md"), ("LICENSE", "LICENSE")]
    {
        copy(&house.at(from), &to.join(name))?;
    }
    kit::put(house, to)?;
    write(&to.join("LICENSES-OF-OTHERS.md"), licences(house, &["widget", "edge"])?)?;
    write(&to.join("package.json"), PACKAGE.replace("{version}", &workspace_version(house)?))
}

/// The crates inside the modules of these packages, each with its version and licence.
fn licences(house: &House, packages: &[&str]) -> Outcome<String> {
    let mut command = cargo(house, &["tree", "--target", "wasm32-unknown-unknown"]);
    for package in packages {
        command.args(["--package", package]);
    }
    command.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}\t{l}\t{r}"]);
    let tree = printed(&mut command)?;
    // What is of this repository has a path for its source.
    let mut rows: Vec<&str> = tree
        .lines()
        .filter(|line| !line.is_empty() && !line.contains(" (/") && !line.contains("(*)"))
        .collect();
    if rows.is_empty() {
        return Err(Problem::new("cargo tree could not list what the modules are made of"));
    }
    rows.sort_unstable();
    rows.dedup();
    let mut table = "# Licences of others\n\nWhat the WebAssembly is compiled from, besides Rust's standard library (MIT OR \
                     Apache-2.0).\n\n| crate | licence | source |\n| --- | --- | --- |\n"
        .to_owned();
    for row in rows {
        table.push_str(&format!("| {} |\n", row.replace('\t', " | ")));
    }
    Ok(table)
}

/// The built files for a server of one's own, and the tag that takes no others than these: the script by its
/// integrity, the wasm by the digest inside the script, and the fallback by the import map.
fn script_tag(house: &House, to: &Path) -> Outcome {
    copy_widget(house, to)?;
    let script = integrity(&to.join("wechat-pay.js"))?;
    let fallback = integrity(&to.join("wechat-pay-fallback.js"))?;
    let map = format!(r#"{{"integrity":{{"./wechat-pay-fallback.js":"{fallback}"}}}}"#);
    let allowed = short_integrity(&map);
    let tag = TAG.replace("{script}", &script).replace("{map}", &map).replace("{allowed}", &allowed);
    copy(&house.at("LICENSE"), &to.join("LICENSE"))?;
    write(&to.join("LICENSES-OF-OTHERS.md"), licences(house, &["widget"])?)?;
    write(&to.join("tag.html"), tag)
}

/// The built files, and nothing of the gallery that is in the same folder.
fn copy_widget(house: &House, to: &Path) -> Outcome {
    for ending in [".js", ".wasm", ".json"] {
        for file in house.files("www/widget", ending)? {
            let name = file.file_name().unwrap_or_default();
            if name.to_string_lossy().starts_with("wechat-pay") {
                copy(&file, &to.join(name))?;
            }
        }
    }
    Ok(())
}

/// What the tests judge, in the places where they find it: the package among the npm tools, by its name.
pub(crate) fn for_tests(house: &House) -> Outcome {
    npm_package(house, &house.at("node_modules/wechatpay-edge"))?;
    let tag = house.target().join("script-tag");
    clear(&tag)?;
    script_tag(house, &tag)
}

fn workspace_version(house: &House) -> Outcome<String> {
    let manifest = read(&house.at("Cargo.toml"))?;
    let version = manifest.split_once("\nversion = \"").and_then(|(_, after)| after.split('"').next());
    version.map(str::to_owned).ok_or_else(|| Problem::new("Cargo.toml states no version of the workspace"))
}
