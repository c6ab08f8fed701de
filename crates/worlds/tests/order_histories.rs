//! A hundred thousand random histories of one order: whatever happens, the money is right.
//!
//! `HISTORIES=n` plays so many; `HISTORY_SEED=n` plays one and prints its story.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use worlds::world::{World, play, play_in};

const HISTORIES: u64 = 100_000;

/// What the histories must come to now and then, or they prove nothing.
const REACHED: &[&str] = &[
    "archived",
    "closed, cancelled",
    "closed, expired",
    "closed, failed",
    "exception about_something_else",
    "exception amount_mismatch",
    "exception paid_late",
    "exception paid_twice",
    "exception refund_abnormal",
    "exception refund_stuck",
    "exception refund_waits",
    "exception refunded_elsewhere",
    "exception unexpected_trade",
    "exception unknown_order",
    "exception unreadable",
    "exception unresolved",
    "exception webhook_undelivered",
    "failed, misconfigured",
    "paid",
    "refund made elsewhere refunded",
    "refund made here abnormal",
    "refund made here closed",
    "refund made here refunded",
    "refund made here refused",
    "refund made here stuck",
    "refund made here withdrawn",
    "stray",
    "with a wrong clock",
    "with an index that a person mended",
    "with an index that forgot",
    "with an older version for a while",
    "with an order of another system",
    "with deaths of the process",
    "with news after the archive",
    "with receivers in trouble",
    "with refunds by hand",
    "with writes that failed",
];

#[test]
fn whatever_happens_the_order_is_paid_exactly_when_the_gateway_holds_its_money() {
    if let Some(seed) = number("HISTORY_SEED") {
        retell(seed);
        return;
    }
    let count = number("HISTORIES").unwrap_or(HISTORIES);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let began = Instant::now();
    let next = AtomicU64::new(0);
    let failed = AtomicBool::new(false);
    let worst = AtomicU64::new(u64::MAX);
    let reached = Mutex::new(BTreeMap::<String, u64>::new());
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut tally = BTreeMap::<String, u64>::new();
                while !failed.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= count {
                        break;
                    }
                    match catch_unwind(|| play(seed, false).came_to()) {
                        Ok(marks) => marks.into_iter().for_each(|mark| *tally.entry(mark).or_default() += 1),
                        Err(_) => {
                            worst.fetch_min(seed, Ordering::Relaxed);
                            failed.store(true, Ordering::Relaxed);
                        }
                    }
                }
                let mut reached = reached.lock().expect("no thread panics with it");
                tally.into_iter().for_each(|(mark, times)| *reached.entry(mark).or_default() += times);
            });
        }
    });
    let _ = std::panic::take_hook();
    if failed.load(Ordering::Relaxed) {
        retell(worst.load(Ordering::Relaxed));
    }
    let seconds = began.elapsed().as_secs_f64();
    let reached = reached.into_inner().expect("no thread panics with it");
    reached.iter().for_each(|(mark, times)| println!("{times:>7}  {mark}"));
    let per_second = count as f64 / seconds;
    println!("{count} histories in {seconds:.1} s: {per_second:.0} a second on {threads} threads");
    if count >= HISTORIES {
        let missing: Vec<_> = REACHED.iter().filter(|mark| !reached.contains_key(**mark)).collect();
        assert!(missing.is_empty(), "no history comes to {missing:?}");
    }
}

/// Plays one history with its story, and fails as it fails.
fn retell(seed: u64) {
    let mut world = World::new(seed, true);
    let result = catch_unwind(AssertUnwindSafe(|| play_in(&mut world)));
    println!("history {seed}\n{}", world.story());
    if let Err(cause) = result {
        println!("repeat it with HISTORY_SEED={seed}");
        std::panic::resume_unwind(cause);
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}
