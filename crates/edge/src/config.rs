//! The Worker's configuration: it is read once and checked whole, and every mistake is named. Pure: texts in,
//! configuration or mistakes out. `platform/environment.rs` reads the texts, and `config/isolate.rs` does it
//! once for each isolate.
//!
//! Secrets (`WECHAT_API_KEY`, `ORDER_SECRET`) have no Debug and appear in no message. A mistake in a secret
//! is described without its text.
//!
//! Each name that is read here has a row in `config/table.rs`, from which the documentation is made.

mod distinct;
#[cfg(test)]
mod documents;
mod examples;
mod isolate;
#[cfg(test)]
mod shop_folders;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;
mod v2;
mod v3;
mod variable;

use gateway::Dialect;
use order::Terms;
use wire::v2::{ApiKey, ProductId, SignType};
use wire::v3::Edition;
use wire::{AppId, MchId, Merchant, NotifyUrl, OutTradeNo};

use crate::number_and_token::{Api, OrderSecrets};
use crate::secret::admin_key::{AdminKeys, AdminToken};
use crate::secret::{OfferKey, OrderSecret, WebhookSecret};
pub(crate) use v2::V2;
use v3::ApiChoice;
pub(crate) use v3::V3;
use variable::{optional, required};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Where WeChat sends payment notifications, below `NOTIFY_BASE_URL`.
const NOTIFY_PATH: &str = "/notify/wechat";
/// Where it sends refund notifications.
const REFUND_NOTIFY_PATH: &str = "/notify/wechat/refund";
/// The zone of a shop that names none. Its days are those of WeChat's bills.
const TIME_ZONE: &str = "Asia/Hong_Kong";
/// What to set instead of a time zone that there is not.
const NO_SUCH_ZONE: &str =
    "it must be a time zone of the IANA database, as in Asia/Hong_Kong or Europe/Berlin";

/// All secrets that are keys themselves; `ADMIN_KEYS` has only hashes. The merchant's private key is not one
/// of them: its form is another. A `…_PREVIOUS` follows the one that it is the previous of.
const SECRETS: [&str; 10] = [
    "WECHAT_API_KEY",
    "WECHAT_API_KEY_PREVIOUS",
    "WECHAT_API_V3_KEY",
    "ORDER_SECRET",
    "ORDER_SECRET_PREVIOUS",
    "OFFER_KEY",
    "OFFER_KEY_PREVIOUS",
    "WEBHOOK_SECRET",
    "WEBHOOK_SECRET_PREVIOUS",
    "ADMIN_TOKEN",
];

/// Everything the operator decides.
pub(crate) struct Config {
    /// Who is paid.
    pub(crate) merchant: Merchant,
    /// How new orders talk to WeChat Pay.
    pub(crate) api: Api,
    /// The account at API v2, while new orders or open ones use it.
    pub(crate) v2: Option<V2>,
    /// The account at API v3, while new orders or open ones use it.
    pub(crate) v3: Option<V3>,
    /// Makes order numbers and status tokens, and recognises those of the previous secret.
    pub(crate) order_secret: OrderSecrets,
    /// The gateway's hosts. The first is preferred; the others are tried when a connection fails.
    pub(crate) gateways: Vec<String>,
    /// Where WeChat sends payment notifications.
    pub(crate) notify_url: NotifyUrl,
    /// Where WeChat sends refund notifications.
    pub(crate) refund_notify_url: NotifyUrl,
    /// How long a new order can be paid: between [`Terms::MIN_LIFE_MS`] and [`Terms::MAX_LIFE_MS`].
    pub(crate) life_ms: i64,
    /// How long the object of a settled order keeps everything: between [`Terms::MIN_KEEP_MS`] and
    /// [`Terms::MAX_KEEP_MS`].
    pub(crate) keep_ms: i64,
    /// The simulator's phone page. Only a demo has it.
    pub(crate) demo_phone_url: Option<String>,
    /// Where webhooks go. Without it there are no webhooks.
    pub(crate) webhook: Option<WebhookReceiver>,
    /// Open `/admin/api`, each for what it may do.
    pub(crate) admin_keys: AdminKeys,
    /// Where the catalogue is, if it is not among the site's own files.
    pub(crate) catalog_url: Option<String>,
    /// Verify offers, the current one first: an offer of the previous key is taken while the key is being
    /// changed. Without any, offers are refused.
    pub(crate) offer_keys: Vec<OfferKey>,
    /// The sites whose pages may order. Empty: all.
    pub(crate) allowed_origins: Vec<String>,
    /// Where the shop's days begin: a name of the IANA database. The platform knows whether there is such a
    /// zone.
    pub(crate) time_zone: String,
    /// What is no mistake, but not finished either: sentences for the log.
    pub(crate) unfinished: Vec<String>,
    /// What a live shop still has from the example that `wrangler.toml` comes with, in sentences. It sells
    /// nothing for this merchant, so the Worker is not ready.
    pub(crate) examples: Vec<String>,
}

/// Where webhooks go (`WEBHOOK_URL`, `WEBHOOK_SECRET`).
pub(crate) struct WebhookReceiver {
    /// An https address of the merchant.
    pub(crate) url: String,
    /// The secrets that sign webhooks, the current one first.
    pub(crate) secrets: Vec<WebhookSecret>,
}

/// What is wrong with the configuration, one sentence per mistake.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.join(" "))]
pub(crate) struct Mistakes(pub(crate) Vec<String>);

impl Mistakes {
    /// These bindings are not in `wrangler.toml`.
    pub(crate) fn missing_bindings(names: &[String]) -> Self {
        Self(names.iter().map(|name| format!("the binding {name} is missing in wrangler.toml.")).collect())
    }
}

impl Config {
    /// How the order of this number talks to WeChat Pay. One of our order numbers says it. A foreign number
    /// was placed by another system of the same merchant; its messages are read like those of a new order.
    pub(crate) fn api_of(&self, number: &OutTradeNo) -> Api {
        self.order_secret.api_of(number.as_str()).unwrap_or(self.api)
    }

    /// How messages of API v2 about this number are signed.
    pub(crate) fn sign_type_of(&self, number: &OutTradeNo) -> SignType {
        match self.api_of(number) {
            Api::V2(sign_type) => sign_type,
            Api::V3(_) => self.v2.as_ref().map_or(SignType::HmacSha256, |account| account.sign_type),
        }
    }

    /// Every way in which orders of this shop may talk to WeChat Pay.
    pub(crate) fn apis(&self) -> Vec<Api> {
        let v2 = self.v2.as_ref().map(|_| [SignType::HmacSha256, SignType::Md5].map(Api::V2));
        let v3 = self.v3.as_ref().map(|account| Api::V3(account.edition));
        v2.into_iter().flatten().chain(v3).collect()
    }

    /// The dialect of an order of this number.
    pub(crate) fn dialect_of(&self, number: &OutTradeNo, product_id: ProductId) -> Dialect {
        match self.api_of(number) {
            Api::V2(sign_type) => Dialect::V2(gateway::v2::Terms::from_nowhere(sign_type, product_id)),
            Api::V3(edition) => {
                let category = self.v3.as_ref().and_then(|account| account.category.clone());
                Dialect::V3(gateway::v3::Terms { edition, category })
            }
        }
    }

    /// Where WeChat sends the payment's notification of an order of this number, and those of its refunds.
    pub(crate) fn notify_urls_of(&self, number: &OutTradeNo) -> (NotifyUrl, NotifyUrl) {
        match (self.api_of(number), &self.v3) {
            (Api::V3(_), Some(account)) => (account.notify_url.clone(), account.notify_url.clone()),
            _ => (self.notify_url.clone(), self.refund_notify_url.clone()),
        }
    }

    /// The public origin of this Worker: `NOTIFY_BASE_URL`.
    pub(crate) fn base_url(&self) -> &str {
        let url = self.notify_url.as_str();
        url.strip_suffix(NOTIFY_PATH).unwrap_or(url)
    }

    /// The host of a try. After the last one of the list comes the first again.
    pub(crate) fn gateway(&self, index: u32) -> &str {
        let hosts = self.gateways.len().max(1);
        let index = usize::try_from(index).unwrap_or(0).checked_rem(hosts).unwrap_or(0);
        self.gateways.get(index).map_or("", String::as_str)
    }

    /// The keys a message of API v2 may be signed with, the current one first.
    pub(crate) fn keys(&self) -> Vec<&ApiKey> {
        self.v2.as_ref().map(V2::keys).unwrap_or_default()
    }

    /// The merchant's keys, whatever else is wrong: by one of them the merchant may read what that is.
    pub(crate) fn admin_keys_alone(read: &dyn Fn(&str) -> Option<String>) -> AdminKeys {
        admin_keys(read, &mut Vec::new())
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
        let order_secret = required(
            read,
            "ORDER_SECRET",
            "a random text of at least 32 characters (a secret)",
            OrderSecret::new,
            &mut mistakes,
        );
        let previous_order_secret = optional(read, "ORDER_SECRET_PREVIOUS", OrderSecret::new, &mut mistakes);
        let notify_urls = required(
            read,
            "NOTIFY_BASE_URL",
            "the public https address of this Worker, without a path",
            |base| notify_urls(base, demo),
            &mut mistakes,
        );
        let life_ms = optional(read, "ORDER_EXPIRES_MINUTES", life_ms, &mut mistakes);
        let keep_ms = optional(read, "ORDER_KEEP_DAYS", keep_ms, &mut mistakes);
        let (choice, edition, v3) =
            v3::read(read, notify_urls.as_ref().map(|(notify_url, _)| notify_url), &mut mistakes);
        // A word that is no API is a mistake of its own.
        let is_of_v2 = read("WECHAT_API").is_none_or(|api| api == "v2");
        let v2 = v2::read(read, is_of_v2, &mut mistakes);
        let hosts = edition.hosts();
        let gateways = optional(read, "WECHAT_GATEWAY", |text| gateways(text, hosts, demo), &mut mistakes);

        let admin_keys = admin_keys(read, &mut mistakes);
        let offer_keys = offer_keys(read, &mut mistakes);
        let catalog_url = optional(read, "CATALOG_URL", |url| webhook_url(url, demo), &mut mistakes);
        let webhook = webhook(read, demo, &mut mistakes);
        let allowed_origins = optional(read, "ALLOWED_ORIGINS", |text| origins(text, demo), &mut mistakes);
        let time_zone = optional(read, "SHOP_TIME_ZONE", time_zone, &mut mistakes);
        let (same, mut unfinished) = distinct::check(&SECRETS, read);
        mistakes.extend(same);
        unfinished.extend(secret_without_an_address(read));

        let (Some(appid), Some(mch_id), Some(order_secret), Some((notify_url, refund_notify_url))) =
            (appid, mch_id, order_secret, notify_urls)
        else {
            return Err(Mistakes(mistakes));
        };
        if !mistakes.is_empty() {
            return Err(Mistakes(mistakes));
        }
        Ok(Self {
            merchant: Merchant { appid, mch_id, sub_appid, sub_mch_id },
            api: match choice {
                ApiChoice::V2 => {
                    Api::V2(v2.as_ref().map_or(SignType::HmacSha256, |account| account.sign_type))
                }
                ApiChoice::V3(edition) => Api::V3(edition),
            },
            v2,
            v3,
            order_secret: OrderSecrets::new(order_secret, previous_order_secret),
            gateways: gateways.unwrap_or_else(|| usual_hosts(edition)),
            notify_url,
            refund_notify_url,
            life_ms: life_ms.unwrap_or(Terms::DEFAULT_LIFE_MS),
            keep_ms: keep_ms.unwrap_or(Terms::DEFAULT_KEEP_MS),
            demo_phone_url,
            catalog_url,
            webhook,
            admin_keys,
            offer_keys,
            allowed_origins: allowed_origins.unwrap_or_default(),
            time_zone: time_zone.unwrap_or_else(|| TIME_ZONE.into()),
            unfinished,
            examples: if demo { Vec::new() } else { examples::left(read) },
        })
    }
}

/// The hosts, if none are set. Which host of the global edition is near depends on where WeChat Pay has the
/// merchant. The second host of the mainland edition is the spare of the first (protocol §9.1).
fn usual_hosts(edition: Edition) -> Vec<String> {
    let most = match edition {
        Edition::Global => 1,
        Edition::Mainland => usize::MAX,
    };
    edition.hosts().iter().take(most).map(|host| (*host).to_owned()).collect()
}

/// The keys of offers. A previous key alone is a mistake: the next offers would be signed with nothing.
fn offer_keys(read: &dyn Fn(&str) -> Option<String>, mistakes: &mut Vec<String>) -> Vec<OfferKey> {
    if read("OFFER_KEY_PREVIOUS").is_some() && read("OFFER_KEY").is_none() {
        mistakes
            .push("OFFER_KEY_PREVIOUS is set without OFFER_KEY: it is only the key before that one.".into());
    }
    let key = optional(read, "OFFER_KEY", OfferKey::new, mistakes);
    let previous = optional(read, "OFFER_KEY_PREVIOUS", OfferKey::new, mistakes);
    let mut keys = Vec::new();
    keys.extend(key);
    keys.extend(previous);
    keys
}

/// The keys of the merchant's systems. `ADMIN_TOKEN` is one of them.
fn admin_keys(read: &dyn Fn(&str) -> Option<String>, mistakes: &mut Vec<String>) -> AdminKeys {
    let keys = optional(read, "ADMIN_KEYS", AdminKeys::new, mistakes).unwrap_or_default();
    let Some(token) = optional(read, "ADMIN_TOKEN", AdminToken::new, mistakes) else { return keys };
    keys.with_token(token).unwrap_or_else(|why| {
        mistakes.push(format!("ADMIN_TOKEN: it {why} of ADMIN_KEYS. Remove one of them."));
        AdminKeys::default()
    })
}

/// Where webhooks go. An address without a secret, or a secret without an address, is a mistake: nobody would
/// get webhooks, and the operator did not want that.
fn webhook(
    read: &dyn Fn(&str) -> Option<String>,
    demo: bool,
    mistakes: &mut Vec<String>,
) -> Option<WebhookReceiver> {
    let wanted = |name: &str| read(name).is_some();
    if wanted("WEBHOOK_URL") && !wanted("WEBHOOK_SECRET") {
        mistakes
            .push("WEBHOOK_SECRET is missing: without it a webhook cannot be told from a forgery.".into());
    }
    if wanted("WEBHOOK_SECRET_PREVIOUS") && !wanted("WEBHOOK_SECRET") {
        mistakes.push(
            "WEBHOOK_SECRET_PREVIOUS is set without WEBHOOK_SECRET: it is only the secret before that one."
                .into(),
        );
    }
    let secret = optional(read, "WEBHOOK_SECRET", WebhookSecret::new, mistakes);
    let previous = optional(read, "WEBHOOK_SECRET_PREVIOUS", WebhookSecret::new, mistakes);
    let url = optional(read, "WEBHOOK_URL", |url| webhook_url(url, demo), mistakes);
    Some(WebhookReceiver { url: url?, secrets: std::iter::once(secret?).chain(previous).collect() })
}

/// A webhook's secret is stored before its address is deployed, and removed after it. Between the two
/// commands the Worker goes on, and tells nobody.
fn secret_without_an_address(read: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let alone = read("WEBHOOK_SECRET").is_some() && read("WEBHOOK_URL").is_none();
    alone.then(|| {
        "WEBHOOK_SECRET is set without WEBHOOK_URL, so no system is told of payments: set WEBHOOK_URL, or remove WEBHOOK_SECRET."
            .into()
    })
}

/// The name of a time zone, as far as its form says.
fn time_zone(text: &str) -> Result<String, &'static str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain);
    if fits { Ok(text.to_owned()) } else { Err(NO_SUCH_ZONE) }
}

/// How long a new order can be paid.
fn life_ms(text: &str) -> Result<i64, String> {
    let range = Terms::MIN_LIFE_MS..=Terms::MAX_LIFE_MS;
    multiple_of(MINUTE_MS, text, &range).ok_or_else(|| {
        format!(
            "it must be {} to {} minutes: WeChat Pay takes no shorter time, and a code lives two hours",
            range.start() / MINUTE_MS,
            range.end() / MINUTE_MS
        )
    })
}

/// How long an order is kept.
fn keep_ms(text: &str) -> Result<i64, String> {
    let range = Terms::MIN_KEEP_MS..=Terms::MAX_KEEP_MS;
    multiple_of(DAY_MS, text, &range).ok_or_else(|| {
        format!(
            "it must be {} to {} days: a payment can be refunded for a year, and a refund needs its order",
            range.start() / DAY_MS,
            range.end() / DAY_MS
        )
    })
}

fn multiple_of(unit_ms: i64, text: &str, range: &std::ops::RangeInclusive<i64>) -> Option<i64> {
    let ms = text.trim().parse::<i64>().ok()?.checked_mul(unit_ms)?;
    range.contains(&ms).then_some(ms)
}

/// Only WeChat's own hosts are allowed, and in a demo a simulator on this machine. So a single wrong variable
/// cannot point a Worker that takes real money at a simulator.
fn gateways(text: &str, known: &[&str], demo: bool) -> Result<Vec<String>, String> {
    text.split(',')
        .map(str::trim)
        .map(|host| {
            if known.contains(&host) || (demo && is_loopback(host)) {
                Ok(host.to_owned())
            } else {
                Err(format!(
                    "`{host}` is not a host of this edition of WeChat Pay ({}); \
                     a simulator on http://127.0.0.1 is allowed only together with DEMO_PHONE_URL",
                    known.join(", ")
                ))
            }
        })
        .collect()
}

/// The origins of sites, as browsers write them.
fn origins(text: &str, demo: bool) -> Result<Vec<String>, String> {
    let origins = text.split(&[',']).map(str::trim);
    origins
        .map(|origin| {
            let host = origin.strip_prefix("https://").unwrap_or_default();
            let is_host = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b':')
            };
            let https = !host.is_empty() && host.bytes().all(is_host);
            if https || (demo && is_loopback(origin)) {
                Ok(origin.to_owned())
            } else {
                Err(format!(
                    "`{origin}` is not an origin, as in https://shop.example.com: https, small letters, without a path"
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
