//! `POST /notify/wechat/v3`: WeChat Pay tells of a payment or a refund by API v3 (protocol §9.10).
//!
//! Nothing of a message can be read before it is verified and opened. A genuine one is stored by its order
//! before it is answered 200. One that does not verify, WeChat Pay's own probes among them, is refused. If
//! its certificate is unknown and the API v3 key opens it, its order may query the gateway, within the limits
//! of API v2's messages.

use web_sys::Request;
use wire::v3::{KeyRefusal, MAX_BODY_BYTES, NotGenuine, NotificationError, notify_reply};
use worker::Env;

use crate::config::{Config, V3};
use crate::failure::Failure;
use crate::object::ask::ask_order;
use crate::object::protocol::ObjectRequest;
use crate::platform::clock::now_ms;
use crate::platform::http::{self, Answer, Response, Unread};
use crate::readiness::address;
use crate::routes::admission;
use crate::routes::forgeries::{LIMITS, perhaps_later};
use crate::routes::reply::Reply;
use crate::v3::genuine::GenuineNotice;
use crate::v3::notice::{self, Delivered};
use crate::v3::vouched::Vouched;

/// The longest message without a signature that is read: our own question whether the address leads here.
const MAX_UNSIGNED_BYTES: usize = 1_024;

/// Handles one delivery.
pub(crate) async fn receive(request: &Request, env: &Env, config: &Config) -> Result<Response, Failure> {
    let headers = http::header_lines(&request.headers(), &notice::HEADERS);
    let values = || headers.split('\n').map(|value| (!value.is_empty()).then_some(value));
    let is_signed = values().next().flatten().is_some();
    let limit = if is_signed { MAX_BODY_BYTES } else { MAX_UNSIGNED_BYTES };
    let body = match http::body(request, limit).await {
        Ok(body) => body,
        Err(Unread::TooLarge(_)) => return Ok(answer(Reply::TOO_LARGE)),
        Err(Unread::BrokeOff | Unread::TooSlow) => return Ok(answer(Reply::BROKE_OFF)),
    };
    if let Some(own) = address::reply(&body, &config.order_secret) {
        return Ok(Answer::new(200).text(wire::v2::notify_reply::CONTENT_TYPE, own));
    }
    let Some(account) = &config.v3 else {
        if let Some(count) = LIMITS.with_borrow_mut(|limits| limits.count_unknown(now_ms())) {
            worker::console_error!(
                "a notification of API v3 came, and WECHAT_API_V3_KEY is not set ({count} since the last line)"
            );
        }
        return Ok(perhaps_later(answer(Reply::FORGED)));
    };
    let delivered = Delivered::new(values(), &body);
    match notice::read(&delivered, config, account).await {
        Ok(genuine) => hand_over(env, config, genuine, &body).await,
        Err(error) if error.is_genuine() => {
            worker::console_error!("a genuine notification cannot be read: {error}");
            Ok(answer(Reply::UNREADABLE))
        }
        Err(error) => {
            refuse(&error, &delivered, env, config, account).await;
            Ok(perhaps_later(answer(Reply::FORGED)))
        }
    }
}

/// Gives a genuine message to its order. Replies according to the order's answer.
async fn hand_over(
    env: &Env,
    config: &Config,
    genuine: GenuineNotice,
    body: &[u8],
) -> Result<Response, Failure> {
    let Some(number) = &genuine.number else {
        // A refund's message need not name its order. The order asks about its refunds by itself.
        worker::console_error!("a genuine notification names no order");
        return Ok(answer(Reply::to_genuine(Some(204), genuine.says.is_ok())));
    };
    if let Err(why) = &genuine.says {
        worker::console_error!("order {number}: a genuine notification cannot be read: {why}");
    }
    let vouched = Vouched::write(&genuine, body, &config.order_secret).unwrap_or_default();
    let request = ObjectRequest::NotifyV3(vouched);
    let stored = ask_order(env, number, request).await.map(|verdict| verdict.status());
    let reply = Reply::to_genuine(stored.as_ref().ok().copied(), genuine.says.is_ok());
    if reply == Reply::NOT_STORED {
        let why = stored.map_or_else(|failure| failure.to_string(), |status| format!("status {status}"));
        worker::console_error!("order {number}: a notification was not stored: {why}");
    }
    Ok(answer(reply))
}

/// A message that does not verify proves nothing. If only its certificate could not be downloaded, the order
/// inside may query the gateway, once in a while.
async fn refuse(
    error: &NotificationError,
    delivered: &Delivered<'_>,
    env: &Env,
    config: &Config,
    account: &V3,
) {
    if let Some(count) = LIMITS.with_borrow_mut(|limits| limits.count_unknown(now_ms())) {
        worker::console_warn!("a notification of API v3 was refused: {error} ({count} since the last line)");
    }
    let by_an_unknown_key = matches!(
        error,
        NotificationError::NotGenuine(NotGenuine::Key(KeyRefusal::Unknown) | NotGenuine::RefreshFirst)
    );
    if !by_an_unknown_key {
        return;
    }
    let Some(number) = notice::hint(delivered, account).await else { return };
    let is_ours = config.order_secret.api_of(number.as_str()).is_some();
    if !is_ours || !LIMITS.with_borrow_mut(|limits| limits.admit(&number, now_ms())) {
        return;
    }
    if !admission::may_suspect(env).await {
        return;
    }
    if let Err(failure) = ask_order(env, &number, ObjectRequest::Suspect(delivered.body.to_vec())).await {
        worker::console_warn!("order {number}: {failure}");
    }
}

fn answer(reply: Reply) -> Response {
    let (status, json) = reply.json();
    Answer::new(status).text(notify_reply::CONTENT_TYPE, json)
}
