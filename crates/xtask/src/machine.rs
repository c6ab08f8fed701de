//! What the machine already has: programs on its PATH.

use crate::house::House;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first program of that name on PATH, or the one in that place.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| is_program(program))
}

pub(crate) fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The user's own cargo, at the repository's root.
pub(crate) fn cargo(house: &House, args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(args).current_dir(house.root());
    command
}

/// How npm's packages name this machine: `linux-x64`, `darwin-arm64`.
pub(crate) fn npm_platform() -> String {
    let os = std::env::consts::OS.replace("macos", "darwin");
    let processor = std::env::consts::ARCH.replace("x86_64", "x64").replace("aarch64", "arm64");
    format!("{os}-{processor}")
}
