//! The stored form of an order: JSON with a version in front.
//!
//! The form is pinned by a test. *Any* change, an added field too, needs a new version and a reader for the
//! old ones: orders outlive the Worker that wrote them, and an older Worker (a rollback, a gradual
//! deployment) must refuse what it does not know, since writing it back would drop it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Order;

mod version_1;

/// The version this crate writes.
pub const SNAPSHOT_VERSION: u32 = 2;

/// Why a stored order cannot be read.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// Not the JSON of an order: the storage is damaged, or it was never one.
    #[error("the stored order cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by another version of this crate.
    #[error("the stored order has version {found}; this program reads up to {SNAPSHOT_VERSION}")]
    UnknownVersion {
        /// The version found.
        found: u32,
    },
}

#[derive(Serialize)]
struct Stored<'a> {
    v: u32,
    order: &'a Order,
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

#[derive(Deserialize)]
struct Body {
    order: Order,
}

impl Order {
    /// The order as text to store.
    ///
    /// # Errors
    /// Never for an order made by this crate; the type says so because JSON writing may fail.
    pub fn save(&self) -> Result<String, SnapshotError> {
        Ok(serde_json::to_string(&Stored { v: SNAPSHOT_VERSION, order: self })?)
    }

    /// The order that was stored as this text.
    ///
    /// # Errors
    /// When it is none that this version can read.
    pub fn load(text: &str) -> Result<Self, SnapshotError> {
        match serde_json::from_str::<Version>(text)?.v {
            SNAPSHOT_VERSION => Ok(serde_json::from_str::<Body>(text)?.order),
            1 => version_1::read(text),
            found => Err(SnapshotError::UnknownVersion { found }),
        }
    }
}
