//! `GET /download/{id}/{line}?expires=…&sig=…`: a file that was bought. Everything else that is answered
//! here is a page for a shopper.
//!
//! 1. A link that is not ours, or over, wakes no order ([`download_link`]).
//! 2. The order says whether the file goes out, and counts it (`object/download.rs`).
//! 3. The bytes go from the bucket to the shopper.

use web_sys::Request;
use worker::Env;

use crate::config::Config;
use crate::download_link;
use crate::failure::Failure;
use crate::html::document::{self, Document};
use crate::html::language;
use crate::object::ask::ask_order;
use crate::object::download::{MONEY_WENT_BACK, NO_SUCH_BYTES, USED_UP};
use crate::object::protocol::{AskedDownload, ObjectRequest};
use crate::platform::clock::now_ms;
use crate::platform::files;
use crate::platform::http::{self, Answer, Response};
use crate::routes::admission;
use crate::routes::orders::languages;

/// The link is not ours, or over.
const BAD_LINK: u16 = 403;
/// There are too many requests.
const BUSY: u16 = 503;

/// Answers with the file, a part of it, or a page that says why not.
pub(crate) async fn answer(
    request: &Request,
    env: &Env,
    config: &Config,
    id: &str,
    line: &str,
) -> Result<Response, Failure> {
    let status = match sent(request, env, config, id, line).await {
        Ok(Ok(response)) => return Ok(response),
        Ok(Err(status)) => status,
        Err(failure) => {
            worker::console_error!("a download failed: {failure}");
            500
        }
    };
    let words = language::choose(&languages(request));
    let (title, hint) = match status {
        BAD_LINK => (words.file, words.file_link),
        BUSY => (words.busy, words.busy_hint),
        MONEY_WENT_BACK => (words.file, words.file_refunded),
        USED_UP => (words.file, words.file_used_up),
        _ => (words.file, words.file_missing),
    };
    let document = Document { words, title, class: "refused", reload_s: None };
    document::answer(Answer::new(status), document.of_sentences(&[hint]))
}

/// The file, or the status of the page that says why not.
async fn sent(
    request: &Request,
    env: &Env,
    config: &Config,
    id: &str,
    line: &str,
) -> Result<Result<Response, u16>, Failure> {
    if admission::may_read(request, env).await.is_err() {
        return Ok(Err(BUSY));
    }
    let query = http::query_of(&request.url()).unwrap_or_default();
    let judged = download_link::judge(&config.order_secret, id, line, &query, now_ms());
    let Some((number, line)) = judged else { return Ok(Err(BAD_LINK)) };
    let is_head = request.method() == "HEAD";
    let header = |name| http::header(request, name).unwrap_or_default();
    let asked = AskedDownload { line, is_head, range: header("range"), if_range: header("if-range") };
    let told = ask_order(env, &number, ObjectRequest::Download(asked)).await?;
    let text = told.text().unwrap_or_default();
    Ok(match told.status() {
        200 => Ok(Response::Platform(files::send(env, &text, is_head).await?)),
        NO_SUCH_BYTES => Ok(Answer::new(NO_SUCH_BYTES).header("content-range", &text).empty()),
        status => Err(status),
    })
}
