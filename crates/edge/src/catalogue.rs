//! The shop's catalogue, read from the site's own `catalog.json` and kept for a moment.

use std::cell::RefCell;
use std::rc::Rc;

use api::{Catalog, Code, Problem};
use wasm_bindgen_futures::JsFuture;
use worker::Env;

use crate::http::PlatformFailure;
use crate::platform;

/// Where the site publishes it.
const PATH: &str = "/catalog.json";
/// How long a read one is used: a new price is charged at most this much later than it is shown.
const FRESH_MS: i64 = 10_000;

thread_local! {
    static KEPT: RefCell<Option<(i64, Rc<Catalog>)>> = const { RefCell::new(None) };
}

/// The catalogue as it is now.
pub(crate) async fn read(env: &Env, now_ms: i64) -> Result<Rc<Catalog>, Problem> {
    let kept = KEPT.with_borrow(|kept| {
        kept.as_ref()
            .filter(|(read_at_ms, _)| (0..FRESH_MS).contains(&now_ms.saturating_sub(*read_at_ms)))
            .map(|(_, catalog)| Rc::clone(catalog))
    });
    if let Some(catalog) = kept {
        return Ok(catalog);
    }
    let text = fetch(env).await.map_err(|failure| misconfigured(&failure.0))?;
    let catalog: Catalog = serde_json::from_str(&text).map_err(|error| misconfigured(&error.to_string()))?;
    let catalog = Rc::new(catalog);
    KEPT.with_borrow_mut(|kept| *kept = Some((now_ms, Rc::clone(&catalog))));
    Ok(catalog)
}

async fn fetch(env: &Env) -> Result<String, PlatformFailure> {
    let response = platform::asset(env, PATH).await?;
    if response.status() != 200 {
        return Err(PlatformFailure(format!("HTTP status {}", response.status())));
    }
    JsFuture::from(response.text()?)
        .await?
        .as_string()
        .ok_or_else(|| PlatformFailure("the file is not text".into()))
}

fn misconfigured(why: &str) -> Problem {
    worker::console_error!("catalog.json cannot be used: {why}");
    Problem::new(Code::Misconfigured, "The shop's catalogue cannot be read; its operator must mend it.")
}
