//! One call to WeChat Pay: a signed message out, bytes back, within a time limit. Decides nothing.

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use order::{Failure, GATEWAY_TIME_LIMIT_MS};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

use crate::platform::Fetcher;
use crate::timer::TimeLimit;

/// The order's rule, as the platform's timers take it.
const TIME_LIMIT_MS: u32 = GATEWAY_TIME_LIMIT_MS as u32;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    fn global_fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// Who makes the connection.
pub(crate) enum Line {
    /// The Worker as anybody.
    Plain,
    /// The Worker with the merchant's client certificate, which refunds demand (protocol §7.2).
    Certificate(Fetcher),
}

/// Posts `xml` to `host` + `path`. Only HTTP 200 is an answer of WeChat Pay's.
pub(crate) async fn post(line: &Line, host: &str, path: &str, xml: &str) -> Result<Vec<u8>, Failure> {
    let limit = TimeLimit::of(TIME_LIMIT_MS).map_err(|_| Failure::Unknown)?;
    let response = send(line, host, path, xml, &limit)
        .await
        .map_err(|error| if is_timeout(&error) { Failure::Unknown } else { Failure::NoConnection })?;
    if response.status() != 200 {
        return Err(Failure::Http { status: response.status(), text: String::new().into() });
    }
    let bytes = read(&response).await.map_err(|_| Failure::Unknown)?;
    if usize::try_from(bytes.length()).map_or(true, |length| length > wire::MAX_BODY_BYTES) {
        return Err(Failure::Unknown);
    }
    Ok(bytes.to_vec())
}

async fn send(
    line: &Line,
    host: &str,
    path: &str,
    xml: &str,
    limit: &TimeLimit,
) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", "text/xml; charset=utf-8")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&xml.into());
    init.set_signal(Some(&limit.signal()));
    // A redirect is no answer of WeChat's; following it would send a signed message elsewhere.
    js_sys::Reflect::set(&init, &"redirect".into(), &"manual".into())?;
    let url = format!("{host}{path}");
    let answer = match line {
        Line::Plain => global_fetch(&url, &init)?,
        Line::Certificate(fetcher) => fetcher.fetch(&url, &init)?,
    };
    Ok(JsFuture::from(answer).await?.unchecked_into())
}

async fn read(response: &Response) -> Result<Uint8Array, JsValue> {
    let buffer: ArrayBuffer = JsFuture::from(response.array_buffer()?).await?.unchecked_into();
    Ok(Uint8Array::new(&buffer))
}

fn is_timeout(error: &JsValue) -> bool {
    let name = js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    matches!(name.as_deref(), Some("TimeoutError" | "AbortError"))
}
