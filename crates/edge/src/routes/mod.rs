//! The upper floor: which request asks for what, who may ask it, and what is answered.

mod admin;
mod inbox;
mod list;
mod notify;
mod orders;
mod reply;
mod route;

pub(crate) mod checkout;
pub(crate) mod sweep;

use api::{Code, Problem, Shop};
use web_sys::{Request, Response};
use worker::Env;

use crate::config::{Config, Mistakes};
use crate::platform::environment;
use crate::platform::fetch;
use crate::platform::http::{self, Answer, PlatformFailure};
use route::{NoRoute, Route};

/// Answers every request that is not for a static asset.
pub(crate) async fn serve(request: &Request, env: &Env) -> Result<Response, PlatformFailure> {
    let url = request.url();
    if checkout::is_checkout(http::path_of(&url)) {
        return checkout::serve(request, env).await;
    }
    let route = match route::route(&request.method(), http::path_of(&url)) {
        Ok(Route::Preflight) => return preflight(),
        Ok(Route::File) => return fetch::file(env, request).await,
        Ok(route) => route,
        Err(refusal) => return no_route(&refusal),
    };
    let config = match Config::of(env) {
        Ok(config) => config,
        Err(mistakes) => return misconfigured(&mistakes),
    };
    match route {
        Route::Preflight => preflight(),
        Route::File => fetch::file(env, request).await,
        Route::PlaceOrder => orders::place(request, env, &config).await,
        Route::ReadOrder(id) => orders::read(request, env, &config, id).await,
        Route::WatchOrder(id) => orders::watch(request, env, &config, id).await,
        Route::CancelOrder(id) => orders::cancel(request, env, &config, id).await,
        Route::Shop => Answer::new(200)?.any_origin()?.json(&shop(&config)),
        Route::Notify => notify::receive(request, env, &config).await,
        Route::NotifyRefund => notify::receive_refund(request, env, &config).await,
        Route::Admin(route) => admin::serve(request, env, &config, route).await,
        Route::Health => match environment::missing_bindings(env).as_slice() {
            [] => Answer::new(200)?.text("text/plain; charset=utf-8", "ok\n"),
            missing => misconfigured(&Mistakes::missing_bindings(missing)),
        },
    }
}

/// The answer to a request that was lost in a trap, made by the instance that came after it.
pub(crate) fn lost(request: &Request) -> Result<Response, PlatformFailure> {
    if checkout::is_checkout(http::path_of(&request.url())) {
        checkout::lost(request)
    } else {
        http::internal()
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
fn misconfigured(mistakes: &Mistakes) -> Result<Response, PlatformFailure> {
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
