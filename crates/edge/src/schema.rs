//! The schema of the index, and how a database comes to it.
//!
//! A migration is one more entry of [`MIGRATIONS`]; entries are never changed. Each is applied once, in one
//! transaction together with its row in `schema_version`: of two Workers that migrate at once, the second finds that
//! row there, its transaction is undone, and it goes on from what the first one made.
//!
//! Older and newer Workers use one database while a deployment is under way, and after it is taken back. So every
//! statement names its columns, a new column may be left out of an `INSERT`, and a database that is newer than this
//! Worker is used as it is and never changed.

use serde::Deserialize;
use worker::D1Database;

use crate::http::PlatformFailure;

/// The statements that bring the schema from an entry's index to the next version. Append only.
pub(crate) const MIGRATIONS: &[&[&str]] = &[
    // 1: what the first Workers made, without a table of versions (`IF NOT EXISTS` takes theirs over); what a person
    // must look at; and what the sweep must know. A row of those Workers has NULL in `settled`: `is_final` is the
    // nearest that it says.
    &[
        "CREATE TABLE IF NOT EXISTS orders (\
            out_trade_no TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT, \
            is_final INTEGER NOT NULL, description TEXT NOT NULL, amount_minor INTEGER NOT NULL, \
            currency TEXT NOT NULL, refunded_minor INTEGER NOT NULL, placed_at_ms INTEGER NOT NULL, \
            paid_at_ms INTEGER, transaction_id TEXT, exceptions TEXT NOT NULL) WITHOUT ROWID",
        "ALTER TABLE orders ADD COLUMN settled INTEGER",
        "ALTER TABLE orders ADD COLUMN refunding_minor INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE orders ADD COLUMN attention TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE orders ADD COLUMN attention_since_ms INTEGER",
        "ALTER TABLE orders ADD COLUMN lost_at_ms INTEGER",
        "CREATE INDEX orders_by_place ON orders (placed_at_ms, out_trade_no)",
        "CREATE INDEX orders_not_settled ON orders (placed_at_ms, out_trade_no) \
            WHERE coalesce(settled, is_final) = 0 AND lost_at_ms IS NULL",
        "CREATE INDEX orders_that_wait_for_a_person ON orders (attention_since_ms) \
            WHERE attention_since_ms IS NOT NULL",
        "DROP INDEX IF EXISTS orders_by_time",
        "DROP INDEX IF EXISTS orders_not_final",
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
