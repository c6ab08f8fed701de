//! The index: a D1 table of all orders, for the list, the inbox and the sweep. No payment ever waits for it.
//!
//! Each order's outbox writes its row afterwards. The row's version guards it, so a late or repeated delivery
//! cannot bring an older state back. When D1 is down, payments go on and the rows wait in their orders'
//! outboxes. The schema is in [`schema`]. A statement that fails is repeated once after the schema was
//! brought up to date, so that ordinarily nobody asks for the schema's version.
//!
//! This file has what is asked of one database. [`sharded`] has the index as others see it: one database, or
//! several that share the orders.

pub(crate) mod audit;
mod books;
mod columns;
pub(crate) mod filter;
mod health;
mod placement;
mod row;
mod schema;
pub(crate) mod search;
pub(crate) mod sharded;

use order::{DetailsText, IndexRow};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wire::TransactionId;

use crate::failure::{Defect, Failure, PlatformFailure};
use crate::platform::clock::now_ms;
use crate::platform::database::{Statement, batch};
use crate::platform::js::{Database, Rows};

use columns::rows;
pub(crate) use row::{Place, Row};

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
/// The same for the count of downloads.
const WRITE_DOWNLOADS: &str = "INSERT INTO downloads (out_trade_no, times) SELECT ?1, ?3 \
    WHERE EXISTS (SELECT 1 FROM orders WHERE out_trade_no = ?1 AND version = ?2) \
    ON CONFLICT (out_trade_no) DO UPDATE SET times = excluded.times";
const FORGET_PERSON: &str = "UPDATE details SET json = json_remove(json, '$.metadata', '$.shopper') \
    WHERE out_trade_no = ?1 RETURNING out_trade_no, 0 AS version, 0 AS at_ms";

/// Remembers that the order has news of a refund today, for the reconciliation. Most orders never have any.
const REFUND_DAY: &str = "INSERT OR IGNORE INTO refund_days (day, out_trade_no) VALUES (?1, ?2)";

const FORGET_OPEN: &str =
    "DELETE FROM open_matters WHERE out_trade_no = ?1 RETURNING out_trade_no, 0 AS version, 0 AS at_ms";

/// Lists each open exception as a row. In the place of a version stands the number of the exception.
const OPEN: &str = "SELECT out_trade_no, id AS version, at_ms, exception AS json FROM (\
        SELECT out_trade_no, json_extract(each.value, '$.id') AS id, \
            json_extract(each.value, '$.at_ms') AS at_ms, each.value AS exception \
        FROM open_matters, json_each(open_matters.attention) AS each WHERE attention_since_ms IS NOT NULL) \
    WHERE (at_ms, out_trade_no, id) > (?1, ?2, ?3) ORDER BY at_ms, out_trade_no, id LIMIT ?4";

const NOT_SETTLED: &str = "SELECT out_trade_no, version, placed_at_ms AS at_ms FROM orders \
    WHERE is_final = 0 AND (placed_at_ms, out_trade_no) > (?1, ?2) AND placed_at_ms < ?3 \
    ORDER BY placed_at_ms, out_trade_no LIMIT ?4";

/// The sweep gives the versions that it has seen, so that a row that was written since is not marked as lost.
const LOST: &str = "INSERT INTO lost (out_trade_no, version, at_ms) \
    SELECT orders.out_trade_no, orders.version, ?2 FROM orders, json_each(?1) AS seen \
    WHERE orders.out_trade_no = seen.value ->> 0 AND orders.version = seen.value ->> 1 \
    ON CONFLICT (out_trade_no) DO UPDATE SET version = excluded.version, at_ms = excluded.at_ms";
const LEAVE_OUT: &str = "UPDATE orders SET is_final = 1 WHERE (out_trade_no, version) IN \
    (SELECT value ->> 0, value ->> 1 FROM json_each(?1))";

/// The rows that this database has of these orders.
const VERSIONS_OF: &str = "SELECT out_trade_no, version, placed_at_ms AS at_ms FROM orders \
    WHERE out_trade_no IN (SELECT value FROM json_each(?1))";
/// Both remove what is older than, or the same as, what another database has.
const REMOVE_OPEN: &str = "DELETE FROM open_matters WHERE out_trade_no IN (SELECT orders.out_trade_no \
    FROM orders, json_each(?1) AS seen \
    WHERE orders.out_trade_no = seen.value ->> 0 AND orders.version <= seen.value ->> 1)";
const REMOVE_DETAILS: &str = "DELETE FROM details WHERE out_trade_no IN (SELECT orders.out_trade_no \
    FROM orders, json_each(?1) AS seen \
    WHERE orders.out_trade_no = seen.value ->> 0 AND orders.version <= seen.value ->> 1)";
const REMOVE: &str = "DELETE FROM orders WHERE out_trade_no IN (SELECT orders.out_trade_no \
    FROM orders, json_each(?1) AS seen \
    WHERE orders.out_trade_no = seen.value ->> 0 AND orders.version <= seen.value ->> 1)";

const SWEPT_TO: &str =
    "SELECT after_number AS out_trade_no, 0 AS version, after_ms AS at_ms FROM sweep WHERE id = 1";
const SWEEP_TO: &str = "INSERT INTO sweep (id, after_ms, after_number) VALUES (1, ?1, ?2) \
    ON CONFLICT (id) DO UPDATE SET after_ms = excluded.after_ms, after_number = excluded.after_number";

/// One database of the index.
pub(crate) struct Shard {
    database: Database,
}

impl Shard {
    /// Writes a row, unless this database has a newer one. The details are written if they are given.
    async fn write(&self, row: &IndexRow, details: Option<&DetailsText>) -> Result<(), Failure> {
        let number = row.out_trade_no.as_str();
        let order = values([
            number.into(),
            row.version.into(),
            row.state.as_str().into(),
            row.reason.as_deref().into(),
            u32::from(row.settled).into(),
            row.description.as_str().into(),
            row.amount.minor.into(),
            row.amount.currency.as_str().into(),
            row.refunded_minor.into(),
            row.placed_at_ms.into(),
            row.paid_at_ms.into(),
            row.transaction_id.as_ref().map(TransactionId::as_str).into(),
            json(&row.exceptions)?.as_str().into(),
        ]);
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
            let values = values([number.into(), row.version.into(), details.as_str().into()]);
            statements.push((WRITE_DETAILS, values));
        }
        if row.downloads > 0 {
            let values = values([number.into(), row.version.into(), row.downloads.into()]);
            statements.push((WRITE_DOWNLOADS, values));
        }
        // Before the first row there was none that could say that the order is settled.
        if write == WRITE && row.version > 1 {
            statements.push((UNSETTLE, values([number.into(), row.version.into()])));
        }
        if row.refunded_minor > 0 || row.refunding_minor > 0 {
            statements.push((REFUND_DAY, values([day_number(now_ms()).into(), number.into()])));
        }
        self.run(&statements).await?;
        Ok(())
    }

    /// The statement that writes what is open of this order, or that nothing is.
    fn open_matters_of(row: &IndexRow) -> Result<(&'static str, Vec<JsValue>), Failure> {
        let since_ms = row.attention.iter().map(|exception| exception.at_ms).min();
        if since_ms.is_none() && row.refunding_minor == 0 {
            return Ok((CLEAR_OPEN, values([row.out_trade_no.as_str().into(), row.version.into()])));
        }
        let attention = json(&row.attention)?;
        let open = values([
            row.out_trade_no.as_str().into(),
            row.version.into(),
            row.refunding_minor.into(),
            attention.as_str().into(),
            since_ms.into(),
        ]);
        Ok((WRITE_OPEN, open))
    }

    /// Removes what this database has of these orders, unless it is newer than these versions.
    pub(crate) async fn remove(&self, seen: &[(&str, u64)]) -> Result<(), Failure> {
        if seen.is_empty() {
            return Ok(());
        }
        let seen = json(&seen)?;
        let removed = [REMOVE_OPEN, REMOVE_DETAILS, REMOVE].map(|sql| (sql, values([seen.as_str().into()])));
        self.run(&removed).await?;
        Ok(())
    }

    /// Orders after this place that were placed before `before_ms` and are not settled, the oldest first.
    pub(crate) async fn not_settled(
        &self,
        after: &Place,
        before_ms: i64,
        limit: u32,
    ) -> Result<Vec<Row>, Failure> {
        let after = [after.at_ms.into(), after.number.as_str().into(), before_ms.into(), limit.into()];
        rows(&self.result(NOT_SETTLED, &values(after)).await?)
    }

    /// Marks rows without an order. The sweep skips them; the list shows the mark.
    pub(crate) async fn mark_lost(&self, rows: &[&Row], now_ms: i64) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        let seen: Vec<_> = rows.iter().map(|row| (&row.out_trade_no, row.version)).collect();
        let seen = json(&seen)?;
        let lost = values([seen.as_str().into(), now_ms.into()]);
        self.run(&[(LOST, lost), (LEAVE_OUT, values([seen.as_str().into()]))]).await?;
        Ok(())
    }

    /// How far the sweep has come.
    pub(crate) async fn swept_to(&self) -> Result<Place, Failure> {
        let rows = rows(&self.result(SWEPT_TO, &[]).await?)?;
        Ok(rows.first().map_or_else(Place::default, Row::place))
    }

    /// Remembers how far the sweep has come.
    pub(crate) async fn sweep_to(&self, place: &Place) -> Result<(), Failure> {
        self.run(&[(SWEEP_TO, values([place.at_ms.into(), place.number.as_str().into()]))]).await?;
        Ok(())
    }

    /// Brings the schema up to date.
    pub(crate) async fn migrate(&self) -> Result<(), Failure> {
        Ok(schema::migrate(&self.database).await?)
    }

    /// Runs a statement with these values. [`rows`] reads what it returns.
    async fn result(&self, sql: &str, with: &[JsValue]) -> Result<Rows, Failure> {
        let result = self.run(&[(sql, with.to_vec())]).await?.into_iter().next();
        Ok(result.ok_or_else(|| PlatformFailure::Storage("a statement without a result".into()))?)
    }

    /// Runs these statements in one transaction. A new database has no tables, and a restored one may have
    /// older tables. So if the statements fail, the schema is brought up to date and they run once more.
    async fn run(&self, statements: &[Statement<'_>]) -> Result<Vec<Rows>, Failure> {
        if let Ok(results) = batch(&self.database, statements).await {
            return Ok(results);
        }
        self.migrate().await?;
        Ok(batch(&self.database, statements).await?)
    }
}

/// The number of the UTC+8 day of this moment, counted from 1970.
fn day_number(at_ms: i64) -> i64 {
    const HOUR_MS: i64 = 3_600_000;
    at_ms.saturating_add(8 * HOUR_MS).div_euclid(24 * HOUR_MS)
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(value).map_err(Defect::NotWritten)?)
}

/// A value of a statement, as D1 takes it. D1 takes numbers as doubles; every number here is far below 2^53.
pub(crate) struct Bound(JsValue);

impl From<&str> for Bound {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<i64> for Bound {
    fn from(number: i64) -> Self {
        Self(JsValue::from_f64(number as f64))
    }
}

impl From<u64> for Bound {
    fn from(number: u64) -> Self {
        Self(JsValue::from_f64(number as f64))
    }
}

impl From<u32> for Bound {
    fn from(number: u32) -> Self {
        Self(number.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Bound {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self(JsValue::NULL), T::into)
    }
}

/// The values of a statement in the order of `?1`, `?2`, ….
fn values<const N: usize>(values: [Bound; N]) -> Vec<JsValue> {
    values.map(|Bound(value)| value).into()
}

#[cfg(test)]
mod tests {
    use super::day_number;

    #[test]
    fn the_days_of_refunds_are_those_of_utc_8() {
        // 2026-03-01 00:00:00 UTC+8.
        let start_ms = 1_772_294_400_000;
        assert_eq!(day_number(start_ms), day_number(start_ms + 86_399_999));
        assert_eq!(day_number(start_ms - 1) + 1, day_number(start_ms));
    }
}
