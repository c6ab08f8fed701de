//! No notification ever comes: how long until the order is known to be paid?
//!
//! With the page open a query goes out every ten seconds and never more often, so the worst case is
//! ten seconds and the time of one answer (here up to 0.9 s). Without a page the schedule decides:
//! less than a minute for payments of the first five.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

use order::State;
use simulator::gateway::{Power, Switches};
use worlds::world::World;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const SLOWEST_ANSWER_MS: i64 = 900;

/// Pays at a moment after placing, with the page open or closed; how long until it is known?
fn delay_ms(seed: u64, paid_after_ms: i64, page_open: bool) -> i64 {
    let mut world = World::new(seed, false);
    world.gateway.switch(Switches { notifications: Power::Off, ..Switches::default() });
    world.open_page(if page_open { 10 * MINUTE_MS } else { 2 * SECOND_MS });
    world.pass(2 * SECOND_MS);
    world.pass(paid_after_ms);
    world.pay();
    let paid_at_ms = world.now_ms;
    while !matches!(world.worker.disk().state(), Some(State::Paid { .. })) {
        world.pass(10);
        assert!(world.now_ms - paid_at_ms < 10 * MINUTE_MS, "it is never known");
    }
    world.now_ms - paid_at_ms
}

/// The longest and the mean delay over payments spread over the first five minutes.
fn delays(page_open: bool, last_ms: i64) -> (i64, i64) {
    let delays: Vec<i64> =
        (0..300).map(|n| delay_ms(n, i64::try_from(n).unwrap_or(0) * last_ms / 300, page_open)).collect();
    let longest = delays.iter().copied().max().unwrap_or_default();
    (longest, delays.iter().sum::<i64>() / i64::try_from(delays.len()).unwrap_or(1))
}

#[test]
fn with_its_page_open_a_paid_order_is_known_within_ten_seconds_and_one_answer() {
    let (longest_ms, mean_ms) = delays(true, 5 * MINUTE_MS);
    println!("page open: at most {longest_ms} ms, {mean_ms} ms on average");
    assert!(longest_ms <= 10 * SECOND_MS + SLOWEST_ANSWER_MS);
}

#[test]
fn without_a_page_a_paid_order_is_known_within_a_minute_in_the_first_minutes() {
    let (longest_ms, mean_ms) = delays(false, 295 * SECOND_MS);
    println!("page closed: at most {longest_ms} ms, {mean_ms} ms on average");
    assert!(longest_ms < MINUTE_MS);
}
