//! Writes the words of the checkout without a script as a table of constants, one entry a language.
//!
//! Two sources: the sentences that the element says too come from `crates/widget/lang`, the others from `lang`. A
//! language that lacks a sentence, or has one that the page does not use, ends the build: the Worker parses no texts
//! and cannot fail to.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "it writes what is compiled"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The sentences of the element that the page says as well.
const SHARED: [&str; 19] = [
    "creating",
    "scan",
    "how",
    "code",
    "cancel",
    "checking",
    "checking_hint",
    "paid",
    "paid_hint",
    "expired",
    "cancelled",
    "cancelled_unanswered",
    "failed",
    "failed_shop_misconfigured",
    "failed_refused",
    "failed_gateway_unreachable",
    "notice_paid_late",
    "notice_paid_twice",
    "notice_under_review",
];

/// What is spoken when nothing that was asked for is there; the first entry of the table.
const DEFAULT: &str = "en";

type Texts = BTreeMap<String, String>;

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let (own, shared) = (here.join("lang"), here.join("../widget/lang"));
    for folder in [&own, &shared] {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let tags = tags(&own)?;
    if tags != self::tags(&shared)? {
        return Err("crates/edge/lang and crates/widget/lang must have the same languages".into());
    }
    let in_order = tags.iter().filter(|tag| *tag == DEFAULT).chain(tags.iter().filter(|tag| *tag != DEFAULT));
    let mut table = format!("pub(crate) static WORDS: [Words; {}] = [\n", tags.len());
    for tag in in_order {
        entry(&mut table, tag, &texts(&own, tag)?, &texts(&shared, tag)?)?;
    }
    table.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("words.rs"), table)?;
    Ok(())
}

/// The languages of a folder, by its file names.
fn tags(folder: &Path) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    names
        .filter_map(|path: Result<PathBuf, std::io::Error>| path.map(stem).transpose())
        .map(|tag| Ok(tag?))
        .collect()
}

fn texts(folder: &Path, tag: &str) -> Result<Texts, Box<dyn Error>> {
    let path = folder.join(format!("{tag}.json"));
    println!("cargo::rerun-if-changed={}", path.display());
    serde_json::from_str(&fs::read_to_string(&path)?)
        .map_err(|error| format!("{}: {error}", path.display()).into())
}

/// `Words { … }`: the compiler finds a sentence that is missing in `own` or that nothing asks for.
fn entry(table: &mut String, tag: &str, own: &Texts, shared: &Texts) -> Result<(), Box<dyn Error>> {
    writeln!(table, "Words {{ tag: {tag:?},")?;
    for name in SHARED {
        let text = shared.get(name).ok_or_else(|| format!("widget/lang/{tag}.json has no `{name}`"))?;
        writeln!(table, "{name}: {text:?},")?;
    }
    for (name, text) in own {
        writeln!(table, "{name}: {text:?},")?;
    }
    table.push_str("},\n");
    Ok(())
}
