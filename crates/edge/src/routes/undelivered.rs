//! `GET /admin/api/webhooks`: the webhooks of all orders that wait to be accepted, or were given up.
//!
//! The index says which orders may have some, and each order says what it has. So a page may have fewer
//! entries than it asked orders for, and none though there is a next page.

use web_sys::Request;
use wire::OutTradeNo;
use worker::Env;

use crate::failure::Failure;
use crate::index::sharded::{Index, Merged};
use crate::object::ask::ask_order;
use crate::object::protocol::ObjectRequest;
use crate::platform::http::{self, Answer, Response};
use crate::platform::timer::together;
use crate::routes::filter::{cursor, read_cursor};
use crate::routes::moment::LATEST_MS;
use crate::routes::query::Query;

/// How many orders are asked for a page.
const PAGE: u32 = 20;
/// What an order without any says of itself.
const NONE: &str = "\"waiting\":[],\"given_up\":[]";

/// A page of webhooks, those of the newest orders first.
pub(crate) async fn answer(request: &Request, env: &Env) -> Result<Response, Failure> {
    let asked = Query::new(http::query_of(&request.url()), &["cursor"])
        .and_then(|query| query.read("cursor", "that of the page before", read_cursor));
    let (before_ms, before_number) = match asked {
        Ok(cursor) => cursor.unwrap_or((LATEST_MS, String::new())),
        Err(problem) => return http::problem(&problem),
    };
    let Some(index) = Index::of(env) else { return http::no_index() };
    let Merged { rows: orders, missing } = index.undelivered(before_ms, &before_number, PAGE).await?;
    let numbers = orders.iter().filter_map(|order| OutTradeNo::new(&order.out_trade_no).ok());
    let answers =
        together(numbers.map(|number| async move { ask_order(env, &number, ObjectRequest::Webhooks).await }))
            .await;
    let mut body = "{\"webhooks\":[".to_owned();
    let mut between = "";
    for answer in answers {
        let answer = answer?;
        // An order that was archived or lost has no webhooks any more.
        let Some(text) = answer.text().filter(|text| answer.status() == 200 && !text.contains(NONE)) else {
            continue;
        };
        body.push_str(between);
        body.push_str(&text);
        between = ",";
    }
    body.push(']');
    if let Some(last) = orders.last().filter(|_| u32::try_from(orders.len()).is_ok_and(|rows| rows >= PAGE)) {
        let cursor = cursor(last.at_ms, &last.out_trade_no);
        body.push_str(&format!(",\"next\":\"/admin/api/webhooks?cursor={}\"", http::encode_part(&cursor)));
    }
    body.push('}');
    Ok(http::index_missing(Answer::new(200), &missing).text("application/json", body))
}
