//! `POST /notify/wechat`: WeChat Pay says that an order was paid.
//!
//! A message is parsed and verified before it reaches an order, so that a forged one usually costs only a
//! hash. (If it names an order of ours, that order may query the gateway, within limits.)
//! [`reply`](crate::routes::reply) decides the reply. A genuine message that fits no order is stored, too,
//! and answered SUCCESS, because repeating it would not help. A genuine message that cannot be read is
//! stored, shown to a person, and answered FAIL, because a later version may be able to read it.

use web_sys::Request;
use wire::OutTradeNo;
use wire::v2::notification::{Genuine, NotGenuine};
use wire::v2::{notification, notify_reply};
use worker::Env;

use crate::config::Config;
use crate::failure::Failure;
use crate::number_and_token::{Api, OrderSecrets};
use crate::object::ask::ask_order;
use crate::object::protocol::ObjectRequest;
use crate::platform::clock::now_ms;
use crate::platform::http::{self, Answer, Response, Unread};
use crate::readiness::address;
use crate::routes::admission;
use crate::routes::forgeries::{LIMITS, perhaps_later};
use crate::routes::reply::Reply;

/// The longest message that is read. The documented fields of a notification, with twenty coupons, have less
/// than half of it (protocol §6.1).
const MAX_BODY_BYTES: usize = 32 * 1024;

/// The message, or the reply to one that was not read.
async fn message(request: &Request) -> Result<Vec<u8>, Reply> {
    http::body(request, MAX_BODY_BYTES).await.map_err(|unread| match unread {
        Unread::TooLarge(_) => Reply::TOO_LARGE,
        Unread::BrokeOff | Unread::TooSlow => Reply::BROKE_OFF,
    })
}

/// Handles one delivery.
pub(crate) async fn receive(request: &Request, env: &Env, config: &Config) -> Result<Response, Failure> {
    let bytes = match message(request).await {
        Ok(bytes) => bytes,
        Err(reply) => return answer(reply),
    };
    if config.v2.is_none() {
        return no_account(&bytes, config);
    }
    let genuine = notification::genuine(&bytes, |number| config.sign_type_of(number), &config.keys());
    let genuine = match genuine {
        Ok(genuine) => genuine,
        Err(refused) => {
            if let Some(own) = address::reply(&bytes, &config.order_secret) {
                return reply(own);
            }
            refuse(refused, bytes, env, config).await;
            return Ok(perhaps_later(answer(Reply::FORGED)?));
        }
    };
    let number = genuine.out_trade_no();
    if matches!(config.order_secret.api_of(number.as_str()), Some(Api::V3(_))) {
        // That key may have been changed because somebody else knows it.
        worker::console_error!("order {number}: a message of API v2 about an order of API v3 was refused");
        return answer(Reply::FORGED);
    }
    let is_read = match &genuine {
        Genuine::Read(_) => true,
        Genuine::Unreadable { why, .. } => {
            worker::console_error!("order {number}: a genuine notification cannot be read: {why}");
            false
        }
    };
    hand_over(env, number, ObjectRequest::Notify(bytes), is_read).await
}

/// Without an account at API v2 none of its messages can be verified. The address is ours all the same.
fn no_account(bytes: &[u8], config: &Config) -> Result<Response, Failure> {
    if let Some(own) = address::reply(bytes, &config.order_secret) {
        return reply(own);
    }
    if let Some(count) = LIMITS.with_borrow_mut(|limits| limits.count_unknown(now_ms())) {
        worker::console_error!(
            "a notification of API v2 came, and WECHAT_API_KEY is not set ({count} since the last line)"
        );
    }
    Ok(perhaps_later(answer(Reply::FORGED)?))
}

/// Gives a genuine message, or a hint about a refund, to its order. Replies according to the order's answer.
async fn hand_over(
    env: &Env,
    number: &OutTradeNo,
    request: ObjectRequest,
    is_read: bool,
) -> Result<Response, Failure> {
    let stored = ask_order(env, number, request).await.map(|verdict| verdict.status());
    let reply = Reply::to_genuine(stored.as_ref().ok().copied(), is_read);
    if reply == Reply::NOT_STORED {
        let why = stored.map_or_else(|failure| failure.to_string(), |status| format!("status {status}"));
        worker::console_error!("order {number}: a notification was not stored: {why}");
    }
    answer(reply)
}

/// A message that does not verify proves nothing. But it may be an honest message that was damaged on its
/// way, so the order that it names may query the gateway, within its own limits. This is done only for
/// numbers that this Worker has made, so that a stranger cannot wake an object with an invented number. And
/// it is done only once in a while, so that a flood of such messages neither wakes an object again and again
/// nor fills the log ([`ForgeryLimits`]), and from all isolates together within the platform's rate limit.
async fn refuse(NotGenuine { why, claimed }: NotGenuine, message: Vec<u8>, env: &Env, config: &Config) {
    if claimed
        .as_ref()
        .is_some_and(|number| LIMITS.with_borrow(|limits| limits.is_left_alone(number, now_ms())))
    {
        return;
    }
    let Some(number) = suspected(claimed.as_ref(), &config.order_secret) else {
        if let Some(count) = LIMITS.with_borrow_mut(|limits| limits.count_unknown(now_ms())) {
            worker::console_warn!(
                "{}: a notification was refused: {why} ({count} about no order of ours since the last line)",
                named(claimed.as_ref())
            );
        }
        return;
    };
    if !LIMITS.with_borrow_mut(|limits| limits.admit(&number, now_ms())) {
        return;
    }
    if !admission::may_suspect(env).await {
        return;
    }
    worker::console_warn!("order {number}: a notification was refused: {why}");
    if let Err(failure) = ask_order(env, &number, ObjectRequest::Suspect(message)).await {
        worker::console_warn!("order {number}: {failure}");
    }
}

/// The order to wake for a message that does not verify, if there is one.
fn suspected(claimed: Option<&OutTradeNo>, ours: &OrderSecrets) -> Option<OutTradeNo> {
    claimed.filter(|number| ours.api_of(number.as_str()).is_some()).cloned()
}

/// Handles one delivery of a refund's notification. It has no signature, only a cipher from which anybody
/// with an old message could cut pieces. So it is only a hint: the object asks the gateway (protocol §7.6).
pub(crate) async fn receive_refund(
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Response, Failure> {
    let bytes = match message(request).await {
        Ok(bytes) => bytes,
        Err(reply) => return answer(reply),
    };
    if config.v2.is_none() {
        return no_account(&bytes, config);
    }
    let hint = match wire::v2::refund_notification::read(&bytes, &config.keys()) {
        Ok(hint) => hint,
        Err(why) => {
            if let Some(own) = address::reply(&bytes, &config.order_secret) {
                return reply(own);
            }
            if let Some(count) = LIMITS.with_borrow_mut(|limits| limits.count_unknown(now_ms())) {
                worker::console_warn!(
                    "a refund notification, whose order is in its cipher, was refused: {why} ({count} about no order of ours since the last line)"
                );
            }
            return Ok(perhaps_later(answer(Reply::UNREADABLE)?));
        }
    };
    hand_over(env, &hint.out_trade_no, ObjectRequest::NotifyRefund(hint.out_refund_no), true).await
}

/// The order that a message names, for the log. A message that does not verify may lie about it.
fn named(claimed: Option<&OutTradeNo>) -> String {
    claimed.map_or_else(|| "no order".into(), |number| format!("order {number} (so the message says)"))
}

fn answer(with: Reply) -> Result<Response, Failure> {
    reply(with.xml())
}

fn reply(xml: String) -> Result<Response, Failure> {
    Ok(Answer::new(200).text(notify_reply::CONTENT_TYPE, xml))
}

#[cfg(test)]
mod tests {
    use wire::v2::SignType;

    use super::*;
    use crate::secret::OrderSecret;

    fn ours() -> OrderSecrets {
        OrderSecrets::new(OrderSecret::new("the order secret of the tests, 32").unwrap(), None)
    }

    /// The order to wake for an unsigned message about this one.
    fn woken_by_a_message_about(number: &str) -> Option<OutTradeNo> {
        let message =
            format!("<xml><out_trade_no>{number}</out_trade_no><return_code>SUCCESS</return_code></xml>");
        let refused = notification::genuine(message.as_bytes(), |_| SignType::HmacSha256, &[]).unwrap_err();
        suspected(refused.claimed.as_ref(), &ours())
    }

    #[test]
    fn a_message_that_does_not_verify_wakes_its_order_which_may_ask_wechat() {
        let number = ours().order_number("a key", Api::V2(SignType::HmacSha256)).unwrap();
        assert_eq!(woken_by_a_message_about(number.as_str()), Some(number));
    }

    #[test]
    fn a_stranger_wakes_no_order_by_a_number_that_he_made_up() {
        let number = ours().order_number("a key", Api::V2(SignType::HmacSha256)).unwrap().to_string();
        let almost = format!("{}2", number.strip_suffix(|_| true).unwrap());
        for made_up in ["HK20260301A0001", "H0000000000000000000000000000000", almost.as_str()] {
            assert_eq!(woken_by_a_message_about(made_up), None, "{made_up}");
        }
        assert_eq!(suspected(None, &ours()), None);
    }
}
