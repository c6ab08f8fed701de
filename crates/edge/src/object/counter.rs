//! The count of an offer's orders (`max_orders`), in a Durable Object of its own.
//!
//! It is an object of the same class as the orders', with the name `offer:` and the hash of the offer's
//! claims. No order number has a colon, so no order can have that name.
//!
//! | table | holds |
//! | --- | --- |
//! | `counted` | one row per order that the offer has made: the order's number |
//! | `forget` | one row: when the count may be forgotten, in seconds since 1970 |
//!
//! The count is exact: an object runs one thread, a place is taken in one step, and the answer leaves after
//! the row is on disk. An order has its place by its number, which comes from the page's `Idempotency-Key`.
//! So a repeated request takes no second place. No place is given back, not even when placing fails: it may
//! be unknown whether the order was made, and another request of the same key may have made it. The same key
//! can use its place again.

use wasm_bindgen::JsCast;
use worker::{SqlStorage, SqlStorageValue, State};

use crate::failure::{Failure, PlatformFailure};
use crate::object::protocol::TakePlace;
use crate::object::store::{first_number, rows_of};
use crate::platform::clock::now_ms;
use crate::platform::environment::COUNT;
use crate::platform::http::{Answer, Response};
use crate::platform::js::ObjectStorage;

const TABLES: &str = "CREATE TABLE IF NOT EXISTS counted (number TEXT PRIMARY KEY) WITHOUT ROWID; \
    CREATE TABLE IF NOT EXISTS forget (id INTEGER PRIMARY KEY CHECK (id = 1), at_s INTEGER NOT NULL)";
/// Takes a place, if one is left. Takes none for an order that has one.
const TAKE: &str = "INSERT INTO counted (number) SELECT ?1 WHERE (SELECT count(*) FROM counted) < ?2 \
    ON CONFLICT DO NOTHING";
const HAS: &str = "SELECT count(*) FROM counted WHERE number = ?";
const FORGET_AT: &str = "INSERT OR IGNORE INTO forget (id, at_s) VALUES (1, ?)";
const FORGETS_AT: &str = "SELECT at_s FROM forget";
const IS_COUNT: &str = "SELECT count(*) FROM sqlite_master WHERE name = 'counted'";

/// Takes a place for an order. 204: it has one; 409: there is none left.
pub(crate) fn take(state: &State, place: TakePlace) -> Result<Response, Failure> {
    let sql = state.storage().sql();
    run(&sql, TABLES, Vec::new())?;
    let number: SqlStorageValue = place.number.into();
    run(&sql, TAKE, vec![number.clone(), i64::from(place.max_orders).into()])?;
    if first(&sql, HAS, vec![number])? == Some(0) {
        return Ok(Answer::new(409).empty());
    }
    run(&sql, FORGET_AT, vec![i64::from(place.forget_at_s).into()])?;
    ring_at(state, place.forget_at_s)?;
    Ok(Answer::new(204).empty())
}

/// Whether this object counts the orders of an offer.
pub(crate) fn is_count(state: &State) -> bool {
    match state.id().name() {
        Some(name) => name.starts_with(COUNT),
        // The platform does not say the name to every alarm.
        None => first(&state.storage().sql(), IS_COUNT, Vec::new()).ok().flatten() == Some(1),
    }
}

/// The alarm of a count: forgets it, if it is time. An alarm that was set after a trap may come earlier.
pub(crate) fn alarm(state: &State) -> Result<(), Failure> {
    let at_s = first(&state.storage().sql(), FORGETS_AT, Vec::new())?.unwrap_or(0);
    if i64::from(at_s).saturating_mul(1_000) > now_ms() {
        return ring_at(state, at_s);
    }
    storage(state)?.delete_all()?;
    Ok(())
}

fn ring_at(state: &State, at_s: u32) -> Result<(), Failure> {
    storage(state)?.set_alarm(f64::from(at_s) * 1_000.0)?;
    Ok(())
}

fn storage(state: &State) -> Result<ObjectStorage, Failure> {
    Ok(state.as_raw().storage()?.unchecked_into())
}

fn run(sql: &SqlStorage, statement: &str, values: Vec<SqlStorageValue>) -> Result<(), Failure> {
    sql.exec(statement, Some(values)).map_err(PlatformFailure::storage)?;
    Ok(())
}

/// The first row's number.
fn first(sql: &SqlStorage, query: &str, values: Vec<SqlStorageValue>) -> Result<Option<u32>, Failure> {
    first_number(rows_of(&sql.exec(query, Some(values)).map_err(PlatformFailure::storage)?)?)
}
