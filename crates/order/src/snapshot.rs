//! The stored form of an order: JSON that begins with a version.
//!
//! A test pins the form. *Any* change, an added field too, needs a new version and a reader for the old ones.
//! Orders outlive the Worker that wrote them. An older Worker (a rollback, a gradual deployment) must refuse
//! an order with unknown parts, because it would write the order back without them. Only a field that few
//! orders have needs no new version: an order without it is stored as before, and an older Worker refuses one
//! with it (`deny_unknown_fields` of [`Order`]). Such a field is `downloads`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Order;

mod version_1;

/// The version this crate writes.
pub const SNAPSHOT_VERSION: u32 = 2;

/// Why a stored order cannot be read.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// Not the JSON of an order. The storage is damaged, or it never held one.
    #[error("the stored order cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another version of this crate wrote it.
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
    /// Never for an order made by this crate. The type allows an error because writing JSON can fail.
    pub fn save(&self) -> Result<String, SnapshotError> {
        Ok(serde_json::to_string(&Stored { v: SNAPSHOT_VERSION, order: self })?)
    }

    /// The order that was stored as this text.
    ///
    /// # Errors
    /// When this version cannot read it.
    pub fn load(text: &str) -> Result<Self, SnapshotError> {
        match serde_json::from_str::<Version>(text)?.v {
            SNAPSHOT_VERSION => Ok(serde_json::from_str::<Body>(text)?.order),
            1 => version_1::read(text),
            found => Err(SnapshotError::UnknownVersion { found }),
        }
    }
}
