//! What decides about money knows no clock, no randomness, no input or output, no browser and no Worker.
//! `clippy.toml` refuses what `std` has of these; here it is looked whether crates of others bring them in.
//!
//! A pure crate is judged by what it depends on, as `cargo tree` tells it. In a crate that is pure in part,
//! the pure files are read: they may name neither the crates of the shell nor its files.

use crate::prelude::*;

/// The crates, and as what they are pure: the library of the simulator is its gateway, and the widget on a
/// host its session.
const PURE: [(&str, &[&str]); 8] = [
    ("wire", &["--all-features", "--target", "wasm32-unknown-unknown"]),
    ("gateway", &["--all-features", "--target", "wasm32-unknown-unknown"]),
    ("order", &["--all-features", "--target", "wasm32-unknown-unknown"]),
    ("books", &["--all-features", "--target", "wasm32-unknown-unknown"]),
    ("api", &["--all-features", "--target", "wasm32-unknown-unknown"]),
    ("qr", &["--all-features", "--target", "wasm32-unknown-unknown"]),
    ("simulator", &["--no-default-features", "--target", "wasm32-unknown-unknown"]),
    ("widget", &["--all-features", "--target", "x86_64-unknown-linux-gnu"]),
];

/// What crates would let in, and which.
const IMPURE: [(&str, &[&str]); 6] = [
    ("the Worker's runtime", &["worker"]),
    ("the browser", &["web-sys", "js-sys", "wasm-bindgen"]),
    ("randomness", &["getrandom", "rand", "fastrand", "ahash"]),
    ("the clock", &["chrono", "time", "jiff", "web-time"]),
    ("input and output", &["tokio", "async-std", "mio", "socket2", "hyper", "reqwest"]),
    ("the operating system", &["libc", "nix", "rustix", "windows-sys"]),
];

/// The pure files of the Worker, as ARCHITECTURE.md names them.
pub(crate) const EDGE_FILES: [&str; 56] = [
    "accept_language",
    "json",
    "secret",
    "secret/admin_key",
    "secret/rule",
    "number_and_token",
    "download_link",
    "config",
    "config/distinct",
    "config/examples",
    "config/v2",
    "config/v3",
    "config/variable",
    "platform/percent",
    "platform/retry_after",
    "price/limits",
    "price/cart",
    "price/catalog",
    "price/catalog/fault",
    "price/catalog/members",
    "price/catalog/moment",
    "price/catalog/names",
    "price/fields",
    "price/file_name",
    "price/offer",
    "price/counted",
    "price/jws",
    "price/shown",
    "index/row",
    "index/placement",
    "v3/genuine",
    "v3/vouched",
    "object/byte_range",
    "object/protocol",
    "object/event_line",
    "object/webhook",
    "readiness/account",
    "readiness/account_v3",
    "readiness/address",
    "readiness/check",
    "readiness/surroundings",
    "index/filter",
    "routes/calendar",
    "routes/csv",
    "routes/filter",
    "routes/moment",
    "routes/route",
    "routes/query",
    "routes/reply",
    "routes/transport",
    "routes/forgery_limits",
    "routes/rate_limits",
    "routes/checkout/route",
    "routes/checkout/form",
    "routes/checkout/pass",
    "routes/checkout/admission",
];
/// Of the simulator's gateway, what is not in the pure build: RSA and AES-GCM by `ring`, which asks for
/// randomness, and certificates by `rcgen`.
const GATEWAY_SHELL: [&str; 3] = [
    "crates/simulator/src/gateway/v3/crypto.rs",
    "crates/simulator/src/gateway/v3/keyring.rs",
    "crates/simulator/src/gateway/v3/seal.rs",
];
/// What the rest of the Worker talks to the platform by.
const EDGE_SHELL: [&str; 5] = ["worker", "wasm_bindgen", "wasm_bindgen_futures", "js_sys", "web_sys"];

pub(super) fn check(house: &House) -> Outcome {
    for (pure, as_what) in PURE {
        let tree = tree(house, pure, as_what)?;
        if let Some((name, brings)) = first_impure(&tree) {
            return Err(Problem::new(format!(
                "{pure} depends on {name}, which brings {brings} into a pure crate"
            ))
            .mend(format!("cargo tree -p {pure} -e normal --invert {name}   (shows by which way)")));
        }
    }
    let server = optional(&read(&house.at("crates/simulator/Cargo.toml"))?);
    let gateway = files_below(&house.at("crates/simulator/src/gateway"))?;
    let of_shell = GATEWAY_SHELL.map(|file| house.at(file));
    for file in gateway.into_iter().filter(|file| !of_shell.contains(file)) {
        judge(house, &file, &server, None)?;
    }
    let platform = EDGE_SHELL.map(str::to_owned);
    for name in EDGE_FILES {
        let file = house.at("crates/edge/src").join(name).with_extension("rs");
        judge(house, &file, &platform, Some(&EDGE_FILES))?;
    }
    Ok(())
}

fn tree(house: &House, package: &str, as_what: &[&str]) -> Outcome<String> {
    let mut command = cargo(house, &["tree", "--package", package, "--edges", "normal", "--prefix", "none"]);
    printed(command.args(["--format", "{p}"]).args(as_what))
}

/// The name of a crate, and what it would let in.
fn first_impure(tree: &str) -> Option<(&str, &'static str)> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let brought = |name: &str| IMPURE.into_iter().find(|(_, crates)| crates.contains(&name));
    names.filter_map(|name| Some((name, brought(name)?.0))).next()
}

/// The dependencies that a crate has for its shell alone, as code names them.
fn optional(manifest: &str) -> Vec<String> {
    let names = manifest.lines().filter(|line| line.contains("optional = true"));
    names.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim().replace('-', "_")).collect()
}

fn files_below(path: &Path) -> Outcome<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let below: Outcome<Vec<_>> = entries(path)?.iter().map(|entry| files_below(entry)).collect();
    Ok(below?.concat())
}

fn judge(house: &House, file: &Path, crates: &[String], modules: Option<&[&str]>) -> Outcome {
    let Some(named) = first_of_shell(&read(file)?, crates, modules) else { return Ok(()) };
    let file = house.short(file).display().to_string();
    Err(Problem::new(format!("{file} is pure, and names `{named}`, which is of the shell"))
        .mend("give it what it needs as an argument, and let the shell fetch it"))
}

/// The first name of the shell in the code of a file, its tests aside: a crate that is not to be named, or a
/// file of the same crate that is not among `modules`.
fn first_of_shell(text: &str, crates: &[String], modules: Option<&[&str]>) -> Option<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let paths = lines.flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')));
    paths.filter(|path| path.contains("::")).find_map(|path| {
        let mut parts = path.trim_start_matches("::").split("::");
        let (first, second) = (parts.next()?, parts.next()?);
        let file = format!("{second}/{}", parts.next().unwrap_or_default());
        let is_pure = |modules: &[&str]| modules.contains(&second) || modules.contains(&file.as_str());
        let outside = modules.is_some_and(|modules| first == "crate" && !is_pure(modules));
        (outside || crates.iter().any(|name| name == first)).then(|| path.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_that_brings_randomness_is_found_by_its_whole_name() {
        assert_eq!(
            first_impure("wire v0.1.0\nrandom-word v1\ngetrandom v0.4.1 (*)"),
            Some(("getrandom", "randomness"))
        );
        assert_eq!(first_impure("wire v0.1.0\nquick-xml v0.42.0\nmd-5 v0.11.0"), None);
    }

    /// The rows of the crates, each with its cell *pure*.
    fn claimed() -> Vec<(&'static str, &'static str)> {
        let row = |line: &'static str| {
            let (name, cells) = line.strip_prefix("| `crates/")?.split_once("` |")?;
            Some((name, cells.strip_suffix(" |")?.rsplit('|').next()?.trim()))
        };
        let (_, map) = include_str!("../../../../ARCHITECTURE.md").split_once("## Code map").expect("a map");
        let (map, _) = map.split_once("\n\nIn `crates/").expect("a table");
        map.lines().filter_map(row).collect()
    }

    #[test]
    fn every_crate_that_the_architecture_calls_pure_is_looked_at_as_a_whole_or_by_its_files() {
        let mut names: Vec<&str> = PURE.iter().map(|(name, _)| *name).chain(["edge"]).collect();
        let mut claimed = claimed();
        claimed.retain(|(_, pure)| !pure.is_empty());
        let mut claimed: Vec<&str> = claimed.into_iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        claimed.sort_unstable();
        assert_eq!(names, claimed);
    }

    #[test]
    fn a_pure_file_names_no_crate_and_no_file_of_the_shell() {
        let judged = |text: &str| first_of_shell(text, &["tokio".to_owned()], Some(&["jws", "index/filter"]));
        for pure in [
            "use crate::jws::Forgery;\nuse std::time::Duration;",
            "// tokio::spawn is what the shell does\nfn tokio_like() {}",
            "fn a() {}\n#[cfg(test)]\nmod tests { use crate::http::X; }",
            "use super::fault::Fault;",
            "use crate::index::filter::Filter;",
        ] {
            assert_eq!(judged(pure), None, "{pure}");
        }
        assert_eq!(judged("use tokio::time::sleep;").as_deref(), Some("tokio::time::sleep"));
        assert_eq!(judged("    let now = ::tokio::time::now();").as_deref(), Some("::tokio::time::now"));
        assert_eq!(judged("use crate::http::fetch;").as_deref(), Some("crate::http::fetch"));
        assert!(judged("use crate::index::sharded::Index;").is_some());
    }

    #[test]
    fn what_only_the_server_needs_is_read_from_the_manifest() {
        let manifest = "[dependencies]\nwire = { workspace = true }\nhyper-util = { workspace = true, optional = true }\n";
        assert_eq!(optional(manifest), ["hyper_util"]);
    }

    #[test]
    fn the_pure_files_of_the_worker_are_those_that_the_architecture_names() {
        let (_, cell) = claimed().into_iter().find(|(name, _)| *name == "edge").unwrap_or_default();
        let named = cell.split(" are;").next().unwrap_or_default();
        let names: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        assert_eq!(names, EDGE_FILES);
    }
}
