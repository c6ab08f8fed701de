//! The sweep (a cron trigger): visits all orders that should have been settled long ago but are not, and
//! wakes their objects. Every order has its own alarm and writes its own row. The sweep is for the case that
//! an alarm is lost or that the index was restored to an earlier state.
//!
//! Each sweep continues where the last one stopped, by a place that the index keeps, so that no order hides
//! another. A row without an order is marked and skipped from then on.

use order::Terms;
use wire::OutTradeNo;
use worker::Env;

use crate::failure::Failure;
use crate::index::{Index, NotSettled, Place};
use crate::object::ask::ask_order;
use crate::object::protocol::ObjectRequest;
use crate::platform::http::Response;
use crate::platform::timer::{TimeLimit, TooLate, together};

/// How long an order lives at most: the longest time to pay, and an hour to close it.
const SHOULD_BE_SETTLED_AFTER_MS: i64 = Terms::MAX_LIFE_MS + 60 * 60_000;

/// How many orders one sweep wakes. On the Free plan one run of a Worker may make 50 requests, including
/// calls to objects and to D1. A sweep needs up to 9 calls to D1. With a sweep every ten minutes these are
/// 5,760 orders a day.
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

/// Sweeps once.
pub(crate) async fn run(env: &Env, now_ms: i64) -> Result<(), Failure> {
    let Some(index) = Index::of(env) else { return Ok(()) };
    // Ordinarily nobody asks for the version of the schema, so the sweep does.
    index.migrate().await?;
    let before_ms = now_ms.saturating_sub(SHOULD_BE_SETTLED_AFTER_MS);
    let rows = index.not_settled(&index.swept_to().await?, before_ms, MAX_ORDERS).await?;
    let mut over = Vec::new();
    for some in rows.chunks(AT_ONCE) {
        let woken = together(some.iter().map(|row| wake(env, row))).await;
        over.extend(left_out(some, &woken));
    }
    index.mark_lost(&over, now_ms).await?;
    index.sweep_to(&next(&rows)).await?;
    index.swept(now_ms).await
}

/// The rows without an order. An order that could not be woken is left for the next round and stops nothing.
fn left_out<'r>(rows: &'r [NotSettled], woken: &[Woken]) -> impl Iterator<Item = &'r NotSettled> {
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
fn next(rows: &[NotSettled]) -> Place {
    let full = u32::try_from(rows.len()).is_ok_and(|rows| rows >= MAX_ORDERS);
    match rows.last() {
        Some(row) if full => Place { at_ms: row.placed_at_ms, number: row.out_trade_no.clone() },
        Some(_) | None => Place::default(),
    }
}

async fn wake(env: &Env, row: &NotSettled) -> Woken {
    // A text that is not an order number cannot have an order.
    let Ok(number) = OutTradeNo::new(&row.out_trade_no) else { return leads_nowhere(row) };
    let request = ObjectRequest::Wake { index_version: Some(row.version) };
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

fn leads_nowhere(row: &NotSettled) -> Woken {
    worker::console_error!(
        "order {}: the index has it, and there is no such order; the sweep leaves it out from now on",
        row.out_trade_no
    );
    Woken::None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: u32) -> Vec<NotSettled> {
        (1..=count)
            .map(|at| NotSettled { out_trade_no: format!("H{at}"), version: 1, placed_at_ms: i64::from(at) })
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
