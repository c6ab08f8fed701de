//! The parts that the set-up can look at and install.

use super::State;
use super::cargo_deny::CargoDeny;
use super::node::Node;
use super::node_modules::NodeModules;
use super::programs::{CHROMIUM, CHROMIUM_SHELL, CURL_AND_OPENSSL, FIREFOX, GO, PHP, WEBKIT};
use super::sdk_python::SdkPython;
use super::wasm_bindgen::WasmBindgen;
use super::wasm_std::{StdSource, WasmStd};
use crate::prelude::*;

/// One thing that must be on the machine.
pub(super) struct Part {
    pub(super) need: Need,
    pub(super) name: &'static str,
    /// What the project cannot do without it.
    pub(super) wanted_for: &'static str,
    /// Without an optional part the work still goes on; what is left out is said.
    pub(super) is_optional: bool,
    pub(super) how: &'static dyn Install,
}

pub(super) trait Install: Sync {
    /// Whether it is there. Quick, and changes nothing.
    fn look(&self, house: &House) -> State;
    /// Called only when it is missing. The caller looks again afterwards.
    fn install(&self, house: &House, task: &Task) -> Outcome;
    /// The command by which a person puts it there.
    fn remedy(&self, house: &House) -> String;
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    WasmStd,
    StdSource,
    WasmBindgen,
    Node,
    NodeModules,
    Chromium,
    ChromiumShell,
    Firefox,
    WebKit,
    Programs,
    Php,
    Go,
    SdkPython,
    CargoDeny,
}

impl Need {
    /// What turns the sources into the Worker and the widget.
    pub(crate) const BUILD: [Self; 4] = [Self::WasmStd, Self::WasmBindgen, Self::Node, Self::NodeModules];
    /// The same, as it is published.
    pub(crate) const PUBLISH: [Self; 5] =
        [Self::WasmStd, Self::StdSource, Self::WasmBindgen, Self::Node, Self::NodeModules];

    pub(crate) fn all() -> Vec<Self> {
        LANES.iter().copied().flatten().map(|part| part.need).collect()
    }
}

/// Parts of different lanes use different things of the machine, and are installed at the same time. Those of
/// one lane would only wait for each other: they come one after the other, in the order in which one needs
/// the other.
pub(super) static LANES: [&[Part]; 5] = [
    // rustup does one thing at a time.
    &[
        needed(Need::WasmStd, "wasm32 standard library", WASM, &WasmStd),
        optional(Need::StdSource, "standard library source", "the widget at its published size", &StdSource),
    ],
    &[needed(Need::WasmBindgen, "wasm-bindgen", WASM, &WasmBindgen)],
    // Of npm.
    &[
        needed(Need::Node, "Node", "wrangler, the bundles and the tests", &Node),
        needed(Need::NodeModules, "npm tools", "the Worker, the widget and the tests", &NodeModules),
    ],
    // Packages of the system.
    &[
        needed(Need::Chromium, "Chromium", "the browser tests", &CHROMIUM),
        optional(Need::ChromiumShell, "Chromium's shell", "browser tests in half the time", &CHROMIUM_SHELL),
        optional(Need::Firefox, "Firefox", "the browser tests' second engine", &FIREFOX),
        optional(Need::WebKit, "WebKit", "the browser tests' third engine", &WEBKIT),
        needed(Need::Programs, "curl and openssl", "tests of simulator and examples", &CURL_AND_OPENSSL),
        optional(Need::Php, "PHP", "the test of the lines in PHP for webhooks", &PHP),
        optional(Need::Go, "Go", "the test of the lines in Go for webhooks", &GO),
    ],
    // Packages of Python.
    &[
        needed(Need::SdkPython, "Python SDK", "the comparison with wechatpy, and examples", &SdkPython),
        optional(Need::CargoDeny, "cargo-deny", "the check of licences, sources and known holes", &CargoDeny),
    ],
];

const WASM: &str = "the Worker and the widget";

const fn needed(need: Need, name: &'static str, wanted_for: &'static str, how: &'static dyn Install) -> Part {
    Part { need, name, wanted_for, is_optional: false, how }
}

const fn optional(
    need: Need,
    name: &'static str,
    wanted_for: &'static str,
    how: &'static dyn Install,
) -> Part {
    Part { is_optional: true, ..needed(need, name, wanted_for, how) }
}
