//! How a database of the index is: whether it answers, the version of its tables, and when its sweep last
//! came to its end.

use super::{Shard, rows, schema, values};
use crate::failure::Failure;

/// As a row of an order, because a type of row of its own would cost two kilobytes.
const HEALTH: &str = "SELECT '' AS out_trade_no, \
    (SELECT coalesce(max(version), 0) FROM schema_version) AS version, \
    (SELECT coalesce(max(at_ms), 0) FROM sweep_end) AS at_ms";
const SWEPT: &str = "INSERT INTO sweep_end (id, at_ms) VALUES (1, ?1) \
    ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms";

/// What a database says of itself.
pub(crate) struct Health {
    /// The version of its tables.
    pub(crate) version: u64,
    /// The version that this Worker needs.
    pub(crate) newest: u64,
    /// When the sweep last came to its end.
    pub(crate) swept_at_ms: Option<i64>,
}

impl Shard {
    /// Asks the database how it is. Like every statement it brings older tables up to date.
    pub(crate) async fn health(&self) -> Result<Health, Failure> {
        let rows = rows(&self.result(HEALTH, &[]).await?)?;
        let row = rows.first();
        Ok(Health {
            version: row.map_or(0, |row| row.version),
            newest: schema::newest(),
            swept_at_ms: row.map(|row| row.at_ms).filter(|at_ms| *at_ms > 0),
        })
    }

    /// Remembers that the sweep came to its end at this time.
    pub(crate) async fn swept(&self, now_ms: i64) -> Result<(), Failure> {
        self.run(&[(SWEPT, values([now_ms.into()]))]).await?;
        Ok(())
    }
}
