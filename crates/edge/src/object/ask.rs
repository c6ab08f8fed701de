//! The way from a route to an order's object.

use web_sys::{RequestInit, Response};
use wire::OutTradeNo;
use worker::Env;

use crate::failure::Failure;
use crate::platform::environment;
use crate::platform::fetch::fetch;

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
) -> Result<Response, Failure> {
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
    Ok(fetch(Some(&stub), &format!("https://order{}", request.path), &init).await?)
}

/// Hands a WebSocket's opening on to the object of this order, without the page's headers: the token
/// among them has done its work.
pub(crate) async fn open_socket(env: &Env, number: &OutTradeNo) -> Result<Response, Failure> {
    let stub = environment::order_object(env, number)?;
    let headers = web_sys::Headers::new()?;
    headers.set("upgrade", "websocket")?;
    let init = RequestInit::new();
    init.set_headers(&headers);
    Ok(fetch(Some(&stub), "https://order/live", &init).await?)
}
