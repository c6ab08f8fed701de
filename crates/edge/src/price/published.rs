//! The shop's catalog as it is published: among the site's own files (`/catalog.json`), or at `CATALOG_URL`.
//! It is kept for a moment, and read again only if it has changed.
//!
//! A catalogue at another address may not answer. Then the last good one goes on for an hour, in each isolate
//! that has read one, and the log says so. A catalogue that answers and has a mistake that concerns every
//! order sells nothing, wherever it is.

use std::cell::RefCell;
use std::rc::Rc;

use api::{Problem, ProblemCode};
use worker::Env;

use super::catalog::{self, Catalog, Fault, MAX_BYTES};
use crate::config::Config;
use crate::failure::PlatformFailure;
use crate::platform::fetch::asset;
use crate::platform::post::{Connection, NoAnswer};
use crate::platform::wait::settled;

/// Where the site publishes the catalog.
const PATH: &str = "/catalog.json";
/// How long a catalog is kept. A new price is charged at most this much later than the site shows it.
const FRESH_MS: i64 = 10_000;
/// How long the last good catalog is used while its address does not answer.
const STALE_MS: i64 = 60 * 60_000;
/// How long the address may take. A shopper waits for it.
const TIME_LIMIT_MS: u32 = 3_000;
/// How many faults one reading writes into the log.
const MAX_LOGGED: usize = 20;

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// The catalogue that was read last.
#[derive(Clone)]
struct Kept {
    /// When somebody looked whether there is a newer one.
    asked_at_ms: i64,
    /// When it was last known to be the published one.
    good_at_ms: i64,
    text: Rc<str>,
    etag: Option<String>,
    catalog: Rc<Catalog>,
}

/// What was found where the catalogue is published.
enum Found {
    Text {
        text: String,
        etag: Option<String>,
    },
    /// The address says that it has not changed.
    Unchanged,
}

/// The current catalog.
pub(crate) async fn read(env: &Env, config: &Config, now_ms: i64) -> Result<Rc<Catalog>, Problem> {
    let kept = KEPT.with_borrow(Clone::clone);
    if let Some(kept) = kept.as_ref().filter(|kept| is_fresh(kept.asked_at_ms, now_ms)) {
        return Ok(Rc::clone(&kept.catalog));
    }
    let etag = kept.as_ref().and_then(|kept| kept.etag.as_deref());
    let (good_at_ms, text, etag) = match (find(env, config, etag).await, &kept) {
        (Ok(Found::Text { text, etag }), _) => (now_ms, Rc::from(text), etag),
        (Ok(Found::Unchanged), Some(kept)) => (now_ms, Rc::clone(&kept.text), kept.etag.clone()),
        (Ok(Found::Unchanged), None) => return Err(misconfigured("its address says that nothing changed")),
        (Err(why), Some(kept)) if config.catalog_url.is_some() && is_usable(kept.good_at_ms, now_ms) => {
            worker::console_warn!("CATALOG_URL: {why}; the last good catalogue is used");
            (kept.good_at_ms, Rc::clone(&kept.text), kept.etag.clone())
        }
        (Err(why), _) => return Err(misconfigured(&why.to_string())),
    };
    let catalog = match kept.filter(|kept| kept.text == text) {
        Some(kept) => kept.catalog,
        None => Rc::new(understood(&text)?),
    };
    let kept = Kept { asked_at_ms: now_ms, good_at_ms, text, etag, catalog: Rc::clone(&catalog) };
    KEPT.with_borrow_mut(|last| *last = Some(kept));
    Ok(catalog)
}

fn understood(text: &str) -> Result<Catalog, Problem> {
    match catalog::read(text) {
        Ok(catalog) => {
            told("has an item that is not sold", &catalog.faults);
            Ok(catalog)
        }
        Err(faults) => {
            told("cannot be used", &faults);
            Err(unreadable())
        }
    }
}

/// The operator learns of each mistake.
fn told(what: &str, faults: &[Fault]) {
    for fault in faults.iter().take(MAX_LOGGED) {
        worker::console_error!("catalog.json {what}: {fault}");
    }
}

/// Whether a catalog that was read at that time may still be used now. It may not if the clock was set back
/// since then, so that it is never kept longer.
pub(super) fn is_fresh(read_at_ms: i64, now_ms: i64) -> bool {
    (0..FRESH_MS).contains(&now_ms.saturating_sub(read_at_ms))
}

/// The same while its address does not answer.
fn is_usable(good_at_ms: i64, now_ms: i64) -> bool {
    (0..STALE_MS).contains(&now_ms.saturating_sub(good_at_ms))
}

/// Why the catalog's text could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoText {
    #[error(transparent)]
    Platform(#[from] PlatformFailure),
    #[error("HTTP status {0}")]
    Status(u16),
    #[error("the file is not text")]
    NotText,
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
}

/// The catalogue as it is published now.
pub(super) async fn text(env: &Env, config: &Config) -> Result<String, NoText> {
    match find(env, config, None).await? {
        Found::Text { text, .. } => Ok(text),
        Found::Unchanged => Err(NoText::Status(304)),
    }
}

async fn find(env: &Env, config: &Config, etag: Option<&str>) -> Result<Found, NoText> {
    let Some(url) = &config.catalog_url else {
        let response = asset(env, PATH).await?;
        if response.status() != 200 {
            return Err(NoText::Status(response.status()));
        }
        let text = response.text().map_err(PlatformFailure::from)?;
        let text = settled(&text).await.map_err(PlatformFailure::from)?.as_string();
        return Ok(Found::Text { text: text.ok_or(NoText::NotText)?, etag: None });
    };
    let mut headers = vec![("accept", "application/json")];
    headers.extend(etag.map(|etag| ("if-none-match", etag)));
    let answer = match Connection::get(url, &headers, TIME_LIMIT_MS).await {
        Err(NoAnswer::Redirected { status: 304, .. }) if etag.is_some() => return Ok(Found::Unchanged),
        answer => answer?,
    };
    if answer.status != 200 {
        return Err(NoText::Status(answer.status));
    }
    let etag = answer.header("etag").filter(|etag| etag.len() <= 200 && !etag.contains('\n'));
    let bytes = answer.whole(MAX_BYTES).await?;
    Ok(Found::Text { text: String::from_utf8(bytes).map_err(|_| NoText::NotText)?, etag })
}

fn misconfigured(why: &str) -> Problem {
    worker::console_error!("catalog.json cannot be used: {why}");
    unreadable()
}

/// The problem of every order while there is no catalogue.
pub(crate) fn unreadable() -> Problem {
    Problem::new(
        ProblemCode::Misconfigured,
        "The shop's catalogue cannot be read; its operator must mend it.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_price_is_charged_ten_seconds_after_it_was_published_and_the_catalogue_is_not_read_for_each_order()
     {
        let read_at_ms = 1_790_000_000_000;
        for (later_ms, fresh) in [(0, true), (1, true), (9_999, true), (10_000, false), (86_400_000, false)] {
            assert_eq!(is_fresh(read_at_ms, read_at_ms + later_ms), fresh, "{later_ms} ms later");
        }
        assert!(!is_fresh(read_at_ms, read_at_ms - 1), "the clock was set back");
        assert!(!is_fresh(i64::MIN, i64::MAX) && !is_fresh(i64::MAX, i64::MIN));
    }

    #[test]
    fn the_last_good_catalogue_goes_on_for_an_hour() {
        let good_at_ms = 1_790_000_000_000;
        for (later_ms, usable) in [(10_000, true), (3_599_999, true), (3_600_000, false), (-1, false)] {
            assert_eq!(is_usable(good_at_ms, good_at_ms + later_ms), usable, "{later_ms} ms later");
        }
    }
}
