//! Calls to the gateway. An order has at most one in flight, and each has its own attempt number.
//!
//! The order writes a call down before anybody makes it, and takes an outcome only for the attempt in flight.
//! If the process dies during a call, the deadline of that attempt passes and its outcome counts as unknown.

use gateway::{Call, CallName, OutRefundNo, TransactionId};
use serde::{Deserialize, Serialize};

/// Time limit of a call to the gateway, in milliseconds. The caller then gives up and reports
/// [`gateway::Failure::no_answer`].
pub const GATEWAY_TIME_LIMIT_MS: i64 = 15_000;

/// A call without a report for this long counts as lost, because the process that made it died. In
/// milliseconds.
pub const CALL_DEADLINE_MS: i64 = 20_000;

/// A call to make now.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayCall {
    /// Identifies this call within its order. Report the outcome with it.
    pub attempt: u64,
    /// Which host: an index into the deployment's list of hosts, wrapping around. It moves on when a host
    /// cannot be reached. All hosts are one backend (protocol §1.1).
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
    /// The refund that the call is about, by its number at the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) out_refund_no: Option<OutRefundNo>,
    /// The payment whose refunds we ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refunds_of: Option<TransactionId>,
}

impl Calls {
    /// The call in flight, if it is this attempt.
    pub(crate) fn in_flight(&self, attempt: u64) -> Option<&InFlight> {
        self.in_flight.as_ref().filter(|call| call.attempt == attempt)
    }
}
