//! The upper floor: which request asks for what, who may ask it, and what the answer is.

mod access;
mod admin;
mod admission;
mod audit;
mod calendar;
mod create;
mod csv;
mod download;
mod exchange_rate;
mod export;
mod filter;
mod forgeries;
mod forgery_limits;
mod inbox;
mod key;
mod list;
mod moment;
mod notify;
mod notify_v3;
mod offer_count;
#[cfg(test)]
mod openapi;
mod orders;
mod query;
mod rate_limits;
mod readiness;
mod reply;
mod route;
mod sums;
mod transport;
mod undelivered;

pub(crate) mod catalog;
mod checkout;
pub(crate) mod sweep;

use std::pin::Pin;

use api::{Problem, ProblemCode, Shop};
use web_sys::Request;
use worker::Env;

use crate::config::Config;
use crate::failure::{Failure, Misconfiguration};
use crate::platform::fetch;
use crate::platform::http::{self, Answer, Response};
use route::{NoRoute, Route};
use transport::{STRICT_TRANSPORT_SECURITY, Transport};

/// Answers every request that is not for a static asset.
pub(crate) async fn answer(request: &Request, env: &Env) -> Result<Response, Failure> {
    let url = request.url();
    let demo = || Config::of(env).is_ok_and(|config| config.demo_phone_url.is_some());
    let strict = match transport::judge(&url, http::path_of(&url), demo) {
        Transport::Https => true,
        Transport::Demo => false,
        Transport::SendOn(to) => return Ok(Answer::new(308).header("location", &to).empty()),
        Transport::Refused => return by_http(),
    };
    let response = match serve(request, &url, env).await {
        Ok(response) => response,
        Err(Failure::Misconfigured(why)) => misconfigured(&why)?,
        Err(failure) => {
            worker::console_error!("{failure}");
            http::internal()?
        }
    };
    if strict {
        response.with_header("strict-transport-security", STRICT_TRANSPORT_SECURITY)
    } else {
        Ok(response)
    }
}

/// The answer to a program that sent by plain http.
fn by_http() -> Result<Response, Failure> {
    http::problem(&Problem::new(
        ProblemCode::HttpsRequired,
        "Send it again to the same address with https://, and change each secret that this request carried.",
    ))
}

/// An answer that is being made, on the heap.
type Served<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + 'a>>;

async fn serve(request: &Request, url: &str, env: &Env) -> Result<Response, Failure> {
    if checkout::is_checkout(http::path_of(url)) {
        return checkout::serve(request, env).await;
    }
    let route = match route::route(&request.method(), http::path_of(url)) {
        Ok(route) => route,
        Err(refusal) => return no_route(&refusal),
    };
    // Only the routes that need the configuration read it.
    let config = || Config::of(env);
    match route {
        Route::Preflight => preflight(),
        Route::File => Ok(Response::Platform(fetch::file(env, request).await?)),
        Route::PlaceOrder => orders::place(request, env, &*config()?).await,
        Route::Catalog => catalog::answer(request, env, &*config()?).await,
        Route::ReadOrder(id) => orders::read(request, env, &*config()?, id).await,
        Route::WatchOrder(id) => orders::watch(request, env, &*config()?, id).await,
        Route::CancelOrder(id) => orders::cancel(request, env, &*config()?, id).await,
        Route::Shop => Answer::new(200).any_origin().json(&shop(&*config()?)),
        Route::Notify => notify::receive(request, env, &*config()?).await,
        Route::NotifyV3 => notify_v3::receive(request, env, &*config()?).await,
        Route::NotifyRefund => notify::receive_refund(request, env, &*config()?).await,
        // Apart, so that the requests of shoppers do not carry the room that it needs.
        Route::Admin(route) => match config() {
            Ok(config) => {
                let served: Served<'_> = Box::pin(admin::serve(request, env, &config, route));
                served.await
            }
            Err(mistakes) => readiness::despite(request, env, mistakes, &route).await,
        },
        Route::Download(id, line) => match config() {
            // Apart, as the merchant's routes are.
            Ok(config) => {
                let served: Served<'_> = Box::pin(download::answer(request, env, &config, id, line));
                served.await
            }
            Err(mistakes) => Err(mistakes.into()),
        },
        Route::Health => readiness::health(env, config()).await,
    }
}

/// The answer to a request that was lost in a trap. The instance that came after the trap makes it.
pub(crate) fn lost(request: &Request) -> Result<Response, Failure> {
    if checkout::is_checkout(http::path_of(&request.url())) {
        checkout::lost(request)
    } else {
        http::internal()
    }
}

fn no_route(refusal: &NoRoute) -> Result<Response, Failure> {
    let problem = refusal.problem();
    match refusal {
        NoRoute::Path => http::problem(&problem),
        NoRoute::Method(allowed) => {
            let answer = Answer::new(problem.status).any_origin().header("allow", allowed);
            http::problem_in(answer, &problem)
        }
    }
}

fn shop(config: &Config) -> Shop {
    match &config.demo_phone_url {
        Some(phone_url) => Shop::Demo { phone_url: phone_url.clone() },
        None => Shop::Live,
    }
}

/// The operator reads in the log what to correct. A stranger learns only that something must be corrected.
fn misconfigured(mistakes: &Misconfiguration) -> Result<Response, Failure> {
    worker::console_error!("the Worker is misconfigured: {mistakes}");
    http::problem(&Problem::new(
        ProblemCode::Misconfigured,
        "The shop's operator has to mend the Worker's configuration; its log says how.",
    ))
}

/// Tells a browser that a page of any origin may ask, with any headers. The headers that this interface uses
/// are named, because `*` does not include `authorization`. Other headers, for instance a tracer's, are
/// allowed and ignored.
fn preflight() -> Result<Response, Failure> {
    Ok(Answer::new(204)
        .any_origin()
        .header("access-control-allow-methods", "GET, POST")
        .header(
            "access-control-allow-headers",
            "*, authorization, content-type, idempotency-key, if-none-match",
        )
        .header("access-control-max-age", "86400")
        .empty())
}
