//! API v3 in the shell: the platform's cryptography between the pure steps of `wire::v3` and `gateway::v3`.
//!
//! [`exchange`] makes a call, [`notice`] reads a notification, which [`vouched`] takes to its order's
//! object, [`bill`] asks for a bill, and [`keys`] has the keys that verify all of them. None of them decides
//! anything about an order.

pub(crate) mod bill;
pub(crate) mod exchange;
pub(crate) mod genuine;
mod keys;
pub(crate) mod notice;
mod request;
pub(crate) mod vouched;
