//! The storage of one order, in the SQLite of its own Durable Object, with its alarm.
//!
//! | table | holds | why |
//! | --- | --- | --- |
//! | `snapshot` | one row: the order as JSON, its outbox in it | read when the object wakes |
//! | `event` | one row per step, never changed: a JSON array (earlier versions: one event) | the history |
//! | `message` | raw messages that the order wanted to keep, each once | evidence, byte for byte as it came |
//! | `archived` | one row once the order is archived; nothing else is left | the number stays used |
//! | `stray` | messages without an order that version 0.1 kept | read by hand, never written |
//!
//! [`Storage::commit`] writes one step of the order: snapshot, events, message and alarm, all or nothing.
//! Writes without an `await` in between are *not* enough for that: the platform commits them together, but if
//! one of them throws, the writes before it stay and are committed. So each commit is a `transactionSync`. If
//! anything inside it throws, everything since its beginning is rolled back. This includes the alarm, because
//! the platform keeps it in the same database. The platform holds back every answer and every outgoing call
//! until the commit is on disk.
//!
//! The schema's version is the table `schema_version`; a migration is one more entry of [`MIGRATIONS`],
//! applied in the transaction that needs it.

use order::{Commit, RawHash, Storage, Stored};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use worker::{SqlStorage, SqlStorageValue, State};

use crate::failure::{Defect, Failure, PlatformFailure};
use crate::platform::js::ObjectStorage;

/// Each entry brings the schema from its index to the next version. Append only.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
    CREATE TABLE event (seq INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE archived (at_ms INTEGER NOT NULL);
    CREATE TABLE stray (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, message TEXT NOT NULL);
",
    "
    CREATE TABLE message (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL);
",
];

const KEPT_MESSAGES: &str = "SELECT hash AS sha256, at_ms, CAST(body AS TEXT) AS message FROM message \
    UNION ALL SELECT hash, at_ms, message FROM stray ORDER BY at_ms";

/// Keeps a message, unless it is kept already or there are enough. Only messages that the gateway signed are
/// kept, and the gateway repeats itself. Of the messages beyond the limit the event log has the hash.
const KEEP_MESSAGE: &str = "INSERT OR IGNORE INTO message (hash, at_ms, body) \
    SELECT ?, ?, ? WHERE (SELECT count(*) FROM message) < 32";

/// The tables and the alarm of this object.
pub(crate) struct Store {
    sql: SqlStorage,
    storage: ObjectStorage,
}

/// A genuine message that a person may have to read.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeptMessage {
    /// Its SHA-256, by which the event log names it.
    sha256: String,
    /// When it came.
    at_ms: i64,
    /// As it came.
    message: String,
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

impl Storage for Store {
    type Error = Failure;

    fn load(&mut self) -> Result<Stored, Failure> {
        if self.version()? == 0 {
            return Ok(Stored::Nothing);
        }
        self.in_one_transaction(|| self.migrate())?;
        let rows: Vec<Json> = self.rows("SELECT json FROM snapshot WHERE id = 1", None)?;
        if let Some(row) = rows.into_iter().next() {
            return Ok(Stored::Order(row.json));
        }
        let archived: Vec<Count> = self.rows("SELECT count(*) AS count FROM archived", None)?;
        Ok(if archived.first().is_some_and(|row| row.count > 0) { Stored::Archived } else { Stored::Nothing })
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), Failure> {
        self.in_one_transaction(|| {
            self.migrate()?;
            match *commit {
                Commit::Step { at_ms, snapshot, events, message, alarm_at_ms } => {
                    if let Some(snapshot) = snapshot {
                        let json = vec![snapshot.into()];
                        self.run("INSERT OR REPLACE INTO snapshot (id, json) VALUES (1, ?)", json)?;
                    }
                    if let Some(first) = events.first() {
                        let json = serde_json::to_string(events).map_err(Defect::NotWritten)?;
                        let seq = i64::try_from(first.seq).unwrap_or(i64::MAX);
                        let row = vec![seq.into(), json.into()];
                        self.run("INSERT INTO event (seq, json) VALUES (?, ?)", row)?;
                    }
                    if let Some(message) = message {
                        self.keep_message(at_ms, message)?;
                    }
                    if let Some(alarm_at_ms) = alarm_at_ms {
                        self.storage.set_alarm(alarm_at_ms as f64)?;
                    }
                    Ok(())
                }
                Commit::Archive { at_ms } => {
                    let at_ms = SqlStorageValue::try_from_i64(at_ms)?;
                    self.run("INSERT INTO archived (at_ms) VALUES (?)", vec![at_ms])?;
                    self.run("DELETE FROM snapshot", None)?;
                    self.run("DELETE FROM event", None)?;
                    self.run("DELETE FROM message", None)?;
                    self.run("DELETE FROM stray", None)?;
                    self.storage.delete_alarm()?;
                    Ok(())
                }
            }
        })
    }
}

impl Store {
    /// Opens the storage. Writes nothing: an object that a stranger wakes stays empty.
    pub(crate) fn of(state: &State) -> Result<Self, Failure> {
        let storage = state.as_raw().storage()?.unchecked_into();
        Ok(Self { sql: state.storage().sql(), storage })
    }

    /// The kept raw messages, oldest first. They are UTF-8; otherwise they could not have been read.
    pub(crate) fn messages(&self) -> Result<Vec<KeptMessage>, Failure> {
        self.rows(KEPT_MESSAGES, None)
    }

    /// The event log, oldest first, each event as JSON.
    pub(crate) fn events(&self) -> Result<Vec<Box<RawValue>>, Failure> {
        let rows: Vec<Json> = self.rows("SELECT json FROM event ORDER BY seq", None)?;
        let mut events = Vec::new();
        for Json { json } in rows {
            let of_step = match json.starts_with('[') {
                true => serde_json::from_str(&json),
                false => RawValue::from_string(json).map(|event| vec![event]),
            };
            events.extend(of_step.map_err(Defect::EventNotRead)?);
        }
        Ok(events)
    }

    /// Does all of the work or, if it fails, nothing.
    fn in_one_transaction(&self, work: impl Fn() -> Result<(), Failure>) -> Result<(), Failure> {
        let mut failed = None;
        // A failure must be thrown, because the platform rolls back only if the callback throws.
        let mut thrown = || match work() {
            Ok(()) => Ok(JsValue::UNDEFINED),
            Err(failure) => {
                let error = js_sys::Error::new(&failure.to_string());
                failed = Some(failure);
                Err(error.into())
            }
        };
        let done = self.storage.transaction_sync(&mut thrown);
        match failed {
            Some(failure) => Err(failure),
            None => Ok(done.map(drop).map_err(PlatformFailure::storage)?),
        }
    }

    /// Runs a statement, and reads the rows that it returns.
    fn rows<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: impl Into<Option<Vec<SqlStorageValue>>>,
    ) -> Result<Vec<T>, Failure> {
        let rows = self.sql.exec(sql, values.into()).and_then(|cursor| cursor.to_array());
        Ok(rows.map_err(PlatformFailure::storage)?)
    }

    /// Runs a statement that returns nothing.
    fn run(&self, sql: &str, values: impl Into<Option<Vec<SqlStorageValue>>>) -> Result<(), Failure> {
        self.sql.exec(sql, values.into()).map_err(PlatformFailure::storage)?;
        Ok(())
    }

    fn keep_message(&self, at_ms: i64, message: &[u8]) -> Result<(), Failure> {
        let hash = RawHash::new(Sha256::digest(message).into()).to_string();
        let row = vec![hash.into(), SqlStorageValue::try_from_i64(at_ms)?, message.to_vec().into()];
        self.run(KEEP_MESSAGE, row)?;
        Ok(())
    }

    fn migrate(&self) -> Result<(), Failure> {
        let version = usize::try_from(self.version()?).unwrap_or(usize::MAX);
        let missing = MIGRATIONS.get(version..).unwrap_or_default();
        if missing.is_empty() {
            return Ok(());
        }
        self.run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)", None)?;
        for migration in missing {
            self.run(migration, None)?;
        }
        self.run("DELETE FROM schema_version", None)?;
        let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        self.run("INSERT INTO schema_version (version) VALUES (?)", vec![newest.into()])?;
        Ok(())
    }

    /// 0 while the object has never written.
    fn version(&self) -> Result<u32, Failure> {
        let tables: Vec<Count> =
            self.rows("SELECT count(*) AS count FROM sqlite_master WHERE name = 'schema_version'", None)?;
        if tables.first().is_none_or(|row| row.count == 0) {
            return Ok(0);
        }
        let rows: Vec<Version> = self.rows("SELECT version FROM schema_version", None)?;
        Ok(rows.first().map_or(0, |row| row.version))
    }
}
