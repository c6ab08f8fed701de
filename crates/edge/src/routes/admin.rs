//! `/admin/api/…`: what the merchant's own systems may ask, with `Authorization: Bearer <key>`.
//!
//! [`access`] says who may ask what, and writes each use down.

use api::{Problem, ProblemCode};
use gateway::RefundAccount;
use serde::Deserialize;
use web_sys::Request;
use wire::OutTradeNo;
use worker::Env;

use crate::books;
use crate::config::Config;
use crate::failure::Failure;
use crate::index::sharded::Index;
use crate::json;
use crate::object::ask::ask_order_by;
use crate::object::protocol::{AttentionDone, ObjectRequest, Redeliver, RetryRefund, WithdrawRefund};
use crate::platform::http::{self, Answer, Response};
use crate::routes::access;
use crate::routes::audit;
use crate::routes::create;
use crate::routes::exchange_rate;
use crate::routes::export;
use crate::routes::inbox;
use crate::routes::key as key_route;
use crate::routes::list;
use crate::routes::moment;
use crate::routes::readiness;
use crate::routes::route::AdminRoute;
use crate::routes::sums;
use crate::routes::undelivered;

/// The limit for a body. A refund's JSON is much shorter.
const MAX_BODY_BYTES: usize = 4 * 1024;

/// Answers one request of the merchant.
pub(crate) async fn serve(
    request: &Request,
    env: &Env,
    config: &Config,
    route: AdminRoute<'_>,
) -> Result<Response, Failure> {
    let used = match access::admit(request, env, config, &route).await {
        Ok(used) => used,
        Err(refusal) => return refusal,
    };
    let answered = act(request, env, config, used.key(), route).await;
    used.note(answered.as_ref().map_or(500, Response::status), env).await;
    Ok(answered?.with_body(moment::readable))
}

/// Does what the route asks for, in the name of this key.
async fn act(
    request: &Request,
    env: &Env,
    config: &Config,
    key: &str,
    route: AdminRoute<'_>,
) -> Result<Response, Failure> {
    let ask = |id, asked| ask(env, key, id, asked);
    match route {
        AdminRoute::List => list::answer(request, env).await,
        AdminRoute::Attention => inbox::answer(request, env).await,
        AdminRoute::Create => create::answer(request, env, config, key).await,
        AdminRoute::Webhooks => undelivered::answer(request, env).await,
        AdminRoute::OrderWebhooks(id) => ask(id, ObjectRequest::Webhooks).await,
        AdminRoute::ExchangeRate => exchange_rate::answer(request, config).await,
        AdminRoute::Export => export::answer(request, env),
        AdminRoute::Sums => sums::answer(request, env, config).await,
        AdminRoute::Audit => audit::answer(request, env).await,
        AdminRoute::Key => key_route::answer(config, key),
        AdminRoute::Order(id) => ask(id, ObjectRequest::History).await,
        AdminRoute::QueryNow(id) => ask(id, ObjectRequest::QueryNow).await,
        AdminRoute::Cancel(id) => ask(id, ObjectRequest::Withdraw).await,
        AdminRoute::AllowDownloads(id) => ask(id, ObjectRequest::AllowDownloads).await,
        AdminRoute::ForgetPerson(id) => forget_person(env, key, id).await,
        AdminRoute::Readiness { sends_event } => {
            readiness::answer(request, env, Ok(config), sends_event).await
        }
        AdminRoute::Reconciliation => books::ask(env, "/books/list", None).await,
        AdminRoute::ReconciliationOf(day) => books::ask(env, "/books/day", Some(day)).await,
        AdminRoute::Reconcile(day) => books::ask(env, "/books/again", Some(day)).await,
        AdminRoute::Refund(id) => match http::body(request, MAX_BODY_BYTES).await {
            Ok(json) => ask(id, ObjectRequest::Refund(json)).await,
            Err(unread) => http::problem(&unread.into()),
        },
        AdminRoute::RetryRefund(id, number) => match http::body(request, MAX_BODY_BYTES).await {
            Ok(json) => match retry(number, &json) {
                Ok(retry) => ask(id, ObjectRequest::RetryRefund(retry)).await,
                Err(problem) => http::problem(&problem),
            },
            Err(unread) => http::problem(&unread.into()),
        },
        AdminRoute::WithdrawRefund(id, number) => match http::decode_part(number) {
            Some(out_refund_no) => {
                ask(id, ObjectRequest::WithdrawRefund(WithdrawRefund { out_refund_no })).await
            }
            None => http::problem(&unreadable_part("refund number")),
        },
        AdminRoute::Redeliver(id, webhook) => match http::decode_part(webhook) {
            Some(webhook) => ask(id, ObjectRequest::Redeliver(Redeliver { id: webhook })).await,
            None => http::problem(&unreadable_part("webhook id")),
        },
        AdminRoute::AttentionDone(id, exception) => match exception.parse() {
            Ok(exception) => done(env, key, id, AttentionDone { id: exception }).await,
            Err(_) => http::problem(&unreadable_part("number of the exception")),
        },
    }
}

/// Marks an entry of the inbox as done. An archived or lost order cannot remember that. Then only the inbox
/// forgets everything about the order.
async fn done(env: &Env, key: &str, id: &str, exception: AttentionDone) -> Result<Response, Failure> {
    let answer = ask(env, key, id, ObjectRequest::AttentionDone(exception)).await?;
    if answer.status() == 404
        && let (Some(number), Some(index)) = (http::decode_part(id), Index::of(env))
        && index.forget_open(&number).await?
    {
        return Ok(Answer::new(204).empty());
    }
    Ok(answer)
}

/// Removes a person's data from an order and from each database of the index. Of an archived or lost order
/// only the index has any, and a database that the order has left may have an older row of it.
async fn forget_person(env: &Env, key: &str, id: &str) -> Result<Response, Failure> {
    let answer = ask(env, key, id, ObjectRequest::ForgetPerson).await?;
    let was_in_index = match (http::decode_part(id), Index::of(env)) {
        (Some(number), Some(index)) => index.forget_person(&number).await?,
        _ => false,
    };
    Ok(if answer.status() == 404 && was_in_index { Answer::new(204).empty() } else { answer })
}

/// The body of a request to try a refund again.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedRetry {
    refund_account: Option<RefundAccount>,
}

fn retry(number: &str, body: &[u8]) -> Result<RetryRefund, Problem> {
    let out_refund_no = http::decode_part(number).ok_or_else(|| unreadable_part("refund number"))?;
    let wanted = if body.is_empty() { Ok(WantedRetry::default()) } else { json::read(body) };
    let wanted: WantedRetry = wanted.map_err(|error| {
        let detail = format!(
            "Send nothing, or {{\"refund_account\":\"available_balance\"}} or {{\"refund_account\":\"unsettled_funds\"}} as JSON: {error}."
        );
        Problem::new(ProblemCode::InvalidBody, detail)
    })?;
    Ok(RetryRefund { out_refund_no, refund_account: wanted.refund_account })
}

fn unreadable_part(what: &str) -> Problem {
    Problem::new(ProblemCode::InvalidQuery, format!("The {what} in the path cannot be read."))
}

/// Sends the request to the order that the path names, in the name of this key.
async fn ask(env: &Env, key: &str, id: &str, request: ObjectRequest) -> Result<Response, Failure> {
    match http::decode_part(id).as_deref().map(OutTradeNo::new) {
        Some(Ok(number)) => ask_order_by(env, &number, request, key).await,
        Some(Err(_)) | None => http::no_such_order(),
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
            assert_eq!(account(bad).unwrap_err().code, ProblemCode::InvalidBody, "{bad}");
        }
    }
}
