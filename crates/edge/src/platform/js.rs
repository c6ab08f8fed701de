//! Every class and function of JavaScript that neither `worker` nor `web_sys` binds in the way that this
//! Worker needs. No other file declares one.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{AbortSignal, Headers, Request, RequestInit, Response};

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
    /// Asks an order's object by a call of `OrderObject.ask` in `js/entry.mjs`. The promise is of a [`Told`].
    #[wasm_bindgen(method, catch)]
    pub(crate) fn ask(
        this: &Fetcher,
        path: &str,
        header: Option<&str>,
        body: Option<Uint8Array>,
    ) -> Result<Promise, JsValue>;

    /// A random text with 122 bits of the platform's secure randomness.
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID, catch)]
    pub(crate) fn random_uuid() -> Result<String, JsValue>;

    /// A moment of time.
    #[wasm_bindgen(js_name = Date)]
    pub(super) type Moment;
    #[wasm_bindgen(constructor, js_class = "Date")]
    pub(super) fn new(ms: f64) -> Moment;
    /// Throws if the options name a time zone that there is not.
    #[wasm_bindgen(method, catch, js_class = "Date", js_name = toLocaleString)]
    pub(super) fn to_locale_string(
        this: &Moment,
        language: &str,
        options: &JsValue,
    ) -> Result<String, JsValue>;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub(super) fn clear_timeout(timer: &JsValue);

    /// A dataset of Analytics Engine.
    pub(crate) type Dataset;
    /// Takes a point. It is sent later, and not at all if there are too many.
    #[wasm_bindgen(method, catch, js_name = writeDataPoint)]
    pub(super) fn write_data_point(this: &Dataset, point: &JsValue) -> Result<JsValue, JsValue>;

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
    /// Deletes everything, the alarm too. The promise matters only for backpressure.
    #[wasm_bindgen(method, catch, js_name = deleteAll)]
    pub(crate) fn delete_all(this: &ObjectStorage) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = deleteAlarm)]
    pub(crate) fn delete_alarm(this: &ObjectStorage) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A database of D1.
    pub(crate) type Database;
    #[wasm_bindgen(method, catch)]
    pub(super) fn prepare(this: &Database, sql: &str) -> Result<Prepared, JsValue>;
    /// A promise of the [`Rows`] of each statement.
    #[wasm_bindgen(method, catch)]
    pub(super) fn batch(this: &Database, statements: &Array) -> Result<JsValue, JsValue>;

    /// A statement.
    pub(super) type Prepared;
    #[wasm_bindgen(method, catch, variadic)]
    pub(super) fn bind(this: &Prepared, values: &Array) -> Result<JsValue, JsValue>;

    /// What a statement returned.
    pub(crate) type Rows;
    /// An array, or nothing.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn results(this: &Rows) -> Option<Array>;
}

#[wasm_bindgen]
extern "C" {
    /// A counter of the platform: a binding of `[[ratelimits]]`.
    pub(super) type RateLimiter;
    /// Counts one for `{ key }`. Resolves to `{ success }`.
    #[wasm_bindgen(method, catch)]
    pub(super) fn limit(this: &RateLimiter, options: &JsValue) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(module = "edge-answer")]
extern "C" {
    /// An answer in the form in which an object tells it to a route: its status, its headers and its body.
    /// It is an array of JavaScript.
    pub(crate) type Told;
    /// The HTTP status: the first of the three.
    #[wasm_bindgen(method, getter, js_name = "0")]
    pub(super) fn status(this: &Told) -> u16;
    #[wasm_bindgen(method, getter, js_name = "1")]
    pub(super) fn headers(this: &Told) -> String;
    #[wasm_bindgen(method, getter, js_name = "2")]
    pub(super) fn body(this: &Told) -> JsValue;

    /// Makes an answer of the platform. `headers` is names and values by turns, a line each.
    #[wasm_bindgen(catch)]
    pub(super) fn respond(status: u16, headers: &str, body: Option<&[u8]>) -> Result<Response, JsValue>;
    /// Answers with a file that is made while it is sent: `pages.next()` gives its parts.
    #[wasm_bindgen(catch, js_name = respondInPages)]
    fn respond_in_pages_of(headers: &str, pages: &JsValue) -> Result<Response, JsValue>;
    /// The same of what an object told, with more headers: nothing, or lines that begin with a line end.
    #[wasm_bindgen(catch, js_name = respondAsTold)]
    pub(super) fn respond_as_told(told: &Told, more_headers: &str) -> Result<Response, JsValue>;
    /// A promise of this answer, so many milliseconds later. No future waits for it: a sender who goes away
    /// meanwhile would leave it behind.
    #[wasm_bindgen(js_name = heldBack)]
    pub(super) fn held_back(answer: &Response, ms: u32) -> Promise;
    /// The values of these headers, a line each. `names` has a line for each.
    #[wasm_bindgen(js_name = headerLines)]
    pub(super) fn header_lines(headers: &Headers, names: &str) -> String;
    pub(super) fn told(status: u16, headers: &str, body: Option<&[u8]>) -> JsValue;
}

#[wasm_bindgen(module = "edge-waits")]
extern "C" {
    /// Calls [`heard`](crate::platform::wait::heard) with this number when the promise has settled.
    pub(super) fn hear(promise: &JsValue, number: u32);
    /// The same when this time is over. Returns the timer.
    pub(super) fn ring(number: u32, after_ms: u32) -> JsValue;
    /// The same in a microtask.
    pub(super) fn soon(number: u32);
}

#[wasm_bindgen(module = "edge-post")]
extern "C" {
    /// Posts a text, or gets one, by a binding or from the internet. `headers` is names and values by turns,
    /// a line each.
    #[wasm_bindgen(catch)]
    pub(super) fn post(
        binding: Option<&Fetcher>,
        url: &str,
        headers: &str,
        body: Option<&str>,
        signal: &AbortSignal,
    ) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(module = "edge-crypto")]
extern "C" {
    /// A promise of the key, which can be used for `use_` alone, and not be exported.
    #[wasm_bindgen(catch, js_name = importKey)]
    pub(super) fn import_key(use_: &str, bytes: &[u8]) -> Result<Promise, JsValue>;
    /// A promise of the signature.
    #[wasm_bindgen(catch)]
    pub(super) fn sign(key: &JsValue, text: &[u8]) -> Result<Promise, JsValue>;
    /// A promise of a yes or no.
    #[wasm_bindgen(catch)]
    pub(super) fn verify(key: &JsValue, signature: &[u8], text: &[u8]) -> Result<Promise, JsValue>;
    /// A promise of the bytes. It is rejected if they do not open.
    #[wasm_bindgen(catch)]
    pub(super) fn open(
        key: &JsValue,
        nonce: &[u8],
        associated_data: &[u8],
        ciphertext: &[u8],
    ) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(module = "edge-files")]
extern "C" {
    /// A bucket of R2.
    pub(crate) type Bucket;
    /// Resolves to the size, the `ETag` and the type of a file, a line each, or to `undefined`.
    #[wasm_bindgen(js_name = fileOf)]
    pub(super) fn file_of(bucket: &Bucket, name: &str) -> Promise;
    /// Resolves to an answer with a part of a file, or without a bucket to one with the headers alone.
    #[wasm_bindgen(js_name = sendFile)]
    pub(super) fn send_file(bucket: Option<&Bucket>, told: &str) -> Promise;
}

#[wasm_bindgen(module = "edge-trap")]
extern "C" {
    /// Tells `js/instance.mjs` that the instance has trapped and must not be called again.
    pub(super) fn trapped();
}

/// Answers with a file that is made while it is sent.
pub(crate) fn respond_in_pages(headers: &str, pages: impl Into<JsValue>) -> Result<Response, JsValue> {
    respond_in_pages_of(headers, &pages.into())
}
