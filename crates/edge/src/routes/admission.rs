//! Who is let in: rate limits by the platform's counters, and the list of origins that may order.
//!
//! Every limit is optional. A binding that is missing limits nothing, and a counter that fails lets everybody
//! in, because an order that is refused by mistake is money that is lost. A notification that verifies is
//! never limited.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;

use api::{Problem, ProblemCode};
use web_sys::Request;
use worker::Env;

use crate::config::Config;
use crate::platform::clock::now_ms;
use crate::platform::environment::{self, RateLimit};
use crate::platform::http;
use crate::platform::timer::together;
use crate::routes::rate_limits::{Bucket, RateLimits};

thread_local! {
    static LIMITS: RefCell<RateLimits> = const { RefCell::new(RateLimits::new()) };
    /// Whether the log of this isolate says which limits are missing.
    static TOLD: Cell<bool> = const { Cell::new(false) };
}

/// Whether an order may be placed now, by this request.
pub(crate) async fn may_order(request: &Request, env: &Env, config: &Config) -> Result<(), Problem> {
    tell_what_is_missing(env, config);
    let origin = http::header(request, "origin");
    if !is_allowed(origin.as_deref(), &request.url(), &config.allowed_origins) {
        return Err(Problem::new(
            ProblemCode::OriginNotAllowed,
            "This shop takes orders from its own pages only (ALLOWED_ORIGINS).",
        ));
    }
    let address = address_of(request);
    let buckets = [(Bucket::OrdersPerAddress, address.as_str()), (Bucket::Orders, "")];
    let admitted = together(buckets.map(|(bucket, key)| admit(env, bucket, key))).await;
    if admitted.into_iter().all(|admitted| admitted) { Ok(()) } else { Err(too_many("orders")) }
}

/// Whether this address may look at an order now, or cancel one.
pub(crate) async fn may_read(request: &Request, env: &Env) -> Result<(), Problem> {
    let address = address_of(request);
    if LIMITS.with_borrow_mut(|limits| limits.reads_freely(&address, now_ms())) {
        return Ok(());
    }
    if admit(env, Bucket::ReadsPerAddress, &address).await { Ok(()) } else { Err(too_many("requests")) }
}

/// Whether a message that does not verify may wake an order now.
pub(crate) async fn may_suspect(env: &Env) -> bool {
    admit(env, Bucket::Forgeries, "").await
}

/// Whether one more wrong key of this address is answered and logged.
pub(crate) async fn may_fail(request: &Request, env: &Env) -> Result<(), Problem> {
    let address = address_of(request);
    if admit(env, Bucket::FailedKeys, &address).await { Ok(()) } else { Err(too_many("wrong keys")) }
}

fn too_many(what: &str) -> Problem {
    Problem::new(
        ProblemCode::TooManyRequests,
        format!("There were too many {what} in the last minute. Repeat the request after Retry-After."),
    )
}

/// Asks the platform's counter, unless it was empty a moment ago.
async fn admit(env: &Env, bucket: Bucket, key: &str) -> bool {
    if LIMITS.with_borrow_mut(|limits| limits.is_refused(bucket, key, now_ms())) {
        return false;
    }
    let Some(counter) = environment::rate_limit(env, limit_of(bucket)) else { return true };
    let admitted = counter.admits(key).await;
    if !admitted {
        LIMITS.with_borrow_mut(|limits| limits.refuse(bucket, key, now_ms()));
    }
    admitted
}

fn limit_of(bucket: Bucket) -> RateLimit {
    match bucket {
        Bucket::OrdersPerAddress => RateLimit::OrdersPerAddress,
        Bucket::Orders => RateLimit::Orders,
        Bucket::ReadsPerAddress => RateLimit::ReadsPerAddress,
        Bucket::Forgeries => RateLimit::Forgeries,
        Bucket::FailedKeys => RateLimit::FailedKeys,
    }
}

/// Says once in each isolate which limits a shop that takes real money does not have.
fn tell_what_is_missing(env: &Env, config: &Config) {
    if config.demo_phone_url.is_some() || TOLD.replace(true) {
        return;
    }
    let missing = environment::missing_rate_limits(env);
    if !missing.is_empty() {
        worker::console_warn!("nothing is limited by {}: wrangler.toml does not bind it", missing.join(", "));
    }
}

/// The sender's address, as the platform says it.
pub(crate) fn address_of(request: &Request) -> String {
    key_of(&http::header(request, "cf-connecting-ip").unwrap_or_default())
}

/// What an address is counted as. One subscriber has a whole /64 of IPv6.
fn key_of(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V4(v4)) => v4.to_string(),
        Ok(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        Err(_) => String::new(),
    }
}

/// Whether a page of this origin may order. A request without an origin comes from no page of another site:
/// the browser always names it.
fn is_allowed(origin: Option<&str>, own_url: &str, allowed: &[String]) -> bool {
    let Some(origin) = origin else { return true };
    let is_own = || own_url.strip_prefix(origin).is_some_and(|path| path.starts_with('/'));
    allowed.is_empty() || allowed.iter().any(|one| one == origin) || is_own()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_subscriber_is_counted_as_one_and_an_ipv4_address_by_itself() {
        for (address, key) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("", ""),
            ("no address", ""),
        ] {
            assert_eq!(key_of(address), key, "{address}");
        }
    }

    #[test]
    fn pages_of_the_list_and_the_workers_own_may_order_and_no_others() {
        let allowed = ["https://shop.example.com".to_owned()];
        let may = |origin| is_allowed(origin, "https://pay.example.com/api/orders", &allowed);
        for origin in [None, Some("https://shop.example.com"), Some("https://pay.example.com")] {
            assert!(may(origin), "{origin:?}");
        }
        for origin in [
            "null",
            "",
            "http://shop.example.com",
            "https://shop.example.com.evil.example",
            "https://pay.exampl",
        ] {
            assert!(!may(Some(origin)), "{origin}");
        }
        assert!(is_allowed(Some("https://any.example"), "https://pay.example.com/api/orders", &[]));
    }
}
