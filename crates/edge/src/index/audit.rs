//! The audit log of the merchant's routes: which key did what. A row is never changed.

use serde::{Deserialize, Serialize};

use super::{Index, values};
use crate::failure::Failure;

const NOTE: &str = "INSERT INTO audit (at_ms, key, action, out_trade_no, status, address) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const NOTED: &str = "SELECT id, at_ms, key, action, out_trade_no, status, address \
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

/// A row as the merchant sees it.
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[derive(Serialize, Deserialize)]
pub(crate) struct AuditRow {
    pub(crate) id: i64,
    at_ms: i64,
    key: String,
    action: String,
    out_trade_no: Option<String>,
    status: u16,
    address: String,
}

impl Index {
    /// Appends a row.
    pub(crate) async fn note_use(&self, now_ms: i64, noted: &Noted<'_>) -> Result<(), Failure> {
        let Noted { key, action, out_trade_no, status, address } = noted;
        self.run(&[(NOTE, values(&(now_ms, key, action, out_trade_no, status, address))?)]).await?;
        Ok(())
    }

    /// The rows before this one, the newest first.
    pub(crate) async fn uses(&self, before: i64, limit: u32) -> Result<Vec<AuditRow>, Failure> {
        self.rows(NOTED, &(before, limit)).await
    }
}
