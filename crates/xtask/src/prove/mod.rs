//! The slower proofs, run when one wants them: fuzzing, mutants, sabotages, soaks, benches.

mod bench;
mod fuzz;
mod mutants;
mod mutants_js;
mod sabotage;
mod soak;

pub(crate) use bench::bench;
pub(crate) use fuzz::{Options as FuzzOptions, fuzz};
pub(crate) use mutants::{Options as MutantsOptions, mutants};
pub(crate) use sabotage::{Options as SabotageOptions, sabotage};
pub(crate) use soak::soak;
