//! What the platform gives the Worker by name: variables, secrets and bindings. No other file reads [`Env`].
//! `config.rs` decides what the texts mean.
//!
//! Each name here has a row in `config/table.rs`. The documentation is made from that table.

use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wire::OutTradeNo;
use worker::Env;

use crate::failure::PlatformFailure;
use crate::platform::js::{Bucket, Database, Dataset, Fetcher, RateLimiter};
use crate::platform::wait::settled;

/// The order objects.
const ORDERS: &str = "ORDERS";
/// What the name of an offer's count begins with. An order number has no colon.
pub(crate) const COUNT: &str = "offer:";
/// The static assets.
const ASSETS: &str = "ASSETS";
/// The database of the index. A Worker without it works, but has no list, no inbox and no sweep.
const INDEX: &str = "INDEX";
/// A second database of the index. The bindings of the others are `INDEX_3` and so on, without a gap.
const SECOND_INDEX: &str = "INDEX_2";
/// How many databases the index has at most.
const MOST_INDEXES: usize = 16;
/// The dataset of Analytics Engine. A Worker without it counts nothing.
const METRICS: &str = "METRICS";
/// The bucket of the files that are sold. A Worker without it sells none.
const FILES: &str = "FILES";
/// The merchant's client certificate. A Worker without it makes no refunds.
const CERTIFICATE: &str = "WECHAT_CERT";

/// The rate limits. A Worker without one of them limits less.
#[derive(Clone, Copy)]
pub(crate) enum RateLimit {
    /// Orders from one address.
    OrdersPerAddress,
    /// Orders in the whole shop.
    Orders,
    /// Looks at orders from one address.
    ReadsPerAddress,
    /// Notifications that do not verify.
    Forgeries,
    /// Wrong keys for the merchant's routes, from one address.
    FailedKeys,
}

impl RateLimit {
    const ALL: [Self; 5] =
        [Self::OrdersPerAddress, Self::Orders, Self::ReadsPerAddress, Self::Forgeries, Self::FailedKeys];

    fn binding(self) -> &'static str {
        match self {
            Self::OrdersPerAddress => "LIMIT_ORDERS_PER_ADDRESS",
            Self::Orders => "LIMIT_ORDERS",
            Self::ReadsPerAddress => "LIMIT_READS_PER_ADDRESS",
            Self::Forgeries => "LIMIT_FORGERIES",
            Self::FailedKeys => "LIMIT_FAILED_KEYS",
        }
    }
}

/// The platform's counter of a rate limit.
pub(crate) struct Counter(RateLimiter);

impl Counter {
    /// Counts one for this key. False when there were too many. A counter that fails lets everybody in.
    pub(crate) async fn admits(&self, key: &str) -> bool {
        let options = Object::new();
        let counted = async {
            Reflect::set(&options, &"key".into(), &key.into())?;
            let outcome = settled(self.0.limit(&options)?).await?;
            Reflect::get(&outcome, &"success".into())
        };
        counted.await.ok() != Some(JsValue::FALSE)
    }
}

/// The object of this order.
pub(crate) fn order_object(env: &Env, number: &OutTradeNo) -> Result<Fetcher, PlatformFailure> {
    let orders = env.durable_object(ORDERS).map_err(|_| PlatformFailure::NoBinding(ORDERS))?;
    Ok(orders.get_by_name(number.as_str())?.into_rpc())
}

/// The object that counts the orders of an offer, by the hash of the offer's claims.
pub(crate) fn offer_count(env: &Env, hash: &str) -> Result<Fetcher, PlatformFailure> {
    let orders = env.durable_object(ORDERS).map_err(|_| PlatformFailure::NoBinding(ORDERS))?;
    Ok(orders.get_by_name(&format!("{COUNT}{hash}"))?.into_rpc())
}

/// The name of the object that keeps the books, behind the binding of the orders. No order can have it: a
/// colon is in no order number. `js/entry.mjs` knows it, too.
const BOOKS_NAME: &str = ":books";

/// The object that keeps the books.
pub(crate) fn books_object(env: &Env) -> Result<Fetcher, PlatformFailure> {
    let orders = env.durable_object(ORDERS).map_err(|_| PlatformFailure::NoBinding(ORDERS))?;
    Ok(orders.get_by_name(BOOKS_NAME)?.into_rpc())
}

/// The site's own files.
pub(crate) fn assets(env: &Env) -> Result<Fetcher, PlatformFailure> {
    fetcher(env, ASSETS).ok_or(PlatformFailure::NoBinding(ASSETS))
}

/// `fetch` with the merchant's client certificate, if the Worker has one.
pub(crate) fn certificate(env: &Env) -> Option<Fetcher> {
    fetcher(env, CERTIFICATE)
}

/// The bucket of the files that are sold, if the Worker has one.
pub(crate) fn files(env: &Env) -> Option<Bucket> {
    value(env, FILES).map(JsCast::unchecked_into)
}

/// The dataset of the metrics, if the Worker has one.
pub(crate) fn metrics(env: &Env) -> Option<Dataset> {
    value(env, METRICS).map(JsCast::unchecked_into)
}

/// The databases of the index that the Worker has, up to the first one that is missing.
pub(crate) fn indexes(env: &Env) -> Vec<Database> {
    // A Worker without an index is not an error. But for a missing binding the crate `worker` first looks at
    // the type and then returns an error.
    let mut databases = Vec::new();
    while databases.len() < MOST_INDEXES {
        let name = index_name(databases.len());
        let Some(database) = value(env, &name).and_then(|_| env.d1(&name).ok()) else { break };
        databases.push(JsValue::from(database).unchecked_into());
    }
    databases
}

/// The binding of the database of the index at this place. The first place is 0.
pub(crate) fn index_name(at: usize) -> String {
    match at {
        0 => INDEX.into(),
        1 => SECOND_INDEX.into(),
        _ => format!("{INDEX}_{}", at.saturating_add(1)),
    }
}

/// The counter of this rate limit, if the Worker has one.
pub(crate) fn rate_limit(env: &Env, limit: RateLimit) -> Option<Counter> {
    value(env, limit.binding()).map(|counter| Counter(counter.unchecked_into()))
}

/// The rate limits that the Worker does not have.
pub(crate) fn missing_rate_limits(env: &Env) -> Vec<&'static str> {
    RateLimit::ALL.iter().map(|limit| limit.binding()).filter(|name| value(env, name).is_none()).collect()
}

/// The required bindings that are missing, and databases of the index that are missing below one that is
/// there: those after a gap are not used.
pub(crate) fn missing_bindings(env: &Env) -> Vec<String> {
    let is_there = |name: &String| value(env, name).is_some();
    let mut missing = vec![ORDERS.to_owned(), ASSETS.to_owned()];
    let mut after = Vec::new();
    for name in (0..MOST_INDEXES).map(index_name) {
        if is_there(&name) {
            missing.append(&mut after);
        } else {
            after.push(name);
        }
    }
    missing.retain(|name| !is_there(name));
    missing
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
