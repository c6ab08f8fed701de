//! Calls to the gateway: at most one in flight per order, each with an attempt number of its own.
//!
//! A call is written down before it is made. Its outcome is taken only for the attempt that is in flight. A
//! process that dies with a call in flight leaves an attempt behind whose deadline passes; its outcome counts
//! as unknown.

use gateway::{Call, CallName, OutRefundNo, TransactionId};
use serde::{Deserialize, Serialize};

/// How long a call to the gateway may take, in milliseconds. The caller gives up then and reports
/// [`gateway::Failure::no_answer`].
pub const GATEWAY_TIME_LIMIT_MS: i64 = 15_000;

/// After this long without any report a call counts as lost: the process that made it died. In milliseconds.
pub const CALL_DEADLINE_MS: i64 = 20_000;

/// A call to make now.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayCall {
    /// Names this call of this order; its outcome is reported with it.
    pub attempt: u64,
    /// Which host, counted round the deployment's list of hosts: it moves on when one could not be
    /// connected to. All of them are one backend (protocol §1.1).
    pub host_index: u32,
    /// What is asked.
    pub call: Call,
}

/// The calls of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calls {
    pub(crate) last_attempt: u64,
    pub(crate) host_index: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) in_flight: Option<InFlight>,
}

/// The call in flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InFlight {
    pub(crate) attempt: u64,
    pub(crate) call: CallName,
    /// The refund that a refund call is about, by its number at the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) out_refund_no: Option<OutRefundNo>,
    /// The payment whose refunds are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refunds_of: Option<TransactionId>,
}

impl Calls {
    /// The call in flight, if this is its attempt.
    pub(crate) fn in_flight(&self, attempt: u64) -> Option<&InFlight> {
        self.in_flight.as_ref().filter(|call| call.attempt == attempt)
    }
}
