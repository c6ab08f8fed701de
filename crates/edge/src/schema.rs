//! The schema of the index, and how a database comes to it.
//!
//! A migration is one more entry of [`MIGRATIONS`]; entries are never changed. Each is applied once, in one
//! transaction together with its row in `schema_version`: of two Workers that migrate at once, the second finds that
//! row there, its transaction is undone, and it goes on from what the first one made.
//!
//! Older and newer Workers use one database while a deployment is under way, and after it is taken back. So every
//! statement names its columns, a new column may be left out of an `INSERT`, and a database that is newer than this
//! Worker is used as it is and never changed.
//!
//! | table | holds | written by |
//! | --- | --- | --- |
//! | `order_index` | a row per order: the index | this Worker |
//! | `orders` | the same in the form of release 0.1.0, whose `INSERT` gives values by position: it takes no new column | that release |
//! | `sweep` | how far the sweep has come | this Worker |
//!
//! Triggers carry each row over from one table of orders to the other, unless a newer version of it is there. `orders`
//! and the triggers may go when nobody can go back to 0.1.0 any more.

use serde::Deserialize;
use worker::D1Database;

use crate::http::PlatformFailure;

/// Carries a row over when one is written, by a trigger `$name` on `$from`. A row that is known is written again, so
/// each direction takes two triggers, one for `INSERT` and one for `UPDATE OF version`.
macro_rules! carried_over {
    ($name:literal, $when:literal, $from:literal, $to:literal, $also:literal) => {
        concat!(
            "CREATE TRIGGER ", $name, " AFTER ", $when, " ON ", $from, " BEGIN \
            INSERT INTO ", $to, " (out_trade_no, version, state, reason, is_final, description, amount_minor, \
                currency, refunded_minor, placed_at_ms, paid_at_ms, transaction_id, exceptions) \
            VALUES (NEW.out_trade_no, NEW.version, NEW.state, NEW.reason, NEW.is_final, NEW.description, \
                NEW.amount_minor, NEW.currency, NEW.refunded_minor, NEW.placed_at_ms, NEW.paid_at_ms, \
                NEW.transaction_id, NEW.exceptions) \
            ON CONFLICT (out_trade_no) DO UPDATE SET version = excluded.version, state = excluded.state, \
                reason = excluded.reason, is_final = excluded.is_final, description = excluded.description, \
                amount_minor = excluded.amount_minor, currency = excluded.currency, \
                refunded_minor = excluded.refunded_minor, placed_at_ms = excluded.placed_at_ms, \
                paid_at_ms = excluded.paid_at_ms, transaction_id = excluded.transaction_id, \
                exceptions = excluded.exceptions", $also, " \
            WHERE excluded.version > ", $to, ".version; END"
        )
    };
}

/// The statements that bring the schema from an entry's index to the next version. Append only.
pub(crate) const MIGRATIONS: &[&[&str]] = &[
    // 1: the table of release 0.1.0, which that release makes itself and without a version; the index, with what a
    // person must look at and what the sweep must know, and its rows from there. A row of that release has NULL in
    // `settled`: `is_final` is the nearest that it says.
    &[
        "CREATE TABLE IF NOT EXISTS orders (\
            out_trade_no TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT, \
            is_final INTEGER NOT NULL, description TEXT NOT NULL, amount_minor INTEGER NOT NULL, \
            currency TEXT NOT NULL, refunded_minor INTEGER NOT NULL, placed_at_ms INTEGER NOT NULL, \
            paid_at_ms INTEGER, transaction_id TEXT, exceptions TEXT NOT NULL) WITHOUT ROWID",
        "DROP INDEX IF EXISTS orders_by_time",
        "DROP INDEX IF EXISTS orders_not_final",
        "CREATE TABLE order_index (\
            out_trade_no TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT, \
            is_final INTEGER NOT NULL, settled INTEGER, description TEXT NOT NULL, amount_minor INTEGER NOT NULL, \
            currency TEXT NOT NULL, refunded_minor INTEGER NOT NULL, refunding_minor INTEGER NOT NULL DEFAULT 0, \
            placed_at_ms INTEGER NOT NULL, paid_at_ms INTEGER, transaction_id TEXT, exceptions TEXT NOT NULL, \
            attention TEXT NOT NULL DEFAULT '[]', attention_since_ms INTEGER, lost_at_ms INTEGER) WITHOUT ROWID",
        "INSERT INTO order_index (out_trade_no, version, state, reason, is_final, description, amount_minor, \
                currency, refunded_minor, placed_at_ms, paid_at_ms, transaction_id, exceptions) \
            SELECT out_trade_no, version, state, reason, is_final, description, amount_minor, \
                currency, refunded_minor, placed_at_ms, paid_at_ms, transaction_id, exceptions FROM orders",
        "CREATE INDEX orders_by_place ON order_index (placed_at_ms, out_trade_no)",
        "CREATE INDEX orders_not_settled ON order_index (placed_at_ms, out_trade_no) \
            WHERE coalesce(settled, is_final) = 0 AND lost_at_ms IS NULL",
        "CREATE INDEX orders_that_wait_for_a_person ON order_index (attention_since_ms) \
            WHERE attention_since_ms IS NOT NULL",
        carried_over!(
            "old_row_made",
            "INSERT",
            "orders",
            "order_index",
            ", settled = NULL, lost_at_ms = NULL"
        ),
        carried_over!(
            "old_row_changed",
            "UPDATE OF version",
            "orders",
            "order_index",
            ", settled = NULL, lost_at_ms = NULL"
        ),
        carried_over!("row_made", "INSERT", "order_index", "orders", ""),
        carried_over!("row_changed", "UPDATE OF version", "order_index", "orders", ""),
        "CREATE TABLE sweep (id INTEGER PRIMARY KEY CHECK (id = 1), after_ms INTEGER NOT NULL, \
            after_number TEXT NOT NULL)",
    ],
];

const VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL)";
const APPLIED: &str = "INSERT INTO schema_version (version, applied_at_ms) \
    VALUES (?1, CAST(strftime('%s', 'now') AS INTEGER) * 1000)";
const NEWEST: &str = "SELECT coalesce(max(version), 0) AS version FROM schema_version";

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Brings the database to the schema of this Worker, unless it is there or further.
pub(crate) async fn migrate(database: &D1Database) -> Result<(), PlatformFailure> {
    let mut version = match version(database).await {
        Ok(version) => version,
        // There is no table of versions yet, or the database does not answer, which the next statement finds out.
        Err(_) => {
            database.prepare(VERSIONS).all().await?;
            self::version(database).await?
        }
    };
    while let Some(statements) = usize::try_from(version).ok().and_then(|next| MIGRATIONS.get(next)) {
        let next = version.saturating_add(1);
        if let Err(failure) = apply(database, next, statements).await {
            // Another Worker may have been quicker: then the version is there, and all that belongs to it.
            let found = self::version(database).await?;
            if found <= version {
                return Err(failure);
            }
            version = found;
        } else {
            version = next;
        }
    }
    Ok(())
}

/// The row of the version comes first: where it is there already, nothing else of the transaction is tried.
async fn apply(database: &D1Database, version: u32, statements: &[&str]) -> Result<(), PlatformFailure> {
    let mut transaction = vec![database.prepare(APPLIED).bind(&[version.into()])?];
    transaction.extend(statements.iter().map(|statement| database.prepare(*statement)));
    database.batch(transaction).await?;
    Ok(())
}

async fn version(database: &D1Database) -> Result<u32, PlatformFailure> {
    let rows: Vec<Version> = database.prepare(NEWEST).all().await?.results()?;
    Ok(rows.first().map_or(0, |row| row.version))
}
