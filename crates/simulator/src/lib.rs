//! WeChat Pay on a laptop: the gateway of API v2 as a pure state machine.
//!
//! [`gateway::Gateway`] takes the time as an argument, draws its random values from a seed and does no input or output.
//! Calls go in as bytes and come out as bytes; notifications that are due are handed out and their receipts handed back.
//! The binary of the same name puts it on a port, delivers the notifications and shows the phone.
//!
//! `protocol §11.1` in comments means section 11.1 of `docs/protocol/`, the protocol reference.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod gateway;
