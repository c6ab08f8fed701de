//! The sweep (a cron trigger): visits all orders that should have been settled long ago but are not, and
//! wakes their objects. Every order has its own alarm and writes its own row. The sweep is for the case that
//! an alarm is lost or that the index was restored to an earlier state.
//!
//! Each sweep continues where the last one stopped, by a place that the index keeps, so that no order hides
//! another. A row without an order is marked and skipped from then on.
//!
//! Each database of the index has its own sweep and its own place. When a database was added, a row may be in
//! another than its order writes to now. Then the order writes it again to its new home, and a later sweep
//! removes it here.

use order::Terms;
use wire::OutTradeNo;
use worker::Env;

use crate::failure::Failure;
use crate::index::sharded::Index;
use crate::index::{Place, Row, Shard};
use crate::object::ask::ask_order;
use crate::object::protocol::ObjectRequest;
use crate::platform::environment;
use crate::platform::http::Response;
use crate::platform::timer::{TimeLimit, TooLate, together};

/// How long an order lives at most: the longest time to pay, and an hour to close it.
const SHOULD_BE_SETTLED_AFTER_MS: i64 = Terms::MAX_LIFE_MS + 60 * 60_000;

/// How many orders one sweep wakes. On the Free plan one run of a Worker may make 50 requests, including
/// calls to objects and to D1. A sweep needs up to 9 calls to D1. With a sweep every ten minutes these are
/// 5,760 orders a day. An index of several databases wakes as many for each of them.
const MAX_ORDERS: u32 = 40;
/// How many are woken at the same time. A Worker has at most six connections at a time; others would queue.
const AT_ONCE: usize = 6;
/// How long an order may take to answer. It answers as soon as it has stored what it will do.
const TIME_LIMIT_MS: u32 = 10_000;

/// The result of waking an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Woken {
    /// The order is awake and does its work.
    Order,
    /// The order is archived. Only its row is left.
    Archived,
    /// There is no order and never was one.
    None,
    /// The order could not be woken. The next round tries again.
    Failed,
}

/// Sweeps each database of the index once. A database that fails is in the log, and stops no other.
pub(crate) async fn run(env: &Env, now_ms: i64) {
    let Some(index) = Index::of(env) else { return };
    let sweeps = (0..).zip(index.shards()).map(|(at, shard)| sweep(env, &index, at, shard, now_ms));
    for (at, swept) in together(sweeps).await.into_iter().enumerate() {
        if let Err(failure) = swept {
            worker::console_error!("the sweep failed: {}: {failure}", environment::index_name(at));
        }
    }
}

async fn sweep(env: &Env, index: &Index, at: usize, shard: &Shard, now_ms: i64) -> Result<(), Failure> {
    // Ordinarily nobody asks for the version of the schema, so the sweep does.
    shard.migrate().await?;
    let before_ms = now_ms.saturating_sub(SHOULD_BE_SETTLED_AFTER_MS);
    let rows = shard.not_settled(&shard.swept_to().await?, before_ms, MAX_ORDERS).await?;
    let next = next(&rows);
    let known = index.known_at_home(at, &rows).await?;
    let (moved, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| is_known(row, &known));
    shard
        .remove(&moved.iter().map(|row| (row.out_trade_no.as_str(), row.version)).collect::<Vec<_>>())
        .await?;
    let mut over = Vec::new();
    for some in rows.chunks(AT_ONCE) {
        let woken = together(some.iter().map(|row| {
            // At its home the index has nothing of it yet.
            let version = if index.is_home(at, &row.out_trade_no) { row.version } else { 0 };
            wake(env, row, version)
        }));
        over.extend(left_out(some, &woken.await));
    }
    shard.mark_lost(&over, now_ms).await?;
    shard.sweep_to(&next).await?;
    shard.swept(now_ms).await
}

/// Whether the home of this row has it too, as it is here or newer.
fn is_known(row: &Row, known: &[Row]) -> bool {
    known.iter().any(|other| other.out_trade_no == row.out_trade_no && other.version >= row.version)
}

/// The rows without an order. An order that could not be woken is left for the next round and stops nothing.
fn left_out<'r>(rows: &'r [Row], woken: &[Woken]) -> impl Iterator<Item = &'r Row> {
    rows.iter().zip(woken).filter_map(|(row, woken)| match woken {
        Woken::Order | Woken::Failed => None,
        Woken::Archived | Woken::None => Some(row),
    })
}

/// What this status of an order's object means. `None` if an object never answers the sweep with it.
fn woken(status: u16) -> Option<Woken> {
    match status {
        204 => Some(Woken::Order),
        410 => Some(Woken::Archived),
        404 => Some(Woken::None),
        _ => None,
    }
}

/// Where the next sweep begins: after the last row, or from the start when the round is over.
fn next(rows: &[Row]) -> Place {
    let full = u32::try_from(rows.len()).is_ok_and(|rows| rows >= MAX_ORDERS);
    match rows.last() {
        Some(row) if full => row.place(),
        Some(_) | None => Place::default(),
    }
}

async fn wake(env: &Env, row: &Row, index_version: u64) -> Woken {
    // A text that is not an order number cannot have an order.
    let Ok(number) = OutTradeNo::new(&row.out_trade_no) else { return leads_nowhere(row) };
    let request = ObjectRequest::Wake { index_version: Some(index_version) };
    let asked = TimeLimit::of(TIME_LIMIT_MS).within(ask_order(env, &number, request)).await;
    let why = match asked.map(|answer| answer.as_ref().map(Response::status).map_err(ToString::to_string)) {
        Ok(Ok(status)) => match woken(status) {
            Some(Woken::None) => return leads_nowhere(row),
            Some(found) => return found,
            None => format!("status {status}"),
        },
        Ok(Err(failure)) => failure,
        Err(TooLate) => format!("no answer within {TIME_LIMIT_MS} ms"),
    };
    worker::console_error!("order {number}: the sweep could not wake it: {why}");
    Woken::Failed
}

fn leads_nowhere(row: &Row) -> Woken {
    worker::console_error!(
        "order {}: the index has it, and there is no such order; the sweep leaves it out from now on",
        row.out_trade_no
    );
    Woken::None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: u32) -> Vec<Row> {
        (1..=count)
            .map(|at| Row {
                out_trade_no: format!("H{at}"),
                version: 1,
                at_ms: i64::from(at),
                json: String::new(),
            })
            .collect()
    }

    #[test]
    fn an_order_that_cannot_be_woken_stops_nothing_and_is_woken_again_in_the_next_round() {
        let rows = rows(5);
        let woken = [Woken::Failed, Woken::None, Woken::Failed, Woken::Order, Woken::Archived];
        let left_out: Vec<_> = left_out(&rows, &woken).map(|row| row.out_trade_no.as_str()).collect();
        assert_eq!(left_out, ["H2", "H5"]);
    }

    #[test]
    fn a_row_is_removed_when_its_home_has_it_as_it_is_or_newer_and_not_before() {
        let here = Row { out_trade_no: "H1".into(), version: 5, at_ms: 1, json: String::new() };
        let home = |version| [Row { out_trade_no: "H1".into(), version, at_ms: 1, json: String::new() }];
        assert!(is_known(&here, &home(5)) && is_known(&here, &home(6)));
        assert!(!is_known(&here, &home(4)) && !is_known(&here, &[]));
    }

    #[test]
    fn only_the_object_itself_can_say_that_there_is_no_order() {
        assert_eq!(woken(204), Some(Woken::Order));
        assert_eq!(woken(404), Some(Woken::None));
        assert_eq!(woken(410), Some(Woken::Archived));
        for failure in [200, 400, 409, 429, 500, 503] {
            assert_eq!(woken(failure), None, "{failure}");
        }
    }

    #[test]
    fn a_full_sweep_is_gone_on_with_after_its_last_order() {
        assert_eq!(next(&rows(MAX_ORDERS)), Place { at_ms: 40, number: "H40".into() });
    }

    #[test]
    fn after_the_last_order_of_all_the_round_begins_again() {
        assert_eq!(next(&rows(MAX_ORDERS - 1)), Place::default());
        assert_eq!(next(&[]), Place::default());
    }
}
