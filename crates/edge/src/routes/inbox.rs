//! `GET /admin/api/attention`: everything in all orders that waits for a person, the oldest first.
//!
//! Each entry says what happened, what to do, and where to POST when it is done. One query of the index gives
//! the entries: money that fits no order, refunds that are stuck, webhooks that nobody accepted.

use api::{Problem, ProblemCode};
use order::ExceptionKind;
use serde::{Deserialize, Serialize};
use web_sys::Request;
use worker::Env;

use crate::failure::Failure;
use crate::index::sharded::{Index, Merged};
use crate::index::{Place, Row};
use crate::platform::http::{self, Answer, Response};

/// How many entries one page has.
const PAGE: u32 = 50;

/// A page of the inbox.
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = AttentionPage))]
#[derive(Serialize)]
pub(super) struct Page {
    attention: Vec<Entry>,
    /// The path of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One open exception, for the person who looks at it.
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = AttentionEntry))]
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    out_trade_no: String,
    id: u64,
    kind: String,
    at_ms: i64,
    what_happened: String,
    what_to_do: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_refund_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_id: Option<String>,
    /// POST to this path when it is done.
    done: String,
}

/// An exception in the form in which its order wrote it. A newer Worker may know more kinds and more fields.
#[derive(Deserialize)]
struct Kept {
    kind: String,
    detail: Option<String>,
    transaction_id: Option<String>,
    out_refund_no: Option<String>,
    webhook_id: Option<String>,
}

/// A page of the inbox, after the entry that the cursor names.
pub(crate) async fn answer(request: &Request, env: &Env) -> Result<Response, Failure> {
    let (after, id) = match cursor(&request.url()) {
        Ok(cursor) => cursor,
        Err(problem) => return http::problem(&problem),
    };
    let Some(index) = Index::of(env) else { return http::no_index() };
    let Merged { rows: open, missing } = index.open(&after, id, PAGE).await?;
    let full = u32::try_from(open.len()).is_ok_and(|rows| rows >= PAGE);
    let next = open.last().filter(|_| full).map(next);
    http::index_missing(Answer::new(200), &missing)
        .json(&Page { attention: open.into_iter().map(entry).collect(), next })
}

fn entry(open: Row) -> Entry {
    let done = format!(
        "/admin/api/orders/{}/attention/{}/done",
        http::encode_part(&open.out_trade_no),
        open.version
    );
    let kept = serde_json::from_str(&open.json).unwrap_or_else(|error| Kept {
        kind: "unreadable_exception".into(),
        detail: Some(error.to_string()),
        transaction_id: None,
        out_refund_no: None,
        webhook_id: None,
    });
    let kind = ExceptionKind::ALL.into_iter().find(|kind| kind.name() == kept.kind);
    let (what_happened, what_to_do) = kind.map_or(
        (
            "A version of this Worker that knows more has noticed something.",
            "Look the order up: GET /admin/api/orders/{id}. Deploy the newest version to read it in words.",
        ),
        |kind| (kind.what_happened(), kind.what_to_do()),
    );
    Entry {
        out_trade_no: open.out_trade_no,
        id: open.version,
        kind: kept.kind,
        at_ms: open.at_ms,
        what_happened: what_happened.into(),
        what_to_do: what_to_do.into(),
        detail: kept.detail,
        transaction_id: kept.transaction_id,
        out_refund_no: kept.out_refund_no,
        webhook_id: kept.webhook_id,
        done,
    }
}

fn next(last: &Row) -> String {
    let cursor = format!("{}.{}.{}", last.at_ms, last.version, last.out_trade_no);
    format!("/admin/api/attention?cursor={}", http::encode_part(&cursor))
}

/// The entry that the page begins after.
fn cursor(url: &str) -> Result<(Place, u32), Problem> {
    let refused = || {
        let detail =
            "Follow `next` of the page before as it is, or ask without a query for the oldest entries.";
        Problem::new(ProblemCode::InvalidQuery, detail)
    };
    let query = http::query_of(url).ok_or_else(refused)?;
    let text = match query.as_slice() {
        [] => return Ok((Place::default(), 0)),
        [(name, value)] if name == "cursor" => value,
        _ => return Err(refused()),
    };
    let mut parts = text.splitn(3, '.');
    let at_ms = parts.next().and_then(|part| part.parse().ok()).ok_or_else(refused)?;
    let id = parts.next().and_then(|part| part.parse().ok()).ok_or_else(refused)?;
    let number = parts.next().filter(|number| !number.is_empty()).ok_or_else(refused)?;
    Ok((Place { at_ms, number: number.into() }, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(exception: &str) -> Row {
        Row { out_trade_no: "shop|7".into(), version: 3, at_ms: 1_700, json: exception.into() }
    }

    #[test]
    fn an_entry_says_what_happened_what_to_do_and_where_to_say_that_it_is_done() {
        let kept = r#"{"id":3,"kind":"webhook_undelivered","webhook_id":"shop|7-2","detail":"HTTP 500","at_ms":1700}"#;
        let entry = serde_json::to_value(entry(open(kept))).unwrap();
        let kind = ExceptionKind::WebhookUndelivered;
        let expected = serde_json::json!({
            "out_trade_no": "shop|7", "id": 3, "kind": "webhook_undelivered", "at_ms": 1700,
            "what_happened": kind.what_happened(), "what_to_do": kind.what_to_do(),
            "detail": "HTTP 500", "webhook_id": "shop|7-2",
            "done": "/admin/api/orders/shop%7C7/attention/3/done",
        });
        assert_eq!(entry, expected);
    }

    #[test]
    fn the_readme_says_what_to_do_about_each_kind() {
        let readme = include_str!("../../README.md");
        for kind in ExceptionKind::ALL {
            let row = readme
                .lines()
                .find(|line| line.starts_with("| `") && line.contains(&format!("`{}`", kind.name())));
            assert_eq!(row.map(|row| row.matches('|').count()), Some(4), "{}", kind.name());
        }
    }

    #[test]
    fn what_a_newer_worker_has_noticed_is_shown_too() {
        let newer = entry(open(r#"{"id":3,"kind":"of_next_year","detail":"?","at_ms":1700,"more":[1]}"#));
        assert_eq!((newer.kind.as_str(), newer.detail.as_deref()), ("of_next_year", Some("?")));
        assert_eq!(entry(open("[]")).kind, "unreadable_exception");
    }

    #[test]
    fn the_next_page_begins_after_the_last_entry() {
        let path = next(&open("{}"));
        assert_eq!(path, "/admin/api/attention?cursor=1700.3.shop%7C7");
        assert_eq!(cursor(&path).unwrap(), (Place { at_ms: 1_700, number: "shop|7".into() }, 3));
    }

    #[test]
    fn a_cursor_that_was_made_up_is_refused() {
        for query in [
            "?cursor=",
            "?cursor=1",
            "?cursor=1.2",
            "?cursor=1.2.",
            "?cursor=a.1.H",
            "?page=2",
            "?cursor=1.2.H&x=1",
        ] {
            assert_eq!(cursor(query).unwrap_err().code, ProblemCode::InvalidQuery, "{query}");
        }
    }
}
