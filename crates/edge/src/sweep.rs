//! The sweep (a cron trigger): finds orders that are not final though they should long be, and wakes
//! their objects. Every order has its own alarm; this is for the day an alarm is lost.

use wire::OutTradeNo;
use worker::Env;

use crate::http::PlatformFailure;
use crate::index::Index;
use crate::platform::{self, ToObject};

/// The longest an order lives: the longest time to pay, and an hour to close it.
const SHOULD_BE_FINAL_AFTER_MS: i64 = 3 * 60 * 60_000;
/// How many orders one sweep wakes; the oldest first, the next sweep takes the next ones.
const MAX_ORDERS: u32 = 200;

/// Sweeps once.
pub(crate) async fn run(env: &Env, now_ms: i64) -> Result<(), PlatformFailure> {
    let Some(index) = Index::of(env) else { return Ok(()) };
    let before_ms = now_ms.saturating_sub(SHOULD_BE_FINAL_AFTER_MS);
    for number in index.not_final(before_ms, MAX_ORDERS).await? {
        let Ok(number) = OutTradeNo::new(&number) else { continue };
        let poke = ToObject { method: "POST", path: "/poke", body: None, if_none_match: None };
        if let Err(failure) = platform::ask_order(env, &number, poke).await {
            worker::console_error!("order {number}: the sweep could not wake it: {failure}");
        }
    }
    Ok(())
}
