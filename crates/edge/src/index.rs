//! The index: one D1 table of all orders, for listing and for the sweep. Never on the path of a payment.
//!
//! It is written after the fact from each order's outbox, and guarded by the row's version, so a late or
//! repeated delivery cannot bring an older state back. When D1 is down, payments go on and the rows wait
//! in their orders' outboxes.

use order::IndexRow;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::{D1Database, Env};

use crate::http::PlatformFailure;

/// The binding in wrangler.toml. A Worker without it has no list and no sweep, and works otherwise.
const BINDING: &str = "INDEX";

/// Made by the first writer; repeating it costs nothing.
const SCHEMA: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS orders (\
        out_trade_no TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT, \
        is_final INTEGER NOT NULL, description TEXT NOT NULL, amount_minor INTEGER NOT NULL, \
        currency TEXT NOT NULL, refunded_minor INTEGER NOT NULL, placed_at_ms INTEGER NOT NULL, \
        paid_at_ms INTEGER, transaction_id TEXT, exceptions TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS orders_by_time ON orders (placed_at_ms DESC)",
    "CREATE INDEX IF NOT EXISTS orders_not_final ON orders (placed_at_ms) WHERE is_final = 0",
];

const UPSERT: &str = "INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
    ON CONFLICT (out_trade_no) DO UPDATE SET version = excluded.version, state = excluded.state, \
    reason = excluded.reason, is_final = excluded.is_final, description = excluded.description, \
    amount_minor = excluded.amount_minor, currency = excluded.currency, \
    refunded_minor = excluded.refunded_minor, placed_at_ms = excluded.placed_at_ms, \
    paid_at_ms = excluded.paid_at_ms, transaction_id = excluded.transaction_id, \
    exceptions = excluded.exceptions WHERE excluded.version > orders.version";

const NOT_FINAL: &str =
    "SELECT out_trade_no FROM orders WHERE is_final = 0 AND placed_at_ms < ?1 ORDER BY placed_at_ms LIMIT ?2";

const NEWEST: &str = "SELECT * FROM orders WHERE placed_at_ms < ?1 ORDER BY placed_at_ms DESC LIMIT ?2";

/// The index of this Worker.
pub(crate) struct Index {
    database: D1Database,
}

/// A row as the list shows it.
#[derive(Serialize, Deserialize)]
pub(crate) struct ListedOrder {
    out_trade_no: String,
    version: u64,
    state: String,
    reason: Option<String>,
    description: String,
    amount_minor: u64,
    currency: String,
    refunded_minor: u64,
    placed_at_ms: i64,
    paid_at_ms: Option<i64>,
    transaction_id: Option<String>,
    exceptions: String,
}

#[derive(Deserialize)]
struct Number {
    out_trade_no: String,
}

impl Index {
    /// The index, when the Worker has one.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        // Asked for through `Reflect` first: `worker` answers a missing binding with an error only after
        // it has looked at the type, and a Worker without an index is no error.
        let there = js_sys::Reflect::get(env, &BINDING.into()).is_ok_and(|binding| !binding.is_undefined());
        there.then(|| env.d1(BINDING).ok()).flatten().map(|database| Self { database })
    }

    /// Writes a row, unless a newer one is there.
    pub(crate) async fn write(&self, row: &IndexRow) -> Result<(), PlatformFailure> {
        let exceptions =
            serde_json::to_string(&row.exceptions).map_err(|error| PlatformFailure(error.to_string()))?;
        let values = [
            row.out_trade_no.as_str().into(),
            number(row.version),
            row.state.as_str().into(),
            row.reason.as_deref().map_or(JsValue::NULL, JsValue::from),
            number(u64::from(row.settled)),
            row.description.as_str().into(),
            number(row.amount.minor),
            row.amount.currency.as_str().into(),
            number(row.refunded_minor),
            JsValue::from_f64(row.placed_at_ms as f64),
            row.paid_at_ms.map_or(JsValue::NULL, |at_ms| JsValue::from_f64(at_ms as f64)),
            row.transaction_id.as_ref().map_or(JsValue::NULL, |id| id.as_str().into()),
            exceptions.into(),
        ];
        let upsert = || self.database.prepare(UPSERT).bind(&values);
        if upsert()?.run().await.is_ok() {
            return Ok(());
        }
        // The first row of a new database finds no table.
        self.make_schema().await?;
        upsert()?.run().await?;
        Ok(())
    }

    /// Orders placed before `before_ms` that are not final, the oldest first.
    pub(crate) async fn not_final(&self, before_ms: i64, limit: u32) -> Result<Vec<String>, PlatformFailure> {
        let values = [JsValue::from_f64(before_ms as f64), limit.into()];
        self.make_schema().await?;
        let rows: Vec<Number> = self.database.prepare(NOT_FINAL).bind(&values)?.all().await?.results()?;
        Ok(rows.into_iter().map(|row| row.out_trade_no).collect())
    }

    /// Orders placed before `before_ms`, the newest first.
    pub(crate) async fn newest(
        &self,
        before_ms: i64,
        limit: u32,
    ) -> Result<Vec<ListedOrder>, PlatformFailure> {
        let values = [JsValue::from_f64(before_ms as f64), limit.into()];
        self.make_schema().await?;
        Ok(self.database.prepare(NEWEST).bind(&values)?.all().await?.results()?)
    }

    async fn make_schema(&self) -> Result<(), PlatformFailure> {
        self.database.batch(SCHEMA.iter().map(|sql| self.database.prepare(*sql)).collect()).await?;
        Ok(())
    }
}

/// D1 takes doubles; every number here is far below 2^53.
fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}
