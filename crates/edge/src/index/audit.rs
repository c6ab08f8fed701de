//! The audit log of the merchant's routes: which key did what. It is in the first database. A row is never
//! changed.

use super::sharded::Index;
use super::{Row, rows, values};
use crate::failure::Failure;

const NOTE: &str = "INSERT INTO audit (at_ms, key, action, out_trade_no, status, address) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
/// The number of a row of the log stands in the place of a version.
const NOTED: &str = "SELECT '' AS out_trade_no, id AS version, at_ms, json_object('id', id, 'at_ms', at_ms, 'key', key, \
        'action', action, 'out_trade_no', out_trade_no, 'status', status, 'address', address) AS json \
    FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2";

/// What a row says.
pub(crate) struct Noted<'a> {
    /// The name of the key.
    pub(crate) key: &'a str,
    /// What was asked for.
    pub(crate) action: &'a str,
    /// The order that the path named.
    pub(crate) out_trade_no: Option<&'a str>,
    /// The HTTP status of the answer.
    pub(crate) status: u16,
    /// Where the request came from.
    pub(crate) address: &'a str,
}

impl Index {
    /// Appends a row.
    pub(crate) async fn note_use(&self, now_ms: i64, noted: &Noted<'_>) -> Result<(), Failure> {
        let Noted { key, action, out_trade_no, status, address } = *noted;
        if let Some(first) = self.shards().first() {
            let number = out_trade_no.into();
            let status = u32::from(status).into();
            let note = [now_ms.into(), key.into(), action.into(), number, status, address.into()];
            first.run(&[(NOTE, values(note))]).await?;
        }
        Ok(())
    }

    /// The rows before this one, the newest first: the JSON is the row as the merchant sees it.
    pub(crate) async fn uses(&self, before: i64, limit: u32) -> Result<Vec<Row>, Failure> {
        match self.shards().first() {
            Some(first) => rows(&first.result(NOTED, &values([before.into(), limit.into()])).await?),
            None => Ok(Vec::new()),
        }
    }
}
