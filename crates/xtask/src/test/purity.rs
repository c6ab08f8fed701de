//! The pure crates know no clock, no randomness, no input or output, no browser and no Worker: what they depend on is
//! read from `cargo tree` and compared with a list of crates that would bring one of these.

use crate::house::House;
use crate::problem::{Outcome, Problem};
use crate::setup::wasm_std::own_cargo;

const PURE: [&str; 3] = ["wire", "order", "api"];

/// With what each would let in.
const IMPURE: [(&str, &str); 14] = [
    ("worker", "the Worker's runtime"),
    ("web-sys", "the browser"),
    ("js-sys", "JavaScript"),
    ("wasm-bindgen", "JavaScript"),
    ("getrandom", "randomness"),
    ("rand", "randomness"),
    ("fastrand", "randomness"),
    ("chrono", "the clock"),
    ("time", "the clock"),
    ("web-time", "the clock"),
    ("tokio", "input and output"),
    ("mio", "input and output"),
    ("reqwest", "input and output"),
    ("libc", "the operating system"),
];

pub(super) fn check(house: &House) -> Outcome {
    for pure in PURE {
        let tree = tree(house, pure)?;
        if let Some((name, brings)) = first_impure(&tree) {
            return Err(Problem::new(format!(
                "{pure} depends on {name}, which brings {brings} into a pure crate"
            ))
            .mend(format!("cargo tree -p {pure} -e normal --invert {name}   (shows by which way)")));
        }
    }
    Ok(())
}

fn tree(house: &House, package: &str) -> Outcome<String> {
    let mut command = own_cargo();
    command.args(["tree", "--package", package, "--all-features", "--edges", "normal", "--prefix", "none"]);
    command.args(["--format", "{p}", "--target", "wasm32-unknown-unknown"]).current_dir(house.root());
    let output = command.output().map_err(|error| Problem::new(format!("cargo tree: {error}")))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect::<Vec<_>>();
        return Err(Problem::new(format!("cargo tree could not show what {package} depends on")).tail(words));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn first_impure(tree: &str) -> Option<(&'static str, &'static str)> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    names.filter_map(|name| IMPURE.into_iter().find(|(impure, _)| *impure == name)).next()
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
}
