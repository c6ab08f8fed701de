//! The Cloudflare Worker of wechatpay-edge: it holds the API key, decides the price, talks to WeChat
//! Pay, and keeps every order in a Durable Object of its own.
//!
//! A thin shell: what an order does is decided in the crate `order`, what a message means in `wire`.
//! Nothing here may panic: a panic ends every call that runs in the isolate ([`trap`] says what is saved of it).
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

mod admin;
mod admin_token;
mod catalogue;
mod checkout;
mod config;
mod environment;
mod http;
mod identity;
mod inbox;
mod index;
mod jws;
mod list;
mod notify;
mod object;
mod offer;
mod orders;
mod platform;
mod post;
mod pricing;
#[cfg(test)]
mod purity;
mod reply;
mod retry_after;
mod route;
mod schema;
#[cfg(test)]
mod silent;
mod stream;
mod sweep;
mod timer;
mod trap;
mod webhook;

use api::{Code, Problem, Shop};
use web_sys::{Request, Response};
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

use config::Config;
use http::{Answer, PlatformFailure};
use route::{NoRoute, Route};

/// Every request that is not for a static asset.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    match serve(&request, &env).await {
        Ok(response) => Ok(response),
        Err(failure) => {
            worker::console_error!("{failure}");
            let internal =
                Problem::new(Code::Internal, "Something failed here. The same request may be repeated.");
            http::problem(&internal).map_err(|failure| worker::Error::RustError(failure.0))
        }
    }
}

/// The cron trigger.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    if let Err(failure) = sweep::run(&env, js_sys::Date::now() as i64).await {
        worker::console_error!("the sweep failed: {failure}");
    }
}

async fn serve(request: &Request, env: &Env) -> Result<Response, PlatformFailure> {
    let url = request.url();
    if checkout::is_checkout(http::path_of(&url)) {
        return checkout::serve(request, env).await;
    }
    let route = match route::route(&request.method(), http::path_of(&url)) {
        Ok(Route::Preflight) => return preflight(),
        Ok(Route::File) => return platform::file(env, request).await,
        Ok(route) => route,
        Err(refusal) => return no_route(&refusal),
    };
    let config = match Config::of(env) {
        Ok(config) => config,
        Err(mistakes) => return misconfigured(&mistakes),
    };
    match route {
        Route::Preflight => preflight(),
        Route::File => platform::file(env, request).await,
        Route::PlaceOrder => orders::place(request, env, &config).await,
        Route::ReadOrder(id) => orders::read(request, env, &config, id).await,
        Route::WatchOrder(id) => orders::watch(request, env, &config, id).await,
        Route::CancelOrder(id) => orders::cancel(request, env, &config, id).await,
        Route::Shop => Answer::new(200)?.any_origin()?.json(&shop(&config)),
        Route::Notify => notify::receive(request, env, &config).await,
        Route::NotifyRefund => notify::receive_refund(request, env, &config).await,
        Route::Admin(route) => admin::serve(request, env, &config, route).await,
        Route::Health => match environment::missing_bindings(env) {
            Ok(()) => Answer::new(200)?.text("text/plain; charset=utf-8", "ok\n"),
            Err(mistakes) => misconfigured(&mistakes),
        },
    }
}

fn no_route(refusal: &NoRoute) -> Result<Response, PlatformFailure> {
    let response = http::problem(&refusal.problem())?;
    if let NoRoute::Method(allowed) = refusal {
        response.headers().set("allow", allowed)?;
    }
    Ok(response)
}

fn shop(config: &Config) -> Shop {
    match &config.demo_phone_url {
        Some(phone_url) => Shop::Demo { phone_url: phone_url.clone() },
        None => Shop::Live,
    }
}

/// The operator reads what to mend in the log; a stranger learns only that something is to be mended.
fn misconfigured(mistakes: &config::Mistakes) -> Result<Response, PlatformFailure> {
    worker::console_error!("the Worker is misconfigured: {mistakes}");
    http::problem(&Problem::new(
        Code::Misconfigured,
        "The shop's operator has to mend the Worker's configuration; its log says how.",
    ))
}

/// Tells a browser that a page of any origin may ask, with whatever headers: those that this interface uses are named,
/// for `*` leaves `authorization` out; what it ignores, a tracer's for instance, it allows.
fn preflight() -> Result<Response, PlatformFailure> {
    Answer::new(204)?
        .any_origin()?
        .header("access-control-allow-methods", "GET, POST")?
        .header(
            "access-control-allow-headers",
            "*, authorization, content-type, idempotency-key, if-none-match",
        )?
        .header("access-control-max-age", "86400")?
        .empty()
}
