//! What survives a restart: orders, notifications and the sequence of identifiers, as one JSON document.
//!
//! The document keeps the field names of the first version. A rename in the code must not change them.

use serde::{Deserialize, Serialize};

use super::Gateway;
use super::ids::Ids;
use super::ledger::Ledger;
use super::notification::Outbox;

/// Raised when the form of the document changes. A document of another version is refused, not misread.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Saved<'a> {
    version: u32,
    #[serde(rename = "books")]
    ledger: &'a Ledger,
    #[serde(rename = "post")]
    outbox: &'a Outbox,
    #[serde(rename = "mint")]
    ids: &'a Ids,
}

#[derive(Deserialize)]
struct Loaded {
    version: u32,
    #[serde(rename = "books")]
    ledger: Ledger,
    #[serde(rename = "post")]
    outbox: Outbox,
    #[serde(rename = "mint")]
    ids: Ids,
}

impl Gateway {
    /// The state as JSON. It holds no keys and no switches, which are configuration.
    pub fn save(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Saved {
            version: VERSION,
            ledger: &self.ledger,
            outbox: &self.outbox,
            ids: &self.ids,
        })
    }

    /// Takes a saved state. A delivery that was under way when it was saved is due again.
    pub fn load(&mut self, now_ms: i64, saved: &str) -> Result<(), String> {
        let loaded: Loaded =
            serde_json::from_str(saved).map_err(|error| format!("the state cannot be read: {error}"))?;
        if loaded.version != VERSION {
            return Err(format!(
                "the state has version {}, this simulator reads version {VERSION}",
                loaded.version
            ));
        }
        if !loaded.ledger.are_sound() {
            return Err("the state cannot be read: its lists do not fit together".to_owned());
        }
        self.ledger = loaded.ledger;
        self.outbox = loaded.outbox;
        self.outbox.resume(now_ms);
        self.ids = loaded.ids;
        Ok(())
    }
}
