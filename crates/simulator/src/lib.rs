//! WeChat Pay on a laptop: the gateway of API v2 as a pure state machine.
//!
//! [`gateway::Gateway`] takes the time as an argument, draws its random values from a seed, and does no input
//! or output. Calls go in as bytes, and answers come out as bytes. It hands out the notifications that are
//! due and takes back their receipts. The binary of the same name serves it on a port, delivers the
//! notifications and shows the phone.
//!
//! `protocol §11.1` in a comment means section 11.1 of the protocol reference in `docs/protocol/`.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod gateway;
