//! `POST /notify/wechat`: WeChat Pay says that an order was paid.
//!
//! Parses and verifies before any object is woken, so that a forged message costs a hash. The reply
//! is exactly that of protocol §6.2: SUCCESS only after the object has stored the message, FAIL to
//! be told again. A genuine message that fits no order is stored, too, and answered SUCCESS: to
//! repeat it cures nothing. A genuine message that cannot be read is stored, shown to a person, and
//! answered FAIL: a later version may read it.

use web_sys::{Request, Response};
use wire::notification::Genuine;
use wire::{OutTradeNo, SignType, notification, notify_reply};
use worker::Env;

use crate::config::Config;
use crate::http::{self, Answer, Body, PlatformFailure};
use crate::platform::{self, ToObject};

/// Handles one delivery.
pub(crate) async fn receive(
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Response, PlatformFailure> {
    let bytes = match http::body(request, wire::MAX_BODY_BYTES).await? {
        Body::Read(bytes) => bytes,
        Body::TooLarge => return refuse("the message is too large"),
    };
    let genuine = notification::genuine(&bytes, |number| sign_type_of(number, config), &config.keys());
    let genuine = match genuine {
        Ok(genuine) => genuine,
        Err(why) => {
            worker::console_warn!("{}: a notification was refused: {why}", named(&bytes));
            suspect(&bytes, env, config).await;
            return refuse("the message does not verify");
        }
    };
    let number = genuine.out_trade_no();
    let to = ToObject { method: "POST", path: "/notify", body: Some(&bytes), if_none_match: None };
    match platform::ask_order(env, number, to).await {
        Ok(verdict) if verdict.status() == 204 => match &genuine {
            Genuine::Read(_) => reply(notify_reply::SUCCESS),
            // It is kept, and a person sees it. Told again, a later version of this Worker may read it.
            Genuine::Unreadable { why, .. } => {
                worker::console_error!("order {number}: a genuine notification cannot be read: {why}");
                refuse("the message cannot be read")
            }
        },
        Ok(verdict) => {
            worker::console_error!(
                "order {number}: a notification was not stored, status {}",
                verdict.status()
            );
            refuse("try again later")
        }
        Err(failure) => {
            worker::console_error!("order {number}: a notification was not stored: {failure}");
            refuse("try again later")
        }
    }
}

/// A message that does not verify proves nothing and changes nothing. But it may be an honest one that broke
/// on its way, so the order it names may ask the gateway, within its own limits. Only for numbers this
/// Worker has made: a stranger cannot wake an object by making one up.
async fn suspect(body: &[u8], env: &Env, config: &Config) {
    let Ok(unverified) = notification::Unverified::parse(body) else { return };
    let number = unverified.out_trade_no();
    if config.order_secret.sign_type_of(number.as_str()).is_none() {
        return;
    }
    let to = ToObject { method: "POST", path: "/suspect", body: Some(body), if_none_match: None };
    if let Err(failure) = platform::ask_order(env, number, to).await {
        worker::console_warn!("order {number}: {failure}");
    }
}

/// Handles one delivery of a refund's notification. It carries no signature, only a cipher that anybody
/// with an old message could cut up, so it is a hint: the object asks the gateway (protocol §7.6).
pub(crate) async fn receive_refund(
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Response, PlatformFailure> {
    let bytes = match http::body(request, wire::MAX_BODY_BYTES).await? {
        Body::Read(bytes) => bytes,
        Body::TooLarge => return refuse("the message is too large"),
    };
    let hint = match wire::refund_notification::read(&bytes, &config.keys()) {
        Ok(hint) => hint,
        Err(why) => {
            worker::console_warn!("a refund notification, whose order is in its cipher, was refused: {why}");
            return refuse("the message cannot be read");
        }
    };
    let body = hint.out_refund_no.as_str().as_bytes();
    let to = ToObject { method: "POST", path: "/notify-refund", body: Some(body), if_none_match: None };
    match platform::ask_order(env, &hint.out_trade_no, to).await {
        Ok(verdict) if verdict.status() == 204 => reply(notify_reply::SUCCESS),
        Ok(verdict) => {
            worker::console_error!(
                "order {}: a refund notification was not stored, status {}",
                hint.out_trade_no,
                verdict.status()
            );
            refuse("try again later")
        }
        Err(failure) => {
            worker::console_error!(
                "order {}: a refund notification was not stored: {failure}",
                hint.out_trade_no
            );
            refuse("try again later")
        }
    }
}

/// The order that a message names, for the log. A message that does not verify may lie about it.
fn named(body: &[u8]) -> String {
    match notification::Unverified::parse(body) {
        Ok(unverified) => format!("order {} (so the message says)", unverified.out_trade_no()),
        Err(_) => "no order".into(),
    }
}

/// The order's own sign type: it stands in our order numbers. A number that is not ours was placed
/// by another system of the same merchant; those are verified as new orders would be.
pub(crate) fn sign_type_of(number: &OutTradeNo, config: &Config) -> SignType {
    config.order_secret.sign_type_of(number.as_str()).unwrap_or(config.sign_type)
}

fn refuse(why: &str) -> Result<Response, PlatformFailure> {
    reply(&notify_reply::fail(why))
}

fn reply(xml: &str) -> Result<Response, PlatformFailure> {
    Answer::new(200)?.text(notify_reply::CONTENT_TYPE, xml)
}
