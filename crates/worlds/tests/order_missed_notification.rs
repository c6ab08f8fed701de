//! No notification ever comes: how long until the order is known to be paid?
//!
//! While a page looks, its queries are at most 50 s apart in the first five minutes, so the worst case is
//! that, the page's own pause and the time of one answer (here up to 0.9 s). Nobody asks for a page that is
//! closed before the offer ends. The query at its end finds the payment.

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
const OFFER_MS: i64 = 30 * MINUTE_MS;

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
        assert!(world.now_ms - paid_at_ms < 2 * OFFER_MS, "it is never known");
    }
    world.now_ms - paid_at_ms
}

/// The longest and the mean delay over payments spread over the first five minutes.
fn delays(page_open: bool, last_ms: i64, payments: u64) -> (i64, i64) {
    let many = i64::try_from(payments).unwrap_or(1);
    let at_ms = |n: u64| i64::try_from(n).unwrap_or(0) * last_ms / many;
    let delays: Vec<i64> = (0..payments).map(|n| delay_ms(n, at_ms(n), page_open)).collect();
    let longest = delays.iter().copied().max().unwrap_or_default();
    (longest, delays.iter().sum::<i64>() / many)
}

#[test]
fn with_its_page_open_a_paid_order_is_known_within_a_minute_in_the_first_minutes() {
    let (longest_ms, mean_ms) = delays(true, 295 * SECOND_MS, 300);
    println!("page open: at most {longest_ms} ms, {mean_ms} ms on average");
    assert!(longest_ms <= MINUTE_MS);
    let (longest_ms, _) = delays(true, 20 * SECOND_MS, 50);
    assert!(longest_ms <= 10 * SECOND_MS + SLOWEST_ANSWER_MS, "{longest_ms} ms in the first half minute");
}

#[test]
fn with_its_page_closed_a_paid_order_is_known_when_its_offer_ends_at_the_latest() {
    let (longest_ms, mean_ms) = delays(false, 295 * SECOND_MS, 30);
    println!("page closed: at most {longest_ms} ms, {mean_ms} ms on average");
    assert!(longest_ms <= OFFER_MS, "{longest_ms} ms");
}
