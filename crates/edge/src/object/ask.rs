//! The way from a route to an order's object.

use js_sys::Uint8Array;
use web_sys::{Headers, RequestInit, Response};
use wire::OutTradeNo;
use worker::Env;

use crate::failure::{Defect, Failure};
use crate::object::protocol::{ObjectRequest, Travelling};
use crate::platform::environment;
use crate::platform::fetch::fetch;

/// Asks the object of this order.
///
/// Only the question travels. The headers of the route's own request stay behind, because the token among
/// them has done its work. The host of the URL has no meaning.
pub(crate) async fn ask_order(
    env: &Env,
    number: &OutTradeNo,
    request: ObjectRequest,
) -> Result<Response, Failure> {
    let Travelling { method, path, header, body } = request.into_request().map_err(Defect::NotWritten)?;
    let stub = environment::order_object(env, number)?;
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(bytes) = body {
        init.set_body(&Uint8Array::from(bytes.as_slice()).into());
    }
    if let Some((name, value)) = header {
        let headers = Headers::new()?;
        headers.set(name, &value)?;
        init.set_headers(&headers);
    }
    Ok(fetch(Some(&stub), &format!("https://order{path}"), &init).await?)
}
