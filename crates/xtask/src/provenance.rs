//! `provenance.json`: what the npm package was made of and by which tools, in the words of SLSA, so that anyone can check
//! each file and make the package again: an in-toto Statement v1 around the predicate `https://slsa.dev/provenance/v1`.
//!
//! It says nothing of the machine or the time: the same commit and tools give the same text. It is not signed, since a
//! build on someone's own machine has no identity that a stranger could check.

use crate::build::Finish;
use crate::digest::sha256;
use crate::house::{House, write};
use crate::machine::command_with_path;
use crate::problem::{At, Outcome, Problem};
use crate::run::ask;
use crate::setup::node_modules::{esbuild, terser, wasm_opt};
use crate::setup::wasm_std::WasmRust;
use crate::setup::{node, wasm_bindgen};
use std::fs;
use std::path::Path;
use std::process::Command;

const FILE: &str = "provenance.json";

/// What decides which code of others goes in.
const LOCKS: [&str; 2] = ["Cargo.lock", "package-lock.json"];

/// Writes it for the files that are in `package` now.
pub(crate) fn write_for(house: &House, package: &Path) -> Outcome {
    let subjects = described(house, package, &names_in(package)?)?;
    let mut dependencies: Vec<String> = source(house).into_iter().collect();
    dependencies.extend(described(house, house.root(), &LOCKS.map(str::to_owned))?);
    let finish = if Finish::Small.can_be_had()? { "small" } else { "quick" };
    let text = format!(
        r#"{{
  "_type": "https://in-toto.io/Statement/v1",
  "subject": [
    {}
  ],
  "predicateType": "https://slsa.dev/provenance/v1",
  "predicate": {{
    "buildDefinition": {{
      "buildType": "urn:wechatpay-edge:cargo-xtask-dist:v1",
      "externalParameters": {{ "finish": "{finish}" }},
      "internalParameters": {{
        {}
      }},
      "resolvedDependencies": [
        {}
      ]
    }},
    "runDetails": {{
      "builder": {{ "id": "urn:wechatpay-edge:own-machine" }}
    }}
  }}
}}
"#,
        subjects.join(",\n    "),
        tools(house)?.join(",\n        "),
        dependencies.join(",\n        "),
    );
    write(&package.join(FILE), text)
}

fn names_in(package: &Path) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(package).at("reading", package)? {
        let name = entry.at("reading", package)?.file_name().to_string_lossy().into_owned();
        if name != FILE {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Each file of the folder with its digest, as a `ResourceDescriptor`.
fn described(house: &House, folder: &Path, names: &[String]) -> Outcome<Vec<String>> {
    let files: Vec<_> = names.iter().map(|name| folder.join(name)).collect();
    let digests = sha256(house, &files)?;
    let described = names.iter().zip(digests).map(|(name, digest)| {
        format!(r#"{{ "name": {}, "digest": {{ "sha256": "{digest}" }} }}"#, quoted(name))
    });
    Ok(described.collect())
}

/// The commit, and whether the files were as it has them; nothing where git knows no commit.
fn source(house: &House) -> Option<String> {
    let git = |args: &[&str]| ask(Command::new("git").args(args).current_dir(house.root()));
    // Unpacked inside somebody else's repository, it has no commit there.
    if !git(&["rev-parse", "--show-prefix"])?.is_empty() {
        return None;
    }
    let commit = git(&["rev-parse", "HEAD"])?;
    let clean = git(&["status", "--porcelain"])?.is_empty();
    Some(format!(
        r#"{{ "name": "wechatpay-edge", "digest": {{ "gitCommit": "{commit}" }}, "annotations": {{ "clean": {clean} }} }}"#
    ))
}

/// The tools that made the module and the scripts, each with its version in its own words.
fn tools(house: &House) -> Outcome<Vec<String>> {
    let node = node::folder(house)?;
    let asked = |program: &Path| ask(command_with_path(program, &[&node]).arg("--version"));
    let version = |name: &str, found: Option<String>| match found {
        Some(found) => Ok(format!("{}: {}", quoted(name), quoted(&found))),
        None => Err(Problem::new(format!("{name} does not tell its version")).mend("cargo xtask setup")),
    };
    Ok(vec![
        version("rustc", WasmRust::find_or_say()?.version())?,
        version("wasm-bindgen", asked(&wasm_bindgen(house)?))?,
        version("wasm-opt", asked(&wasm_opt(house)))?,
        version("esbuild", asked(&esbuild(house)))?,
        version("terser", asked(&terser(house)))?,
    ])
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_so_that_json_reads_it_back() {
        assert_eq!(quoted("esbuild 0.28.2"), r#""esbuild 0.28.2""#);
        assert_eq!(quoted("a\"b\\c\n"), r#""a\"b\\c\u000a""#);
    }
}
