//! The two bindings the Worker calls, as thin JavaScript imports: an order's object and the assets.
//!
//! `worker`'s own wrappers copy headers and build a `cf` object for each request; what crosses here
//! is a URL, a body and a status.

use js_sys::Promise;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};
use wire::OutTradeNo;
use worker::Env;

use crate::environment;
use crate::http::PlatformFailure;

#[wasm_bindgen]
extern "C" {
    /// Anything with the platform's `fetch`: an object's stub, a service binding.
    pub(crate) type Fetcher;
    /// A random text of 122 bits, from the platform's secure randomness.
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID, catch)]
    pub(crate) fn random_uuid() -> Result<String, JsValue>;
    /// `fetch` as everywhere.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn fetch(this: &Fetcher, url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
    /// The same for a request as it came.
    #[wasm_bindgen(method, catch, js_name = fetch)]
    pub(crate) fn fetch_request(this: &Fetcher, request: &Request) -> Result<Promise, JsValue>;
}

/// A request to an order's object. The host of its URL means nothing.
pub(crate) struct ToObject<'a> {
    /// `GET` or `POST`.
    pub(crate) method: &'a str,
    /// One of the object's own routes.
    pub(crate) path: &'a str,
    /// The body of a `POST`.
    pub(crate) body: Option<&'a [u8]>,
    /// The page's `If-None-Match`.
    pub(crate) if_none_match: Option<&'a str>,
}

/// Asks the object of this order.
pub(crate) async fn ask_order(
    env: &Env,
    number: &OutTradeNo,
    request: ToObject<'_>,
) -> Result<Response, PlatformFailure> {
    let stub = environment::order_object(env, number)?;
    let init = RequestInit::new();
    init.set_method(request.method);
    if let Some(bytes) = request.body {
        init.set_body(&js_sys::Uint8Array::from(bytes).into());
    }
    if let Some(tag) = request.if_none_match {
        let headers = web_sys::Headers::new()?;
        headers.set("if-none-match", tag)?;
        init.set_headers(&headers);
    }
    let url = format!("https://order{}", request.path);
    Ok(JsFuture::from(stub.fetch(&url, &init)?).await?.unchecked_into())
}

/// Hands a WebSocket's opening on to the object of this order, without the page's headers: the token
/// among them has done its work.
pub(crate) async fn open_socket(env: &Env, number: &OutTradeNo) -> Result<Response, PlatformFailure> {
    let stub = environment::order_object(env, number)?;
    let headers = web_sys::Headers::new()?;
    headers.set("upgrade", "websocket")?;
    let init = RequestInit::new();
    init.set_headers(&headers);
    Ok(JsFuture::from(stub.fetch("https://order/live", &init)?).await?.unchecked_into())
}

/// Reads one of the site's own files.
pub(crate) async fn asset(env: &Env, path: &str) -> Result<Response, PlatformFailure> {
    let assets = environment::assets(env)?;
    let url = format!("https://assets{path}");
    Ok(JsFuture::from(assets.fetch(&url, &RequestInit::new())?).await?.unchecked_into())
}

/// Answers a request with the file of the site that it asks for, as if no Worker stood before it.
pub(crate) async fn file(env: &Env, request: &Request) -> Result<Response, PlatformFailure> {
    Ok(JsFuture::from(environment::assets(env)?.fetch_request(request)?).await?.unchecked_into())
}
