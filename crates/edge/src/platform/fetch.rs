//! The Worker's requests to its own bindings. Only a URL, a body and a status cross between wasm and
//! JavaScript here.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Request, RequestInit, Response};
use worker::Env;

use crate::failure::PlatformFailure;
use crate::platform::environment;
use crate::platform::js::Fetcher;
use crate::platform::wait::settled;

/// Sends a request through a binding, and waits until its answer begins.
pub(crate) async fn fetch(binding: &Fetcher, url: &str, init: &RequestInit) -> Result<Response, JsValue> {
    Ok(settled(&binding.fetch(url, init)?).await?.unchecked_into())
}

/// Reads one of the site's own files.
pub(crate) async fn asset(env: &Env, path: &str) -> Result<Response, PlatformFailure> {
    let assets = environment::assets(env)?;
    Ok(fetch(&assets, &format!("https://assets{path}"), &RequestInit::new()).await?)
}

/// Answers a request with the site's file at its address, as if there were no Worker in front of the site.
pub(crate) async fn file(env: &Env, request: &Request) -> Result<Response, PlatformFailure> {
    Ok(settled(&environment::assets(env)?.fetch_request(request)?).await?.unchecked_into())
}
