//! `/checkout…`: ordering and paying without any script: a form, two redirects, and a page that reloads. It
//! is for people: every answer is an HTML page in the browser's language, refusals too.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /checkout` | prices the form; 303 to `…/{id}/start`, the form in the order's cookie |
//! | `GET /checkout/{id}/start` | places the order, 303 to its page; a page on cookies without one |
//! | `GET /checkout/{id}` | the order, for the browser that has its cookie |
//! | `POST /checkout/{id}` | cancels it, 303 to its page |
//!
//! **Why two redirects.** We learn whether a browser keeps cookies only when it comes back, and an order must
//! not be placed if its shopper cannot see it. So the first request makes no order. It only makes an order
//! *number*, and the cookie ([`pass`]) carries the form to the second request. Browsers follow redirects by
//! themselves, so the shopper presses once.
//!
//! - **A form on another origin.** Its POST never sends a `SameSite=Lax` cookie, so nothing may depend on a
//!   cookie there. The redirect after it opens a page by GET, and that request sends the cookie. A 307 would
//!   repeat the POST and would not send it.
//! - **A GET that orders.** It orders what the POST before it decided, and only once: the number is in its
//!   address, and placing the same number again finds the same order. Without the cookie it does nothing, and
//!   only this Worker can make the cookie's token. So no link, preview or prefetch orders anything.
//! - **Pressing twice.** Each press gets a new number, and a browser follows only the last answer. A number
//!   that nobody follows never becomes an order.
//! - **Going back.** A redirect leaves no entry in the history: from the order's page *back* leads to the
//!   shop's page, and *forward* leads to the same order. Reloading places nothing.
//! - **Several tabs.** The path of a cookie is one order's page, so orders do not affect each other.
//! - **URLs** contain the order's number, which opens nothing. Only the cookie contains the token.
//! - **Caches.** Every answer is `no-store`.

use web_sys::Request;
use wire::OutTradeNo;
use worker::Env;

mod admission;
mod form;
mod pass;
mod refusal;
mod route;

pub(crate) use route::is_checkout;

use crate::config::Config;
use crate::failure::{Defect, Failure};
use crate::html::language;
use crate::html::words::Words;
use crate::object::ask::ask_order;
use crate::object::protocol::ObjectRequest;
use crate::platform::http::{self, Answer, Response, Unread};
use crate::platform::js::random_uuid;
use crate::price;
use crate::routes::admission::{may_order, may_read};
use crate::routes::orders::{self, Cart, Unserved};
use form::{Form, Unreadable};
use pass::Pass;
use refusal::Refusal;
use route::{Misrouted, Route};

/// The limit for a body. It has room for a form with one line or with the longest offer, and for what fits
/// into a cookie with it.
const MAX_BODY_BYTES: usize = 8 * 1024;

/// Answers every request to `/checkout` and below it.
pub(crate) async fn serve(request: &Request, env: &Env) -> Result<Response, Failure> {
    let words = language::choose(&http::header(request, "accept-language").unwrap_or_default());
    match page(request, env, words).await {
        Ok(response) => Ok(response),
        Err(refusal) => refusal.answer(words),
    }
}

/// The page which says that this request was lost in a trap.
pub(crate) fn lost(request: &Request) -> Result<Response, Failure> {
    let words = language::choose(&http::header(request, "accept-language").unwrap_or_default());
    let refusal = match route::route(&request.method(), http::path_of(&request.url())) {
        Ok(route) => Refusal::of_failure(&route),
        Err(Misrouted::NoSuchPage | Misrouted::Method(_)) => Refusal::Trouble,
    };
    refusal.answer(words)
}

async fn page(request: &Request, env: &Env, words: &'static Words) -> Result<Response, Refusal> {
    let url = request.url();
    let route = match route::route(&request.method(), http::path_of(&url)) {
        Ok(route) => route,
        Err(Misrouted::NoSuchPage) => return Err(Refusal::NoSuchPage),
        Err(Misrouted::Method(allow)) => return Err(Refusal::Method(allow)),
    };
    let failure = Refusal::of_failure(&route);
    let config = match Config::of(env) {
        Ok(config) => config,
        Err(mistakes) => {
            worker::console_error!("the Worker is misconfigured: {mistakes}");
            // A form that nobody reads may break the connection before the page arrives.
            drop(http::body(request, MAX_BODY_BYTES).await);
            return Err(Refusal::of_mistake(&route));
        }
    };
    let answer = match route {
        Route::Order => order(request, env, &config).await,
        Route::Start(id) => start(request, env, &config, id).await,
        Route::Page(id) => show(request, env, &config, id, words).await,
        Route::Cancel(id) => cancel(request, env, &config, id).await,
    };
    answer.map_err(|stop| match stop {
        Stop::Refused(refusal) => refusal,
        Stop::Failed(failed) => {
            worker::console_error!("{failed}");
            failure
        }
    })
}

/// Why a page cannot be shown.
enum Stop {
    /// The request is refused, and the page tells the shopper why.
    Refused(Refusal),
    /// The request failed through no fault of its own.
    Failed(Failure),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// `POST /checkout`: prices the form, so that a form that cannot be ordered is refused here. Then gives the
/// form to the browser in a cookie.
async fn order(request: &Request, env: &Env, config: &Config) -> Result<Response, Stop> {
    let bytes = http::body(request, MAX_BODY_BYTES).await.map_err(|unread| match unread {
        Unread::TooLarge(_) => Refusal::Unreadable(413),
        Unread::BrokeOff | Unread::TooSlow => Refusal::Unreadable(400),
    })?;
    let form = match Form::read(&String::from_utf8(bytes).unwrap_or_default()) {
        Ok(form) => form,
        Err(Unreadable::Fields) => return Err(Refusal::Unreadable(400).into()),
        Err(Unreadable::Quantity) => return Err(Refusal::Quantity.into()),
    };
    may_order(request, env, config).await.map_err(|problem| Refusal::of(problem.code))?;
    price::of(&form.order(), &orders::languages(request), env, config)
        .await
        .map_err(|problem| Refusal::of(problem.code))?;
    let key = random_uuid().map_err(Failure::from)?.replace('-', "");
    let number = config.order_secret.order_number(&key, config.api);
    let number = number.ok_or(Defect::NotDerived("order number")).map_err(Failure::from)?;
    let page = page_of(&number);
    let pass = Pass { token: token(config, &number)?, form: Some(form) };
    if !pass.fits() {
        return Err(Refusal::Unreadable(413).into());
    }
    Ok(see(request, &format!("{page}/start"), Some(&pass), &page)?)
}

/// `GET /checkout/{id}/start`: shows whether the browser keeps cookies. If so, places the order.
async fn start(request: &Request, env: &Env, config: &Config, id: &str) -> Result<Response, Stop> {
    let cookies = http::header(request, "cookie").unwrap_or_default();
    let Some((number, pass)) = admission::admit(&config.order_secret, id, &cookies) else {
        let stranger = admission::stranger_at_start(&config.order_secret, id, &cookies);
        return Err(Refusal::of_stranger(&stranger).into());
    };
    let page = page_of(&number);
    let Some(form) = pass.form else {
        // The order was placed before, and the browser asks for an old address.
        return Ok(see(request, &page, None, &page)?);
    };
    let cart = Cart { order: form.order(), languages: orders::languages(request) };
    let placed = match orders::place_as(&number, &cart, env, config).await {
        Ok(placed) => placed,
        Err(Unserved::Problem(problem)) => return Err(Refusal::of(problem.code).into()),
        Err(Unserved::Failure(failure)) => return Err(failure.into()),
    };
    done(&placed)?;
    let pass = Pass { token: pass.token, form: None };
    Ok(see(request, &page, Some(&pass), &page)?)
}

/// `GET /checkout/{id}`.
async fn show(
    request: &Request,
    env: &Env,
    config: &Config,
    id: &str,
    words: &Words,
) -> Result<Response, Stop> {
    // The page says nothing about money and reloads by itself, because there may be an order.
    may_read(request, env).await.map_err(|_| Refusal::Trouble)?;
    let number = authorised(request, config, id)?;
    let page = ask_order(env, &number, ObjectRequest::Page { languages: words.tag.to_owned() }).await?;
    done(&page)?;
    Ok(page)
}

/// `POST /checkout/{id}`: cancels, and shows the page again.
async fn cancel(request: &Request, env: &Env, config: &Config, id: &str) -> Result<Response, Stop> {
    // The body has no meaning, but an unread body would end the browser's connection.
    drop(http::body(request, MAX_BODY_BYTES).await);
    let number = authorised(request, config, id)?;
    done(&ask_order(env, &number, ObjectRequest::Cancel).await?)?;
    let page = page_of(&number);
    Ok(see(request, &page, None, &page)?)
}

/// Whether the object did what it was asked. Its problems are JSON, which is not for people.
fn done(answer: &Response) -> Result<(), Refusal> {
    Refusal::of_object(answer.status()).map_or(Ok(()), Err)
}

/// The order that the request's cookie opens.
fn authorised(request: &Request, config: &Config, id: &str) -> Result<OutTradeNo, Refusal> {
    let cookies = http::header(request, "cookie").unwrap_or_default();
    admission::admit(&config.order_secret, id, &cookies).map(|(number, _)| number).ok_or(Refusal::NotHere)
}

fn token(config: &Config, number: &OutTradeNo) -> Result<String, Failure> {
    let token = config.order_secret.status_token(number);
    Ok(token.ok_or(Defect::NotDerived("status token"))?)
}

fn page_of(number: &OutTradeNo) -> String {
    format!("/checkout/{number}")
}

/// 303: the browser opens `location` by GET. `pass` replaces the cookie of the order whose page is `page`.
fn see(request: &Request, location: &str, pass: Option<&Pass>, page: &str) -> Result<Response, Failure> {
    let mut answer = Answer::new(303).header("location", location);
    if let Some(pass) = pass {
        answer = answer.header("set-cookie", &pass.set_cookie(page, &request.url()));
    }
    Ok(answer.empty())
}
