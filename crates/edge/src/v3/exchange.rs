//! One call of API v3: signed, sent, and its answer verified and read.

use gateway::{Call, Failure, Outcome};
use wire::v3::{GenuineAnswer, NotGenuine, Reply};

use crate::config::{Config, V3};
use crate::platform::crypto;
use crate::platform::post::NoAnswer;
use crate::v3::keys;
use crate::v3::request::{nonce, now_seconds, send, signed};

/// Makes the call. With the outcome comes the body of the answer, when there was one.
pub(crate) async fn make(call: &Call, config: &Config, host: &str) -> (Outcome, Option<Vec<u8>>) {
    let Some(account) = &config.v3 else {
        let why = "the order is of API v3, and WECHAT_API_V3_KEY is not set";
        return (call.failed(Failure::misconfigured(why)), None);
    };
    let Some(exchange) = call.in_v3(&account.caller) else {
        return (call.failed(Failure::NotWritten("the order is not of API v3".into())), None);
    };
    let written = match nonce() {
        Some(nonce) => exchange.draft(now_seconds(), &nonce),
        None => Err(Failure::NoConnection),
    };
    let draft = match written {
        Ok(draft) => draft,
        Err(failure) => return (call.failed(failure), None),
    };
    let request = match signed(draft, account).await {
        Ok(request) => request,
        Err(why) => return (call.failed(Failure::misconfigured(why)), None),
    };
    let received = match send(host, &request).await {
        Ok(received) => received,
        Err(no_answer) => {
            worker::console_warn!("{host}{}: {no_answer}", request.target);
            return (call.failed(failure(&no_answer)), None);
        }
    };
    let headers = received.headers();
    let reply = received.reply(&headers);
    let outcome = match genuine(reply, config, account).await {
        Ok(genuine) => exchange.read(&genuine),
        Err(why) => exchange.unproven(&reply, why),
    };
    if let Err(failure) = &outcome.result {
        let id = reply.request_id().unwrap_or("none");
        worker::console_warn!("{host}{}: {} (Request-ID {id})", request.target, failure.summary());
    }
    (outcome, Some(received.body))
}

/// The answer, if WeChat Pay has signed it.
pub(super) async fn genuine<'a>(
    reply: Reply<'a>,
    config: &Config,
    account: &V3,
) -> Result<GenuineAnswer<'a>, NotGenuine> {
    let claim = keys::claim(config, account, |now_seconds, ring| reply.claim(now_seconds, ring)).await?;
    let verdict = crypto::verify(claim.check()).await;
    claim.judge(verdict)
}

/// What a call without an answer means to the order. Once the gateway may have read a call, its effect is
/// unknown.
fn failure(no_answer: &NoAnswer) -> Failure {
    match no_answer {
        NoAnswer::NoConnection(_) => Failure::NoConnection,
        NoAnswer::Redirected { .. } => Failure::misconfigured(no_answer.to_string()),
        NoAnswer::TimedOut(_) | NoAnswer::BrokeOff(_) | NoAnswer::TooLarge(_) => Failure::no_answer(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_began_to_be_answered_may_have_had_its_effect() {
        for no_answer in [NoAnswer::TimedOut(1), NoAnswer::BrokeOff("cut".into()), NoAnswer::TooLarge(1)] {
            assert_eq!(failure(&no_answer), Failure::no_answer());
        }
        assert_eq!(failure(&NoAnswer::NoConnection("refused".into())), Failure::NoConnection);
        let to = "https://elsewhere.example".to_owned();
        let redirected = failure(&NoAnswer::Redirected { status: 302, to });
        assert!(matches!(redirected, Failure::Unclear(unclear) if unclear.misconfigured.is_some()));
    }
}
