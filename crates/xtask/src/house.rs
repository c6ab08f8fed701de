//! Where everything lies.
//!
//! Whatever is installed or built for the project is under `target/`, so that `cargo clean` takes it all away
//! and nothing of the user's is touched. The exceptions are the folders their tools insist on:
//! `node_modules/`, `crates/edge/build/`, `www/widget/` and `.dev.vars`, all ignored by git.

use crate::problem::{At, Outcome};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct House {
    root: PathBuf,
    target: PathBuf,
}

/// Names the root of another house.
const ANOTHER_HOUSE: &str = "XTASK_HOUSE";

impl House {
    /// The repository this program was compiled from, or another one that the environment names: its own
    /// tests keep house in a folder of theirs. And cargo's target folder as cargo itself would choose it.
    pub(crate) fn open() -> Self {
        let compiled_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = std::env::var_os(ANOTHER_HOUSE).map_or(compiled_from, PathBuf::from);
        // Without `..`, as it is shown and compared.
        let root = root.canonicalize().unwrap_or(root);
        let target = root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
        Self { root, target }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn at(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// The files of one folder whose names end so, sorted; none when there is no such folder.
    pub(crate) fn files(&self, folder: &str, ending: &str) -> Outcome<Vec<PathBuf>> {
        let folder = self.at(folder);
        let mut files = if folder.exists() { entries(&folder)? } else { Vec::new() };
        files.retain(|path| path.to_string_lossy().ends_with(ending));
        Ok(files)
    }

    /// A path as a person at the repository's root would write it.
    pub(crate) fn short<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Programs installed for this project alone.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// wasm32 builds have a target folder of their own, so that both cargos can run at the same time.
    pub(crate) fn wasm_target(&self) -> PathBuf {
        self.target.join("wasm")
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.target.join(format!("logs/{name}.log"))
    }

    /// The simulator that the demo and the tests run.
    pub(crate) fn simulator(&self) -> PathBuf {
        self.target.join("debug/simulator")
    }

    /// One run of set-up or of a wasm build at a time, also between two terminals: the second waits for the
    /// first.
    pub(crate) fn lock(&self, name: &str) -> Outcome<fs::File> {
        let path = self.target.join(format!(".{name}.lock"));
        make_folder(&self.target)?;
        let file = fs::File::create(&path).at("making", &path)?;
        if file.try_lock().is_err() {
            eprintln!("Waiting for another `cargo xtask` that works in this folder …");
            file.lock().at("waiting for", &path)?;
        }
        Ok(file)
    }
}

pub(crate) fn make_folder(path: &Path) -> Outcome {
    fs::create_dir_all(path).at("making the folder", path)
}

/// What is in a folder, sorted.
pub(crate) fn entries(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let paths = |all: fs::ReadDir| all.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    let mut entries = fs::read_dir(folder).and_then(paths).at("reading", folder)?;
    entries.sort();
    Ok(entries)
}

pub(crate) fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).at("reading", path)
}

pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> Outcome {
    make_folder(path.parent().unwrap_or(path))?;
    fs::write(path, text).at("writing", path)
}

pub(crate) fn copy(from: &Path, to: &Path) -> Outcome {
    make_folder(to.parent().unwrap_or(to))?;
    fs::copy(from, to).map(drop).at("copying", from)
}

/// Copies all that is in a folder.
pub(crate) fn copy_below(from: &Path, to: &Path) -> Outcome {
    for path in entries(from)? {
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() { copy_below(&path, &to)? } else { copy(&path, &to)? }
    }
    Ok(())
}

/// Removes a folder with all that is in it; one that is not there is fine.
pub(crate) fn clear(path: &Path) -> Outcome {
    if path.exists() { fs::remove_dir_all(path).at("removing", path) } else { Ok(()) }
}
