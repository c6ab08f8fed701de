//! The storage of one order, in the SQLite of its own Durable Object.
//!
//! | table | holds | why |
//! | --- | --- | --- |
//! | `snapshot` | one row: the order as JSON, its outbox in it | read when the object wakes |
//! | `event` | one row per happening, never changed | the history a human reads |
//! | `archived` | one row, when the order's time is over: nothing else is left then | the number stays burnt |
//! | `stray` | genuine messages for an order that does not exist | money must not vanish unseen |
//!
//! [`Store::save`] writes one step of the order: snapshot and events together, without an
//! `await` between them, so the platform commits all or nothing and holds every answer back until it
//! has. The schema's version is the table `schema_version`; a migration is one more entry of
//! [`MIGRATIONS`].

use order::Event;
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

use crate::http::PlatformFailure;

/// Each entry brings the schema from its index to the next version. Append only.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
    CREATE TABLE event (seq INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE archived (at_ms INTEGER NOT NULL);
    CREATE TABLE stray (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, message TEXT NOT NULL);
"];

/// One step of an order, ready to be written.
pub(crate) struct Step<'a> {
    /// The order after it.
    pub(crate) snapshot: &'a str,
    /// What happened.
    pub(crate) events: &'a [Event],
}

/// What the storage of an object holds.
pub(crate) enum Stored {
    /// No order was ever made under this number.
    Nothing,
    /// The order as JSON.
    Order(String),
    /// An order of long ago. Its row in the index is what is left of it.
    Archived,
}

/// The tables of this object.
pub(crate) struct Store {
    sql: SqlStorage,
}

#[derive(Deserialize)]
struct Json {
    json: String,
}

#[derive(Deserialize)]
struct Count {
    count: u32,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Store {
    /// Opens the storage. Writes nothing: an object that a stranger wakes stays empty.
    pub(crate) fn new(sql: SqlStorage) -> Self {
        Self { sql }
    }

    /// What this object holds.
    pub(crate) fn load(&self) -> Result<Stored, PlatformFailure> {
        if self.version()? == 0 {
            return Ok(Stored::Nothing);
        }
        self.migrate()?;
        let rows: Vec<Json> = self.sql.exec("SELECT json FROM snapshot WHERE id = 1", None)?.to_array()?;
        if let Some(row) = rows.into_iter().next() {
            return Ok(Stored::Order(row.json));
        }
        let archived: Vec<Count> =
            self.sql.exec("SELECT count(*) AS count FROM archived", None)?.to_array()?;
        Ok(if archived.first().is_some_and(|row| row.count > 0) { Stored::Archived } else { Stored::Nothing })
    }

    /// Drops the order and its log; that there was one is remembered.
    pub(crate) fn archive(&self, now_ms: i64) -> Result<(), PlatformFailure> {
        let now_ms = SqlStorageValue::try_from_i64(now_ms)?;
        self.sql.exec("INSERT INTO archived (at_ms) VALUES (?)", vec![now_ms])?;
        self.sql.exec("DELETE FROM event", None)?;
        self.sql.exec("DELETE FROM snapshot", None)?;
        Ok(())
    }

    /// Writes one step.
    pub(crate) fn save(&self, step: &Step<'_>) -> Result<(), PlatformFailure> {
        self.migrate()?;
        self.sql
            .exec("INSERT OR REPLACE INTO snapshot (id, json) VALUES (1, ?)", vec![step.snapshot.into()])?;
        for event in step.events {
            let json = serde_json::to_string(event).map_err(|error| PlatformFailure(error.to_string()))?;
            let seq = i64::try_from(event.seq).unwrap_or(i64::MAX);
            self.sql.exec("INSERT INTO event (seq, json) VALUES (?, ?)", vec![seq.into(), json.into()])?;
        }
        Ok(())
    }

    /// The event log, oldest first, each row as JSON.
    pub(crate) fn events(&self) -> Result<Vec<String>, PlatformFailure> {
        let rows: Vec<Json> = self.sql.exec("SELECT json FROM event ORDER BY seq", None)?.to_array()?;
        Ok(rows.into_iter().map(|row| row.json).collect())
    }

    /// Keeps a genuine message of an order that this object does not hold; the same one once.
    pub(crate) fn keep_stray(&self, now_ms: i64, hash: &str, message: &str) -> Result<(), PlatformFailure> {
        self.migrate()?;
        let values = vec![hash.into(), SqlStorageValue::try_from_i64(now_ms)?, message.into()];
        self.sql.exec("INSERT OR IGNORE INTO stray (hash, at_ms, message) VALUES (?, ?, ?)", values)?;
        Ok(())
    }

    fn migrate(&self) -> Result<(), PlatformFailure> {
        let version = usize::try_from(self.version()?).unwrap_or(usize::MAX);
        let missing = MIGRATIONS.get(version..).unwrap_or_default();
        if missing.is_empty() {
            return Ok(());
        }
        self.sql.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)", None)?;
        for migration in missing {
            self.sql.exec(migration, None)?;
        }
        self.sql.exec("DELETE FROM schema_version", None)?;
        let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        self.sql.exec("INSERT INTO schema_version (version) VALUES (?)", vec![newest.into()])?;
        Ok(())
    }

    /// 0 while the object has never written.
    fn version(&self) -> Result<u32, PlatformFailure> {
        let tables: Vec<Count> = self
            .sql
            .exec("SELECT count(*) AS count FROM sqlite_master WHERE name = 'schema_version'", None)?
            .to_array()?;
        if tables.first().is_none_or(|row| row.count == 0) {
            return Ok(0);
        }
        let rows: Vec<Version> = self.sql.exec("SELECT version FROM schema_version", None)?.to_array()?;
        Ok(rows.first().map_or(0, |row| row.version))
    }
}
