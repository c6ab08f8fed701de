//! The slower proofs, run when one wants them: fuzzing, mutants, benches.

mod bench;
mod fuzz;
mod mutants;

pub(crate) use bench::bench;
pub(crate) use fuzz::{Options as FuzzOptions, fuzz};
pub(crate) use mutants::{Options as MutantsOptions, mutants};
