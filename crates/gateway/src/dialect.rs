//! How the gateway is spoken to about one order.

use serde::{Deserialize, Serialize};

use crate::v2;

/// The generation of the API that an order was placed with, and what only that generation asks for. An order
/// keeps its dialect for life: the gateway would refuse to close by one what was placed by another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "api", rename_all = "snake_case")]
pub enum Dialect {
    /// API v2.
    V2(v2::Terms),
}
