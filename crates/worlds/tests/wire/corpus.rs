//! Runs the fuzz targets over the kept corpus, so that a fault that fuzzing once found cannot come back
//! unnoticed.

use std::path::PathBuf;

use worlds::fuzzed::{Body, TARGETS};

fn feed(target: &str, body: Body) -> usize {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/fuzz/corpus", target].iter().collect();
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| body(&std::fs::read(entry.expect("an entry").path()).expect("a readable input")))
        .count()
}

#[test]
fn every_input_of_the_corpus_goes_through_its_target() {
    for (target, body) in TARGETS {
        let inputs = feed(target, body);
        assert!(inputs >= 50, "{target} has a corpus of {inputs}");
    }
}

#[test]
fn every_message_of_the_vectors_goes_through_every_target() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/vectors"].iter().collect();
    let mut messages = 0;
    for kind in ["genuine", "hostile"] {
        for entry in std::fs::read_dir(folder.join(kind)).expect("vectors") {
            let message = std::fs::read(entry.expect("an entry").path()).expect("a message");
            for (_, body) in TARGETS {
                body(&message);
            }
            messages += 1;
        }
    }
    assert_eq!(messages, 117);
}
