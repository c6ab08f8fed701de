//! What the platform gives the Worker by name: variables, secrets and bindings. No other file reads [`Env`].
//! `config.rs` decides what the texts mean.
//!
//! Each name here has a row in `config/table.rs`. The documentation is made from that table.

use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wire::OutTradeNo;
use worker::{D1Database, Env};

use crate::failure::PlatformFailure;
use crate::platform::js::{Dataset, Fetcher};

/// The order objects.
const ORDERS: &str = "ORDERS";
/// The static assets.
const ASSETS: &str = "ASSETS";
/// The database of the index. A Worker without it works, but has no list, no inbox and no sweep.
const INDEX: &str = "INDEX";
/// The dataset of Analytics Engine. A Worker without it counts nothing.
const METRICS: &str = "METRICS";
/// The merchant's client certificate. A Worker without it makes no refunds.
const CERTIFICATE: &str = "WECHAT_CERT";

/// The object of this order.
pub(crate) fn order_object(env: &Env, number: &OutTradeNo) -> Result<Fetcher, PlatformFailure> {
    let orders = env.durable_object(ORDERS).map_err(|_| PlatformFailure::NoBinding(ORDERS))?;
    Ok(orders.get_by_name(number.as_str())?.into_rpc())
}

/// The site's own files.
pub(crate) fn assets(env: &Env) -> Result<Fetcher, PlatformFailure> {
    fetcher(env, ASSETS).ok_or(PlatformFailure::NoBinding(ASSETS))
}

/// `fetch` with the merchant's client certificate, if the Worker has one.
pub(crate) fn certificate(env: &Env) -> Option<Fetcher> {
    fetcher(env, CERTIFICATE)
}

/// The dataset of the metrics, if the Worker has one.
pub(crate) fn metrics(env: &Env) -> Option<Dataset> {
    value(env, METRICS).map(JsCast::unchecked_into)
}

/// The database of the index, if the Worker has one.
pub(crate) fn index(env: &Env) -> Option<D1Database> {
    // A Worker without an index is not an error. But for a missing binding the crate `worker` first looks at
    // the type and then returns an error.
    value(env, INDEX).and_then(|_| env.d1(INDEX).ok())
}

/// The required bindings that are missing.
pub(crate) fn missing_bindings(env: &Env) -> Vec<&'static str> {
    [ORDERS, ASSETS].into_iter().filter(|name| value(env, name).is_none()).collect()
}

/// A variable or a secret. A blank one counts as left out. A number without quotation marks in `[vars]` is
/// read as text.
pub(crate) fn text(env: &Env, name: &str) -> Option<String> {
    let text = String::from(value(env, name)?.unchecked_ref::<Object>().to_string());
    (!text.trim().is_empty()).then_some(text)
}

fn fetcher(env: &Env, binding: &str) -> Option<Fetcher> {
    value(env, binding).map(JsCast::unchecked_into)
}

fn value(env: &Env, name: &str) -> Option<JsValue> {
    let value = Reflect::get(env, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}
