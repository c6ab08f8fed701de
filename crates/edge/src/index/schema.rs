//! The schema of the index, and how a database gets it.
//!
//! A migration is a new entry of [`MIGRATIONS`]; entries are never changed. Each is applied once, in one
//! transaction with its row in `schema_version`. If two Workers migrate at the same time, the second one
//! finds that row, its transaction is rolled back, and it goes on from the first one's result.
//!
//! Older and newer Workers use the same database during a deployment and after a rollback. So every statement
//! names its columns. What an older Worker does not know is in separate tables, or may be left out of an
//! `INSERT`. A database that is newer than this Worker is used as it is and never changed.

use wasm_bindgen::JsValue;

use super::columns::first_version;
use crate::failure::PlatformFailure;
use crate::platform::database::batch;
use crate::platform::js::Database;

/// The statements that bring the schema from an entry's index to the next version. Append only.
const MIGRATIONS: &[&[&str]] = &[
    &[
        // The first Workers made this table, without a table of versions: `IF NOT EXISTS` takes it over. They
        // insert by position, so no column can be added. `is_final` says whether the order is settled; the
        // name is theirs.
        "CREATE TABLE IF NOT EXISTS orders (\
            out_trade_no TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT, \
            is_final INTEGER NOT NULL, description TEXT NOT NULL, amount_minor INTEGER NOT NULL, \
            currency TEXT NOT NULL, refunded_minor INTEGER NOT NULL, placed_at_ms INTEGER NOT NULL, \
            paid_at_ms INTEGER, transaction_id TEXT, exceptions TEXT NOT NULL) WITHOUT ROWID",
        // The entries of these indexes end with the primary key, so orders of one millisecond are sorted by
        // their numbers.
        "CREATE INDEX IF NOT EXISTS orders_by_time ON orders (placed_at_ms DESC)",
        "CREATE INDEX IF NOT EXISTS orders_not_final ON orders (placed_at_ms) WHERE is_final = 0",
        // Orders with a refund under way, or with something that waits for a person. Most orders have no row
        // here.
        "CREATE TABLE open_matters (\
            out_trade_no TEXT PRIMARY KEY, refunding_minor INTEGER NOT NULL DEFAULT 0, \
            attention TEXT NOT NULL DEFAULT '[]', attention_since_ms INTEGER) WITHOUT ROWID",
        "CREATE INDEX open_matters_by_time ON open_matters (attention_since_ms) \
            WHERE attention_since_ms IS NOT NULL",
        // Rows of `orders` for which the sweep found no order. A row that is written again has another
        // version.
        "CREATE TABLE lost (\
            out_trade_no TEXT PRIMARY KEY, version INTEGER NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID",
        // How far the sweep has come: one row.
        "CREATE TABLE sweep (id INTEGER PRIMARY KEY CHECK (id = 1), after_ms INTEGER NOT NULL, \
            after_number TEXT NOT NULL)",
    ],
    &[
        // What was bought and said, for each order that keeps it: `order::DetailsText`. `orders` can get no
        // column. Few orders have a reference.
        "CREATE TABLE details (out_trade_no TEXT PRIMARY KEY, reference TEXT, json TEXT NOT NULL) WITHOUT ROWID",
        "CREATE INDEX details_by_reference ON details (reference) WHERE reference IS NOT NULL",
    ],
    &[
        // When the sweep last came to its end: one row.
        "CREATE TABLE sweep_end (id INTEGER PRIMARY KEY CHECK (id = 1), at_ms INTEGER NOT NULL)",
    ],
    &[
        // On which UTC+8 days (counted from 1970) an order had news of a refund, for the reconciliation.
        "CREATE TABLE refund_days (\
            day INTEGER NOT NULL, out_trade_no TEXT NOT NULL, PRIMARY KEY (day, out_trade_no)) WITHOUT ROWID",
    ],
    &[
        // What the merchant's keys have changed, and what they were refused. `out_trade_no` is null if the
        // route names no order.
        "CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, key TEXT NOT NULL, \
            action TEXT NOT NULL, out_trade_no TEXT, status INTEGER NOT NULL, address TEXT NOT NULL)",
    ],
    &[
        // How often the files of an order were downloaded. Most orders have no row here.
        "CREATE TABLE downloads (out_trade_no TEXT PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID",
    ],
];

const VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL)";
const APPLIED: &str = "INSERT INTO schema_version (version, applied_at_ms) \
    VALUES (?1, CAST(strftime('%s', 'now') AS INTEGER) * 1000)";
const NEWEST: &str = "SELECT coalesce(max(version), 0) AS version FROM schema_version";

/// The version of the schema that this Worker needs.
pub(super) fn newest() -> u64 {
    MIGRATIONS.len() as u64
}

/// Brings the database to this Worker's schema, unless its schema is the same or newer.
pub(crate) async fn migrate(database: &Database) -> Result<(), PlatformFailure> {
    let mut version = match version(database).await {
        Ok(version) => version,
        // There is no table of versions yet, or the database does not answer. The next statement shows which.
        Err(_) => {
            batch(database, &[(VERSIONS, Vec::new())]).await?;
            self::version(database).await?
        }
    };
    while let Some(statements) = usize::try_from(version).ok().and_then(|next| MIGRATIONS.get(next)) {
        let next = version.saturating_add(1);
        if let Err(failure) = apply(database, next, statements).await {
            // Another Worker may have been quicker. Then the version exists, with everything that belongs to
            // it.
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

/// The version's row comes first. If it exists already, the transaction fails before anything else is tried.
async fn apply(database: &Database, version: u32, statements: &[&str]) -> Result<(), PlatformFailure> {
    let applied = (APPLIED, vec![JsValue::from(version)]);
    let statements = statements.iter().map(|statement| (*statement, Vec::new()));
    let transaction: Vec<_> = std::iter::once(applied).chain(statements).collect();
    batch(database, &transaction).await?;
    Ok(())
}

async fn version(database: &Database) -> Result<u32, PlatformFailure> {
    let found = batch(database, &[(NEWEST, Vec::new())]).await?;
    Ok(found.first().map(first_version).transpose()?.flatten().unwrap_or(0))
}
