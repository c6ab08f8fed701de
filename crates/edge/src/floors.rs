//! The floors of the Worker, as `lib.rs` lists them. A file imports from its own floor and from the floors
//! below it, and no imports form a circle. So a reader of a file needs to know only what is below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the lowest to the highest. `lib.rs` is above them all.
const FLOORS: [&[&str]; 7] = [
    &["accept_language", "failure", "json", "platform"],
    &["secret", "number_and_token", "download_link", "config"],
    &["price", "index", "html", "v3"],
    &["object"],
    &["books"],
    &["readiness"],
    &["routes"],
];
/// Files that contain only tests. They read the sources.
const TESTS: [&str; 4] = ["floors", "purity", "routes/openapi", "routes/openapi/shapes"];

/// The code of each file of the Worker, without its tests. The key is the path in `src` without `.rs` and
/// `/mod`.
pub(crate) fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut found = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.with_extension("").strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            let name = name.strip_suffix("/mod").unwrap_or(&name).to_owned();
            if !TESTS.contains(&name.as_str()) {
                found.insert(name, without_tests(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

fn without_tests(text: &str) -> String {
    let tests = ["\n#[cfg(test)]\nmod tests {", "\n#[cfg(test)]\npub(crate) mod tests {"];
    let end = tests.iter().filter_map(|begin| text.find(begin)).min().unwrap_or(text.len());
    text[..end].to_owned()
}

/// The files that this file's code names: by `crate::…`, by `super::…`, or as a file in its own folder.
pub(crate) fn imports(sources: &BTreeMap<String, String>, name: &str) -> BTreeSet<String> {
    let code = sources[name].lines().filter(|line| !line.trim_start().starts_with("//"));
    let paths = code.flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')));
    paths.filter(|path| path.contains("::")).filter_map(|path| file_of(sources, name, path)).collect()
}

fn file_of(sources: &BTreeMap<String, String>, name: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = if name == "lib" { Vec::new() } else { name.split('/').collect() };
    let mut is_own = true;
    for part in path.split("::").filter(|part| !part.is_empty()) {
        match part {
            "crate" => parts.clear(),
            "super" => drop(parts.pop()),
            part => {
                parts.push(part);
                continue;
            }
        }
        is_own = false;
    }
    // The last parts name an item of the file.
    let mut files = (1..=parts.len()).rev().map(|length| parts[..length].join("/"));
    let file = files.find(|file| sources.contains_key(file))?;
    let is_below = name == "lib" || file.starts_with(&format!("{name}/"));
    (file != name && (!is_own || is_below)).then_some(file)
}

fn floor(name: &str) -> usize {
    let part = name.split('/').next().unwrap();
    FLOORS.iter().position(|floor| floor.contains(&part)).unwrap_or(FLOORS.len())
}

/// Each import from a higher floor: who imports what.
fn upward(sources: &BTreeMap<String, String>) -> Vec<String> {
    let all =
        sources.keys().flat_map(|name| imports(sources, name).into_iter().map(move |used| (name, used)));
    all.filter(|(name, used)| floor(name) < floor(used))
        .map(|(name, used)| format!("{name} → {used}"))
        .collect()
}

/// A circle of imports that begins at this file, if there is one.
fn circle(sources: &BTreeMap<String, String>) -> Option<String> {
    fn walk(
        sources: &BTreeMap<String, String>,
        name: &str,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<String> {
        if let Some(at) = way.iter().position(|before| before == name) {
            return Some(format!("{} → {name}", way[at..].join(" → ")));
        }
        if !done.insert(name.to_owned()) {
            return None;
        }
        way.push(name.to_owned());
        let found = imports(sources, name).iter().find_map(|used| walk(sources, used, way, done));
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    sources.keys().find_map(|name| walk(sources, name, &mut Vec::new(), &mut done))
}

#[test]
fn no_file_imports_from_a_higher_floor() {
    assert_eq!(upward(&sources()), Vec::<String>::new());
}

#[test]
fn no_imports_go_in_a_circle() {
    assert_eq!(circle(&sources()), None);
}

#[test]
fn each_file_is_on_a_floor() {
    let sources = sources();
    let homeless: Vec<_> =
        sources.keys().filter(|name| floor(name) == FLOORS.len() && *name != "lib").collect();
    assert_eq!(homeless, Vec::<&String>::new());
    let parts = FLOORS.iter().copied().flatten();
    let empty: Vec<_> = parts.filter(|part| !sources.keys().any(|name| name.starts_with(**part))).collect();
    assert_eq!(empty, Vec::<&&str>::new());
}

fn made_up<const N: usize>(files: [(&str, &str); N]) -> BTreeMap<String, String> {
    files.map(|(name, code)| (name.to_owned(), code.to_owned())).into()
}

#[test]
fn an_import_of_a_higher_floor_is_found_in_every_form() {
    let orders = ("routes/orders", "pub(crate) fn not_found() {}");
    for code in [
        "use crate::routes::orders;",
        "use crate::routes::orders::{self, not_found};",
        "fn f() { crate::routes::orders::not_found() }",
        "use super::super::routes::orders;",
    ] {
        assert_eq!(
            upward(&made_up([("object/live", code), orders])),
            ["object/live → routes/orders"],
            "{code}"
        );
    }
    for code in ["// use crate::routes::orders;", "use crate::platform::http;", "use order::Order;"] {
        let files = made_up([("object/live", code), orders, ("platform/http", "")]);
        assert_eq!(upward(&files), Vec::<String>::new(), "{code}");
    }
}

#[test]
fn files_that_import_each_other_are_found_and_a_folder_that_uses_its_files_is_fine() {
    let folder = ("object", "use runner::Runner;\nfn f() { live::open() }");
    let runner = ("object/runner", "use crate::object::live;\nuse worker::State;");
    let files =
        made_up([folder, runner, ("object/live", "use crate::platform::http;"), ("platform/http", "")]);
    assert_eq!(circle(&files), None);
    let files = made_up([folder, runner, ("object/live", "use super::runner::Runner;")]);
    assert_eq!(circle(&files).as_deref(), Some("object/live → object/runner → object/live"));
    let files = made_up([folder, runner, ("object/live", "fn f() { crate::object::OrderObject::serve() }")]);
    assert_eq!(circle(&files).as_deref(), Some("object → object/live → object"));
}
