//! Further tests of the wire crate: properties over made-up fields, the kept fuzz corpus, and agreement with
//! foreign SDKs.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

mod bridge;
mod corpus;
mod field_sets;
mod properties;
mod sdks;
mod v3_properties;
mod v3_sdks;
