//! A file whose first paragraph says *Pure* must be pure: it knows no platform, no clock and no other crate's
//! shell, so that all of it runs in the tests of this machine. The tests also compare the list in
//! ARCHITECTURE.md with what the files say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::floors::{imports, sources};

/// The words that only a shell may contain.
const PLATFORM: [&str; 16] = [
    "worker::",
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "thread_local!",
    "static mut ",
    "async ",
    ".await",
    "std::time",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "RefCell",
    "OnceCell",
    "Mutex",
];

/// Whether the first paragraph says that the file is pure.
fn is_pure(code: &str) -> bool {
    let paragraph = code.lines().take_while(|line| line.starts_with("//! "));
    paragraph.collect::<Vec<_>>().join(" ").contains("Pure")
}

fn pure() -> BTreeMap<String, String> {
    sources().into_iter().filter(|(_, code)| is_pure(code)).collect()
}

#[test]
fn what_says_that_it_is_pure_knows_no_platform() {
    for (name, code) in pure() {
        let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let found: Vec<_> = PLATFORM.iter().filter(|words| code.contains(**words)).collect();
        assert!(found.is_empty(), "{name}.rs says that it is pure, and has {found:?}");
    }
}

#[test]
fn what_says_that_it_is_pure_uses_only_what_is() {
    let (sources, pure) = (sources(), pure());
    for name in pure.keys() {
        let shells: Vec<_> =
            imports(&sources, name).into_iter().filter(|used| !pure.contains_key(used)).collect();
        assert!(shells.is_empty(), "{name}.rs says that it is pure, and uses {shells:?}");
    }
}

#[test]
fn the_architecture_names_the_pure_files_and_no_others() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ARCHITECTURE.md")).unwrap();
    let row = text.lines().find(|line| line.starts_with("| `crates/edge` |")).unwrap();
    let column = row.split('|').nth(3).unwrap();
    let named: BTreeSet<_> = column.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(named, pure().into_keys().collect());
}
