//! The shop's catalog. It is read from the site's own `catalog.json` and kept for a moment.

use std::cell::RefCell;
use std::rc::Rc;

use api::{Catalog, Problem, ProblemCode};
use worker::Env;

use crate::failure::PlatformFailure;
use crate::platform::fetch::asset;
use crate::platform::wait::settled;

/// Where the site publishes the catalog.
const PATH: &str = "/catalog.json";
/// How long a catalog is kept. A new price is charged at most this much later than the site shows it.
const FRESH_MS: i64 = 10_000;

thread_local! {
    static KEPT: RefCell<Option<(i64, Rc<Catalog>)>> = const { RefCell::new(None) };
}

/// The current catalog.
pub(crate) async fn read(env: &Env, now_ms: i64) -> Result<Rc<Catalog>, Problem> {
    let kept = KEPT.with_borrow(|kept| {
        kept.as_ref()
            .filter(|(read_at_ms, _)| is_fresh(*read_at_ms, now_ms))
            .map(|(_, catalog)| Rc::clone(catalog))
    });
    if let Some(catalog) = kept {
        return Ok(catalog);
    }
    let text = fetch(env).await.map_err(|why| misconfigured(&why.to_string()))?;
    let catalog: Catalog = serde_json::from_str(&text).map_err(|error| misconfigured(&error.to_string()))?;
    let catalog = Rc::new(catalog);
    KEPT.with_borrow_mut(|kept| *kept = Some((now_ms, Rc::clone(&catalog))));
    Ok(catalog)
}

/// Whether a catalog that was read at that time may still be used now. It may not if the clock was set back
/// since then, so that it is never kept longer.
pub(super) fn is_fresh(read_at_ms: i64, now_ms: i64) -> bool {
    (0..FRESH_MS).contains(&now_ms.saturating_sub(read_at_ms))
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
}

pub(super) async fn fetch(env: &Env) -> Result<String, NoText> {
    let response = asset(env, PATH).await?;
    if response.status() != 200 {
        return Err(NoText::Status(response.status()));
    }
    let text = response.text().map_err(PlatformFailure::from)?;
    settled(&text).await.map_err(PlatformFailure::from)?.as_string().ok_or(NoText::NotText)
}

fn misconfigured(why: &str) -> Problem {
    worker::console_error!("catalog.json cannot be used: {why}");
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
}
