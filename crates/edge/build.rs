//! Writes the words of the checkout without a script as a table of constants, one entry a language.
//!
//! A language is one file of `crates/widget/lang`. Its section `checkout` has the sentences that this page alone
//! says; those that the element says too come from the section `element`. A language that lacks a sentence, or has
//! one in `checkout` that the page does not use, ends the build: the Worker parses no texts and cannot fail to.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "it writes what is compiled"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The sentences of the element that the page says as well.
const SHARED: [&str; 20] = [
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
    "download",
];

/// What is spoken when nothing that was asked for is there; the first entry of the table.
const DEFAULT: &str = "en";

type Texts = BTreeMap<String, String>;

/// What is in a file, by the names of its sections.
type Sections = BTreeMap<String, Texts>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../widget/lang");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut languages = languages(&folder)?;
    let default = languages.remove(DEFAULT).ok_or_else(|| format!("widget/lang has no {DEFAULT}.json"))?;
    let mut table = format!("pub(crate) static WORDS: [Words; {}] = [\n", languages.len() + 1);
    entry(&mut table, DEFAULT, &default)?;
    for (tag, sections) in &languages {
        entry(&mut table, tag, sections)?;
    }
    table.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("words.rs"), table)?;
    Ok(())
}

/// The languages of the folder, by their tags, which are the names of their files.
fn languages(folder: &Path) -> Result<BTreeMap<String, Sections>, Box<dyn Error>> {
    let mut languages = BTreeMap::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let tag = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let sections = serde_json::from_str(&fs::read_to_string(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        languages.insert(tag, sections);
    }
    Ok(languages)
}

/// `Words { … }`: the compiler finds a sentence that is missing in `checkout` or that nothing asks for.
fn entry(table: &mut String, tag: &str, sections: &Sections) -> Result<(), Box<dyn Error>> {
    let section = |name| sections.get(name).ok_or_else(|| format!("widget/lang/{tag}.json has no `{name}`"));
    let (element, checkout) = (section("element")?, section("checkout")?);
    writeln!(table, "Words {{ tag: {tag:?},")?;
    for name in SHARED {
        let text = element
            .get(name)
            .ok_or_else(|| format!("widget/lang/{tag}.json has no `{name}` in `element`"))?;
        writeln!(table, "{name}: {text:?},")?;
    }
    for (name, text) in checkout {
        writeln!(table, "{name}: {text:?},")?;
    }
    table.push_str("},\n");
    Ok(())
}
