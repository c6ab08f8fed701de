//! The source of Rust's standard library, by which the widget is compiled as small as it is published. Debian's Rust
//! brings it along; rustup has it as a component.

use super::wasm_std::{RUSTUP_LIMIT, WasmRust};
use super::{Lane, Part, State};
use crate::house::House;
use crate::machine::on_path;
use crate::problem::{Outcome, Problem};
use crate::progress::Task;
use crate::run::run_within;
use std::process::Command;

const COMPONENT: [&str; 3] = ["component", "add", "rust-src"];

pub(super) struct StdSource;

impl Part for StdSource {
    fn name(&self) -> &'static str {
        "standard library source"
    }

    fn wanted_for(&self) -> &'static str {
        "the widget at its published size"
    }

    fn lane(&self) -> Lane {
        // rustup does one thing at a time, and the compiler must be known.
        Lane::SystemPackages
    }

    fn look(&self, _: &House) -> State {
        match WasmRust::find() {
            None => State::Missing("no Rust for wasm yet".to_owned()),
            Some(rust) if rust.library_source().is_some() => State::Ready("of the same compiler".to_owned()),
            Some(_) => State::Missing("this Rust came without it".to_owned()),
        }
    }

    fn install(&self, house: &House, task: &Task) -> Outcome {
        if on_path("rustup").is_none() {
            return Err(Problem::new("the Rust on this machine is not rustup's"));
        }
        let mut command = Command::new("rustup");
        command.args(COMPONENT).env("RUSTUP_MAX_RETRIES", "1");
        run_within(house, task, "rustup-source", command, RUSTUP_LIMIT)
    }

    fn remedy(&self, _: &House) -> String {
        format!("rustup {}", COMPONENT.join(" "))
    }

    fn may_be_missing(&self) -> bool {
        true
    }
}
