//! `GET /admin/api/audit`: what was changed by which key, and what a key was refused, the newest first.

use serde::Serialize;
use web_sys::Request;
use worker::Env;

use crate::failure::Failure;
use crate::index::Index;
use crate::index::audit::AuditRow;
use crate::platform::http::{self, Answer, Response};
use crate::routes::query::{Query, whole};

/// A page of the audit log.
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = AuditPage))]
#[derive(Serialize)]
pub(super) struct Page {
    audit: Vec<AuditRow>,
    /// The path of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

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
        .map(|last| format!("/admin/api/audit?limit={limit}&cursor={}", last.id));
    Answer::new(200).json(&Page { audit, next })
}
