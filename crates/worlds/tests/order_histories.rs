//! A hundred thousand random histories of one order of API v2, and some thousands of API v3, where every
//! message is signed and verified by RSA: whatever happens, the money is right.
//!
//! `HISTORIES=n` and `V3_HISTORIES=n` play so many. `HISTORY_SEED=n` plays one and prints its story, of API v2
//! or of what `HISTORY_OF` names: `V3Global`, `V3Mainland`, or these with `Beside` for two orders.

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

use worlds::world::{Api, Beside, World, play, play_beside, play_in};

const HISTORIES: u64 = 100_000;
/// Of each edition of API v3.
const V3_HISTORIES: u64 = 800;
/// Of two orders beside each other, for each edition: a share of those.
const BESIDE_SHARE: u64 = 4;

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

/// What those of API v3 must come to besides. A process with API v3 needs no certificate to refund.
const REACHED_BY_V3: &[&str] = &["with a change of the generation", "with a rotation of certificates"];

/// What those of API v3 need not come to: a message counts for five minutes, and an archive comes after a year.
const NOT_BY_V3: &str = "with news after the archive";

#[test]
fn whatever_happens_the_order_is_paid_exactly_when_the_gateway_holds_its_money() {
    if let Some(seed) = number("HISTORY_SEED") {
        let named = std::env::var("HISTORY_OF").unwrap_or_default();
        let (generation, is_beside) =
            named.strip_suffix("Beside").map_or((&*named, false), |generation| (generation, true));
        let of = Api::ALL.into_iter().find(|of| format!("{of:?}") == generation).unwrap_or(Api::V2);
        if is_beside {
            retell_beside(of, seed)
        } else {
            retell(of, seed)
        }
        return;
    }
    let count = number("HISTORIES").unwrap_or(HISTORIES);
    let reached =
        histories("API v2", count, |seed| play(Api::V2, seed, false).came_to(), |seed| retell(Api::V2, seed));
    if count >= HISTORIES {
        comes_to(&reached, REACHED.iter());
    }
}

#[test]
fn whatever_happens_an_order_of_api_v3_is_paid_exactly_when_the_gateway_holds_its_money() {
    let count = number("V3_HISTORIES").unwrap_or(V3_HISTORIES);
    for of in [Api::V3Global, Api::V3Mainland] {
        let name = format!("{of:?}");
        let reached =
            histories(&name, count, |seed| play(of, seed, false).came_to(), |seed| retell(of, seed));
        if count >= V3_HISTORIES {
            let common = REACHED.iter().filter(|mark| **mark != NOT_BY_V3);
            comes_to(&reached, common.chain(REACHED_BY_V3));
        }
    }
}

#[test]
fn an_order_of_api_v2_and_one_of_api_v3_beside_each_other_are_each_paid_by_their_own_money() {
    let count = number("V3_HISTORIES").unwrap_or(V3_HISTORIES) / BESIDE_SHARE;
    for of in [Api::V3Global, Api::V3Mainland] {
        let name = format!("{of:?} beside API v2");
        let played = |seed| {
            let mut beside = Beside::new(of, seed, false);
            play_beside(&mut beside);
            beside.came_to()
        };
        let reached = histories(&name, count, played, |seed| retell_beside(of, seed));
        if count >= V3_HISTORIES / BESIDE_SHARE {
            comes_to(&reached, ["paid", "closed, expired", "refund made here refunded"].iter());
        }
    }
}

fn comes_to<'m>(reached: &BTreeMap<String, u64>, marks: impl Iterator<Item = &'m &'m str>) {
    let missing: Vec<_> = marks.filter(|mark| !reached.contains_key(**mark)).collect();
    assert!(missing.is_empty(), "no history comes to {missing:?}");
}

/// Plays the histories, and counts what they come to.
fn histories(
    name: &str,
    count: u64,
    play: impl Fn(u64) -> Vec<String> + Sync,
    retell: impl Fn(u64),
) -> BTreeMap<String, u64> {
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
                    match catch_unwind(AssertUnwindSafe(|| play(seed))) {
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
    println!("{name}: {count} histories in {seconds:.1} s: {per_second:.0} a second on {threads} threads");
    reached
}

/// Plays one history with its story, and fails as it fails.
fn retell(of: Api, seed: u64) {
    let mut world = World::of(of, seed, true);
    let result = catch_unwind(AssertUnwindSafe(|| play_in(&mut world)));
    println!("history {seed} of {of:?}\n{}", world.story());
    if let Err(cause) = result {
        println!("repeat it with HISTORY_SEED={seed} HISTORY_OF={of:?}");
        std::panic::resume_unwind(cause);
    }
}

/// The same of two orders.
fn retell_beside(of: Api, seed: u64) {
    let mut beside = Beside::new(of, seed, true);
    let result = catch_unwind(AssertUnwindSafe(|| play_beside(&mut beside)));
    println!("history {seed} of {of:?} beside API v2\n{}", beside.story());
    if let Err(cause) = result {
        println!("repeat it with HISTORY_SEED={seed} HISTORY_OF={of:?}Beside");
        std::panic::resume_unwind(cause);
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}
