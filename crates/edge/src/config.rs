//! The Worker's configuration: read once per isolate, checked whole, every mistake named.
//!
//! Secrets (`WECHAT_API_KEY`, `ORDER_SECRET`) have no Debug and appear in no message: a mistake in
//! one is described by its length, never by its text.

use std::rc::Rc;

use wire::{ApiKey, AppId, MchId, Merchant, NotifyUrl, SignType};
use worker::Env;

use crate::admin::AdminToken;
use crate::identity::OrderSecret;
use crate::jws::OfferKey;
use crate::webhook::WebhookSecret;

/// How long an order can be paid unless `ORDER_EXPIRES_MINUTES` says otherwise.
const DEFAULT_EXPIRES_MINUTES: u32 = 30;
/// Refunds are possible for a year after payment (protocol §7.1), so an order is kept longer.
const DEFAULT_KEEP_DAYS: u32 = 400;
/// More than 5 minutes is WeChat's documented minimum; a code lives 2 hours (protocol §3.4).
const EXPIRES_MINUTES: std::ops::RangeInclusive<u32> = 6..=115;
/// Where WeChat sends payment notifications, below `NOTIFY_BASE_URL`.
const NOTIFY_PATH: &str = "/notify/wechat";
/// Where it sends refund notifications.
const REFUND_NOTIFY_PATH: &str = "/notify/wechat/refund";

/// Everything the operator decides.
pub(crate) struct Config {
    /// Who is paid.
    pub(crate) merchant: Merchant,
    /// How new orders are signed.
    pub(crate) sign_type: SignType,
    /// Signs and verifies.
    pub(crate) api_key: ApiKey,
    /// While a key is being changed, messages may still be signed with the one before.
    pub(crate) previous_api_key: Option<ApiKey>,
    /// Makes order numbers and status tokens.
    pub(crate) order_secret: OrderSecret,
    /// The gateway's hosts, the first one preferred; the next ones are tried on connection failure.
    pub(crate) gateways: Vec<String>,
    /// Where WeChat sends payment notifications.
    pub(crate) notify_url: NotifyUrl,
    /// Where WeChat sends refund notifications.
    pub(crate) refund_notify_url: NotifyUrl,
    /// How long a new order can be paid.
    pub(crate) expires_minutes: u32,
    /// How long the object of a final order keeps everything.
    pub(crate) keep_days: u32,
    /// The simulator's phone page; there only in a demo.
    pub(crate) demo_phone_url: Option<String>,
    /// Who is told of paid orders; nobody unless it is set.
    pub(crate) webhook: Option<WebhookReceiver>,
    /// Opens `/admin/api`; without it those routes do not exist.
    pub(crate) admin_token: Option<AdminToken>,
    /// Verifies offers; without it none is taken.
    pub(crate) offer_key: Option<OfferKey>,
}

/// Where webhooks go (`WEBHOOK_URL`, `WEBHOOK_SECRET`).
pub(crate) struct WebhookReceiver {
    /// An https address of the merchant's.
    pub(crate) url: String,
    /// Signs them.
    pub(crate) secret: WebhookSecret,
}

/// What is wrong with the configuration, a sentence per mistake.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.join(" "))]
pub(crate) struct Mistakes(pub(crate) Vec<String>);

thread_local! {
    static CONFIG: std::cell::OnceCell<Result<Rc<Config>, Mistakes>> = const { std::cell::OnceCell::new() };
}

impl Config {
    /// The configuration of this isolate; it cannot change while the isolate lives.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>, Mistakes> {
        CONFIG.with(|cell| {
            cell.get_or_init(|| {
                let read = |name: &str| {
                    let value = js_sys::Reflect::get(env, &name.into()).ok()?.as_string()?;
                    (!value.trim().is_empty()).then_some(value)
                };
                Self::read(&read).map(Rc::new)
            })
            .clone()
        })
    }

    /// The keys a message may be signed with, the current one first.
    pub(crate) fn keys(&self) -> Vec<&ApiKey> {
        std::iter::once(&self.api_key).chain(&self.previous_api_key).collect()
    }

    /// Reads every variable through `read` and checks it.
    pub(crate) fn read(read: &dyn Fn(&str) -> Option<String>) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let demo_phone_url = read("DEMO_PHONE_URL");
        let demo = demo_phone_url.is_some();

        let appid =
            required(read, "WECHAT_APPID", "your appid, as in wx5c1f9e2a7d3b6048", AppId::new, &mut mistakes);
        let mch_id = required(read, "WECHAT_MCH_ID", "your merchant number", MchId::new, &mut mistakes);
        let sub_appid = optional(read, "WECHAT_SUB_APPID", AppId::new, &mut mistakes);
        let sub_mch_id = optional(read, "WECHAT_SUB_MCH_ID", MchId::new, &mut mistakes);
        let api_key = required(
            read,
            "WECHAT_API_KEY",
            "the 32-character API key (a secret)",
            ApiKey::new,
            &mut mistakes,
        );
        let previous_api_key = optional(read, "WECHAT_API_KEY_PREVIOUS", ApiKey::new, &mut mistakes);
        let order_secret = required(
            read,
            "ORDER_SECRET",
            "a random text of at least 32 characters (a secret)",
            |text| OrderSecret::new(text).ok_or("it must have at least 32 characters"),
            &mut mistakes,
        );
        let notify_urls = required(
            read,
            "NOTIFY_BASE_URL",
            "the public https address of this Worker, without a path",
            |base| notify_urls(base, demo),
            &mut mistakes,
        );
        let sign_type = optional(read, "WECHAT_SIGN_TYPE", str::parse::<SignType>, &mut mistakes);
        let expires_minutes = optional(read, "ORDER_EXPIRES_MINUTES", expires_minutes, &mut mistakes);
        let keep_days = optional(read, "ORDER_KEEP_DAYS", keep_days, &mut mistakes);
        let gateways = optional(read, "WECHAT_GATEWAY", |text| gateways(text, demo), &mut mistakes);

        let admin_token = optional(read, "ADMIN_TOKEN", AdminToken::new, &mut mistakes);
        let offer_key = optional(read, "OFFER_KEY", OfferKey::new, &mut mistakes);
        let webhook_secret = optional(read, "WEBHOOK_SECRET", WebhookSecret::new, &mut mistakes);
        let webhook_url = optional(read, "WEBHOOK_URL", |url| webhook_url(url, demo), &mut mistakes);
        let webhook = match (webhook_url, webhook_secret) {
            (Some(url), Some(secret)) => Some(WebhookReceiver { url, secret }),
            (Some(_), None) => {
                mistakes.push(
                    "WEBHOOK_SECRET is missing: without it a webhook cannot be told from a forgery.".into(),
                );
                None
            }
            (None, _) => None,
        };

        let (
            Some(appid),
            Some(mch_id),
            Some(api_key),
            Some(order_secret),
            Some((notify_url, refund_notify_url)),
        ) = (appid, mch_id, api_key, order_secret, notify_urls)
        else {
            return Err(Mistakes(mistakes));
        };
        if !mistakes.is_empty() {
            return Err(Mistakes(mistakes));
        }
        Ok(Self {
            merchant: Merchant { appid, mch_id, sub_appid, sub_mch_id },
            sign_type: sign_type.unwrap_or(SignType::HmacSha256),
            api_key,
            previous_api_key,
            order_secret,
            gateways: gateways.unwrap_or_else(|| vec![wire::host::HONG_KONG.to_owned()]),
            notify_url,
            refund_notify_url,
            expires_minutes: expires_minutes.unwrap_or(DEFAULT_EXPIRES_MINUTES),
            keep_days: keep_days.unwrap_or(DEFAULT_KEEP_DAYS),
            demo_phone_url,
            webhook,
            admin_token,
            offer_key,
        })
    }
}

fn required<T, E: std::fmt::Display>(
    read: &dyn Fn(&str) -> Option<String>,
    name: &str,
    what: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
    mistakes: &mut Vec<String>,
) -> Option<T> {
    if read(name).is_none() {
        mistakes.push(format!("{name} is missing: set it to {what}."));
    }
    optional(read, name, parse, mistakes)
}

fn optional<T, E: std::fmt::Display>(
    read: &dyn Fn(&str) -> Option<String>,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
    mistakes: &mut Vec<String>,
) -> Option<T> {
    match parse(&read(name)?) {
        Ok(value) => Some(value),
        Err(refusal) => {
            mistakes.push(format!("{name}: {refusal}."));
            None
        }
    }
}

fn expires_minutes(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|minutes| EXPIRES_MINUTES.contains(minutes))
        .ok_or_else(|| format!("it must be {} to {}", EXPIRES_MINUTES.start(), EXPIRES_MINUTES.end()))
}

fn keep_days(text: &str) -> Result<u32, &'static str> {
    text.parse().ok().filter(|days| *days > 0).ok_or("it must be a number of days, 1 or more")
}

/// Only WeChat's own hosts; a demo may besides use a simulator on this machine. A Worker that takes
/// real money can therefore not be pointed at a simulator by one wrong variable.
fn gateways(text: &str, demo: bool) -> Result<Vec<String>, String> {
    let known = [wire::host::HONG_KONG, wire::host::UNITED_STATES, wire::host::EUROPE];
    text.split(',')
        .map(str::trim)
        .map(|host| {
            if known.contains(&host) || (demo && is_loopback(host)) {
                Ok(host.to_owned())
            } else {
                Err(format!(
                    "`{host}` is not a host of WeChat Pay's global edition ({}); \
                     a simulator on http://127.0.0.1 is allowed only together with DEMO_PHONE_URL",
                    known.join(", ")
                ))
            }
        })
        .collect()
}

fn notify_urls(base: &str, demo: bool) -> Result<(NotifyUrl, NotifyUrl), String> {
    let base = base.trim_end_matches('/');
    let https = base.strip_prefix("https://").is_some_and(|host| !host.is_empty() && !host.contains('/'));
    let local = demo && is_loopback(base);
    if !https && !local {
        return Err("it must be the https origin of this Worker, as in https://pay.example.com".into());
    }
    let below = |path| NotifyUrl::new(&format!("{base}{path}")).map_err(|refusal| refusal.to_string());
    Ok((below(NOTIFY_PATH)?, below(REFUND_NOTIFY_PATH)?))
}

fn webhook_url(url: &str, demo: bool) -> Result<String, &'static str> {
    let origin_end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
    let local = demo && url.get(..origin_end).is_some_and(is_loopback);
    if url.starts_with("https://") || local { Ok(url.to_owned()) } else { Err("it must be an https address") }
}

fn is_loopback(origin: &str) -> bool {
    let Some(rest) = origin.strip_prefix("http://") else { return false };
    let (host, port) = rest.split_once(':').unwrap_or((rest, "80"));
    (host == "127.0.0.1" || host == "localhost") && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[(&str, &str)] = &[
        ("WECHAT_APPID", "wx5c1f9e2a7d3b6048"),
        ("WECHAT_MCH_ID", "1634117205"),
        ("WECHAT_API_KEY", "TESTONLYmd5key0123456789abcdefHK"),
        ("ORDER_SECRET", "a secret of the tests, 32 bytes!"),
        ("NOTIFY_BASE_URL", "https://pay.example.com"),
    ];

    fn read_with(changes: &[(&str, &str)]) -> Result<Config, Mistakes> {
        Config::read(&|name| {
            let find = |list: &[(&str, &str)]| {
                list.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            };
            find(changes).or_else(|| find(GOOD)).filter(|value| !value.is_empty())
        })
    }

    fn mistakes(changes: &[(&str, &str)]) -> String {
        read_with(changes).err().map(|mistakes| mistakes.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_is_left_out_has_the_safe_default() {
        let config = read_with(&[]).unwrap();
        assert_eq!(config.sign_type, SignType::HmacSha256);
        assert_eq!(config.gateways, [wire::host::HONG_KONG]);
        assert_eq!(config.expires_minutes, 30);
        assert_eq!(config.notify_url.as_str(), "https://pay.example.com/notify/wechat");
    }

    #[test]
    fn every_mistake_is_named_at_once_and_no_secret_is_repeated() {
        let text = mistakes(&[
            ("WECHAT_APPID", ""),
            ("WECHAT_API_KEY", "tooshortsecret"),
            ("ORDER_SECRET", "alsotooshort"),
            ("OFFER_KEY", "tooshort, too"),
            ("ORDER_EXPIRES_MINUTES", "5"),
        ]);
        for name in [
            "WECHAT_APPID is missing",
            "WECHAT_API_KEY",
            "ORDER_SECRET",
            "ORDER_EXPIRES_MINUTES: it must be 6 to 115",
        ] {
            assert!(text.contains(name), "{name} in: {text}");
        }
        assert!(!text.contains("tooshort"), "{text}");
    }

    #[test]
    fn a_worker_that_takes_real_money_cannot_be_pointed_at_a_simulator_or_a_stranger() {
        for host in [
            "http://127.0.0.1:8788",
            "https://api.mch.weixin.qq.com",
            "https://evil.example",
            "https://apihk.mch.weixin.qq.com.evil.example",
        ] {
            assert!(mistakes(&[("WECHAT_GATEWAY", host)]).contains("WECHAT_GATEWAY"), "{host}");
        }
        assert!(
            read_with(&[(
                "WECHAT_GATEWAY",
                "https://apihk.mch.weixin.qq.com, https://apius.mch.weixin.qq.com"
            )])
            .is_ok()
        );
    }

    #[test]
    fn a_demo_may_use_a_simulator_on_this_machine_but_on_no_other() {
        let demo = ("DEMO_PHONE_URL", "http://127.0.0.1:8788/phone");
        assert!(
            read_with(&[
                demo,
                ("WECHAT_GATEWAY", "http://127.0.0.1:8788"),
                ("NOTIFY_BASE_URL", "http://127.0.0.1:8787")
            ])
            .is_ok()
        );
        for host in
            ["http://127.0.0.1.evil.example", "http://127.0.0.1:8788@evil.example", "http://192.0.2.1:8788"]
        {
            assert!(mistakes(&[demo, ("WECHAT_GATEWAY", host)]).contains("WECHAT_GATEWAY"), "{host}");
        }
    }

    #[test]
    fn notifications_come_by_https_alone() {
        for base in
            ["http://pay.example.com", "http://127.0.0.1:8787", "https://", "https://pay.example.com/path"]
        {
            assert!(mistakes(&[("NOTIFY_BASE_URL", base)]).contains("NOTIFY_BASE_URL"), "{base}");
        }
    }
}
