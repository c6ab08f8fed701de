//! The tool as a program, in houses of paper: folders with the few files that it looks for, in which every tool that it
//! starts (cargo, wasm-bindgen, npm, …) is a script that says what a test wants it to say. Node is the real one.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

mod building;
mod demo;
mod dist;
mod paper;
mod setting_up;
mod sizes;
mod testing;
