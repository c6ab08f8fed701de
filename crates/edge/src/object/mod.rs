//! One order's Durable Object: `OrderObject`.
//!
//! It owns the order whose number is its name. What the order *does*, and the loop around it, is decided in the
//! crate `order` ([`order::Holder`]); here is what the platform has to do with it:
//!
//! 1. the routes and the alarm hand an input to the order ([`runner`]),
//! 2. snapshot, events, alarm and raw message are written in one transaction ([`store`]),
//! 3. the effects are carried out ([`effects`]): calls to WeChat Pay ([`call`], [`gateway`]) and, independent of
//!    them, messages to the merchant and the index ([`deliveries`], [`delivery`]). Their results are inputs again.
//!
//! Why no step is lost or done twice: an object runs one thread, steps 1 and 2 do not yield, step 2 is all or
//! nothing, and the platform holds back every answer and every call out until it is on disk. If it fails, the order
//! in memory is forgotten and read again from the last good one.

pub(crate) mod protocol;

mod call;
mod deliveries;
mod delivery;
mod effects;
mod gateway;
mod live;
mod merchant;
mod page;
mod refund;
mod runner;
mod store;
mod view;

use std::net::Ipv4Addr;
use std::rc::Rc;

use ::gateway::{Currency, Description, Dialect, InvalidText, Money, Notification, OutRefundNo, OutTradeNo};
use api::{Code, Problem};
use order::{Input, Order, OrphanNews, Rejected, Terms, Who};
use web_sys::{Request, Response};
use wire::v2::notification::{self, Genuine};
use wire::v2::{ProductId, SignType};
use worker::{DurableObject, Env, State, WebSocket, WebSocketIncomingMessage, durable_object};

use crate::checkout::language;
use crate::config::Config;
use crate::http::{self, Answer, Body, PlatformFailure};
use crate::notify;
use crate::orders;
use call::hash;
use protocol::Place;
use runner::{Runner, now_ms};

/// How long a page waits for a new order's code before it is told to ask again. It is promised an answer within five
/// seconds, its way here and back included.
const PATIENCE_MS: u32 = 4_500;

/// The object behind the binding `ORDERS`.
#[durable_object]
pub struct OrderObject {
    runner: Rc<Runner>,
}

impl DurableObject for OrderObject {
    fn new(state: State, env: Env) -> Self {
        Self { runner: Rc::new(Runner::new(state, env)) }
    }

    async fn fetch(&self, request: worker::Request) -> worker::Result<worker::Response> {
        let response = match self.serve(request.inner()).await {
            Ok(response) => response,
            Err(failure) => {
                worker::console_error!("order object: {failure}");
                let internal =
                    Problem::new(Code::Internal, "Something failed here. The same request may be repeated.");
                http::problem(&internal).map_err(|failure| worker::Error::RustError(failure.0))?
            }
        };
        Ok(response.into())
    }

    /// Fails only when no alarm could be set: the platform repeats a failed one a few times and then gives up,
    /// and an order without an alarm is an order nobody looks after.
    async fn alarm(&self) -> worker::Result<worker::Response> {
        self.runner
            .alarm(Input::AlarmFired)
            .map_err(|failure| worker::Error::RustError(failure.to_string()))?;
        worker::Response::empty()
    }

    /// A page says nothing we would act on.
    async fn websocket_message(&self, _: WebSocket, _: WebSocketIncomingMessage) -> worker::Result<()> {
        Ok(())
    }

    /// A page that closes waits for the answer to it. One that is gone hears nothing, and that is no error.
    async fn websocket_close(&self, socket: WebSocket, _: usize, _: String, _: bool) -> worker::Result<()> {
        drop(socket.close(Some(1000), Some("closed")));
        Ok(())
    }

    async fn websocket_error(&self, _: WebSocket, _: worker::Error) -> worker::Result<()> {
        Ok(())
    }

    /// Objects take no raw connections.
    async fn connect(&self, _: worker::Socket) -> worker::Result<()> {
        Err(worker::Error::RustError("an order takes no raw connections".into()))
    }
}

impl OrderObject {
    async fn serve(&self, request: &Request) -> Result<Response, PlatformFailure> {
        let url = request.url();
        match http::path_of(&url) {
            "/place" => self.place(request).await,
            "/find" => self.find(&body(request).await?),
            "/view" => self.view(http::header(request, "if-none-match")),
            "/live" => live::open(&self.runner),
            "/cancel" => self.cancel(),
            "/notify" => self.notify(request).await,
            "/notify-refund" => self.notify_refund(request).await,
            "/suspect" => self.suspect(&body(request).await?),
            "/page" => self.page(&body(request).await?),
            "/history" => merchant::history(&self.runner),
            "/query" => merchant::query(&self.runner),
            "/withdraw" => merchant::withdraw(&self.runner),
            "/refund" => refund::request(&self.runner, &body(request).await?),
            "/refund-retry" => refund::retry(&self.runner, &body(request).await?),
            "/refund-withdraw" => refund::withdraw(&self.runner, &body(request).await?),
            "/redeliver" => merchant::redeliver(&self.runner, &body(request).await?),
            "/attention-done" => merchant::attention_done(&self.runner, &body(request).await?),
            "/poke" => self.poke(&body(request).await?),
            path => Err(PlatformFailure(format!("an order object has no route {path}"))),
        }
    }

    /// Makes the order, unless it exists: the same wish again finds the same order.
    async fn place(&self, request: &Request) -> Result<Response, PlatformFailure> {
        let bytes = body(request).await?;
        let place: Place =
            serde_json::from_slice(&bytes).map_err(|error| PlatformFailure(error.to_string()))?;
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
                let terms = terms(place, &config);
                let effects = self.runner.begin(terms)?;
                self.runner.act_with_patience(effects, PATIENCE_MS).await?;
                201
            }
        };
        self.placed(status, &config)
    }

    /// The order of this wish, when it was placed while that was possible.
    fn find(&self, fingerprint: &[u8]) -> Result<Response, PlatformFailure> {
        let own = |order: &Order| order.terms().request_fingerprint.as_bytes() == fingerprint;
        match self.runner.with_order(own)? {
            Some(true) => {
                self.runner.watch()?;
                self.placed(200, &*self.runner.config()?)
            }
            Some(false) => conflict(),
            None if self.runner.is_archived()? => archived(),
            None => orders::not_found(),
        }
    }

    fn placed(&self, status: u16, config: &Config) -> Result<Response, PlatformFailure> {
        self.runner
            .with_order(|order| view::placed(order, now_ms(), config))?
            .ok_or_else(|| PlatformFailure("an order vanished".into()))?
            .and_then(|placed| Answer::new(status)?.any_origin()?.json(&placed))
    }

    /// The page looks. While it looks, the gateway is asked more often; the page does not wait for it.
    fn view(&self, if_none_match: Option<String>) -> Result<Response, PlatformFailure> {
        if self.runner.with_order(|_| ())?.is_none() {
            return orders::not_found();
        }
        self.runner.watch()?;
        self.answer_view(if_none_match.as_deref())
    }

    /// The page without a script looks.
    fn page(&self, accept_language: &[u8]) -> Result<Response, PlatformFailure> {
        if self.runner.with_order(|_| ())?.is_none() {
            return orders::not_found();
        }
        self.runner.watch()?;
        let words = language::choose(&String::from_utf8_lossy(accept_language));
        self.runner
            .with_order(|order| page::answer(&view::view(order, now_ms()), words))?
            .unwrap_or_else(orders::not_found)
    }

    fn cancel(&self) -> Result<Response, PlatformFailure> {
        match self.runner.step(Input::CancelRequested { by: Who::Shopper })? {
            None => orders::not_found(),
            // The money was quicker: the view says so, which is the answer the page needs.
            Some(Err(Rejected::AlreadyPaid)) => self.answer_view(None),
            Some(Err(rejected)) => Err(PlatformFailure(rejected.to_string())),
            Some(Ok(effects)) => {
                self.runner.act_later(effects);
                self.answer_view(None)
            }
        }
    }

    fn answer_view(&self, if_none_match: Option<&str>) -> Result<Response, PlatformFailure> {
        let Some(view) = self.runner.with_order(|order| view::view(order, now_ms()))? else {
            return orders::not_found();
        };
        let tag = format!("\"{}\"", view.version);
        if if_none_match == Some(tag.as_str()) {
            return Answer::new(304)?.any_origin()?.header("etag", &tag)?.empty();
        }
        Answer::new(200)?.any_origin()?.header("etag", &tag)?.json(&view)
    }

    /// The sweep found this order not settled, with this version of its row in the index; an older sweep says no
    /// version. What its alarm would have done is done now.
    fn poke(&self, version: &[u8]) -> Result<Response, PlatformFailure> {
        if self.runner.with_order(|_| ())?.is_none() {
            let status = if self.runner.is_archived()? { 410 } else { 404 };
            return Answer::new(status)?.empty();
        }
        let version = std::str::from_utf8(version).ok().and_then(|text| text.parse().ok());
        self.runner.alarm(match version {
            Some(index_version) => Input::Swept { index_version },
            None => Input::AlarmFired,
        })?;
        Answer::new(204)?.empty()
    }

    /// A message about this order that did not verify.
    fn suspect(&self, bytes: &[u8]) -> Result<Response, PlatformFailure> {
        if let Some(Ok(effects)) =
            self.runner.step(Input::NotificationSuspected { raw: Some(hash(bytes)) })?
        {
            self.runner.act_later(effects);
        }
        Answer::new(204)?.empty()
    }

    /// A refund's notification: a hint to ask, which the route has decrypted.
    async fn notify_refund(&self, request: &Request) -> Result<Response, PlatformFailure> {
        let bytes = body(request).await?;
        let number = std::str::from_utf8(&bytes).ok().and_then(|text| OutRefundNo::new(text).ok());
        let Some(out_refund_no) = number else { return Err(PlatformFailure("not a refund number".into())) };
        if let Some(Ok(effects)) = self.runner.step(Input::RefundNotified { out_refund_no, raw: None })? {
            self.runner.act_later(effects);
        }
        Answer::new(204)?.empty()
    }

    /// A message that the gateway signed. Answered only when it is stored.
    async fn notify(&self, request: &Request) -> Result<Response, PlatformFailure> {
        let bytes = body(request).await?;
        let raw = Some(hash(&bytes));
        let config = self.runner.config()?;
        let own = self.runner.with_order(sign_type_of)?;
        let sign_type = |number: &OutTradeNo| own.unwrap_or_else(|| notify::sign_type_of(number, &config));
        let genuine = notification::genuine(&bytes, sign_type, &config.keys())
            .map_err(|refusal| PlatformFailure(refusal.to_string()))?;
        let number = genuine.out_trade_no().clone();
        let read = match genuine {
            Genuine::Read(verified) => Ok(Notification::from(verified)),
            Genuine::Unreadable { why, .. } => Err(why.to_string()),
        };
        if own.is_none() {
            self.stray(number, &read, &bytes, &config)?;
            return Answer::new(204)?.empty();
        }
        let input = match read {
            Ok(notification) => Input::Notified { notification, raw },
            Err(why) => Input::NotificationUnreadable { why, raw },
        };
        match self.runner.step_with(input, Some(&bytes))? {
            Some(Ok(effects)) => self.runner.act_later(effects),
            Some(Err(rejected)) => return Err(PlatformFailure(rejected.to_string())),
            None => return Err(PlatformFailure("an order vanished".into())),
        }
        Answer::new(204)?.empty()
    }
}

impl OrderObject {
    /// A genuine message for a number without an order.
    fn stray(
        &self,
        number: OutTradeNo,
        read: &Result<Notification, String>,
        bytes: &[u8],
        config: &Config,
    ) -> Result<(), PlatformFailure> {
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

/// What a route sent. Routes bound what they read, so more than that is a defect.
async fn body(request: &Request) -> Result<Vec<u8>, PlatformFailure> {
    match http::body(request, wire::v2::MAX_BODY_BYTES).await? {
        Body::Read(bytes) => Ok(bytes),
        Body::TooLarge => Err(PlatformFailure("a route sent too much".into())),
    }
}

fn conflict() -> Result<Response, PlatformFailure> {
    http::problem(&Problem::new(
        Code::IdempotencyConflict,
        "This Idempotency-Key was used for other goods. Use a new key for a new order.",
    ))
}

fn archived() -> Result<Response, PlatformFailure> {
    http::problem(&Problem::new(
        Code::NotPossible,
        "This Idempotency-Key belongs to an order of long ago. Use a new key for a new order.",
    ))
}

/// How messages of this order are signed.
fn sign_type_of(order: &Order) -> SignType {
    let Dialect::V2(terms) = &order.terms().dialect;
    terms.sign_type
}

/// What the order is made on: the wish, the configuration, the time.
fn terms(place: Place, config: &Config) -> Terms {
    Terms {
        merchant: config.merchant.clone(),
        // The number says it, so that its notifications are verified as its order is signed. The configuration may
        // have changed since the number was made, or differ between this object and the Worker before it.
        dialect: Dialect::V2(::gateway::v2::Terms {
            sign_type: notify::sign_type_of(&place.number, config),
            product_id: place.product_id,
            // A Worker has no address of its own that WeChat could know; SDKs send the loopback one.
            spbill_create_ip: Ipv4Addr::LOCALHOST.into(),
        }),
        out_trade_no: place.number,
        amount: place.total,
        description: place.description,
        notify_url: config.notify_url.clone(),
        refund_notify_url: Some(config.refund_notify_url.clone()),
        request_fingerprint: place.fingerprint,
        time_expire_at_ms: now_ms().saturating_add(config.life_ms),
        keep_ms: config.keep_ms,
    }
}

/// What is known of a payment that has no order: what its notification says.
fn terms_of_stray(
    number: OutTradeNo,
    news: &OrphanNews<'_>,
    config: &Config,
) -> Result<Terms, PlatformFailure> {
    let payment = match news {
        OrphanNews::Notified(notification) => notification.payment(),
        OrphanNews::Unreadable(_) => None,
    };
    let fixed = |error: InvalidText| PlatformFailure(error.to_string());
    let place = Place {
        number,
        // WeChat's documents: a message that names no currency means CNY.
        total: payment.map_or(Money::new(0, Currency::CNY), |payment| payment.total.or_in(Currency::CNY)),
        description: Description::new("A payment without an order").map_err(fixed)?,
        product_id: ProductId::new("unknown").map_err(fixed)?,
        // No request has this fingerprint: a page that asks for the number is refused.
        fingerprint: String::new(),
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
