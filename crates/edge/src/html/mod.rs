//! The parts of every page without a script: its frame, its words, and the language that a browser asks for.

pub(crate) mod document;
pub(crate) mod language;
pub(crate) mod words;
