//! The index: a D1 table of all orders, for the list, the inbox and the sweep. No payment ever waits for it.
//!
//! Each order's outbox writes its row afterwards. The row's version guards it, so a late or repeated delivery
//! cannot bring an older state back. When D1 is down, payments go on and the rows wait in their orders'
//! outboxes. The schema is in [`schema`]. A statement that fails is repeated once after the schema was
//! brought up to date, so that ordinarily nobody asks for the schema's version.

mod schema;

use js_sys::Array;
use order::{DetailsText, IndexRow};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::{D1Database, D1Result, Env};

use crate::failure::{Defect, Failure, PlatformFailure};
use crate::platform::environment;

/// Writes a row, unless there is a newer one. `$also` names further columns to change in a row that exists.
macro_rules! write {
    ($also:literal) => {
        concat!(
            "INSERT INTO orders (out_trade_no, version, state, reason, is_final, description, \
                amount_minor, currency, refunded_minor, placed_at_ms, paid_at_ms, transaction_id, exceptions) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
            ON CONFLICT (out_trade_no) DO UPDATE SET version = excluded.version, state = excluded.state, \
                reason = excluded.reason, description = excluded.description, \
                amount_minor = excluded.amount_minor, currency = excluded.currency, \
                refunded_minor = excluded.refunded_minor, paid_at_ms = excluded.paid_at_ms, \
                transaction_id = excluded.transaction_id, exceptions = excluded.exceptions",
            $also,
            " WHERE excluded.version > orders.version"
        )
    };
}

/// A column that is named costs a row in each index of that column, even if its value stays the same. So the
/// columns of the indexes are named only when they may change.
const WRITE: &str = write!("");
const WRITE_SETTLED: &str = write!(", is_final = excluded.is_final");
/// A stray order may have the number of one that was archived.
const WRITE_STRAY: &str = write!(", is_final = excluded.is_final, placed_at_ms = excluded.placed_at_ms");
/// An order that was settled is not any more. Does nothing if [`WRITE`] found a newer row.
const UNSETTLE: &str =
    "UPDATE orders SET is_final = 0 WHERE out_trade_no = ?1 AND version = ?2 AND is_final = 1";

/// Both run in one transaction with [`WRITE`], and do nothing if `WRITE` found a newer row.
const WRITE_OPEN: &str = "INSERT INTO open_matters (out_trade_no, refunding_minor, attention, attention_since_ms) \
    SELECT ?1, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM orders WHERE out_trade_no = ?1 AND version = ?2) \
    ON CONFLICT (out_trade_no) DO UPDATE SET refunding_minor = excluded.refunding_minor, \
        attention = excluded.attention, attention_since_ms = excluded.attention_since_ms";
const CLEAR_OPEN: &str = "DELETE FROM open_matters WHERE out_trade_no = ?1 \
    AND EXISTS (SELECT 1 FROM orders WHERE out_trade_no = ?1 AND version = ?2)";

/// The same for what was bought and said. It hardly ever changes, and then nothing is written.
const WRITE_DETAILS: &str = "INSERT INTO details (out_trade_no, reference, json) SELECT ?1, ?3 ->> '$.reference', ?3 \
    WHERE EXISTS (SELECT 1 FROM orders WHERE out_trade_no = ?1 AND version = ?2) \
    ON CONFLICT (out_trade_no) DO UPDATE SET reference = excluded.reference, json = excluded.json \
    WHERE excluded.json <> details.json";
const FORGET_PERSON: &str = "UPDATE details SET json = json_remove(json, '$.metadata', '$.shopper') \
    WHERE out_trade_no = ?1 RETURNING out_trade_no";

const FORGET_OPEN: &str = "DELETE FROM open_matters WHERE out_trade_no = ?1 RETURNING out_trade_no";

const NEWEST: &str = "SELECT orders.out_trade_no, orders.version, state, reason, \
        is_final = 1 AND lost.at_ms IS NULL AS settled, description, \
        amount_minor, currency, refunded_minor, coalesce(refunding_minor, 0) AS refunding_minor, placed_at_ms, \
        paid_at_ms, transaction_id, exceptions, attention_since_ms, lost.at_ms AS lost_at_ms, \
        details.json AS details \
    FROM orders LEFT JOIN open_matters ON open_matters.out_trade_no = orders.out_trade_no \
        LEFT JOIN details ON details.out_trade_no = orders.out_trade_no \
        LEFT JOIN lost ON lost.out_trade_no = orders.out_trade_no AND lost.version = orders.version \
    WHERE (placed_at_ms, orders.out_trade_no) < (?1, ?2) \
    ORDER BY placed_at_ms DESC, orders.out_trade_no DESC LIMIT ?3";

/// Lists each open exception as a row.
const OPEN: &str = "SELECT out_trade_no, id, at_ms, exception FROM (\
        SELECT out_trade_no, json_extract(each.value, '$.id') AS id, \
            json_extract(each.value, '$.at_ms') AS at_ms, each.value AS exception \
        FROM open_matters, json_each(open_matters.attention) AS each WHERE attention_since_ms IS NOT NULL) \
    WHERE (at_ms, out_trade_no, id) > (?1, ?2, ?3) ORDER BY at_ms, out_trade_no, id LIMIT ?4";

const NOT_SETTLED: &str = "SELECT out_trade_no, version, placed_at_ms FROM orders \
    WHERE is_final = 0 AND (placed_at_ms, out_trade_no) > (?1, ?2) AND placed_at_ms < ?3 \
    ORDER BY placed_at_ms, out_trade_no LIMIT ?4";

/// The sweep gives the versions that it has seen, so that a row that was written since is not marked as lost.
const LOST: &str = "INSERT INTO lost (out_trade_no, version, at_ms) \
    SELECT orders.out_trade_no, orders.version, ?2 FROM orders, json_each(?1) AS seen \
    WHERE orders.out_trade_no = seen.value ->> 0 AND orders.version = seen.value ->> 1 \
    ON CONFLICT (out_trade_no) DO UPDATE SET version = excluded.version, at_ms = excluded.at_ms";
const LEAVE_OUT: &str = "UPDATE orders SET is_final = 1 WHERE (out_trade_no, version) IN \
    (SELECT value ->> 0, value ->> 1 FROM json_each(?1))";

const SWEPT_TO: &str = "SELECT after_ms, after_number FROM sweep WHERE id = 1";
const SWEEP_TO: &str = "INSERT INTO sweep (id, after_ms, after_number) VALUES (1, ?1, ?2) \
    ON CONFLICT (id) DO UPDATE SET after_ms = excluded.after_ms, after_number = excluded.after_number";

/// The index of this Worker.
pub(crate) struct Index {
    database: D1Database,
}

/// A place in the sequence of orders. The number is part of it, because one millisecond may have many orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// When the order was placed.
    pub(crate) at_ms: i64,
    /// The order's number. Empty means: before all orders of this millisecond.
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
    /// What was bought and said: [`DetailsText`]. The list adds it to the row.
    #[serde(skip_serializing)]
    details: Option<String>,
}

impl ListedOrder {
    /// The row as JSON, with what was bought and said.
    pub(crate) fn json(self) -> Result<String, Failure> {
        Ok(DetailsText::added_to(json(&self)?, self.details.map(DetailsText::from_stored).as_ref()))
    }
}

/// An exception that waits for a person.
#[derive(Deserialize)]
pub(crate) struct Open {
    pub(crate) out_trade_no: String,
    pub(crate) id: u32,
    pub(crate) at_ms: i64,
    /// The exception as JSON, as its order's Worker has written it.
    pub(crate) exception: String,
}

/// An order that is not settled, as far as the index knows.
#[derive(Deserialize)]
pub(crate) struct NotSettled {
    pub(crate) out_trade_no: String,
    /// The version of the row. By it the order sees whether the index is behind.
    pub(crate) version: u64,
    pub(crate) placed_at_ms: i64,
}

#[derive(Deserialize)]
struct Number {
    out_trade_no: String,
}

#[derive(Deserialize)]
struct SweptTo {
    after_ms: i64,
    after_number: String,
}

impl Index {
    /// The index, if the Worker has one.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        environment::index(env).map(|database| Self { database })
    }

    /// Writes a row, unless the index has a newer one. The details are written if they are given.
    pub(crate) async fn write(&self, row: &IndexRow, details: Option<&DetailsText>) -> Result<(), Failure> {
        let order = values(&(
            &row.out_trade_no,
            row.version,
            &row.state,
            &row.reason,
            u8::from(row.settled),
            &row.description,
            row.amount.minor,
            row.amount.currency.as_str(),
            row.refunded_minor,
            row.placed_at_ms,
            row.paid_at_ms,
            &row.transaction_id,
            json(&row.exceptions)?,
        ))?;
        let write = match (row.state.as_str(), row.settled) {
            ("stray", _) => WRITE_STRAY,
            (_, true) => WRITE_SETTLED,
            (_, false) => WRITE,
        };
        let mut statements = vec![(write, order)];
        if !row.never_open {
            statements.push(Self::open_matters_of(row)?);
        }
        if let Some(details) = details {
            let values = values(&(&row.out_trade_no, row.version, details.as_str()))?;
            statements.push((WRITE_DETAILS, values));
        }
        if write == WRITE {
            statements.push((UNSETTLE, values(&(&row.out_trade_no, row.version))?));
        }
        self.run(&statements).await?;
        Ok(())
    }

    /// The statement that writes what is open of this order, or that nothing is.
    fn open_matters_of(row: &IndexRow) -> Result<(&'static str, Vec<JsValue>), Failure> {
        let since_ms = row.attention.iter().map(|exception| exception.at_ms).min();
        if since_ms.is_none() && row.refunding_minor == 0 {
            return Ok((CLEAR_OPEN, values(&(&row.out_trade_no, row.version))?));
        }
        let attention = json(&row.attention)?;
        let open = (&row.out_trade_no, row.version, row.refunding_minor, attention, since_ms);
        Ok((WRITE_OPEN, values(&open)?))
    }

    /// The orders before this place, the newest first.
    pub(crate) async fn newest(&self, before: &Place, limit: u32) -> Result<Vec<ListedOrder>, Failure> {
        self.rows(NEWEST, &(before.at_ms, &before.number, limit)).await
    }

    /// The open exceptions of all orders after this place and number, the oldest first.
    pub(crate) async fn open(&self, after: &Place, id: u32, limit: u32) -> Result<Vec<Open>, Failure> {
        self.rows(OPEN, &(after.at_ms, &after.number, id, limit)).await
    }

    /// Removes the inbox's entries of an order that no longer exists. Returns whether there were any.
    pub(crate) async fn forget_open(&self, number: &str) -> Result<bool, Failure> {
        self.forget(FORGET_OPEN, number).await
    }

    /// Removes a person's data of an order that no longer exists. Returns whether there was such a row.
    pub(crate) async fn forget_person(&self, number: &str) -> Result<bool, Failure> {
        self.forget(FORGET_PERSON, number).await
    }

    async fn forget(&self, sql: &str, number: &str) -> Result<bool, Failure> {
        let forgotten: Vec<Number> = self.rows(sql, &[number]).await?;
        Ok(forgotten.iter().any(|row| row.out_trade_no == number))
    }

    /// Orders after this place that were placed before `before_ms` and are not settled, the oldest first.
    pub(crate) async fn not_settled(
        &self,
        after: &Place,
        before_ms: i64,
        limit: u32,
    ) -> Result<Vec<NotSettled>, Failure> {
        self.rows(NOT_SETTLED, &(after.at_ms, &after.number, before_ms, limit)).await
    }

    /// Marks rows without an order. The sweep skips them; the list shows the mark.
    pub(crate) async fn mark_lost(&self, rows: &[&NotSettled], now_ms: i64) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        let seen: Vec<_> = rows.iter().map(|row| (&row.out_trade_no, row.version)).collect();
        let seen = json(&seen)?;
        self.run(&[(LOST, values(&(&seen, now_ms))?), (LEAVE_OUT, values(&[&seen])?)]).await?;
        Ok(())
    }

    /// How far the sweep has come.
    pub(crate) async fn swept_to(&self) -> Result<Place, Failure> {
        let rows: Vec<SweptTo> = self.rows(SWEPT_TO, &[(); 0]).await?;
        let row = rows.into_iter().next();
        Ok(row.map_or_else(Place::default, |row| Place { at_ms: row.after_ms, number: row.after_number }))
    }

    /// Remembers how far the sweep has come.
    pub(crate) async fn sweep_to(&self, place: &Place) -> Result<(), Failure> {
        self.run(&[(SWEEP_TO, values(&(place.at_ms, &place.number))?)]).await?;
        Ok(())
    }

    /// Brings the schema up to date.
    pub(crate) async fn migrate(&self) -> Result<(), Failure> {
        Ok(schema::migrate(&self.database).await?)
    }

    /// Runs a statement with these values, and reads the rows that it returns.
    async fn rows<T: DeserializeOwned>(&self, sql: &str, with: &impl Serialize) -> Result<Vec<T>, Failure> {
        let result = self.run(&[(sql, values(with)?)]).await?.into_iter().next();
        let rows = result.map(|result| result.results()).transpose().map_err(PlatformFailure::storage)?;
        Ok(rows.unwrap_or_default())
    }

    /// Runs these statements in one transaction. A new database has no tables, and a restored one may have
    /// older tables. So if the statements fail, the schema is brought up to date and they run once more.
    async fn run(&self, statements: &[(&str, Vec<JsValue>)]) -> Result<Vec<D1Result>, Failure> {
        let batch = || {
            statements
                .iter()
                .map(|(sql, values)| self.database.prepare(*sql).bind(values))
                .collect::<Result<Vec<_>, _>>()
                .map_err(PlatformFailure::storage)
        };
        if let Ok(results) = self.database.batch(batch()?).await {
            return Ok(results);
        }
        self.migrate().await?;
        Ok(self.database.batch(batch()?).await.map_err(PlatformFailure::storage)?)
    }
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value).map_err(Defect::NotWritten)?)
}

/// The values of a statement in the order of `?1`, `?2`, …: a tuple or an array. D1 takes numbers as doubles;
/// every number here is far below 2^53.
fn values(tuple: &impl Serialize) -> Result<Vec<JsValue>, Failure> {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true);
    let list = tuple.serialize(&serializer).map_err(|error| Defect::NotBound(error.to_string()))?;
    Ok(Array::from(&list).to_vec())
}

/// SQLite knows no booleans.
fn truth<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(u8::deserialize(deserializer)? != 0)
}
