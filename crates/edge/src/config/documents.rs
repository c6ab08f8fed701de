//! The README's tables and the comments of `wrangler.toml`, made from the [`table`](super::table). The test
//! fails when they differ; `UPDATE_DOCS=1 cargo test -p edge documents` writes them.

use std::fs;

use super::table::{Kind, Row, TABLE, root, text_of};

const README: &str = "crates/edge/README.md";
const WRANGLER: &str = "wrangler.toml";
/// The longest line of a comment, in characters.
const WIDTH: usize = 120;

#[test]
fn the_readme_says_of_each_variable_secret_and_binding_what_the_table_says() {
    let variables = table("name", &[Kind::Variable, Kind::Secret]);
    let bindings = table("binding", &[Kind::Binding]);
    let made = between(&text_of(README), "<!-- variables -->", "<!-- / -->", &variables);
    is_up_to_date(README, &between(&made, "<!-- bindings -->", "<!-- / -->", &bindings));
}

#[test]
fn the_comments_of_wrangler_toml_say_of_each_variable_and_secret_what_the_table_says() {
    let before = text_of(WRANGLER);
    let made = between(&before, "[vars]\n", "\n# What must stay secret", &variables(&before));
    is_up_to_date(WRANGLER, &between(&made, "# Each of them:\n", "# On this machine", &secrets()));
}

/// Compares the text with the file on the disk, or writes the file.
pub(super) fn is_up_to_date(path: &str, made: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(path), made).unwrap();
    }
    let mend = "it differs from crates/edge/src/config/table.rs; UPDATE_DOCS=1 cargo test -p edge documents";
    for (line, made) in text_of(path).lines().zip(made.lines()) {
        assert_eq!(line, made, "{path}: {mend}");
    }
    assert_eq!(text_of(path), made, "{path}: {mend}");
}

/// Replaces the text between the first `begin` and the next `end`.
fn between(text: &str, begin: &str, end: &str, new: &str) -> String {
    let (before, rest) = text.split_once(begin).unwrap_or_else(|| panic!("there is no “{begin}”"));
    let (_, after) = rest.split_once(end).unwrap_or_else(|| panic!("there is no “{end}” after “{begin}”"));
    format!("{before}{begin}{new}{end}{after}")
}

fn rows(kinds: &[Kind]) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| kinds.contains(&row.kind))
}

fn table(heading: &str, kinds: &[Kind]) -> String {
    let mut text = format!("\n| {heading} | | what |\n| --- | --- | --- |\n");
    for Row { name, kind, unless_set, meaning, .. } in rows(kinds) {
        let kind = match kind {
            Kind::Variable => "variable",
            Kind::Secret => "**secret**",
            Kind::Binding => "",
        };
        let comma = if kind.is_empty() || unless_set.is_empty() { "" } else { ", " };
        text.push_str(&format!("| `{name}` | {kind}{comma}{unless_set} | {meaning} |\n"));
    }
    text
}

/// The section `[vars]`: a comment for each variable, and the value that the file has, or a place for one.
fn variables(before: &str) -> String {
    let mut text = String::new();
    for row in rows(&[Kind::Variable]).filter(|row| row.name != "DEMO_PHONE_URL") {
        let is_value = |line: &&str| line.trim_start_matches("# ").starts_with(&format!("{} = ", row.name));
        let value =
            before.lines().find(is_value).map_or_else(|| format!("# {} = \"…\"", row.name), str::to_owned);
        text.push_str(&wrapped(&sentence(row), "# ", "# "));
        text.push_str(&format!("{value}\n"));
    }
    text
}

fn secrets() -> String {
    let line = |row: &Row| {
        let unless_set =
            if row.unless_set.is_empty() { String::new() } else { format!(" ({})", row.unless_set) };
        wrapped(&plain(&format!("{}{unless_set}: {}", row.name, row.meaning)), "#   ", "#     ")
    };
    rows(&[Kind::Secret]).map(line).collect()
}

/// The comment above a variable.
fn sentence(row: &Row) -> String {
    let unless_set = match row.unless_set {
        "" => String::new(),
        "optional" => " (optional)".into(),
        default => format!(" (unless set: {default})"),
    };
    let mut letters = row.meaning.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    plain(&first.chain(letters).chain(unless_set.chars()).chain(['.']).collect::<String>())
}

/// The text without Markdown.
fn plain(text: &str) -> String {
    text.replace("[offers](#offers)", "offers").replace('`', "")
}

fn wrapped(text: &str, first: &str, other: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    for word in text.split(' ') {
        if line.chars().count() + word.chars().count() > WIDTH {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = other.to_owned();
        }
        line.push_str(word);
        line.push(' ');
    }
    lines.push_str(line.trim_end());
    lines.push('\n');
    lines
}
