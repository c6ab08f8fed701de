//! The index as the Worker sees it: one database, or several that share the orders.
//!
//! [`placement`](super::placement) says which database has an order. Each list asks all of them at once. A
//! database that does not answer is left out, and the list says so: the others are shown, and payments go
//! on.
//!
//! When a database is added, the rows of some orders are in a database that is not their home any more. An
//! order writes to its home. Readers take the row with the higher version. Three things keep an older row
//! from telling what is over: an order with an exception or a refund removes its row elsewhere when it
//! writes; a stray order does, because it may be listed at another time than the order before it; and the
//! sweep removes an older row of an order that was not settled.

use order::{DetailsText, IndexRow};
use wasm_bindgen::JsValue;
use worker::Env;

use super::placement::{Sequence, home, merged};
use super::{FORGET_OPEN, FORGET_PERSON, OPEN, Place, Row, Shard, VERSIONS_OF, json, rows, values};
use crate::failure::{Failure, PlatformFailure};
use crate::platform::environment;
use crate::platform::js::Rows;
use crate::platform::timer::{TimeLimit, TooLate, together};

/// How long one of several databases may take to answer a list.
const TIME_LIMIT_MS: u32 = 5_000;

/// The index of this Worker.
pub(crate) struct Index {
    /// Not empty.
    shards: Vec<Shard>,
}

/// Rows of all databases, in their sequence.
pub(crate) struct Merged {
    pub(crate) rows: Vec<Row>,
    /// The bindings of the databases that did not answer. Their rows are not here.
    pub(crate) missing: Vec<String>,
}

impl Index {
    /// The index, if the Worker has one.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        let shards: Vec<_> =
            environment::indexes(env).into_iter().map(|database| Shard { database }).collect();
        (!shards.is_empty()).then_some(Self { shards })
    }

    /// Its databases, in the sequence of their bindings.
    pub(crate) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// Writes a row, unless the index has a newer one. The details are written if they are given.
    pub(crate) async fn write(&self, row: &IndexRow, details: Option<&DetailsText>) -> Result<(), Failure> {
        let number = row.out_trade_no.as_str();
        let home = home(number, self.shards.len());
        if let Some(shard) = self.shards.get(home) {
            shard.write(row, details).await?;
        }
        if self.shards.len() > 1 && (!row.never_open || row.state == "stray") {
            let others = self.shards.iter().enumerate().filter(|(at, _)| *at != home);
            let seen = [(number, row.version)];
            let removed = together(others.map(|(_, other)| other.remove(&seen))).await;
            removed.into_iter().collect::<Result<(), _>>()?;
        }
        Ok(())
    }

    /// The open exceptions of all orders after this place and number, the oldest first.
    pub(crate) async fn open(&self, after: &Place, id: u32, limit: u32) -> Result<Merged, Failure> {
        let after = values([after.at_ms.into(), after.number.as_str().into(), id.into(), limit.into()]);
        self.merged(OPEN, &after, Sequence::OldestFirst, limit).await
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
        let mut forgotten = false;
        for result in self.everywhere(sql, &values([number.into()])).await {
            forgotten |= !rows(&result?)?.is_empty();
        }
        Ok(forgotten)
    }

    /// The rows of all databases together. `sql` is run in each, and gives the columns of a [`Row`], `limit`
    /// rows at most, in this sequence. One database that does not answer is missing; it is a failure when all
    /// are.
    pub(crate) async fn merged(
        &self,
        sql: &str,
        with: &[JsValue],
        sequence: Sequence,
        limit: u32,
    ) -> Result<Merged, Failure> {
        let (results, missing) = self.answers(sql, with).await?;
        let lists = results.iter().map(rows).collect::<Result<Vec<_>, _>>()?;
        Ok(Merged { rows: merged(lists, sequence, usize::try_from(limit).unwrap_or(usize::MAX)), missing })
    }

    /// The results of the databases that answer, and the bindings of the others.
    async fn answers(&self, sql: &str, with: &[JsValue]) -> Result<(Vec<Rows>, Vec<String>), Failure> {
        let (mut results, mut missing, mut failed) = (Vec::new(), Vec::new(), None);
        for (at, result) in self.everywhere(sql, with).await.into_iter().enumerate() {
            match result {
                Ok(result) => results.push(result),
                Err(failure) => {
                    let name = environment::index_name(at);
                    worker::console_error!("the index {name} is left out: {failure}");
                    missing.push(name);
                    failed = Some(failure);
                }
            }
        }
        match failed {
            Some(failure) if results.is_empty() => Err(failure),
            _ => Ok((results, missing)),
        }
    }

    /// Runs a statement in each database. Where there are several, none may keep the others waiting.
    async fn everywhere(&self, sql: &str, with: &[JsValue]) -> Vec<Result<Rows, Failure>> {
        let is_alone = self.shards.len() == 1;
        together(self.shards.iter().map(|shard| in_time(shard, sql, with, is_alone))).await
    }

    /// Whether the rows of this order belong into the database at this place.
    pub(crate) fn is_home(&self, at: usize, number: &str) -> bool {
        home(number, self.shards.len()) == at
    }

    /// Those of these orders whose home is another database than the one at this place, and as that has them.
    /// A home that does not answer knows none of them.
    pub(crate) async fn known_at_home(&self, at: usize, here: &[Row]) -> Result<Vec<Row>, Failure> {
        let mut known = Vec::new();
        for (home, shard) in self.shards.iter().enumerate().filter(|(home, _)| *home != at) {
            let theirs = here.iter().map(|row| row.out_trade_no.as_str());
            let theirs: Vec<_> = theirs.filter(|number| self.is_home(home, number)).collect();
            if !theirs.is_empty() {
                let found =
                    in_time(shard, VERSIONS_OF, &values([json(&theirs)?.as_str().into()]), false).await;
                known.extend(found.and_then(|result| rows(&result)).unwrap_or_default());
            }
        }
        Ok(known)
    }
}

/// A database that is the only one is waited for as long as it takes.
async fn in_time(shard: &Shard, sql: &str, with: &[JsValue], is_alone: bool) -> Result<Rows, Failure> {
    let result = shard.result(sql, with);
    if is_alone {
        return result.await;
    }
    match TimeLimit::of(TIME_LIMIT_MS).within(result).await {
        Ok(result) => result,
        Err(TooLate) => Err(PlatformFailure::Storage(format!("no answer within {TIME_LIMIT_MS} ms")).into()),
    }
}
