//! `/admin/api/…`: what the merchant's own systems may ask, with `Authorization: Bearer <ADMIN_TOKEN>`.
//!
//! Without that secret the routes do not exist: they answer as any unknown route does.

use api::{Code, Problem};
use serde::{Deserialize, Serialize};
use web_sys::{Request, Response};
use wire::OutTradeNo;
use worker::Env;

use crate::config::Config;
use crate::http::{self, Answer, Body, PlatformFailure};
use crate::inbox;
use crate::index::Index;
use crate::list;
use gateway::RefundAccount;

use crate::object::protocol::{AttentionDone, Redeliver, RetryRefund, Withdraw};
use crate::platform::{self, ToObject};
use crate::route::{AdminRoute, NoRoute};

/// A refund's JSON fits many times over.
const MAX_BODY_BYTES: usize = 4 * 1024;

/// Answers one request of the merchant's.
pub(crate) async fn serve(
    request: &Request,
    env: &Env,
    config: &Config,
    route: AdminRoute<'_>,
) -> Result<Response, PlatformFailure> {
    let authorization = http::header(request, "authorization");
    if !config.admin_token.as_ref().is_some_and(|token| token.opens(authorization.as_deref())) {
        return http::problem(&NoRoute::Path.problem());
    }
    match route {
        AdminRoute::List => list::answer(request, env).await,
        AdminRoute::Attention => inbox::answer(request, env).await,
        AdminRoute::Order(id) => forward(env, id, "GET", "/history", None).await,
        AdminRoute::QueryNow(id) => forward(env, id, "POST", "/query", None).await,
        AdminRoute::Cancel(id) => forward(env, id, "POST", "/withdraw", None).await,
        AdminRoute::Refund(id) => match http::body(request, MAX_BODY_BYTES).await? {
            Body::Read(body) => forward(env, id, "POST", "/refund", Some(&body)).await,
            Body::TooLarge => too_large(),
        },
        AdminRoute::RetryRefund(id, number) => match http::body(request, MAX_BODY_BYTES).await? {
            Body::Read(body) => match retry(number, &body) {
                Ok(retry) => send(env, id, "/refund-retry", &retry).await,
                Err(problem) => http::problem(&problem),
            },
            Body::TooLarge => too_large(),
        },
        AdminRoute::WithdrawRefund(id, number) => match http::decode_part(number) {
            Some(out_refund_no) => send(env, id, "/refund-withdraw", &Withdraw { out_refund_no }).await,
            None => http::problem(&unreadable_part("refund number")),
        },
        AdminRoute::Redeliver(id, webhook) => match http::decode_part(webhook) {
            Some(webhook) => send(env, id, "/redeliver", &Redeliver { id: webhook }).await,
            None => http::problem(&unreadable_part("webhook id")),
        },
        AdminRoute::AttentionDone(id, exception) => match exception.parse() {
            Ok(exception) => done(env, id, &AttentionDone { id: exception }).await,
            Err(_) => http::problem(&unreadable_part("number of the exception")),
        },
    }
}

/// Marks an entry of the inbox done. An order whose time was over, or that was lost, cannot remember it: then the inbox
/// alone forgets all that is about it.
async fn done(env: &Env, id: &str, message: &AttentionDone) -> Result<Response, PlatformFailure> {
    let answer = send(env, id, "/attention-done", message).await?;
    if answer.status() == 404
        && let (Some(number), Some(index)) = (http::decode_part(id), Index::of(env))
        && index.forget_open(&number).await?
    {
        return Answer::new(204)?.empty();
    }
    Ok(answer)
}

/// What is sent to try a refund now.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedRetry {
    refund_account: Option<RefundAccount>,
}

fn retry(number: &str, body: &[u8]) -> Result<RetryRefund, Problem> {
    let out_refund_no = http::decode_part(number).ok_or_else(|| unreadable_part("refund number"))?;
    let wanted = if body.is_empty() { Ok(WantedRetry::default()) } else { serde_json::from_slice(body) };
    let wanted: WantedRetry = wanted.map_err(|error| {
        let detail = format!(
            "Send nothing, or {{\"refund_account\":\"available_balance\"}} or {{\"refund_account\":\"unsettled_funds\"}} as JSON: {error}."
        );
        Problem::new(Code::InvalidBody, detail)
    })?;
    Ok(RetryRefund { out_refund_no, refund_account: wanted.refund_account })
}

/// The Worker has no list and no inbox.
pub(crate) fn no_index() -> Result<Response, PlatformFailure> {
    http::problem(&Problem::new(
        Code::Misconfigured,
        "This Worker has no index: add the D1 binding INDEX to wrangler.toml.",
    ))
}

fn unreadable_part(what: &str) -> Problem {
    Problem::new(Code::InvalidQuery, format!("The {what} in the path cannot be read."))
}

fn too_large() -> Result<Response, PlatformFailure> {
    let detail = format!("A refund has at most {MAX_BODY_BYTES} bytes.");
    http::problem(&Problem::new(Code::BodyTooLarge, detail))
}

async fn send(
    env: &Env,
    id: &str,
    path: &str,
    message: &impl Serialize,
) -> Result<Response, PlatformFailure> {
    let body = serde_json::to_vec(message).map_err(|error| PlatformFailure(error.to_string()))?;
    forward(env, id, "POST", path, Some(&body)).await
}

async fn forward(
    env: &Env,
    id: &str,
    method: &str,
    path: &str,
    body: Option<&[u8]>,
) -> Result<Response, PlatformFailure> {
    match http::decode_part(id).as_deref().map(OutTradeNo::new) {
        Some(Ok(number)) => {
            platform::ask_order(env, &number, ToObject { method, path, body, if_none_match: None }).await
        }
        Some(Err(_)) | None => crate::orders::not_found(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_is_tried_again_as_it_was_or_from_the_account_that_is_named() {
        let account = |body: &str| retry("R%7C1", body.as_bytes()).map(|retry| retry.refund_account);
        assert_eq!(account(""), Ok(None));
        assert_eq!(account("{}"), Ok(None));
        let balance = r#"{"refund_account":"available_balance"}"#;
        assert_eq!(account(balance), Ok(Some(RefundAccount::AvailableBalance)));
        assert_eq!(
            serde_json::to_string(&retry("R%7C1", balance.as_bytes()).unwrap()).unwrap(),
            r#"{"out_refund_no":"R|1","refund_account":"available_balance"}"#
        );
        for bad in ["[]", r#"{"refund_account":"mine"}"#, r#"{"account":"available_balance"}"#] {
            assert_eq!(account(bad).unwrap_err().code, Code::InvalidBody, "{bad}");
        }
    }
}
