//! The names by which the widget's wasm and its glue call each other. wasm-bindgen's are long and hold
//! hashes, which no compression shortens: twice 600 bytes of what a shopper downloads. wasm-opt gives the
//! wasm short ones and says which; here the glue gets the same.

use crate::problem::{Outcome, Problem};

/// The option by which wasm-opt does its part; it prints what it renamed.
pub(super) const SHORTEN: &str = "--minify-imports-and-exports-and-modules";

/// What wasm-opt calls the only module that the wasm imports from.
const MODULE: &str = "a";

/// What the glue keeps to itself, and the element starts the wasm by.
const START: &str = "export { __wbg_get_imports as imports, __wbg_finalize_init as started };\n";

/// The glue with the names of `renamed`, which is what wasm-opt printed.
pub(super) fn with_short_names(glue: &str, renamed: &str) -> Outcome<String> {
    let mut text = glue.to_owned();
    for line in renamed.lines() {
        let names: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        match names.as_slice() {
            [module, import, short] => {
                text = replaced(&text, &format!("\"{module}\":"), &format!("\"{MODULE}\":"));
                let found = replaced(&text, &format!(" {import}"), &format!(" {short}"));
                if found == text {
                    return Err(Problem::new(format!(
                        "the widget's glue has no `{import}`, which its wasm imports"
                    )));
                }
                text = found;
            }
            [export, short] => text = replaced(&text, &format!("wasm.{export}"), &format!("wasm.{short}")),
            _ => {}
        }
    }
    Ok(text + START)
}

/// `from` replaced wherever it is not the beginning of a longer name.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        let longer =
            after.starts_with(|next: char| next == '_' || next == '$' || next.is_ascii_alphanumeric());
        done.push_str(before);
        done.push_str(if longer { from } else { to });
        rest = after;
    }
    done + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const RENAMED: &str = "{\n \"imports\": [\n  [\"./g.js\", \"__wbg_push_c9\", \"a\"]\n ],\n\"exports\": [\n  [\"paint\", \"b\"],\n  [\"memory\", \"c\"]\n ]\n}\n";

    #[test]
    fn the_glue_calls_the_wasm_by_the_names_that_it_was_given() {
        let glue = "wasm.paint(1); wasm.paint_all(); wasm.memory.buffer;\n  __wbg_push_c9: function() {}\n  \"./g.js\": import0\n";
        let short = "wasm.b(1); wasm.paint_all(); wasm.c.buffer;\n  a: function() {}\n  \"a\": import0\n";
        assert_eq!(with_short_names(glue, RENAMED).unwrap(), format!("{short}{START}"));
    }

    #[test]
    fn a_glue_that_lacks_what_the_wasm_imports_is_refused() {
        assert!(with_short_names("wasm.paint(1);", RENAMED).is_err());
    }
}
