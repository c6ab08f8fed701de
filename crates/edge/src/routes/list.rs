//! `GET /admin/api/orders`: all orders, the newest first, a page at a time.
//!
//! The next page begins after the last order of a page: `?before_ms=<its placed_at_ms>&before=<its
//! out_trade_no>`. The time alone would lose orders of the same millisecond. It is allowed for callers who
//! want the orders before a certain time.

use api::{Problem, ProblemCode};
use web_sys::Request;
use wire::OutTradeNo;
use worker::Env;

use crate::failure::Failure;
use crate::index::sharded::{Index, Merged};
use crate::index::{Place, Row};
use crate::platform::http::{self, Answer, Response};

/// How many orders one page has.
const PAGE: u32 = 50;
/// The greatest time that a JavaScript date can have.
const LATEST_MS: i64 = 8_640_000_000_000_000;

/// A page of the list. The header `Link` leads to the next page.
pub(crate) async fn answer(request: &Request, env: &Env) -> Result<Response, Failure> {
    let before = match place(&request.url()) {
        Ok(before) => before,
        Err(problem) => return http::problem(&problem),
    };
    let Some(index) = Index::of(env) else { return http::no_index() };
    let Merged { rows: orders, missing } = index.newest(&before, PAGE).await?;
    let mut answer = http::index_missing(Answer::new(200), &missing);
    if let Some(last) = orders.last().filter(|_| u32::try_from(orders.len()).is_ok_and(|rows| rows >= PAGE)) {
        answer = answer.header("link", &format!("<{}>; rel=\"next\"", next(last)));
    }
    let rows: Vec<_> = orders.iter().map(|order| order.json.as_str()).collect();
    Ok(answer.text("application/json", format!("[{}]", rows.join(","))))
}

fn next(last: &Row) -> String {
    let number = http::encode_part(&last.out_trade_no);
    format!("/admin/api/orders?before_ms={}&before={number}", last.at_ms)
}

/// The place in the list after which the page begins.
fn place(url: &str) -> Result<Place, Problem> {
    let refused = |why: String| {
        let rule = "Send before_ms and before with the placed_at_ms and the out_trade_no of the last order you have, \
                    or before_ms alone, or nothing.";
        Problem::new(ProblemCode::InvalidQuery, format!("{why} {rule}"))
    };
    let query = http::query_of(url).ok_or_else(|| refused("The query cannot be read.".into()))?;
    let (mut before_ms, mut before) = (None, None);
    for (name, value) in query {
        let slot = match name.as_str() {
            "before_ms" => &mut before_ms,
            "before" => &mut before,
            _ => return Err(refused(format!("The list has no parameter `{name}`."))),
        };
        if slot.replace(value).is_some() {
            return Err(refused(format!("The parameter `{name}` is there twice.")));
        }
    }
    let at_ms = match before_ms {
        Some(text) => text
            .parse()
            .ok()
            .filter(|at_ms| (0..=LATEST_MS).contains(at_ms))
            .ok_or_else(|| refused(format!("`{text}` is no time in milliseconds since 1970.")))?,
        None if before.is_some() => return Err(refused("The parameter `before` needs `before_ms`.".into())),
        None => LATEST_MS,
    };
    let number = before.unwrap_or_default();
    if !number.is_empty() && OutTradeNo::new(&number).is_err() {
        return Err(refused(format!("`{number}` is no order number.")));
    }
    Ok(Place { at_ms, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Place, String> {
        place(&format!("https://pay.example.com/admin/api/orders{query}")).map_err(|problem| problem.detail)
    }

    #[test]
    fn a_page_ends_before_an_order_before_a_moment_or_at_the_newest() {
        assert_eq!(asked("").unwrap(), Place { at_ms: LATEST_MS, number: String::new() });
        assert_eq!(asked("?before_ms=5").unwrap(), Place { at_ms: 5, number: String::new() });
        assert_eq!(asked("?before=H1&before_ms=5").unwrap(), Place { at_ms: 5, number: "H1".into() });
        assert_eq!(asked("?before_ms=5&before=a%7Cb").unwrap(), Place { at_ms: 5, number: "a|b".into() });
    }

    #[test]
    fn what_the_list_does_not_understand_is_refused_with_what_to_send() {
        for (query, why) in [
            ("?state=paid", "no parameter `state`"),
            ("?before_ms=", "`` is no time"),
            ("?before_ms=yesterday", "`yesterday` is no time"),
            ("?before_ms=-1", "`-1` is no time"),
            ("?before_ms=1e3", "`1e3` is no time"),
            ("?before_ms=99999999999999999999", "is no time"),
            ("?before=H1", "needs `before_ms`"),
            ("?before_ms=1&before_ms=2", "there twice"),
            ("?before_ms=1&before=%20", "is no order number"),
            ("?before_ms=%zz", "cannot be read"),
        ] {
            let detail = asked(query).unwrap_err();
            assert!(detail.contains(why) && detail.contains("Send before_ms"), "{query}: {detail}");
        }
    }
}
