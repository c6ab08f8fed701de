//! The schema of the index, and how a database comes to it.
//!
//! A migration is one more entry of [`MIGRATIONS`]; entries are never changed. Each is applied once, in one
//! transaction together with its row in `schema_version`: of two Workers that migrate at once, the second
//! finds that row there, its transaction is undone, and it goes on from what the first one made.
//!
//! Older and newer Workers use one database while a deployment is under way, and after it is taken back. So
//! every statement names its columns, what an older one does not know is in tables of its own or may be left
//! out of an `INSERT`, and a database that is newer than this Worker is used as it is and never changed.

use serde::Deserialize;
use worker::D1Database;

use crate::failure::PlatformFailure;

/// The statements that bring the schema from an entry's index to the next version. Append only.
const MIGRATIONS: &[&[&str]] = &[&[
    // What the first Workers made, without a table of versions: `IF NOT EXISTS` takes theirs over. They
    // insert by position, so no column can be added. `is_final` says whether the order is settled; they said
    // final.
    "CREATE TABLE IF NOT EXISTS orders (\
            out_trade_no TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT, \
            is_final INTEGER NOT NULL, description TEXT NOT NULL, amount_minor INTEGER NOT NULL, \
            currency TEXT NOT NULL, refunded_minor INTEGER NOT NULL, placed_at_ms INTEGER NOT NULL, \
            paid_at_ms INTEGER, transaction_id TEXT, exceptions TEXT NOT NULL) WITHOUT ROWID",
    // Their entries end with the primary key: many orders of one millisecond are in the order of their
    // numbers.
    "CREATE INDEX IF NOT EXISTS orders_by_time ON orders (placed_at_ms DESC)",
    "CREATE INDEX IF NOT EXISTS orders_not_final ON orders (placed_at_ms) WHERE is_final = 0",
    // Orders with a refund under way or something that waits for a person; most orders have no row here.
    "CREATE TABLE open_matters (\
            out_trade_no TEXT PRIMARY KEY, refunding_minor INTEGER NOT NULL DEFAULT 0, \
            attention TEXT NOT NULL DEFAULT '[]', attention_since_ms INTEGER) WITHOUT ROWID",
    "CREATE INDEX open_matters_by_time ON open_matters (attention_since_ms) \
            WHERE attention_since_ms IS NOT NULL",
    // Rows of `orders` that led the sweep to no order. A row that is written again has another version.
    "CREATE TABLE lost (\
            out_trade_no TEXT PRIMARY KEY, version INTEGER NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID",
    // How far the sweep has come: one row.
    "CREATE TABLE sweep (id INTEGER PRIMARY KEY CHECK (id = 1), after_ms INTEGER NOT NULL, \
            after_number TEXT NOT NULL)",
]];

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
        // There is no table of versions yet, or the database does not answer, which the next statement finds
        // out.
        Err(_) => {
            database.prepare(VERSIONS).all().await.map_err(PlatformFailure::storage)?;
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
    let applied = database.prepare(APPLIED).bind(&[version.into()]).map_err(PlatformFailure::storage)?;
    let statements = statements.iter().map(|statement| database.prepare(*statement));
    let transaction = std::iter::once(applied).chain(statements).collect();
    database.batch(transaction).await.map_err(PlatformFailure::storage)?;
    Ok(())
}

async fn version(database: &D1Database) -> Result<u32, PlatformFailure> {
    let found = database.prepare(NEWEST).all().await.and_then(|found| found.results());
    let rows: Vec<Version> = found.map_err(PlatformFailure::storage)?;
    Ok(rows.first().map_or(0, |row| row.version))
}
