//! Knows whether a stage's outputs are still those of its inputs. cargo knows it for its own part; this is
//! for the stages after it (wasm-bindgen, wasm-opt, esbuild), which would do everything again.

use crate::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};

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
        outputs: &[&Path],
    ) -> Outcome<Self> {
        let mut hash = DefaultHasher::new();
        tools.hash(&mut hash);
        for input in inputs {
            take(&house.at(input), &mut hash)?;
        }
        let stamp = house.wasm_target().join(format!("{name}.stamp"));
        let outputs = outputs.iter().map(|output| output.to_path_buf()).collect();
        Ok(Self { stamp, fingerprint: in_hex(&hash), outputs })
    }

    pub(super) fn is_fresh(&self) -> bool {
        read(&self.stamp).is_ok_and(|stamp| stamp == self.fingerprint)
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
    if let Ok(meta) = path.metadata() {
        meta.len().hash(hash);
        meta.modified().ok().hash(hash);
    }
    Ok(())
}

/// Tells two texts apart; no protection against one who wants them confused.
pub(crate) fn fingerprint_of_text(text: &str) -> String {
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    in_hex(&hash)
}

fn in_hex(hash: &DefaultHasher) -> String {
    format!("{:016x}", hash.finish())
}
