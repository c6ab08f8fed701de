//! `GET /admin/api/orders`: the orders that a filter lets through, the newest first, a page at a time.
//!
//! The header `Link` leads to the next page: the same filter, and the cursor after the last order. The time
//! alone would lose orders of the same millisecond. (`before_ms` and `before` are the cursor of earlier
//! versions.)

use web_sys::Request;
use worker::Env;

use crate::failure::Failure;
use crate::index::search::Form;
use crate::index::sharded::{Index, Merged};
use crate::platform::http::{self, Answer, Response};
use crate::routes::filter::{cursor, filter};
use crate::routes::query::Query;

/// How many orders a page has, unless `limit` says it, and at most.
const PAGE: (u32, u32) = (50, 200);
/// What the list may be asked with. The OpenAPI document has the same.
pub(crate) const PARAMETERS: &[&str] = &[
    "state",
    "placed_from",
    "placed_before",
    "paid_from",
    "paid_before",
    "amount_from",
    "amount_to",
    "currency",
    "text",
    "reference",
    "exceptions",
    "limit",
    "cursor",
    "before_ms",
    "before",
];

/// A page of the list.
pub(crate) async fn answer(request: &Request, env: &Env) -> Result<Response, Failure> {
    let query = Query::new(http::query_of(&request.url()), PARAMETERS);
    let asked = query.and_then(|query| Ok((filter(&query)?, query.limit(PAGE.0, PAGE.1)?, query)));
    let (filter, limit, query) = match asked {
        Ok(asked) => asked,
        Err(problem) => return http::problem(&problem),
    };
    let Some(index) = Index::of(env) else { return http::no_index() };
    let Merged { rows: orders, missing } = index.search(&filter, Form::Listed, limit).await?;
    let mut answer = http::index_missing(Answer::new(200), &missing);
    if let Some(last) = orders.last().filter(|_| u32::try_from(orders.len()).is_ok_and(|rows| rows >= limit))
    {
        let cursor = cursor(last.at_ms, &last.out_trade_no);
        let next = next("/admin/api/orders", &query, &cursor);
        answer = answer.header("link", &format!("<{next}>; rel=\"next\""));
    }
    let rows: Vec<_> = orders.iter().map(|order| order.json.as_str()).collect();
    Ok(answer.text("application/json", format!("[{}]", rows.join(","))))
}

/// The same question after this cursor.
pub(crate) fn next(path: &str, query: &Query, cursor: &str) -> String {
    let mut next = format!("{path}?");
    for (name, value) in query.pairs().filter(|(name, _)| !matches!(*name, "cursor" | "before" | "before_ms"))
    {
        next.push_str(&format!("{name}={}&", http::encode_part(value)));
    }
    next.push_str("cursor=");
    next.push_str(&http::encode_part(cursor));
    next
}
