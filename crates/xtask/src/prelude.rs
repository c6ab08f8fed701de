//! What nearly every module of the tool uses.

pub(crate) use crate::house::{House, clear, copy, copy_below, entries, make_folder, read, write};
pub(crate) use crate::machine::{cargo, is_program, on_path};
pub(crate) use crate::problem::{At, Outcome, Problem};
pub(crate) use crate::progress::Task;
pub(crate) use crate::run::{ask, printed, run, show};
pub(crate) use std::path::{Path, PathBuf};
pub(crate) use std::process::Command;
