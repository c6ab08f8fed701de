//! Readiness: everything that must be right before the first customer comes, asked and told.
//!
//! `/healthz` tells a stranger whether the Worker can sell ([`can_sell`]), and nothing else: it asks nobody.
//! The merchant's readiness ([`report`]) asks everybody: WeChat Pay, the Worker's own address, the receiver
//! of webhooks, the index. Each check says what was seen and how to mend it; the files below judge, and this
//! file asks.

mod account;
pub(crate) mod address;
pub(crate) mod check;
mod surroundings;

use std::net::Ipv4Addr;
use std::pin::Pin;

use gateway::{Call, Currency, Dialect, Money, OutTradeNo, Question};
use order::DeliveryResult;
use wire::Nonce;
use wire::v2::{ApiKey, Call as _, ProductId, SignType};
use worker::Env;

use crate::config::{Config, Mistakes};
use crate::failure::Failure;
use crate::index::Index;
use crate::object::webhook::{self, Sent};
use crate::platform::clock::now_ms;
use crate::platform::environment;
use crate::platform::js::random_uuid;
use crate::platform::post::{Answer, Connection, NoAnswer, Post};
use crate::platform::retry_after;
use crate::platform::timer::{TimeLimit, TooLate, together};
use crate::price;
use account::{Finding, finding};
use address::Seen;
use check::{Check, Report};

/// How long each of those that are asked may take.
const TIME_LIMIT_MS: u32 = 10_000;
/// A receiver may take as long as with a webhook.
const RECEIVER_TIME_LIMIT_MS: u32 = 15_000;
/// More than a page of HTML needs to be recognised by.
const MAX_REPLY_BYTES: usize = 64 * 1024;
const XML: [(&str, &str); 1] = [("content-type", "text/xml; charset=utf-8")];

/// Why the Worker cannot sell, in sentences for the log. It asks nobody outside.
pub(crate) async fn can_sell(env: &Env, config: &Config) -> Vec<String> {
    let mut why = Mistakes::missing_bindings(&environment::missing_bindings(env)).0;
    why.extend(config.examples.iter().cloned());
    if why.is_empty() {
        why.extend(price::catalog_problems(env, config).await.unwrap_or_default());
    }
    why
}

type Checks<'a> = Pin<Box<dyn Future<Output = Vec<Check>> + 'a>>;

/// Checks everything. `asked_at` is the address of the merchant's request. `sends_event` says whether the
/// receiver of webhooks gets a test event.
pub(crate) async fn report(
    env: &Env,
    config: Result<&Config, &Mistakes>,
    asked_at: &str,
    sends_event: bool,
) -> Report {
    let mut checks = settings(env, config);
    let mut asked: Vec<Checks<'_>> = vec![Box::pin(index(env))];
    let mut used = vec![asked_at];
    if let Ok(config) = config {
        used.push(config.notify_url.as_str());
        let urls = [
            ("notify_address", config.notify_url.as_str()),
            ("refund_notify_address", config.refund_notify_url.as_str()),
        ];
        asked.push(Box::pin(catalog(env, config)));
        asked.push(Box::pin(gateway(config)));
        asked.push(Box::pin(certificate(env, config)));
        for (name, url) in urls {
            asked.push(Box::pin(own_address(name, url, config)));
        }
        asked.push(Box::pin(receiver(config, sends_event)));
    }
    checks.push(surroundings::rate_limits(&environment::missing_rate_limits(env)));
    checks.push(surroundings::workers_dev(&used));
    checks.extend(together(asked).await.into_iter().flatten());
    Report::new(checks, now_ms())
}

/// Variables, secrets and required bindings.
fn settings(env: &Env, config: Result<&Config, &Mistakes>) -> Vec<Check> {
    const NAME: &str = "settings";
    const MEND: &str = "Correct it in wrangler.toml, a secret with `npx wrangler secret put`, and deploy.";
    let failed = |sentence: &String| Check::failed(NAME, sentence, MEND);
    let mut checks: Vec<Check> = match config {
        Ok(config) => config.examples.iter().map(|left| Check::failed("examples", left, MEND)).collect(),
        Err(mistakes) => mistakes.0.iter().map(failed).collect(),
    };
    checks.extend(Mistakes::missing_bindings(&environment::missing_bindings(env)).0.iter().map(failed));
    if checks.is_empty() {
        checks.push(Check::ok(NAME, "Every variable, secret and required binding is as it must be."));
    }
    if let Ok(config) = config {
        checks.extend(config.unfinished.iter().map(|sentence| Check::not_checked(NAME, sentence, "")));
    }
    checks
}

async fn catalog(env: &Env, config: &Config) -> Vec<Check> {
    const NAME: &str = "catalogue";
    const MEND: &str = "Correct catalog.json and publish it.";
    match price::catalog_problems(env, config).await {
        None => vec![Check::not_checked(NAME, "The site has no catalog.json; it sells by offers.", "")],
        Some(problems) if problems.is_empty() => vec![Check::ok(NAME, "Everything in it can be sold.")],
        Some(problems) => problems.into_iter().map(|problem| Check::failed(NAME, &problem, MEND)).collect(),
    }
}

/// One query of an order that does not exist, and what came of it.
struct Asked {
    finding: Finding,
    took_ms: i64,
    /// When the answer came, by our clock and by the gateway's.
    at_ms: i64,
    theirs_ms: Option<i64>,
}

/// Asks each host of the gateway; the first that answers says whether the account fits.
async fn gateway(config: &Config) -> Vec<Check> {
    let asked = config.gateways.iter().map(|host| query(host, config, &config.api_key, config.sign_type));
    let answers: Vec<_> = config.gateways.iter().zip(together(asked).await).collect();
    let mut checks: Vec<_> = answers.iter().map(|(host, asked)| reached(host, asked)).collect();
    let told = answers.iter().find(|(_, asked)| !matches!(asked.finding, Finding::Unknown(_)));
    let Some((host, asked)) = told else {
        let why = "No host of the gateway gave an answer that says it.";
        checks.extend(["account", "clock"].map(|name| Check::not_checked(name, why, "Ask again later.")));
        return checks;
    };
    checks.push(account(host, &asked.finding, config).await);
    checks.push(surroundings::clock(asked.at_ms, asked.theirs_ms));
    checks
}

fn reached(host: &str, asked: &Asked) -> Check {
    const NAME: &str = "gateway_host";
    match &asked.finding {
        Finding::Unknown(why) => Check::failed(
            NAME,
            &format!("{host}: {why} ({} ms).", asked.took_ms),
            "If it stays so, put another host in front in WECHAT_GATEWAY.",
        ),
        _ => Check::ok(NAME, &format!("{host} answered in {} ms.", asked.took_ms)),
    }
}

/// Whether appid, merchant number, key and algorithm fit. If the signature was not taken, finds out whether
/// the other algorithm or the previous key would be.
async fn account(host: &str, finding: &Finding, config: &Config) -> Check {
    const NAME: &str = "account";
    let said = match finding {
        Finding::Fits => {
            let fits = format!(
                "WECHAT_APPID, WECHAT_MCH_ID, WECHAT_API_KEY and WECHAT_SIGN_TYPE ({}) fit: {host} answers to the query of an order that does not exist.",
                config.sign_type.as_str()
            );
            return Check::ok(NAME, &fits);
        }
        Finding::Wrong(said, mend) => return Check::failed(NAME, &format!("WeChat Pay says: {said}."), mend),
        Finding::Unknown(why) => return Check::not_checked(NAME, why, "Ask again later."),
        Finding::Signature(said) => format!("WeChat Pay does not take the signature: {said}."),
    };
    let other = match config.sign_type {
        SignType::HmacSha256 => SignType::Md5,
        SignType::Md5 => SignType::HmacSha256,
    };
    if query(host, config, &config.api_key, other).await.finding == Finding::Fits {
        return Check::failed(
            NAME,
            &said,
            &format!("Set WECHAT_SIGN_TYPE = \"{}\": with it the key fits.", other.as_str()),
        );
    }
    if let Some(previous) = &config.previous_api_key
        && query(host, config, previous, config.sign_type).await.finding == Finding::Fits
    {
        let mend = "WECHAT_API_KEY_PREVIOUS still fits, and WECHAT_API_KEY does not: set the new key in the merchant platform, or put the previous one back.";
        return Check::failed(NAME, &said, mend);
    }
    let mend = "WECHAT_API_KEY is not the API key (v2) of this merchant number. Look into the merchant platform, \
                and store it with `npx wrangler secret put WECHAT_API_KEY`.";
    Check::failed(NAME, &said, mend)
}

fn query<'a>(
    host: &'a str,
    config: &'a Config,
    key: &'a ApiKey,
    sign_type: SignType,
) -> Pin<Box<dyn Future<Output = Asked> + 'a>> {
    Box::pin(async move {
        let began_ms = now_ms();
        let (finding, theirs_ms) = match ask(host, config, key, sign_type).await {
            Ok(found) => found,
            Err(why) => (Finding::Unknown(why), None),
        };
        let at_ms = now_ms();
        Asked { finding, took_ms: at_ms.saturating_sub(began_ms), at_ms, theirs_ms }
    })
}

/// The query itself. The number is made up at random, so nobody has an order with it.
async fn ask(
    host: &str,
    config: &Config,
    key: &ApiKey,
    sign_type: SignType,
) -> Result<(Finding, Option<i64>), String> {
    let unwritten = |why: &dyn std::fmt::Display| why.to_string();
    let random = random()?;
    let number: String = "readiness".chars().chain(random.chars()).take(32).collect();
    let call = Call {
        merchant: config.merchant.clone(),
        out_trade_no: OutTradeNo::new(&number).map_err(|why| unwritten(&why))?,
        dialect: Dialect::V2(gateway::v2::Terms {
            sign_type,
            product_id: ProductId::new("readiness").map_err(|why| unwritten(&why))?,
            spbill_create_ip: Ipv4Addr::LOCALHOST.into(),
        }),
        question: Question::Query { total: Money::new(1, Currency::HKD) },
    };
    let nonce = Nonce::new(&random).map_err(|why| unwritten(&why))?;
    let request = call.request(key, &nonce).map_err(|failure| failure.summary())?;
    let url = format!("{host}{}", request.path);
    let answer = post(&Connection::Plain, &url, &XML, &request.body, TIME_LIMIT_MS).await;
    let answer = answer.map_err(|why| why.to_string())?;
    let theirs_ms = answer.header("date").and_then(|date| retry_after::date_ms(&date));
    if answer.status != 200 {
        let failure = gateway::v2::not_200(answer.status, &answer.beginning().await);
        return Ok((finding(&Err(failure)), theirs_ms));
    }
    let body = answer.whole(wire::v2::MAX_BODY_BYTES).await.map_err(|why| why.to_string())?;
    Ok((finding(&call.read(&body, key).result), theirs_ms))
}

/// A post of nothing to the path that needs the certificate. WeChat refuses it, if the connection is right by
/// XML, and otherwise by HTTP 400. It names no order, so it can move no money.
async fn certificate(env: &Env, config: &Config) -> Vec<Check> {
    let Some(certificate) = environment::certificate(env) else {
        return vec![Check::failed(
            "certificate",
            "There is no certificate WECHAT_CERT, so nothing can be refunded.",
            "Upload the certificate that WeChat Pay issued to you (npx wrangler mtls-certificate upload), and put its id into [[mtls_certificates]] of wrangler.toml.",
        )];
    };
    let host = config.gateways.first().map_or("", String::as_str);
    let url = format!("{host}{}", wire::v2::Refund::PATH);
    let line = Connection::Certificate(certificate);
    let status = post(&line, &url, &XML, "<xml></xml>", TIME_LIMIT_MS).await;
    vec![surroundings::certificate(status.map(|answer| answer.status).map_err(|why| why.to_string()))]
}

/// Whether this address of ours leads to this Worker.
async fn own_address(name: &'static str, url: &str, config: &Config) -> Vec<Check> {
    let Ok(nonce) = random() else {
        return vec![Check::not_checked(name, "There was no random number.", "")];
    };
    let message = address::message(&nonce);
    let own = address::reply(message.as_bytes(), &config.order_secret);
    let seen = match post(&Connection::Plain, url, &XML, &message, TIME_LIMIT_MS).await {
        Err(NoAnswer::Redirected { status, to }) => Seen::Redirect(format!("HTTP {status}, to {to}")),
        Err(why) => Seen::Nothing(why.to_string()),
        Ok(answer) => {
            let is_challenge = answer.header("cf-mitigated").is_some();
            let status = answer.status;
            let body = answer.whole(MAX_REPLY_BYTES).await.unwrap_or_default();
            Seen::Answer { status, is_challenge, body: String::from_utf8_lossy(&body).into_owned() }
        }
    };
    vec![address::judge(name, url, seen, own.as_deref())]
}

/// Whether the receiver of webhooks takes a signed test event.
async fn receiver(config: &Config, sends_event: bool) -> Vec<Check> {
    const NAME: &str = "receiver";
    const MEND: &str = "Mend the receiver, or correct WEBHOOK_URL. It must answer 2xx to the event `readiness.test` when its signature is right.";
    let Some(receiver) = &config.webhook else {
        let why = "There is no WEBHOOK_URL, so no system of yours is told of payments.";
        return vec![Check::not_checked(NAME, why, "Set WEBHOOK_URL and WEBHOOK_SECRET, if one should be.")];
    };
    if !sends_event {
        let why = "It gets a test event only when the readiness is asked for by POST.";
        return vec![Check::not_checked(NAME, why, "POST to /admin/api/readiness.")];
    }
    let now_ms = now_ms();
    let body = webhook::test_event(now_ms);
    let id = format!("readiness-{}", random().unwrap_or_default());
    let sent = match Sent::of_body(body, &id, now_ms, &receiver.secrets) {
        Ok(sent) => sent,
        Err(why) => return vec![Check::failed(NAME, why, MEND)],
    };
    let headers = sent.headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answered =
        post(&Connection::Plain, &receiver.url, &headers, &sent.body, RECEIVER_TIME_LIMIT_MS).await;
    vec![match answered {
        Err(why) => Check::failed(NAME, &format!("{}: {why}.", receiver.url), MEND),
        Ok(answer) => match webhook::verdict(answer.status, None) {
            DeliveryResult::Accepted => Check::ok(
                NAME,
                &format!("{} took a signed test event (HTTP {}).", receiver.url, answer.status),
            ),
            _ => Check::failed(
                NAME,
                &format!("{} answered HTTP {} to a signed test event.", receiver.url, answer.status),
                MEND,
            ),
        },
    }]
}

/// The database, its tables, and the sweep that reads it.
async fn index(env: &Env) -> Vec<Check> {
    const NAME: &str = "index";
    let Some(index) = Index::of(env) else {
        let mend =
            "Put the section [[d1_databases]] with the binding INDEX back into wrangler.toml and deploy.";
        return vec![Check::failed(NAME, "There is no index: no list, no inbox and no sweep.", mend)];
    };
    let why = match TimeLimit::of(TIME_LIMIT_MS).within(index.health()).await {
        Ok(Ok(health)) => {
            return vec![
                Check::ok(NAME, "The database answers."),
                surroundings::migrations(health.version, health.newest),
                surroundings::sweep(health.swept_at_ms, now_ms()),
            ];
        }
        Ok(Err(failure)) => failure.to_string(),
        Err(TooLate) => format!("no answer within {TIME_LIMIT_MS} ms"),
    };
    let mend = "Payments go on without it. Look at Cloudflare's status page; docs/operations.md says what to do when the index is lost.";
    vec![Check::failed(NAME, &format!("The database does not answer: {why}."), mend)]
}

/// In a box, so that the Worker has the code of a post here once and not for each that is asked.
fn post<'a>(
    line: &'a Connection,
    url: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
    time_limit_ms: u32,
) -> Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + 'a>> {
    Box::pin(async move { line.post(&Post { url, headers, body, time_limit_ms }).await })
}

/// 32 hexadecimal digits of the platform's secure randomness.
fn random() -> Result<String, String> {
    Ok(random_uuid().map_err(|error| Failure::from(error).to_string())?.replace('-', ""))
}
