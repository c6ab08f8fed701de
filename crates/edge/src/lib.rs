//! The Cloudflare Worker of wechatpay-edge: it holds the API key, decides the price, talks to WeChat
//! Pay, and keeps every order in a Durable Object of its own.
//!
//! A thin shell: what an order does is decided in the crate `order`, what a message means in `wire`. Nothing
//! here may panic: a panic ends every call that runs in the isolate (`platform/trap.rs` says what is saved of
//! it).
//!
//! The Worker is built in floors. A file imports from its own floor and from those below it, and no two files
//! import each other (`floors.rs` tests both). From the lowest to the highest:
//!
//! 1. [`failure`]: whose fault it is when a request fails; [`platform`]: all that the Worker asks of
//!    Cloudflare: bindings, one `fetch`, the clock, timers, bodies, traps
//! 2. [`secret`], [`identity`], [`config`]: the four secrets; the numbers and tokens made with one; all that
//!    is set
//! 3. [`price`]: what goods cost; [`index`]: the table of all orders; [`html`]: what every page without a
//!    script shares
//! 4. [`object`]: one order's Durable Object, and what a route may ask of it
//! 5. [`routes`]: which request asks for what, who may ask it, and what is answered
//! 6. this file: what the platform calls
//!
//! `protocol §6.2` in comments means section 6.2 of `docs/protocol/`, the protocol reference.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unimplemented,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::disallowed_macros
    )
)]

mod config;
mod failure;
mod html;
mod identity;
mod index;
mod object;
mod platform;
mod price;
mod routes;
mod secret;

#[cfg(test)]
mod floors;
#[cfg(test)]
#[path = "../../wire/src/v2/lacks_trait.rs"]
mod lacks_trait;
#[cfg(test)]
mod purity;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

use platform::clock::now_ms;

/// Every request that is not for a static asset.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    Ok(routes::answer(&request, &env).await?)
}

/// The cron trigger.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    if let Err(failure) = routes::sweep::run(&env, now_ms()).await {
        worker::console_error!("the sweep failed: {failure}");
    }
}

/// The answer to a request that was lost in a trap, made by the instance that came after it.
///
/// # Errors
/// When the platform refuses to make an answer.
#[wasm_bindgen]
pub fn lost(request: &Request) -> Result<Response, JsValue> {
    routes::lost(request).map_err(|failure| JsValue::from_str(&failure.to_string()))
}
