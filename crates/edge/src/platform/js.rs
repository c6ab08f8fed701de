//! Every class and function of JavaScript that neither `worker` nor `web_sys` binds in the way that this
//! Worker needs. No other file declares one.

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, RequestInit};

#[wasm_bindgen]
extern "C" {
    /// Anything that has the platform's `fetch`: an object's stub, a service binding.
    pub(crate) type Fetcher;
    /// The usual `fetch`. The wrappers of the crate `worker` copy headers and build a `cf` object for each
    /// request.
    #[wasm_bindgen(method, catch)]
    pub(super) fn fetch(this: &Fetcher, url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
    /// The same for an unchanged incoming request.
    #[wasm_bindgen(method, catch, js_name = fetch)]
    pub(super) fn fetch_request(this: &Fetcher, request: &Request) -> Result<Promise, JsValue>;
    /// The Worker's own `fetch`, which goes out to the internet.
    #[wasm_bindgen(js_name = fetch, catch)]
    pub(super) fn fetch_outside(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;

    /// A random text with 122 bits of the platform's secure randomness.
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID, catch)]
    pub(crate) fn random_uuid() -> Result<String, JsValue>;

    #[wasm_bindgen(js_name = setTimeout)]
    pub(super) fn set_timeout(callback: &Function, after_ms: u32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    pub(super) fn clear_timeout(timer: &JsValue);

    /// An object's storage: the functions that the crate `worker` does not bind.
    pub(crate) type ObjectStorage;
    /// Runs the callback in a transaction. If the callback throws, everything in it is rolled back, and this
    /// throws the same error.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    pub(crate) fn transaction_sync(
        this: &ObjectStorage,
        work: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;
    /// Sets the object's only alarm. The promise matters only for backpressure. An alarm in the past rings
    /// immediately.
    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    pub(crate) fn set_alarm(this: &ObjectStorage, at_ms: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = deleteAlarm)]
    pub(crate) fn delete_alarm(this: &ObjectStorage) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A counter of the platform: a binding of `[[ratelimits]]`.
    pub(super) type RateLimiter;
    /// Counts one for `{ key }`. Resolves to `{ success }`.
    #[wasm_bindgen(method, catch)]
    pub(super) fn limit(this: &RateLimiter, options: &JsValue) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(module = "edge-trap")]
extern "C" {
    /// Tells `js/instance.mjs` that the instance has trapped and must not be called again.
    pub(super) fn trapped();
}
