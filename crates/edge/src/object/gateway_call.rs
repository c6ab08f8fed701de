//! One call that an order wants made: a signed message out, within a time limit, and its answer read.

use gateway::v2::{Request, not_200};
use gateway::{Dialect, Failure, Outcome};
use order::{GATEWAY_TIME_LIMIT_MS, GatewayCall, RawHash};
use sha2::{Digest, Sha256};
use wire::Nonce;
use wire::v2::ApiKey;
use worker::Env;

use crate::config::Config;
use crate::platform::environment;
use crate::platform::js::random_uuid;
use crate::platform::post::{Connection, NoAnswer, Post};
use crate::v3::exchange;

/// The order's rule, in the type of the platform's timers.
const TIME_LIMIT_MS: u32 = GATEWAY_TIME_LIMIT_MS as u32;

/// Makes the call. With the outcome comes the body of the answer, when there was one.
pub(crate) async fn make(asked: &GatewayCall, env: &Env) -> (Outcome, Option<Vec<u8>>) {
    let call = &asked.call;
    let config = match Config::of(env) {
        Ok(config) => config,
        Err(mistakes) => {
            worker::console_error!("order object: {mistakes}");
            return (call.failed(Failure::NoConnection), None);
        }
    };
    if matches!(call.dialect, Dialect::V3(_)) {
        return exchange::make(call, &config, config.gateway(asked.host_index)).await;
    }
    let Some(account) = &config.v2 else {
        let why = "the order is of API v2, and WECHAT_API_KEY is not set";
        return (call.failed(Failure::misconfigured(why)), None);
    };
    match send(asked, env, &config, &account.api_key).await {
        Ok(body) => (call.read(&body, &account.api_key), Some(body)),
        Err(failure) => (call.failed(failure), None),
    }
}

/// What names a message in the event log.
pub(crate) fn hash(message: &[u8]) -> RawHash {
    RawHash::new(Sha256::digest(message).into())
}

async fn send(asked: &GatewayCall, env: &Env, config: &Config, key: &ApiKey) -> Result<Vec<u8>, Failure> {
    let nonce = nonce().ok_or(Failure::NoConnection)?;
    let request = asked.call.request(key, &nonce)?;
    let line = match environment::certificate(env) {
        Some(certificate) if request.needs_certificate => Connection::Certificate(certificate),
        // The simulator takes refunds without one. WeChat answers that the certificate is missing.
        _ => Connection::Plain,
    };
    post(&line, config.gateway(asked.host_index), &request).await
}

/// A new nonce: 32 letters and digits of the platform's secure randomness.
pub(crate) fn nonce() -> Option<Nonce> {
    Nonce::new(&random_uuid().ok()?.replace('-', "")).ok()
}

/// Posts the request to `host`. Only HTTP 200 is an answer of WeChat Pay.
///
/// Every call may be repeated unchanged. So a connection that broke before an answer began counts as no
/// connection, and the next host may be tried. After any other failure it is unknown what the call did at the
/// gateway.
async fn post(line: &Connection, host: &str, request: &Request) -> Result<Vec<u8>, Failure> {
    let url = format!("{host}{}", request.path);
    let post = Post {
        url: &url,
        headers: &[("content-type", "text/xml; charset=utf-8")],
        body: &request.body,
        time_limit_ms: TIME_LIMIT_MS,
    };
    let answered = match line.post(&post).await {
        Ok(answer) if answer.status == 200 => answer.whole(wire::v2::MAX_BODY_BYTES).await,
        Ok(answer) => {
            let status = answer.status;
            let text = answer.beginning().await;
            worker::console_warn!("{url} answered HTTP {status}: {text}");
            return Err(not_200(status, &text));
        }
        Err(no_answer) => Err(no_answer),
    };
    answered.map_err(|no_answer| {
        worker::console_warn!("{url}: {no_answer}");
        failure(no_answer)
    })
}

/// What a call without an answer means to the order. Once the gateway may have read a call, its effect is
/// unknown.
fn failure(no_answer: NoAnswer) -> Failure {
    match no_answer {
        NoAnswer::NoConnection(_) => Failure::NoConnection,
        NoAnswer::Redirected { status, to } => not_200(status, &format!("a redirect to {to}")),
        NoAnswer::TimedOut(_) | NoAnswer::BrokeOff(_) | NoAnswer::TooLarge(_) => Failure::no_answer(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_began_to_be_answered_may_have_had_its_effect() {
        for no_answer in [NoAnswer::TimedOut(1), NoAnswer::BrokeOff("cut".into()), NoAnswer::TooLarge(1)] {
            assert_eq!(failure(no_answer), Failure::no_answer());
        }
        let redirected = NoAnswer::Redirected { status: 302, to: "https://elsewhere.example".into() };
        assert_eq!(failure(redirected).summary(), "HTTP 302: a redirect to https://elsewhere.example");
    }

    #[test]
    fn only_a_connection_that_never_answered_sends_the_order_to_the_next_host() {
        assert_eq!(failure(NoAnswer::NoConnection("refused".into())), Failure::NoConnection);
    }

    #[test]
    fn a_call_is_given_up_before_the_order_counts_it_as_lost() {
        assert_eq!(TIME_LIMIT_MS, 15_000);
        assert!(i64::from(TIME_LIMIT_MS) < order::CALL_DEADLINE_MS);
    }
}
