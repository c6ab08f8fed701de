//! The way from a route to an order's object.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Headers, RequestInit};
use wire::OutTradeNo;
use worker::Env;

use crate::failure::{Defect, Failure, words_of};
use crate::object::protocol::{ObjectRequest, Travelling};
use crate::platform::environment;
use crate::platform::fetch::fetch;
use crate::platform::http::Response;
use crate::platform::js::Fetcher;
use crate::platform::wait::settled;

/// Asks the object of this order.
///
/// Only the question travels. The headers of the route's own request stay behind, because the token among
/// them has done its work. It travels as a call, which is quicker than a request. A socket can only be opened
/// by a request, and an object of an older version takes nothing else.
pub(crate) async fn ask_order(
    env: &Env,
    number: &OutTradeNo,
    request: ObjectRequest,
) -> Result<Response, Failure> {
    ask(&environment::order_object(env, number)?, request).await
}

/// Asks the count of an offer, by the hash of the offer's claims. Returns the status.
pub(crate) async fn ask_count(env: &Env, hash: &str, request: ObjectRequest) -> Result<u16, Failure> {
    Ok(ask(&environment::offer_count(env, hash)?, request).await?.status())
}

async fn ask(stub: &Fetcher, request: ObjectRequest) -> Result<Response, Failure> {
    let opens_socket = request == ObjectRequest::Live;
    let travelling = request.into_request().map_err(Defect::NotWritten)?;
    if !opens_socket {
        match call(stub, &travelling).await {
            Err(error) if takes_no_calls(&error) => {}
            answered => return Ok(answered?),
        }
    }
    send(stub, &travelling).await
}

async fn call(stub: &Fetcher, travelling: &Travelling) -> Result<Response, JsValue> {
    let Travelling { path, header, body, .. } = travelling;
    let header = header.as_ref().map(|(_, value)| value.as_str());
    let body = body.as_deref().map(Uint8Array::from);
    let told = settled(&stub.ask(path, header, body)?).await?;
    Ok(Response::Told(told.unchecked_into(), String::new()))
}

/// Whether this error of the platform says that the object is of a version that only takes requests. Then the
/// call has done nothing.
fn takes_no_calls(error: &JsValue) -> bool {
    let words = words_of(error);
    words.contains("does not support RPC") || words.contains("does not implement")
}

/// The host of the URL has no meaning.
async fn send(stub: &Fetcher, travelling: &Travelling) -> Result<Response, Failure> {
    let Travelling { method, path, header, body } = travelling;
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(bytes) = body {
        init.set_body(&Uint8Array::from(bytes.as_slice()).into());
    }
    if let Some((name, value)) = header {
        let headers = Headers::new()?;
        headers.set(name, value)?;
        init.set_headers(&headers);
    }
    Ok(Response::Platform(fetch(stub, &format!("https://order{path}"), &init).await?))
}
