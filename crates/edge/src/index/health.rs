//! How the index is: whether it answers, the version of its tables, and when the sweep last came to its end.

use super::{Index, SweptTo, schema, values};
use crate::failure::Failure;

/// The version as `after_ms`, and the time as `after_number`: a type of row of its own would cost two
/// kilobytes.
const HEALTH: &str = "SELECT (SELECT coalesce(max(version), 0) FROM schema_version) AS after_ms, \
    (SELECT CAST(coalesce(max(at_ms), '') AS TEXT) FROM sweep_end) AS after_number";
const SWEPT: &str = "INSERT INTO sweep_end (id, at_ms) VALUES (1, ?1) \
    ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms";

/// What the index says of itself.
pub(crate) struct Health {
    /// The version of its tables.
    pub(crate) version: u32,
    /// The version that this Worker needs.
    pub(crate) newest: u32,
    /// When the sweep last came to its end.
    pub(crate) swept_at_ms: Option<i64>,
}

impl Index {
    /// Asks the index how it is. Like every statement it brings older tables up to date.
    pub(crate) async fn health(&self) -> Result<Health, Failure> {
        let rows: Vec<SweptTo> = self.rows(HEALTH, &[(); 0]).await?;
        let row = rows.first();
        Ok(Health {
            version: row.map_or(0, |row| u32::try_from(row.after_ms).unwrap_or(u32::MAX)),
            newest: schema::newest(),
            swept_at_ms: row.and_then(|row| row.after_number.parse().ok()),
        })
    }

    /// Remembers that the sweep came to its end at this time.
    pub(crate) async fn swept(&self, now_ms: i64) -> Result<(), Failure> {
        self.run(&[(SWEPT, values(&[now_ms])?)]).await?;
        Ok(())
    }
}
