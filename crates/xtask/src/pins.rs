//! Which version of each tool fits, read from the lock file that decides it, so that no number is written
//! twice.

use crate::house::{House, read};
use crate::problem::{Outcome, Problem};

/// The oldest Node that the project's wrangler runs on, and the one that is installed where the machine has
/// none.
pub(crate) const NODE_AT_LEAST: (u32, u32, u32) = (22, 12, 0);
pub(crate) const NODE_INSTALLED: &str = "24.21.0";

/// The version of a crate in Cargo.lock. wasm-bindgen's tool must match its library exactly.
pub(crate) fn locked_crate(house: &House, name: &str) -> Outcome<String> {
    let lock = read(&house.at("Cargo.lock"))?;
    find(&lock, name).ok_or_else(|| {
        Problem::new(format!("Cargo.lock names no `{name}`"))
            .mend("cargo metadata > /dev/null   (writes the lock file)")
    })
}

fn find(lock: &str, name: &str) -> Option<String> {
    let wanted = format!("name = \"{name}\"");
    let mut lines = lock.lines().skip_while(|line| *line != wanted);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    version.strip_suffix('"').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crates_version_is_the_line_after_its_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(find(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(find(lock, "worker"), None);
    }
}
