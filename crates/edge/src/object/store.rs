//! The storage of one order, in the SQLite of its own Durable Object, with its alarm.
//!
//! | table | holds | why |
//! | --- | --- | --- |
//! | `snapshot` | one row: the order as JSON with its outbox | read at each wake-up |
//! | | its newest events, and what was bought and said | read when they are shown or told |
//! | `event` | older events, up to 64 in a row, a line of JSON each | the history |
//! | `message` | raw messages that the order wanted to keep, each once | evidence, byte for byte as it came |
//! | `archived` | one row once the order is archived; nothing else is left | the number stays used |
//! | `stray` | messages without an order that version 0.1 kept | read by hand, never written |
//!
//! Earlier versions wrote a row of `event` for each step, as a JSON array, and before that one for each
//! event.
//!
//! Most orders keep no message and have few events, and to make a table is a large part of what a new order
//! costs. So all but `snapshot` are made when the first row is written into them. A step writes one row: the
//! platform bills rows, and the newest events ride with the snapshot.
//!
//! [`Storage::commit`] writes one step of the order: snapshot, events, message and alarm, all or nothing.
//! Writes without an `await` in between are *not* enough for that: the platform commits them together, but if
//! one of them throws, the writes before it stay and are committed. So each commit is a `transactionSync`. If
//! anything inside it throws, everything since its beginning is rolled back. This includes the alarm, because
//! the platform keeps it in the same database. The platform holds back every answer and every outgoing call
//! until the commit is on disk.
//!
//! The schema's version is the table `schema_version`. An object of an older version is brought up to date
//! when it is read; a migration is one more entry of [`MIGRATIONS`].

use std::cell::Cell;

use order::{Commit, DetailsText, Event, RawHash, Storage, Stored};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use worker::{SqlCursor, SqlStorage, SqlStorageValue, State};

use crate::failure::{Defect, Failure, PlatformFailure};
use crate::platform::js::ObjectStorage;

/// Each entry brings the schema from its index to the next version. Append only.
const MIGRATIONS: [&str; 4] = [
    "
    CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
    CREATE TABLE event (seq INTEGER PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE archived (at_ms INTEGER NOT NULL);
    CREATE TABLE stray (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, message TEXT NOT NULL);
",
    "
    CREATE TABLE message (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL);
",
    // Since version 3 `archived`, `stray` and `message` may be missing.
    "",
    // Since version 4 `event` may be missing, too.
    "
    ALTER TABLE snapshot ADD COLUMN events TEXT NOT NULL DEFAULT '';
    ALTER TABLE snapshot ADD COLUMN details TEXT;
",
];

/// The tables of a new order, in the newest version.
const NEW: &str = "
    CREATE TABLE schema_version (version INTEGER NOT NULL);
    CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL,
        events TEXT NOT NULL DEFAULT '', details TEXT);
    INSERT INTO schema_version (version) VALUES (4);
";
const STEP: &str = "INSERT INTO snapshot (id, json, events, details) VALUES (1, ?, ?, ?) \
    ON CONFLICT (id) DO UPDATE SET json = excluded.json, events = events || excluded.events, \
        details = coalesce(excluded.details, details)";

/// So many events may be beside the snapshot before they become a row of `event`. Each step writes the
/// snapshot's row anew, so that row must stay small.
const MAX_NEWEST_EVENTS: u64 = 64;
const EVENT_TABLE: &str = "CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, json TEXT NOT NULL)";
/// The number of a row is that of its last event.
const PUT_EVENTS_ASIDE: &str =
    "INSERT INTO event (seq, json) SELECT ?, events FROM snapshot WHERE events <> ''";
const NO_NEWEST_EVENTS: &str = "UPDATE snapshot SET events = ''";
const NEWEST_EVENTS: &str = "SELECT events FROM snapshot";
const MESSAGE_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS message (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL)";
const ARCHIVED_TABLE: &str = "CREATE TABLE IF NOT EXISTS archived (at_ms INTEGER NOT NULL)";

const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'";
const VERSION_AND_ORDER: &str =
    "SELECT version, (SELECT json FROM snapshot WHERE id = 1) FROM schema_version";

/// Where messages are kept: the table, and how they are read.
const KEPT_MESSAGES: [(&str, &str); 2] = [
    ("message", "SELECT hash AS sha256, at_ms, CAST(body AS TEXT) AS message FROM message"),
    ("stray", "SELECT hash AS sha256, at_ms, message FROM stray"),
];

/// Keeps a message, unless it is kept already or there are enough. Only messages that the gateway signed are
/// kept, and the gateway repeats itself. Of the messages beyond the limit the event log has the hash.
const KEEP_MESSAGE: &str = "INSERT OR IGNORE INTO message (hash, at_ms, body) \
    SELECT ?, ?, ? WHERE (SELECT count(*) FROM message) < 32";

/// The tables and the alarm of this object.
pub(crate) struct Store {
    sql: SqlStorage,
    storage: ObjectStorage,
    schema: Cell<Schema>,
}

/// What is known of the tables. It is known since the storage was read, and as long as no commit failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Schema {
    Unknown,
    /// The object has never written.
    None,
    /// The newest one.
    Newest,
}

/// A genuine message that a person may have to read.
#[derive(Serialize)]
pub(crate) struct KeptMessage {
    /// Its SHA-256, by which the event log names it.
    sha256: String,
    /// When it came.
    at_ms: i64,
    /// As it came.
    message: String,
}

impl Storage for Store {
    type Error = Failure;

    fn load(&mut self) -> Result<Stored, Failure> {
        self.schema.set(Schema::Unknown);
        let rows = match self.sql.exec(VERSION_AND_ORDER, None) {
            Ok(cursor) => rows_of(&cursor)?,
            // To ask for the tables first would cost each order that is read more than this costs a new one.
            Err(error) if error.to_string().contains("no such table: schema_version") => {
                self.schema.set(Schema::None);
                return Ok(Stored::Nothing);
            }
            Err(error) => return Err(PlatformFailure::storage(error).into()),
        };
        let (version, json) = match rows.into_iter().next() {
            None => (0, None),
            Some([version, SqlStorageValue::Null]) => (whole(version)?, None),
            Some([version, json]) => (whole(version)?, Some(text(json)?)),
        };
        self.migrate(version)?;
        self.schema.set(Schema::Newest);
        if let Some(json) = json {
            return Ok(Stored::Order(json));
        }
        if !self.tables()?.iter().any(|table| table == "archived") {
            return Ok(Stored::Nothing);
        }
        let archived = first_number(self.rows("SELECT count(*) FROM archived", None)?)?;
        Ok(if archived.is_some_and(|rows| rows > 0) { Stored::Archived } else { Stored::Nothing })
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), Failure> {
        if self.schema.get() == Schema::Unknown {
            self.load()?;
        }
        let schema = self.schema.replace(Schema::Unknown);
        self.in_one_transaction(|| {
            if schema == Schema::None {
                self.run(NEW, None)?;
            }
            self.write(commit)
        })?;
        self.schema.set(Schema::Newest);
        Ok(())
    }
}

impl Store {
    /// Opens the storage. Writes nothing: an object that a stranger wakes stays empty.
    pub(crate) fn of(state: &State) -> Result<Self, Failure> {
        let storage = state.as_raw().storage()?.unchecked_into();
        Ok(Self { sql: state.storage().sql(), storage, schema: Cell::new(Schema::Unknown) })
    }

    fn write(&self, commit: &Commit<'_>) -> Result<(), Failure> {
        match *commit {
            Commit::Step { at_ms, snapshot, events, message, details, alarm_at_ms } => {
                if let Some(snapshot) = snapshot {
                    self.put_aside_before(events)?;
                    let details = details.map_or(SqlStorageValue::Null, Into::into);
                    self.run(STEP, vec![snapshot.into(), lines(events)?.into(), details])?;
                }
                if let Some(message) = message {
                    self.keep_message(at_ms, message)?;
                }
                if let Some(alarm_at_ms) = alarm_at_ms {
                    self.storage.set_alarm(alarm_at_ms as f64)?;
                }
            }
            Commit::Archive { at_ms } => {
                let at_ms = SqlStorageValue::try_from_i64(at_ms)?;
                self.run(ARCHIVED_TABLE, None)?;
                self.run("INSERT INTO archived (at_ms) VALUES (?)", vec![at_ms])?;
                for table in self.tables()? {
                    if matches!(table.as_str(), "snapshot" | "event" | "message" | "stray") {
                        self.run(&format!("DELETE FROM {table}"), None)?;
                    }
                }
                self.storage.delete_alarm()?;
            }
        }
        Ok(())
    }

    /// Puts the events beside the snapshot aside when these begin a new row's worth.
    fn put_aside_before(&self, events: &[Event]) -> Result<(), Failure> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(()) };
        let before = first.seq.saturating_sub(1);
        if before / MAX_NEWEST_EVENTS == last.seq / MAX_NEWEST_EVENTS {
            return Ok(());
        }
        self.run(EVENT_TABLE, None)?;
        self.run(PUT_EVENTS_ASIDE, vec![i64::try_from(before).unwrap_or(i64::MAX).into()])?;
        self.run(NO_NEWEST_EVENTS, None)
    }

    /// What was bought and said, if the order keeps it.
    pub(crate) fn details(&self) -> Result<Option<DetailsText>, Failure> {
        let rows = self.texts("SELECT details FROM snapshot WHERE details IS NOT NULL")?;
        Ok(rows.into_iter().next().map(DetailsText::from_stored))
    }

    /// The kept raw messages, oldest first. They are UTF-8; otherwise they could not have been read.
    pub(crate) fn messages(&self) -> Result<Vec<KeptMessage>, Failure> {
        let tables = self.tables()?;
        let kept = KEPT_MESSAGES.iter().filter(|(table, _)| tables.iter().any(|there| there == table));
        let queries: Vec<&str> = kept.map(|(_, query)| *query).collect();
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.rows(&format!("{} ORDER BY at_ms", queries.join(" UNION ALL ")), None)?;
        let message = |[sha256, at_ms, message]: [SqlStorageValue; 3]| {
            Ok(KeptMessage { sha256: text(sha256)?, at_ms: whole(at_ms)?, message: text(message)? })
        };
        rows.into_iter().map(message).collect()
    }

    /// The event log, oldest first, each event as JSON.
    pub(crate) fn events(&self) -> Result<Vec<Box<RawValue>>, Failure> {
        let tables = self.tables()?;
        let is_there = |table: &str| tables.iter().any(|there| there == table);
        let mut rows = Vec::new();
        if is_there("event") {
            rows.extend(self.texts("SELECT json FROM event ORDER BY seq")?);
        }
        if is_there("snapshot") {
            rows.extend(self.texts(NEWEST_EVENTS)?);
        }
        let mut events = Vec::new();
        for json in rows {
            match json.starts_with('[') {
                true => events.append(&mut serde_json::from_str(&json).map_err(Defect::EventNotRead)?),
                false => {
                    for event in json.lines() {
                        events.push(RawValue::from_string(event.into()).map_err(Defect::EventNotRead)?);
                    }
                }
            }
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
    fn rows<const N: usize>(
        &self,
        sql: &str,
        values: Option<Vec<SqlStorageValue>>,
    ) -> Result<Vec<[SqlStorageValue; N]>, Failure> {
        rows_of(&self.sql.exec(sql, values).map_err(PlatformFailure::storage)?)
    }

    /// The same for rows of one text.
    fn texts(&self, sql: &str) -> Result<Vec<String>, Failure> {
        self.rows(sql, None)?.into_iter().map(|[value]| text(value)).collect()
    }

    /// Runs a statement that returns nothing.
    fn run(&self, sql: &str, values: impl Into<Option<Vec<SqlStorageValue>>>) -> Result<(), Failure> {
        self.sql.exec(sql, values.into()).map_err(PlatformFailure::storage)?;
        Ok(())
    }

    fn keep_message(&self, at_ms: i64, message: &[u8]) -> Result<(), Failure> {
        let hash = RawHash::new(Sha256::digest(message).into()).to_string();
        let row = vec![hash.into(), SqlStorageValue::try_from_i64(at_ms)?, message.to_vec().into()];
        self.run(MESSAGE_TABLE, None)?;
        self.run(KEEP_MESSAGE, row)
    }

    /// Brings an object of this version of the schema to the newest.
    fn migrate(&self, version: u32) -> Result<(), Failure> {
        let missing = usize::try_from(version).ok().and_then(|version| MIGRATIONS.get(version..));
        let missing = missing.unwrap_or_default();
        if missing.is_empty() {
            return Ok(());
        }
        self.in_one_transaction(|| {
            for migration in missing.iter().filter(|migration| !migration.is_empty()) {
                self.run(migration, None)?;
            }
            let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
            self.run("UPDATE schema_version SET version = ?", vec![newest.into()])
        })
    }

    /// The names of the tables.
    fn tables(&self) -> Result<Vec<String>, Failure> {
        self.texts(TABLES)
    }
}

/// The rows of a statement, each with as many columns as it names.
pub(crate) fn rows_of<const N: usize>(cursor: &SqlCursor) -> Result<Vec<[SqlStorageValue; N]>, Failure> {
    let row = |row: worker::Result<Vec<SqlStorageValue>>| {
        row.map_err(PlatformFailure::storage)?.try_into().map_err(|_| another_form())
    };
    cursor.raw().map(row).collect()
}

/// A column that has a text.
fn text(value: SqlStorageValue) -> Result<String, Failure> {
    match value {
        SqlStorageValue::String(text) => Ok(text),
        _ => Err(another_form()),
    }
}

/// A column that has a whole number in these bounds.
fn whole<T: TryFrom<i64>>(value: SqlStorageValue) -> Result<T, Failure> {
    match value {
        SqlStorageValue::Integer(number) => T::try_from(number).map_err(|_| another_form()),
        _ => Err(another_form()),
    }
}

/// The number in the first row.
pub(super) fn first_number(rows: Vec<[SqlStorageValue; 1]>) -> Result<Option<u32>, Failure> {
    rows.into_iter().next().map(|[number]| whole(number)).transpose()
}

fn another_form() -> Failure {
    PlatformFailure::Storage("a row of another form".into()).into()
}

/// The events, a line of JSON each. JSON has no line ends of its own.
fn lines(events: &[Event]) -> Result<String, Failure> {
    let mut lines = String::new();
    for event in events {
        lines.push_str(&serde_json::to_string(event).map_err(Defect::NotWritten)?);
        lines.push('\n');
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_object_has_the_newest_schema() {
        assert!(NEW.contains(&format!("VALUES ({});", MIGRATIONS.len())));
    }
}
