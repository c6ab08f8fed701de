//! The Cloudflare Worker of wechatpay-edge: it holds the API key, decides the price, talks to WeChat
//! Pay, and keeps every order in a Durable Object of its own.
//!
//! It is a thin shell: the crate `order` decides what an order does, and `wire` decides what a message means.
//! Nothing here may panic: a panic ends every call that runs in the isolate (`platform/trap.rs` says what
//! survives it).
//!
//! The Worker is built in floors. A file imports from its own floor and from the floors below it, and no
//! imports form a circle (`floors.rs` tests both). From the lowest to the highest:
//!
//! 1. [`failure`]: whose fault it is when a request fails; [`platform`]: everything that the Worker asks of
//!    Cloudflare: bindings, one `fetch`, the clock, timers, bodies, traps
//! 2. [`secret`], [`identity`], [`config`]: the four secrets; the numbers and tokens that are made with one
//!    of them; the settings
//! 3. [`price`]: what goods cost; [`index`]: the table of all orders; [`html`]: the common parts of all pages
//!    without a script
//! 4. [`object`]: one order's Durable Object, and what a route may ask of it
//! 5. [`routes`]: which request asks for what, who may ask it, and what the answer is
//! 6. this file: the functions that the platform calls
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

/// The answer to a request that was lost in a trap. The instance that came after the trap makes it.
///
/// # Errors
/// If the platform refuses to make an answer.
#[wasm_bindgen]
pub fn lost(request: &Request) -> Result<Response, JsValue> {
    routes::lost(request).map_err(|failure| JsValue::from_str(&failure.to_string()))
}
