//! `GET /admin/api/audit`: what was changed by which key, and what a key was refused, the newest first.

use web_sys::Request;
use worker::Env;

use crate::failure::Failure;
use crate::index::sharded::Index;
use crate::platform::http::{self, Answer, Response};
use crate::routes::query::{Query, whole};

/// How many rows a page has, unless `limit` says it, and at most.
const PAGE: (u32, u32) = (50, 200);
/// Greater than every number of a row.
const BEFORE_ALL: i64 = 1 << 52;

/// A page of the log.
pub(crate) async fn answer(request: &Request, env: &Env) -> Result<Response, Failure> {
    let asked = Query::new(http::query_of(&request.url()), &["limit", "cursor"]).and_then(|query| {
        let cursor = query.read("cursor", "that of the page before", whole)?;
        Ok((cursor.unwrap_or(BEFORE_ALL).min(BEFORE_ALL), query.limit(PAGE.0, PAGE.1)?))
    });
    let (before, limit) = match asked {
        Ok(asked) => asked,
        Err(problem) => return http::problem(&problem),
    };
    let Some(index) = Index::of(env) else { return http::no_index() };
    let audit = index.uses(before, limit).await?;
    let full = u32::try_from(audit.len()).is_ok_and(|rows| rows >= limit);
    let next = audit
        .last()
        .filter(|_| full)
        .map(|last| format!(",\"next\":\"/admin/api/audit?limit={limit}&cursor={}\"", last.version));
    let rows: Vec<_> = audit.iter().map(|row| row.json.as_str()).collect();
    let body = format!("{{\"audit\":[{}]{}}}", rows.join(","), next.unwrap_or_default());
    Ok(Answer::new(200).text("application/json", body))
}
