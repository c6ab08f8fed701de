//! `cargo xtask dist`: what is published, in `dist/`.
//!
//! - `npm/`: the widget as an npm package;
//! - `script-tag/`: the same files for a page of one's own, with the tag to paste, its integrity hash in it;
//! - `worker/`: the Worker's bundle, as `wrangler deploy` would take it;
//! - `simulator`: the simulator, for this kind of machine.

use crate::build::{self, Finish, Target};
use crate::house::{House, Profile, clear, copy, read, write};
use crate::machine::command_with_path;
use crate::problem::{Outcome, Problem};
use crate::progress::Board;
use crate::run::ask;
use crate::setup::{self, Need, node};
use std::path::Path;

pub(crate) fn dist(house: &House) -> Outcome {
    setup::ready(house, &Need::BUILD)?;
    build::build(house, &[Target::Widget, Target::Worker], Finish::Small)?;
    let simulator = build::simulator(house, &Board::new(), Profile::Release)?;
    let dist = house.dist();
    clear(&dist)?;
    npm_package(house, &dist.join("npm"))?;
    script_tag(house, &dist.join("script-tag"))?;
    for name in ["index.js", "index_bg.wasm"] {
        copy(&house.worker_build().join(name), &dist.join("worker").join(name))?;
    }
    copy(&simulator, &dist.join("simulator"))?;
    println!("\ndist/npm          the widget: npm publish dist/npm");
    println!("dist/script-tag   the widget for a script tag; see tag.html");
    println!("dist/worker       the Worker's bundle");
    println!("dist/simulator    WeChat Pay for this machine: dist/simulator --help");
    Ok(())
}

fn npm_package(house: &House, to: &Path) -> Outcome {
    copy_widget(house, to)?;
    let mut types = String::new();
    for declarations in house.files("crates/widget/js", ".d.ts")? {
        let name = declarations.file_name().unwrap_or_default().to_string_lossy().into_owned();
        copy(&declarations, &to.join(&name))?;
        types = format!("\n      \"types\": \"./{name}\",");
    }
    for (from, name) in [("crates/widget/README.md", "README.md"), ("LICENSE", "LICENSE")] {
        if house.at(from).exists() {
            copy(&house.at(from), &to.join(name))?;
        }
    }
    write(&to.join("package.json"), package_json(&workspace_version(house)?, &types))
}

fn package_json(version: &str, types: &str) -> String {
    format!(
        r#"{{
  "name": "wechatpay-edge",
  "version": "{version}",
  "description": "WeChat Pay by QR code in a static page: the <wechat-pay> element.",
  "license": "MIT OR Apache-2.0",
  "type": "module",
  "sideEffects": ["./wechat-pay.js"],
  "exports": {{
    ".": {{{types}
      "default": "./wechat-pay.js"
    }},
    "./*": "./*"
  }}
}}
"#
    )
}

fn script_tag(house: &House, to: &Path) -> Outcome {
    copy_widget(house, to)?;
    let integrity = integrity(house, &to.join("wechat-pay.js"))?;
    let tag = format!(
        "<!-- Put the files beside this one on your server, and this into your page. -->\n\
         <script type=\"module\" src=\"wechat-pay.js\" integrity=\"{integrity}\" crossorigin=\"anonymous\"></script>\n"
    );
    write(&to.join("tag.html"), tag)
}

fn copy_widget(house: &House, to: &Path) -> Outcome {
    for ending in [".js", ".wasm", ".json"] {
        for file in house.files("www/widget", ending)? {
            let name = file.file_name().unwrap_or_default();
            // Beside them is what shows the widget off, which is not part of it.
            if name.to_string_lossy().starts_with("wechat-pay") {
                copy(&file, &to.join(name))?;
            }
        }
    }
    Ok(())
}

/// The hash by which a browser knows that the script is the published one.
fn integrity(house: &House, file: &Path) -> Outcome<String> {
    const HASH: &str = "console.log('sha384-' + require('node:crypto').createHash('sha384')\
        .update(require('node:fs').readFileSync(process.argv[1])).digest('base64'))";
    ask(command_with_path(node::program(house)?, &[]).args(["--eval", HASH]).arg(file))
        .ok_or_else(|| Problem::new(format!("{} could not be hashed", house.short(file).display())))
}

fn workspace_version(house: &House) -> Outcome<String> {
    let manifest = read(&house.at("Cargo.toml"))?;
    manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .ok_or_else(|| Problem::new("Cargo.toml states no version of the workspace"))
}
