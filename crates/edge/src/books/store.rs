//! The storage of the books, in the SQLite of their Durable Object.
//!
//! | table | holds | how long |
//! | --- | --- | --- |
//! | `progress` | one row: how far the work is | |
//! | `bill` | the bills in pieces; a new one is under the day `new` until it is whole | two months |
//! | `doubt` | what must be asked, or was; `stored` is null when it is settled | the day that is worked on |
//! | `difference` | the differences of each day, as JSON | 400 days |
//! | `report` | the report of each day, as JSON, without its differences | 400 days |
//! | `seen` | payments and refunds of another day that a bill had | two months |
//! | `carried` | payments of midnight that the next bill must have, by the day of that bill | two months |
//! | `outbox` | webhooks; `due_at_ms` is null when one is accepted or given up | two months |
//!
//! Each change is one transaction.

use books::{Difference, Doubt, MAX_DIFFERENCES, Progress};
use wasm_bindgen::{JsCast, JsValue};
use worker::{SqlStorage, SqlStorageValue, State};

use crate::failure::{Failure, PlatformFailure};
use crate::object::store::rows_of;
use crate::platform::js::ObjectStorage;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY CHECK (id = 1), stored TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS bill (day TEXT NOT NULL, n INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (day, n));
    CREATE TABLE IF NOT EXISTS doubt (n INTEGER PRIMARY KEY, side TEXT NOT NULL, key TEXT NOT NULL, line INTEGER NOT NULL,
        stored TEXT, looked INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, due_at_ms INTEGER NOT NULL DEFAULT 0,
        UNIQUE (side, key));
    CREATE TABLE IF NOT EXISTS difference (n INTEGER PRIMARY KEY, day TEXT NOT NULL, json TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS difference_of_day ON difference (day);
    CREATE TABLE IF NOT EXISTS report (day TEXT PRIMARY KEY, json TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, day TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS carried (day TEXT NOT NULL, key TEXT NOT NULL, stored TEXT NOT NULL, PRIMARY KEY (day, key));
    CREATE TABLE IF NOT EXISTS outbox (id TEXT PRIMARY KEY, day TEXT NOT NULL, body TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0, due_at_ms INTEGER);
";

/// What ends after two months, and after 400 days.
const PRUNE: [(&str, &str); 6] = [
    ("bill", "-62 days"),
    ("seen", "-62 days"),
    ("carried", "-62 days"),
    ("outbox", "-62 days"),
    ("difference", "-400 days"),
    ("report", "-400 days"),
];

/// The tables and the alarm of the books.
pub(super) struct Store {
    sql: SqlStorage,
    storage: ObjectStorage,
}

/// A doubt that waits.
pub(super) struct Waiting {
    pub(super) n: i64,
    pub(super) looked: u32,
    pub(super) failed: u32,
    pub(super) doubt: Doubt,
}

/// A webhook that is due.
pub(super) struct Due {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) tries: u32,
}

/// Its place, how often somebody was asked, how often it failed, and the doubt.
fn waiting(line: &str) -> Option<Waiting> {
    let mut parts = line.splitn(4, ' ');
    Some(Waiting {
        n: parts.next()?.parse().ok()?,
        looked: parts.next()?.parse().ok()?,
        failed: parts.next()?.parse().ok()?,
        doubt: Doubt::read(parts.next()?)?,
    })
}

impl Store {
    pub(super) fn of(state: &State) -> Result<Self, Failure> {
        let storage = state.as_raw().storage()?.unchecked_into();
        let store = Self { sql: state.storage().sql(), storage };
        store.run(TABLES, vec![])?;
        Ok(store)
    }

    pub(super) fn set_alarm(&self, at_ms: i64) -> Result<(), Failure> {
        self.storage.set_alarm(at_ms as f64)?;
        Ok(())
    }

    pub(super) fn progress(&self) -> Result<Option<Progress>, Failure> {
        let kept = self.text("SELECT stored AS text FROM progress", vec![])?;
        Ok(kept.and_then(|json| Progress::read(&json)))
    }

    pub(super) fn keep(&self, progress: &Progress) -> Result<(), Failure> {
        let stored = progress.write();
        self.run("INSERT OR REPLACE INTO progress (id, stored) VALUES (1, ?)", vec![stored.into()])
    }

    /// A day is begun. What was found of it earlier is forgotten, but its report stays until there is a new
    /// one.
    pub(super) fn begin_again(&self, progress: &Progress) -> Result<(), Failure> {
        self.all_or_nothing(&mut || {
            self.run("DELETE FROM doubt", vec![])?;
            self.keep(progress)
        })
    }

    // The bill.

    /// A new bill comes: what came of one before is forgotten.
    pub(super) fn begin_bill(&self) -> Result<(), Failure> {
        self.run("DELETE FROM bill WHERE day = 'new'", vec![])
    }

    pub(super) fn add_to_bill(&self, n: i64, bytes: Vec<u8>) -> Result<(), Failure> {
        self.run("INSERT INTO bill (day, n, bytes) VALUES ('new', ?, ?)", vec![n.into(), bytes.into()])
    }

    /// The new bill is whole, and is that of this day. The next stage begins.
    pub(super) fn end_bill(&self, day: &str, progress: &Progress) -> Result<(), Failure> {
        self.all_or_nothing(&mut || {
            self.run("DELETE FROM bill WHERE day = ?", vec![day.into()])?;
            self.run("UPDATE bill SET day = ? WHERE day = 'new'", vec![day.into()])?;
            self.run("DELETE FROM doubt", vec![])?;
            self.run("DELETE FROM difference WHERE day = ?", vec![day.into()])?;
            self.keep(progress)
        })
    }

    /// A piece of the bill of this day.
    pub(super) fn bill(&self, day: &str, n: i64) -> Result<Option<Vec<u8>>, Failure> {
        let values = vec![day.into(), n.into()];
        match self.first("SELECT bytes FROM bill WHERE day = ? AND n = ?", values)? {
            Some(SqlStorageValue::Blob(bytes)) => Ok(Some(bytes)),
            _ => Ok(None),
        }
    }

    // What a pass has found.

    /// Stores what a pass has found, and what is next, together.
    pub(super) fn passed(
        &self,
        day: &str,
        doubts: &[Doubt],
        differences: &[Difference],
        progress: &Progress,
    ) -> Result<(), Failure> {
        self.all_or_nothing(&mut || {
            for difference in differences {
                self.differ(day, difference)?;
            }
            for doubt in doubts {
                self.doubt(day, doubt)?;
            }
            self.keep(progress)
        })
    }

    /// A doubt that is there already came before: in this pass, from another line, the bill has it twice.
    fn doubt(&self, day: &str, doubt: &Doubt) -> Result<(), Failure> {
        let (side, key) = (doubt.side.as_str(), doubt.key());
        let known = self.text(
            "SELECT CAST(line AS TEXT) AS text FROM doubt WHERE side = ? AND key = ?",
            vec![side.into(), key.into()],
        )?;
        match known {
            None => {
                let json = doubt.write();
                let line = i64::from(doubt.line);
                self.run(
                    "INSERT INTO doubt (side, key, line, stored) VALUES (?, ?, ?, ?)",
                    vec![side.into(), key.into(), line.into(), json.into()],
                )
            }
            Some(line) if doubt.side.is_in_the_bill() && line != doubt.line.to_string() => {
                self.differ(day, &Difference::about(doubt, books::Kind::Double))
            }
            Some(_) => Ok(()),
        }
    }

    /// Keeps a difference. A report keeps so many; the others are counted.
    fn differ(&self, day: &str, difference: &Difference) -> Result<(), Failure> {
        let json = difference.json();
        self.run("INSERT INTO difference (day, json) VALUES (?, ?)", vec![day.into(), json.into()])
    }

    // The doubts.

    /// The doubts that are due, the oldest first. What is ours waits until all that is in the bill is
    /// settled.
    pub(super) fn due_doubts(&self, now_ms: i64, limit: i64) -> Result<Vec<Waiting>, Failure> {
        let lines = self.text(
            "SELECT group_concat(n || ' ' || looked || ' ' || failed || ' ' || stored, char(10)) AS text FROM \
                (SELECT * FROM doubt WHERE stored IS NOT NULL AND due_at_ms <= ?1 AND (line > 0 OR NOT EXISTS \
                    (SELECT 1 FROM doubt WHERE stored IS NOT NULL AND line > 0)) ORDER BY n LIMIT ?2)",
            vec![now_ms.into(), limit.into()],
        )?;
        // What is not read stays, and is told when the day does not end.
        Ok(lines.unwrap_or_default().lines().filter_map(waiting).collect())
    }

    /// When the next doubt is due. `None`: all are settled.
    pub(super) fn next_doubt(&self) -> Result<Option<i64>, Failure> {
        // What is ours is due when all that is in the bill is settled. `min` of a row with `NULL` is `NULL`.
        self.number(
            "SELECT CAST(coalesce(min(CASE WHEN line > 0 THEN due_at_ms END), min(due_at_ms)) AS TEXT) AS text \
                FROM doubt WHERE stored IS NOT NULL",
        )
    }

    /// The doubt is settled: by these differences, or by none.
    pub(super) fn settle(
        &self,
        day: &str,
        waiting: &Waiting,
        differences: &[Difference],
        carried_to: Option<&str>,
    ) -> Result<(), Failure> {
        let doubt = &waiting.doubt;
        self.all_or_nothing(&mut || {
            for difference in differences {
                self.differ(day, difference)?;
            }
            if doubt.side.is_in_the_bill() {
                self.run(
                    "INSERT OR IGNORE INTO seen (key, day) VALUES (?, ?)",
                    vec![doubt.key().into(), day.into()],
                )?;
            }
            if let Some(next) = carried_to {
                let carried = Doubt { carried: true, ..doubt.clone() };
                let json = carried.write();
                self.run(
                    "INSERT OR REPLACE INTO carried (day, key, stored) VALUES (?, ?, ?)",
                    vec![next.into(), doubt.key().into(), json.into()],
                )?;
            }
            self.run("UPDATE doubt SET stored = NULL WHERE n = ?", vec![waiting.n.into()])
        })
    }

    /// Somebody was asked about the doubt; it is looked at again at this time.
    pub(super) fn look_again(&self, waiting: &Waiting, due_at_ms: i64) -> Result<(), Failure> {
        let json = waiting.doubt.write();
        self.run(
            "UPDATE doubt SET stored = ?, looked = ?, failed = ?, due_at_ms = ? WHERE n = ?",
            vec![
                json.into(),
                i64::from(waiting.looked).into(),
                i64::from(waiting.failed).into(),
                due_at_ms.into(),
                waiting.n.into(),
            ],
        )
    }

    /// Whether any bill had this payment or refund.
    pub(super) fn was_seen(&self, key: &str) -> Result<bool, Failure> {
        Ok(self.text("SELECT day AS text FROM seen WHERE key = ?", vec![key.into()])?.is_some())
    }

    /// The payments of midnight that the bill of this day must have.
    pub(super) fn carried(&self, day: &str) -> Result<Vec<Doubt>, Failure> {
        let lines = self.text(
            "SELECT group_concat(stored, char(10)) AS text FROM carried WHERE day = ?",
            vec![day.into()],
        )?;
        Ok(lines.unwrap_or_default().lines().filter_map(Doubt::read).collect())
    }

    // The reports.

    /// How many differences the day has, how many are mended, and how many there are of each kind, as JSON.
    pub(super) fn count(&self, day: &str) -> Result<(u32, u32, String), Failure> {
        let of_day = || vec![day.into()];
        let count = |text: Option<String>| text.and_then(|text| text.parse().ok()).unwrap_or(0);
        let found = count(
            self.text("SELECT CAST(count(*) AS TEXT) AS text FROM difference WHERE day = ?", of_day())?,
        );
        let mended = count(self.text(
            "SELECT CAST(count(*) AS TEXT) AS text FROM difference WHERE day = ? AND json ->> 'mended'",
            of_day(),
        )?);
        let kinds = self.text(
            "SELECT json_group_object(kind, n) AS text FROM (SELECT json ->> 'kind' AS kind, count(*) AS n \
                FROM difference WHERE day = ? GROUP BY kind ORDER BY kind)",
            of_day(),
        )?;
        Ok((found, mended, kinds.unwrap_or_else(|| "{}".into())))
    }

    /// Keeps the report of a day and the webhook about it, and goes on with the next day. The webhook of the
    /// same report is sent once.
    pub(super) fn finish(
        &self,
        day: &str,
        report: &str,
        webhook: Option<(&str, &str)>,
        progress: &Progress,
        now_ms: i64,
    ) -> Result<(), Failure> {
        self.all_or_nothing(&mut || {
            self.run(
                "INSERT OR REPLACE INTO report (day, json) VALUES (?, ?)",
                vec![day.into(), report.into()],
            )?;
            if let Some((id, body)) = webhook {
                self.run(
                    "INSERT OR IGNORE INTO outbox (id, day, body, due_at_ms) VALUES (?, ?, ?, ?)",
                    vec![id.into(), day.into(), body.into(), now_ms.into()],
                )?;
            }
            self.run("DELETE FROM doubt", vec![])?;
            for (table, age) in PRUNE {
                let now_s = now_ms.div_euclid(1_000);
                self.run(
                    &format!("DELETE FROM {table} WHERE day < date(?, 'unixepoch', '{age}')"),
                    vec![now_s.into()],
                )?;
            }
            self.keep(progress)
        })
    }

    /// The reports, the newest first, as a JSON array.
    pub(super) fn reports(&self, limit: i64) -> Result<String, Failure> {
        let json = self.text(
            "SELECT json_group_array(json(json)) AS text FROM (SELECT json FROM report ORDER BY day DESC LIMIT ?)",
            vec![limit.into()],
        )?;
        Ok(json.unwrap_or_else(|| "[]".into()))
    }

    pub(super) fn report(&self, day: &str) -> Result<Option<String>, Failure> {
        self.text("SELECT json AS text FROM report WHERE day = ?", vec![day.into()])
    }

    /// The differences of a day as a JSON array, in the sequence in which they were found.
    pub(super) fn differences(&self, day: &str) -> Result<String, Failure> {
        let json = self.text(
            "SELECT json_group_array(json(json)) AS text FROM (SELECT json FROM difference WHERE day = ? ORDER BY n LIMIT ?)",
            vec![day.into(), i64::from(MAX_DIFFERENCES).into()],
        )?;
        Ok(json.unwrap_or_else(|| "[]".into()))
    }

    // The webhooks.

    pub(super) fn next_webhook(&self) -> Result<Option<i64>, Failure> {
        self.number("SELECT CAST(min(due_at_ms) AS TEXT) AS text FROM outbox")
    }

    pub(super) fn due_webhook(&self, now_ms: i64) -> Result<Option<Due>, Failure> {
        let line = self.text(
            "SELECT id || ' ' || tries || ' ' || body AS text FROM outbox WHERE due_at_ms <= ? ORDER BY due_at_ms LIMIT 1",
            vec![now_ms.into()],
        )?;
        Ok(line.as_deref().and_then(|line| {
            let (id, rest) = line.split_once(' ')?;
            let (tries, body) = rest.split_once(' ')?;
            Some(Due { id: id.into(), tries: tries.parse().ok()?, body: body.into() })
        }))
    }

    /// The webhook was sent so often; it is sent again at this time, or never.
    pub(super) fn sent(&self, id: &str, tries: u32, due_at_ms: Option<i64>) -> Result<(), Failure> {
        self.run(
            "UPDATE outbox SET tries = ?, due_at_ms = ? WHERE id = ?",
            vec![i64::from(tries).into(), due_at_ms.into(), id.into()],
        )
    }

    // Statements.

    fn run(&self, sql: &str, values: Vec<SqlStorageValue>) -> Result<(), Failure> {
        self.sql.exec(sql, Some(values)).map_err(PlatformFailure::storage)?;
        Ok(())
    }

    /// The text of the first row.
    fn text(&self, sql: &str, values: Vec<SqlStorageValue>) -> Result<Option<String>, Failure> {
        match self.first(sql, values)? {
            None | Some(SqlStorageValue::Null) => Ok(None),
            Some(SqlStorageValue::String(text)) => Ok(Some(text)),
            Some(_) => Err(PlatformFailure::Storage("a row of another form".into()).into()),
        }
    }

    /// The first column of the first row.
    fn first(&self, sql: &str, values: Vec<SqlStorageValue>) -> Result<Option<SqlStorageValue>, Failure> {
        let cursor = self.sql.exec(sql, Some(values)).map_err(PlatformFailure::storage)?;
        Ok(rows_of(&cursor)?.into_iter().next().map(|[value]| value))
    }

    fn number(&self, sql: &str) -> Result<Option<i64>, Failure> {
        Ok(self.text(sql, vec![])?.and_then(|text| text.parse().ok()))
    }

    /// Does all of the work or, if it fails, nothing.
    fn all_or_nothing(&self, work: &mut dyn FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
        let mut failed = None;
        let mut thrown = || {
            work().map(|()| JsValue::UNDEFINED).map_err(|failure| {
                let error = js_sys::Error::new(&failure.to_string()).into();
                failed = Some(failure);
                error
            })
        };
        let done = self.storage.transaction_sync(&mut thrown);
        match failed {
            Some(failure) => Err(failure),
            None => Ok(done.map(drop).map_err(PlatformFailure::storage)?),
        }
    }
}
