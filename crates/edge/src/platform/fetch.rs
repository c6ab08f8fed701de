//! The only `fetch`: the Worker's requests to its own bindings and to servers outside. Only a URL, a body and
//! a status cross between wasm and JavaScript here.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};
use worker::Env;

use crate::failure::PlatformFailure;
use crate::platform::environment;
use crate::platform::js::{Fetcher, fetch_outside};

/// Sends a request, through a binding or to the internet, and waits until its answer begins.
pub(crate) async fn fetch(
    binding: Option<&Fetcher>,
    url: &str,
    init: &RequestInit,
) -> Result<Response, JsValue> {
    let begun = match binding {
        Some(binding) => binding.fetch(url, init)?,
        None => fetch_outside(url, init)?,
    };
    Ok(JsFuture::from(begun).await?.unchecked_into())
}

/// Reads one of the site's own files.
pub(crate) async fn asset(env: &Env, path: &str) -> Result<Response, PlatformFailure> {
    let assets = environment::assets(env)?;
    Ok(fetch(Some(&assets), &format!("https://assets{path}"), &RequestInit::new()).await?)
}

/// Answers a request with the site's file at its address, as if there were no Worker in front of the site.
pub(crate) async fn file(env: &Env, request: &Request) -> Result<Response, PlatformFailure> {
    Ok(JsFuture::from(environment::assets(env)?.fetch_request(request)?).await?.unchecked_into())
}
