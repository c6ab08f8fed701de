//! The wire crate beyond its own tests: properties over made-up fields, the kept fuzz corpus, and agreement with three
//! SDKs that are not ours.

mod bridge;
mod corpus;
mod field_sets;
mod properties;
mod sdks;
