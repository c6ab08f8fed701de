//! Which generation of the API an order uses.

use serde::{Deserialize, Serialize};

use crate::v2;

/// The generation of the API that an order was placed with, and the values that only this generation needs.
/// An order keeps its dialect for life: the protocol reference does not say whether one generation can close
/// what another placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "api", rename_all = "snake_case")]
pub enum Dialect {
    /// API v2.
    V2(v2::Terms),
}
