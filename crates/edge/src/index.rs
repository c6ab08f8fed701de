//! The index: one D1 table of all orders, for the list, the inbox and the sweep. Never on the path of a payment.
//!
//! It is written after the fact from each order's outbox, and guarded by the row's version, so a late or
//! repeated delivery cannot bring an older state back. When D1 is down, payments go on and the rows wait
//! in their orders' outboxes. Its schema is in [`schema`]; a statement that fails is repeated once
//! after the schema was looked after, so that on the ordinary path nobody asks for its version.

use order::IndexRow;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::{D1Database, D1Result, Env};

use crate::http::PlatformFailure;
use crate::schema;

/// The binding in wrangler.toml. A Worker without it has no list, no inbox and no sweep, and works otherwise.
const BINDING: &str = "INDEX";

/// A row that is written again is lost no more.
const UPSERT: &str = "INSERT INTO order_index (out_trade_no, version, state, reason, is_final, settled, description, \
        amount_minor, currency, refunded_minor, refunding_minor, placed_at_ms, paid_at_ms, transaction_id, \
        exceptions, attention, attention_since_ms) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
    ON CONFLICT (out_trade_no) DO UPDATE SET version = excluded.version, state = excluded.state, \
        reason = excluded.reason, is_final = excluded.is_final, settled = excluded.settled, \
        description = excluded.description, amount_minor = excluded.amount_minor, currency = excluded.currency, \
        refunded_minor = excluded.refunded_minor, refunding_minor = excluded.refunding_minor, \
        placed_at_ms = excluded.placed_at_ms, paid_at_ms = excluded.paid_at_ms, \
        transaction_id = excluded.transaction_id, exceptions = excluded.exceptions, \
        attention = excluded.attention, attention_since_ms = excluded.attention_since_ms, lost_at_ms = NULL \
    WHERE excluded.version > order_index.version";

const NEWEST: &str = "SELECT out_trade_no, version, state, reason, coalesce(settled, is_final) AS settled, description, \
        amount_minor, currency, refunded_minor, refunding_minor, placed_at_ms, paid_at_ms, transaction_id, \
        exceptions, attention_since_ms, lost_at_ms \
    FROM order_index WHERE (placed_at_ms, out_trade_no) < (?1, ?2) \
    ORDER BY placed_at_ms DESC, out_trade_no DESC LIMIT ?3";

/// Each open exception is a row here; the partial index finds the orders that have some.
const OPEN: &str = "SELECT out_trade_no, id, at_ms, exception FROM (\
        SELECT order_index.out_trade_no AS out_trade_no, json_extract(each.value, '$.id') AS id, \
            json_extract(each.value, '$.at_ms') AS at_ms, each.value AS exception \
        FROM order_index, json_each(order_index.attention) AS each WHERE order_index.attention_since_ms IS NOT NULL) \
    WHERE (at_ms, out_trade_no, id) > (?1, ?2, ?3) ORDER BY at_ms, out_trade_no, id LIMIT ?4";

const NOT_SETTLED: &str = "SELECT out_trade_no, version, placed_at_ms FROM order_index \
    WHERE coalesce(settled, is_final) = 0 AND lost_at_ms IS NULL \
        AND (placed_at_ms, out_trade_no) > (?1, ?2) AND placed_at_ms < ?3 \
    ORDER BY placed_at_ms, out_trade_no LIMIT ?4";

const LOST: &str = "UPDATE order_index SET lost_at_ms = ?1 WHERE lost_at_ms IS NULL \
    AND out_trade_no IN (SELECT value FROM json_each(?2))";

const SWEPT_TO: &str = "SELECT after_ms, after_number FROM sweep WHERE id = 1";
const SWEEP_TO: &str = "INSERT INTO sweep (id, after_ms, after_number) VALUES (1, ?1, ?2) \
    ON CONFLICT (id) DO UPDATE SET after_ms = excluded.after_ms, after_number = excluded.after_number";

/// The index of this Worker.
pub(crate) struct Index {
    database: D1Database,
}

/// A place in the order of time. Many orders may be placed in one millisecond, so the number belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// When the order was placed.
    pub(crate) at_ms: i64,
    /// Its number; empty: before all of this millisecond.
    pub(crate) number: String,
}

/// A row as the list shows it.
#[derive(Serialize, Deserialize)]
pub(crate) struct ListedOrder {
    pub(crate) out_trade_no: String,
    version: u64,
    state: String,
    reason: Option<String>,
    #[serde(deserialize_with = "truth")]
    settled: bool,
    description: String,
    amount_minor: u64,
    currency: String,
    refunded_minor: u64,
    refunding_minor: u64,
    pub(crate) placed_at_ms: i64,
    paid_at_ms: Option<i64>,
    transaction_id: Option<String>,
    exceptions: String,
    attention_since_ms: Option<i64>,
    lost_at_ms: Option<i64>,
}

/// An exception that waits for a person.
#[derive(Deserialize)]
pub(crate) struct Open {
    pub(crate) out_trade_no: String,
    pub(crate) id: u32,
    pub(crate) at_ms: i64,
    /// The exception as JSON, in the form in which its order's Worker has written it.
    pub(crate) exception: String,
}

/// An order that is not settled, as far as the index knows.
#[derive(Deserialize)]
pub(crate) struct NotSettled {
    pub(crate) out_trade_no: String,
    /// The version of the row, by which its order sees whether the index is behind.
    pub(crate) version: u64,
    pub(crate) placed_at_ms: i64,
}

#[derive(Deserialize)]
struct SweptTo {
    after_ms: i64,
    after_number: String,
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
        let since_ms = row.attention.iter().map(|exception| exception.at_ms).min();
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
            number(row.refunding_minor),
            time(row.placed_at_ms),
            row.paid_at_ms.map_or(JsValue::NULL, time),
            row.transaction_id.as_ref().map_or(JsValue::NULL, |id| id.as_str().into()),
            json(&row.exceptions)?.into(),
            json(&row.attention)?.into(),
            since_ms.map_or(JsValue::NULL, time),
        ];
        self.run(UPSERT, &values).await?;
        Ok(())
    }

    /// The orders before this place, the newest first.
    pub(crate) async fn newest(
        &self,
        before: &Place,
        limit: u32,
    ) -> Result<Vec<ListedOrder>, PlatformFailure> {
        self.rows(NEWEST, &[time(before.at_ms), before.number.as_str().into(), limit.into()]).await
    }

    /// The open exceptions of all orders after this place and number, the oldest first.
    pub(crate) async fn open(
        &self,
        after: &Place,
        id: u32,
        limit: u32,
    ) -> Result<Vec<Open>, PlatformFailure> {
        self.rows(OPEN, &[time(after.at_ms), after.number.as_str().into(), id.into(), limit.into()]).await
    }

    /// Orders after this place that were placed before `before_ms` and are not settled, the oldest first.
    pub(crate) async fn not_settled(
        &self,
        after: &Place,
        before_ms: i64,
        limit: u32,
    ) -> Result<Vec<NotSettled>, PlatformFailure> {
        let values = [time(after.at_ms), after.number.as_str().into(), time(before_ms), limit.into()];
        self.rows(NOT_SETTLED, &values).await
    }

    /// Marks rows that lead to no order. The sweep leaves them out; the list shows the mark.
    pub(crate) async fn mark_lost(&self, numbers: &[&str], now_ms: i64) -> Result<(), PlatformFailure> {
        if !numbers.is_empty() {
            self.run(LOST, &[time(now_ms), json(&numbers)?.into()]).await?;
        }
        Ok(())
    }

    /// How far the sweep has come.
    pub(crate) async fn swept_to(&self) -> Result<Place, PlatformFailure> {
        let rows: Vec<SweptTo> = self.rows(SWEPT_TO, &[]).await?;
        let row = rows.into_iter().next();
        Ok(row.map_or_else(Place::default, |row| Place { at_ms: row.after_ms, number: row.after_number }))
    }

    /// Remembers how far the sweep has come.
    pub(crate) async fn sweep_to(&self, place: &Place) -> Result<(), PlatformFailure> {
        self.run(SWEEP_TO, &[time(place.at_ms), place.number.as_str().into()]).await?;
        Ok(())
    }

    /// Brings the schema up to date.
    pub(crate) async fn migrate(&self) -> Result<(), PlatformFailure> {
        schema::migrate(&self.database).await
    }

    async fn rows<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: &[JsValue],
    ) -> Result<Vec<T>, PlatformFailure> {
        Ok(self.run(sql, values).await?.results()?)
    }

    /// A new database has no tables, and one that was set back has older ones.
    async fn run(&self, sql: &str, values: &[JsValue]) -> Result<D1Result, PlatformFailure> {
        if let Ok(result) = self.database.prepare(sql).bind(values)?.all().await {
            return Ok(result);
        }
        self.migrate().await?;
        Ok(self.database.prepare(sql).bind(values)?.all().await?)
    }
}

fn json(value: &impl Serialize) -> Result<String, PlatformFailure> {
    serde_json::to_string(value).map_err(|error| PlatformFailure(error.to_string()))
}

/// D1 takes doubles; every number here is far below 2^53.
fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}

fn time(at_ms: i64) -> JsValue {
    JsValue::from_f64(at_ms as f64)
}

/// SQLite knows no booleans.
fn truth<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(u8::deserialize(deserializer)? != 0)
}
