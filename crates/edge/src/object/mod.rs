//! One order's Durable Object: `OrderObject`.
//!
//! It owns the order whose number is its name. The crate `order` decides what the order *does* and has the
//! loop around it ([`order::Holder`]). Here is the platform's part:
//!
//! 1. the routes and the alarm give the order an input ([`runner`]),
//! 2. snapshot, events, alarm and raw message are written in one transaction ([`store`]),
//! 3. the effects are carried out ([`effects`]): calls to WeChat Pay ([`gateway_call`]) and, independent
//!    of them, messages to the merchant and the index ([`deliveries`], [`delivery`]). Their results are
//!    inputs again.
//!
//! No step is lost or done twice, for these reasons: an object runs one thread; steps 1 and 2 do not yield;
//! step 2 is all or nothing; the platform holds back every answer and every outgoing call until step 2 is on
//! disk. If step 2 fails, the order in memory is dropped and read again from the last good snapshot.

pub(crate) mod ask;
pub(crate) mod delivery;
pub(crate) mod download;
pub(crate) mod gateway_call;
pub(crate) mod protocol;
pub(crate) mod webhook;

mod byte_range;
mod counter;
mod deliveries;
mod effects;
mod event_line;
mod live;
mod merchant;
mod page_without_script;
mod refund;
mod runner;
pub(crate) mod store;
mod view;

use std::rc::Rc;

use api::{Problem, ProblemCode};
use gateway::{Currency, Description, Dialect, Money, Notification, OutRefundNo, OutTradeNo};
use order::{Input, Order, OrphanNews, RawHash, Rejected, Terms, Who};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Request;
use wire::v2::notification::{self, Genuine};
use wire::v2::{ProductId, SignType};
use worker::Env;
use worker::worker_sys::DurableObjectState;

use crate::config::Config;
use crate::failure::{Defect, Failure};
use crate::html::language;
use crate::platform::clock::now_ms;
use crate::platform::http::{self, Answer, Response};
use crate::platform::task;
use crate::v3::genuine::{GenuineNotice, Says};
use crate::v3::vouched::Vouched;
use gateway_call::hash;
use protocol::{KEY_HEADER, ObjectRequest, Place};
use runner::Runner;

/// How long a page waits for a new order's code before it is told to ask again. We promise an answer within
/// five seconds, including the way here and back.
const PATIENCE_MS: u32 = 4_500;

/// The object behind the binding `ORDERS`: the half of `OrderObject` in `js/entry.mjs` that decides. Its
/// functions return a result, or a promise of one.
#[wasm_bindgen]
#[derive(Clone)]
pub struct OrderObject {
    runner: Rc<Runner>,
}

#[wasm_bindgen]
impl OrderObject {
    /// What is in memory of one order.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self { runner: Rc::new(Runner::new(state.into(), env)) }
    }

    /// A request of a route: for a socket, or of a route of an older version.
    ///
    /// # Errors
    /// If the platform refuses to make an answer.
    pub fn fetch(&self, request: Request) -> Result<JsValue, JsValue> {
        let this = self.clone();
        task::run(async move {
            let answer = match asked(&request).await {
                Ok((asked, key)) => this.serve(asked, key).await,
                Err(failure) => Err(failure),
            };
            Ok(or_internal(&this.runner, answer)?.into_platform()?.into())
        })
    }

    /// The same of a route that calls.
    ///
    /// # Errors
    /// If the platform refuses to make an answer.
    pub fn ask(&self, path: &str, header: Option<String>, body: Option<Vec<u8>>) -> Result<JsValue, JsValue> {
        let asked = understood(path, header, body.unwrap_or_default());
        let this = self.clone();
        task::run(async move {
            let answer = match asked {
                Ok((asked, key)) => this.serve(asked, key).await,
                Err(failure) => Err(failure),
            };
            Ok(or_internal(&this.runner, answer)?.into_told()?)
        })
    }

    /// The alarm rings.
    ///
    /// # Errors
    /// If no new alarm could be set. The platform repeats a failed alarm a few times and then gives up, and
    /// nobody looks after an order without an alarm.
    pub fn alarm(&self) -> Result<(), JsValue> {
        if counter::is_count(self.runner.state()) {
            return Ok(counter::alarm(self.runner.state())?);
        }
        Ok(self.runner.alarm(Input::AlarmFired)?)
    }
}

/// The answer, or the answer to a request that failed here; the log says why it did.
fn or_internal(runner: &Runner, answer: Result<Response, Failure>) -> Result<Response, Failure> {
    answer.or_else(|failure| {
        worker::console_error!("{}: {failure}", runner.name());
        http::internal()
    })
}

impl OrderObject {
    /// `key` is the name of the merchant's key that asks.
    async fn serve(&self, asked: ObjectRequest, key: Option<String>) -> Result<Response, Failure> {
        let runner = &self.runner;
        match asked {
            ObjectRequest::Place(place) => self.place(*place, key).await,
            ObjectRequest::Find { fingerprint } => self.find(&fingerprint),
            ObjectRequest::View { etag } => self.view(etag.as_deref()),
            ObjectRequest::Live => self.live(),
            ObjectRequest::Page { languages } => self.page(&languages),
            ObjectRequest::Cancel => self.cancel(),
            ObjectRequest::Download(asked) => download::begin(runner, asked).await,
            ObjectRequest::AllowDownloads => merchant::allow_downloads(runner, key),
            ObjectRequest::History => merchant::history(runner),
            ObjectRequest::Facts => merchant::facts(runner),
            ObjectRequest::Webhooks => merchant::webhooks(runner),
            ObjectRequest::QueryNow => merchant::query(runner, key),
            ObjectRequest::Withdraw => merchant::withdraw(runner, key),
            ObjectRequest::Refund(json) => refund::request(runner, key, &json),
            ObjectRequest::RetryRefund(retry) => refund::retry(runner, key, &retry),
            ObjectRequest::WithdrawRefund(withdraw) => refund::withdraw(runner, key, &withdraw),
            ObjectRequest::Redeliver(redeliver) => merchant::redeliver(runner, key, redeliver),
            ObjectRequest::AttentionDone(done) => merchant::attention_done(runner, key, &done),
            ObjectRequest::ForgetPerson => merchant::forget_person(runner, key),
            ObjectRequest::Wake { index_version } => self.wake(index_version),
            ObjectRequest::Suspect(message) => self.suspect(&message),
            ObjectRequest::NotifyRefund(out_refund_no) => self.notify_refund(out_refund_no),
            ObjectRequest::Notify(message) => self.notify(&message),
            ObjectRequest::NotifyV3(message) => self.notify_v3(&message),
            ObjectRequest::TakePlace(place) => counter::take(runner.state(), place),
        }
    }

    /// Makes the order, unless it exists. A repeated request finds the same order.
    async fn place(&self, mut place: Place, key: Option<String>) -> Result<Response, Failure> {
        let config = self.runner.config()?;
        let known = self.runner.with_order(|order| order.terms().request_fingerprint == place.fingerprint)?;
        let status = match known {
            Some(true) => {
                self.runner.watch()?;
                200
            }
            Some(false) => return conflict(),
            None if self.runner.is_archived()? => return archived(),
            None => {
                let details = place.details.take();
                let terms = terms(place, &config);
                let effects = self.runner.begin(terms, details, key)?;
                self.runner.act_with_patience(effects, PATIENCE_MS).await;
                201
            }
        };
        self.placed(status, &config)
    }

    /// The order with this fingerprint, if it was placed earlier.
    fn find(&self, fingerprint: &str) -> Result<Response, Failure> {
        let own = |order: &Order| order.terms().request_fingerprint == fingerprint;
        match self.runner.with_order(own)? {
            Some(true) => {
                self.runner.watch()?;
                self.placed(200, &*self.runner.config()?)
            }
            Some(false) => conflict(),
            None if self.runner.is_archived()? => archived(),
            None => http::no_such_order(),
        }
    }

    fn placed(&self, status: u16, config: &Config) -> Result<Response, Failure> {
        let view = self.runner.view()?.ok_or(Defect::OrderVanished)?;
        let placed = view::placed(view, config)?;
        Answer::new(status).any_origin().json(&placed)
    }

    /// The page looks. While a page looks, the gateway is queried more often. The page does not wait for
    /// that.
    fn view(&self, if_none_match: Option<&str>) -> Result<Response, Failure> {
        if self.runner.with_order(|_| ())?.is_none() {
            return http::no_such_order();
        }
        self.runner.watch()?;
        self.answer_view(if_none_match)
    }

    /// The page opens a socket. It counts as looking as long as the socket is open.
    fn live(&self) -> Result<Response, Failure> {
        if let Some(problem) = live::full(self.runner.state()) {
            return http::problem(&problem);
        }
        let Some(view) = self.runner.view()? else { return http::no_such_order() };
        let response = live::open(self.runner.state(), &view)?;
        self.runner.watch()?;
        Ok(response)
    }

    /// The page without a script looks.
    fn page(&self, languages: &str) -> Result<Response, Failure> {
        if self.runner.with_order(|_| ())?.is_none() {
            return http::no_such_order();
        }
        self.runner.watch()?;
        let words = language::choose(languages);
        match self.runner.view()? {
            Some(view) => page_without_script::answer(&view, words),
            None => http::no_such_order(),
        }
    }

    fn cancel(&self) -> Result<Response, Failure> {
        match self.runner.step(Input::CancelRequested { by: Who::Shopper })? {
            None => http::no_such_order(),
            // The payment came first. The view says so, and that is the answer that the page needs.
            Some(Err(Rejected::AlreadyPaid)) => self.answer_view(None),
            Some(Err(rejected)) => Err(Defect::Rejected(rejected).into()),
            Some(Ok(effects)) => {
                self.runner.act_later(effects);
                self.answer_view(None)
            }
        }
    }

    fn answer_view(&self, if_none_match: Option<&str>) -> Result<Response, Failure> {
        let Some(view) = self.runner.view()? else { return http::no_such_order() };
        // Each look brings new links, so such a view is never the same as the one before.
        if !view.downloads.is_empty() {
            return Answer::new(200).any_origin().json(&view);
        }
        let tag = format!("\"{}\"", view.version);
        if if_none_match == Some(tag.as_str()) {
            return Ok(Answer::new(304).any_origin().header("etag", &tag).empty());
        }
        Answer::new(200).any_origin().header("etag", &tag).json(&view)
    }

    /// The sweep found that this order is not settled, with this version of its row in the index. The order
    /// now does what its alarm would have done.
    fn wake(&self, index_version: Option<u64>) -> Result<Response, Failure> {
        if self.runner.with_order(|_| ())?.is_none() {
            let status = if self.runner.is_archived()? { 410 } else { 404 };
            return Ok(Answer::new(status).empty());
        }
        self.runner.alarm(match index_version {
            Some(index_version) => Input::Swept { index_version },
            None => Input::AlarmFired,
        })?;
        Ok(Answer::new(204).empty())
    }

    /// A message about this order that did not verify.
    fn suspect(&self, bytes: &[u8]) -> Result<Response, Failure> {
        if let Some(Ok(effects)) =
            self.runner.step(Input::NotificationSuspected { raw: Some(hash(bytes)) })?
        {
            self.runner.act_later(effects);
        }
        Ok(Answer::new(204).empty())
    }

    /// A refund's notification, which the route has decrypted. It is only a hint to ask WeChat.
    fn notify_refund(&self, out_refund_no: OutRefundNo) -> Result<Response, Failure> {
        if let Some(Ok(effects)) = self.runner.step(Input::RefundNotified { out_refund_no, raw: None })? {
            self.runner.act_later(effects);
        }
        Ok(Answer::new(204).empty())
    }

    /// A message that the gateway signed. It is answered only after it is stored.
    fn notify(&self, bytes: &[u8]) -> Result<Response, Failure> {
        let raw = Some(hash(bytes));
        let config = self.runner.config()?;
        let own = self.runner.with_order(sign_type_of)?.transpose()?;
        let sign_type = |number: &OutTradeNo| own.unwrap_or_else(|| config.sign_type_of(number));
        let genuine =
            notification::genuine(bytes, sign_type, &config.keys()).map_err(Defect::NotVerifiedAgain)?;
        let number = genuine.out_trade_no().clone();
        let read = match genuine {
            Genuine::Read(verified) => Ok(Notification::from(verified)),
            Genuine::Unreadable { why, .. } => Err(why.to_string()),
        };
        if own.is_none() {
            self.stray(number, &read, bytes, &config)?;
            return Ok(Answer::new(204).empty());
        }
        let input = match read {
            Ok(notification) => Input::Notified { notification, raw },
            Err(why) => Input::NotificationUnreadable { why, raw },
        };
        self.taken(input, bytes)
    }

    /// The order takes what the gateway has signed.
    fn taken(&self, input: Input, bytes: &[u8]) -> Result<Response, Failure> {
        match self.runner.step_with(input, Some(bytes))? {
            Some(Ok(effects)) => self.runner.act_later(effects),
            Some(Err(rejected)) => return Err(Defect::Rejected(rejected).into()),
            None => return Err(Defect::OrderVanished.into()),
        }
        Ok(Answer::new(204).empty())
    }
}

impl OrderObject {
    /// A message of API v3 that the gateway signed, as a route of ours vouches. It is answered only after it
    /// is stored.
    fn notify_v3(&self, bytes: &[u8]) -> Result<Response, Failure> {
        let config = self.runner.config()?;
        let unverified = |why: &str| Defect::NotVerifiedInV3(why.to_owned());
        let account = config.v3.as_ref().ok_or_else(|| unverified("API v3 is not configured"))?;
        let vouched = Vouched::read(bytes).ok_or_else(|| unverified("it is not of its form"))?;
        let genuine = vouched.genuine(&config.order_secret, account.edition);
        let GenuineNotice { number, says, .. } = genuine.map_err(|why| unverified(&why.to_string()))?;
        let raw = Some(RawHash::new(vouched.body_hash));
        let number = number.ok_or_else(|| unverified("it names no order"))?;
        let is_there = self.runner.with_order(|_| ())?.is_some();
        let input = match says {
            Ok(Says::Refund(notification)) if is_there => Input::RefundReported { notification, raw },
            Ok(Says::Refund(_)) => {
                worker::console_error!(
                    "order {number}: there is no such order, and a refund of it is reported"
                );
                return Ok(Answer::new(204).empty());
            }
            Ok(Says::Payment(notification)) if is_there => Input::Notified { notification, raw },
            Ok(Says::Payment(notification)) => {
                self.stray(number, &Ok(notification), vouched.body, &config)?;
                return Ok(Answer::new(204).empty());
            }
            Err(why) if is_there => Input::NotificationUnreadable { why, raw },
            Err(why) => {
                self.stray(number, &Err(why), vouched.body, &config)?;
                return Ok(Answer::new(204).empty());
            }
        };
        self.taken(input, vouched.body)
    }

    /// A genuine message for a number without an order.
    fn stray(
        &self,
        number: OutTradeNo,
        read: &Result<Notification, String>,
        bytes: &[u8],
        config: &Config,
    ) -> Result<(), Failure> {
        worker::console_error!(
            "order {number}: there is no such order; a genuine notification for it was kept: {}",
            hash(bytes)
        );
        let news = match read {
            Ok(notification) => OrphanNews::Notified(notification),
            Err(why) => OrphanNews::Unreadable(why),
        };
        let terms = terms_of_stray(number, &news, config)?;
        self.runner.stray(terms, news, bytes)
    }
}

/// Reads what a route asks. Routes limit what they read, so a longer body is a defect.
async fn asked(request: &Request) -> Result<(ObjectRequest, Option<String>), Failure> {
    let (header, body) = match request.method().as_str() {
        "POST" => {
            let bytes = http::body(request, wire::v2::MAX_BODY_BYTES).await;
            (http::header(request, KEY_HEADER), bytes.map_err(|_| Defect::RequestTooLarge)?)
        }
        _ => (http::header(request, "if-none-match"), Vec::new()),
    };
    understood(http::path_of(&request.url()), header, body)
}

/// The request, and the name of the merchant's key that makes it.
fn understood(
    path: &str,
    header: Option<String>,
    body: Vec<u8>,
) -> Result<(ObjectRequest, Option<String>), Failure> {
    let asked = ObjectRequest::from_request(path, header.clone(), body);
    Ok((asked.map_err(|misread| Defect::Misread(misread.to_string()))?, header))
}

fn conflict() -> Result<Response, Failure> {
    http::problem(&Problem::new(
        ProblemCode::IdempotencyConflict,
        "This Idempotency-Key was used for other goods. Use a new key for a new order.",
    ))
}

fn archived() -> Result<Response, Failure> {
    http::problem(&Problem::new(
        ProblemCode::NotPossible,
        "This Idempotency-Key belongs to an order of long ago. Use a new key for a new order.",
    ))
}

/// How messages of this order are signed. No message of API v2 is about an order of API v3: that key may have
/// been changed because somebody else knows it.
fn sign_type_of(order: &Order) -> Result<SignType, Defect> {
    match &order.terms().dialect {
        Dialect::V2(terms) => Ok(terms.sign_type),
        Dialect::V3(_) => Err(Defect::Misread("a message of API v2 about an order of API v3".into())),
    }
}

/// The terms of a new order, from the priced cart, the configuration and the time.
fn terms(place: Place, config: &Config) -> Terms {
    let (notify_url, refund_notify_url) = config.notify_urls_of(&place.number);
    Terms {
        merchant: config.merchant.clone(),
        // The number decides the generation and the sign type, so that its notifications are verified as its
        // order is signed. The configuration may have changed since the number was made, or may differ
        // between this object and the Worker in front of it.
        dialect: config.dialect_of(&place.number, place.product_id),
        notify_url,
        refund_notify_url: Some(refund_notify_url),
        out_trade_no: place.number,
        amount: place.total,
        description: place.description,
        request_fingerprint: place.fingerprint,
        time_expire_at_ms: now_ms().saturating_add(place.life_ms.unwrap_or(config.life_ms)),
        keep_ms: config.keep_ms,
    }
}

/// The terms of a payment without an order. Only its notification is known.
fn terms_of_stray(number: OutTradeNo, news: &OrphanNews<'_>, config: &Config) -> Result<Terms, Failure> {
    let payment = match news {
        OrphanNews::Notified(notification) => notification.payment(),
        OrphanNews::Unreadable(_) => None,
    };
    let place = Place {
        number,
        // According to WeChat's documents a message without a currency means CNY.
        total: payment.map_or(Money::new(0, Currency::CNY), |payment| payment.total.or_in(Currency::CNY)),
        description: Description::new("A payment without an order").map_err(Defect::Text)?,
        product_id: ProductId::new("unknown").map_err(Defect::Text)?,
        details: None,
        // No request has this fingerprint, so a page that asks for the number is refused.
        fingerprint: String::new(),
        life_ms: None,
    };
    Ok(terms(place, config))
}

#[cfg(test)]
mod tests {
    use super::PATIENCE_MS;

    #[test]
    fn a_page_has_its_answer_within_the_five_seconds_that_are_promised() {
        let left_for_the_way_ms = 5_000_u32.saturating_sub(PATIENCE_MS);
        assert_eq!(left_for_the_way_ms, 500);
    }
}
