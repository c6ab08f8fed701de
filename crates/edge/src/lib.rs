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
//! 1. [`failure`]: whose fault it is when a request fails; [`accept_language`]: which language a browser asks
//!    for; [`platform`]: everything that the Worker asks of
//!    Cloudflare: bindings, one `fetch`, the clock, timers, bodies, traps
//! 2. [`secret`], [`number_and_token`], [`download_link`], [`config`]: the four secrets; the numbers, tokens
//!    and links that are made with one of them; the settings
//! 3. [`v3`](mod@v3): a call and a notification of API v3, signed, verified and opened; [`price`]: what
//!    goods cost; [`index`]: the table of all orders; [`html`]: the common parts of all pages without a
//!    script
//! 4. [`object`]: one order's Durable Object, and what a route may ask of it
//! 5. [`books`](mod@books): the object that compares WeChat's bills with our orders
//! 6. [`readiness`]: whether everything is as it must be before the first customer comes
//! 7. [`routes`]: which request asks for what, who may ask it, and what the answer is
//! 8. this file: the functions that the platform calls
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

mod accept_language;
mod books;
mod config;
mod download_link;
mod failure;
mod html;
mod index;
mod json;
mod number_and_token;
mod object;
mod platform;
mod price;
mod readiness;
mod routes;
mod secret;
mod v3;

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
use worker::Env;

use failure::Failure;
use platform::clock::now_ms;
use platform::http;
use platform::task;

/// Every request that is not for a static asset. Returns the answer or a promise of it.
///
/// # Errors
/// If the platform refuses to make an answer.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env) -> Result<JsValue, JsValue> {
    task::run(async move { Ok(routes::answer(&request, &env).await?.send()?) })
}

/// The cron trigger. Returns a promise of its end.
///
/// # Errors
/// None: a sweep that fails is in the log.
#[wasm_bindgen]
pub fn scheduled(env: Env) -> Result<JsValue, JsValue> {
    task::run(async move {
        routes::sweep::run(&env, now_ms()).await;
        if let Err(failure) = books::tick(&env).await {
            worker::console_error!("the books did not hear the clock: {failure}");
        }
        Ok(JsValue::UNDEFINED)
    })
}

/// The answer to a request that was lost in a trap. The instance that came after the trap makes it.
///
/// # Errors
/// If the platform refuses to make an answer.
#[wasm_bindgen]
pub fn lost(request: &Request) -> Result<Response, JsValue> {
    Ok(routes::lost(request).and_then(http::Response::into_platform)?)
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        js_sys::Error::new(&failure.to_string()).into()
    }
}
