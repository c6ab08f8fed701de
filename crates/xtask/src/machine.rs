//! What the machine already has: programs on its PATH, and whether system packages may be installed.

use crate::house::House;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first program of that name on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| is_program(program))
}

pub(crate) fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The command that starts what is given, with those folders first on its PATH.
pub(crate) fn command_with_path(program: impl AsRef<OsStr>, first: &[&Path]) -> Command {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let folders = first.iter().map(|folder| folder.to_path_buf()).chain(std::env::split_paths(&old));
    let mut command = Command::new(program);
    command.env("PATH", std::env::join_paths(folders).unwrap_or(old));
    command
}

/// The user's own cargo, at the repository's root.
pub(crate) fn cargo(house: &House, args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(args).current_dir(house.root());
    command
}

/// How npm's packages name this machine: `linux-x64`, `darwin-arm64`.
pub(crate) fn npm_platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}-{processor}")
}

/// Three numbers of a version text such as `v22.12.0` or `wasm-bindgen 0.2.130`.
pub(crate) fn version(text: &str) -> Option<(u32, u32, u32)> {
    let word = text
        .split_whitespace()
        .rev()
        .find(|word| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))?;
    let mut numbers = word.trim_start_matches('v').split(['.', '-', '+']).map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_the_words_around_them() {
        assert_eq!(version("v22.12.0"), Some((22, 12, 0)));
        assert_eq!(version("wasm-bindgen 0.2.130"), Some((0, 2, 130)));
        assert_eq!(version("0.8.7"), Some((0, 8, 7)));
        assert_eq!(version("no version here"), None);
    }

    #[test]
    fn a_newer_version_is_greater() {
        assert!(version("v24.21.0") > version("v22.12.0"));
        assert!(version("v20.20.2") < version("v22.12.0"));
    }
}
