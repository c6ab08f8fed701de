//! `GET /api/catalog`: what is sold now, at which price, for pages that show it before anything is ordered.

use web_sys::Request;
use worker::Env;

use crate::config::Config;
use crate::failure::Failure;
use crate::platform::clock::now_ms;
use crate::platform::http::{self, Answer, Response};
use crate::price;
use crate::routes::admission;
use crate::routes::orders::languages;

/// The catalogue, or the goods that `?sku=` names, in the language of the browser.
pub(crate) async fn answer(request: &Request, env: &Env, config: &Config) -> Result<Response, Failure> {
    if let Err(problem) = admission::may_read(request, env).await {
        return http::problem(&problem);
    }
    let now_ms = now_ms();
    let skus = match price::skus(http::query_of(&request.url()).unwrap_or_default()) {
        Ok(skus) => skus,
        Err(problem) => return http::problem(&problem),
    };
    match price::published(env, config, now_ms).await {
        Ok(catalog) => {
            let shown = price::shown(&catalog, &skus, &languages(request), now_ms);
            Answer::new(200).any_origin().json(&shown)
        }
        Err(problem) => http::problem(&problem),
    }
}
