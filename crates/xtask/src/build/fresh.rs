//! Knows whether a stage's outputs are still those of its inputs. cargo knows it for its own part; this is
//! for the stages after it (wasm-bindgen, wasm-opt, esbuild), which would do everything again.

use crate::house::{House, entries, write};
use crate::problem::Outcome;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

pub(super) struct Stage {
    stamp: PathBuf,
    fingerprint: String,
    outputs: Vec<PathBuf>,
}

impl Stage {
    /// `inputs` are files and folders of the repository; `tools` says which tools in which versions do the
    /// work.
    pub(super) fn new(
        house: &House,
        name: &str,
        inputs: &[&str],
        tools: &str,
        outputs: Vec<PathBuf>,
    ) -> Outcome<Self> {
        let mut hash = DefaultHasher::new();
        tools.hash(&mut hash);
        for input in inputs {
            take(&house.at(input), &mut hash)?;
        }
        let stamp = house.wasm_target().join(format!("{name}.stamp"));
        Ok(Self { stamp, fingerprint: format!("{:016x}", hash.finish()), outputs })
    }

    pub(super) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.stamp).is_ok_and(|stamp| stamp == self.fingerprint)
            && self.outputs.iter().all(|output| output.exists())
    }

    /// To be called when the outputs have been made.
    pub(super) fn made(&self) -> Outcome {
        write(&self.stamp, &self.fingerprint)
    }
}

/// Names, sizes and times rather than contents: an edit changes them, and asking for them is quick.
fn take(path: &Path, hash: &mut DefaultHasher) -> Outcome {
    path.hash(hash);
    if path.is_dir() {
        return entries(path)?.iter().try_for_each(|entry| take(entry, hash));
    }
    let Ok(meta) = path.metadata() else { return Ok(()) };
    meta.len().hash(hash);
    if let Ok(time) = meta.modified()
        && let Ok(time) = time.duration_since(UNIX_EPOCH)
    {
        time.as_nanos().hash(hash);
    }
    Ok(())
}

/// Tells two texts apart; no protection against one who wants them confused.
pub(crate) fn fingerprint_of_text(text: &str) -> String {
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    format!("{:016x}", hash.finish())
}
