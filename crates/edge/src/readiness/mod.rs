//! Readiness: everything that must be right before the first customer comes, asked and told.
//!
//! `/healthz` tells a stranger whether the Worker can sell ([`can_sell`]), and nothing else: it asks nobody.
//! The merchant's readiness ([`report`]) asks everybody: WeChat Pay, the Worker's own address, the receiver
//! of webhooks, the index. Each check says what was seen and how to mend it; the files below judge, and this
//! file asks.

mod account;
mod account_v3;
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

use crate::config::{Config, Mistakes, V2};
use crate::index::sharded::Index;
use crate::number_and_token::Api;
use crate::object::webhook::{self, Sent};
use crate::platform::clock::now_ms;
use crate::platform::environment;
use crate::platform::files;
use crate::platform::js::random_uuid;
use crate::platform::post::{Connection, NoAnswer, Post, excerpt};
use crate::platform::retry_after;
use crate::platform::timer::{TimeLimit, TooLate, together};
use crate::price;
use crate::v3::exchange;
use account::{Finding, finding};
use address::Seen;
use check::{Check, Report};

/// How long each of those that are asked may take. A receiver may take as long with a webhook.
const TIME_LIMIT_MS: u32 = 15_000;
/// How many files are looked at. Each is a request to the bucket, and a request may make only so many.
const MOST_FILES: usize = 20;
const LATER: &str = "Ask again later.";
/// Where a host is knocked at without an account at API v2. Nothing is asked for there by POST.
const KNOCK: &str = "/v3/certificates";

/// Why the Worker cannot sell, in sentences for the log. It asks nobody outside.
pub(crate) async fn can_sell(env: &Env, config: &Config) -> Vec<String> {
    let mut why = Mistakes::missing_bindings(&environment::missing_bindings(env)).0;
    why.extend(config.examples.iter().cloned());
    if why.is_empty() {
        why.extend(price::catalog_problems(env, config).await.unwrap_or_default());
    }
    why
}

/// Checks everything. `asked_at` is the address of the merchant's request. `sends_event` says whether the
/// receiver of webhooks gets a test event.
///
/// All that is asked outside is asked at the same time, by one kind of request ([`Sending`]), and then
/// judged.
pub(crate) async fn report(
    env: &Env,
    config: Result<&Config, &Mistakes>,
    asked_at: &str,
    sends_event: bool,
) -> Report {
    let mut checks = settings(env, config);
    checks.push(surroundings::rate_limits(&environment::missing_rate_limits(env)));
    let notify_url = config.map_or("", |config| config.notify_url.as_str());
    checks.push(surroundings::workers_dev(&[asked_at, notify_url]));
    if let Ok(config) = config {
        checks.extend(account_of_v3(config).await);
        checks.extend(catalog(price::catalog_problems(env, config).await));
        checks.extend(files(env, config).await);
        let plan = plan(env, config, sends_event, &mut checks);
        let brought = together(plan.sending).await;
        let wrong = judge(config, plan.what, brought, &mut checks);
        if let (Some((host, said)), Some(account)) = (wrong, &config.v2) {
            let others = others(host, config, account);
            let brought = together(others.sending).await;
            checks.push(which_fits(&said, account, others.what, brought));
        }
    }
    match Index::of(env) {
        Some(index) => {
            for (at, shard) in index.shards().iter().enumerate() {
                let health = TimeLimit::of(TIME_LIMIT_MS).within(shard.health()).await;
                let name = environment::index_name(at);
                match health {
                    Ok(Ok(health)) => {
                        checks.push(Check::ok("index", &[&name, " answers."].concat()));
                        checks.push(surroundings::migrations(&name, health.version, health.newest));
                        checks.push(surroundings::sweep(&name, health.swept_at_ms, now_ms()));
                    }
                    Ok(Err(why)) => checks.push(surroundings::index_away(&name, &why.to_string())),
                    Err(TooLate) => checks.push(surroundings::index_away(&name, "it takes too long")),
                }
            }
        }
        None => checks.push(surroundings::no_index()),
    }
    Report::new(checks, now_ms())
}

/// The account at API v3, if there is one.
async fn account_of_v3(config: &Config) -> Option<Check> {
    let account = config.v3.as_ref()?;
    let random = random();
    let terms = gateway::v3::Terms { edition: account.edition, category: account.category.clone() };
    let call = Call {
        merchant: config.merchant.clone(),
        out_trade_no: OutTradeNo::new(&["readiness", random.get(..23)?].concat()).ok()?,
        dialect: Dialect::V3(terms),
        question: Question::Query { total: Money::new(1, Currency::CNY) },
    };
    let host = config.gateway(0);
    let (outcome, _) = exchange::make(&call, config, host).await;
    Some(account_v3::check(&outcome.result))
}

/// Variables, secrets and required bindings.
fn settings(env: &Env, config: Result<&Config, &Mistakes>) -> Vec<Check> {
    const NAME: &str = "settings";
    const MEND: &str = "Correct it in wrangler.toml, a secret with `npx wrangler secret put`, and deploy.";
    let missing = Mistakes::missing_bindings(&environment::missing_bindings(env)).0;
    let (examples, mistakes, unfinished) = match config {
        Ok(config) => (&*config.examples, &[][..], &*config.unfinished),
        Err(mistakes) => (&[][..], &*mistakes.0, &[][..]),
    };
    let mut checks = Vec::new();
    for list in [mistakes, &missing] {
        for sentence in list {
            checks.push(Check::failed(NAME, sentence, MEND));
        }
    }
    for sentence in unfinished {
        checks.push(Check::not_checked(NAME, sentence, ""));
    }
    if checks.is_empty() {
        checks.push(Check::ok(NAME, "Every variable, secret and required binding is as it must be."));
    }
    for sentence in examples {
        checks.push(Check::failed("examples", sentence, MEND));
    }
    checks
}

fn catalog(problems: Option<Vec<String>>) -> Vec<Check> {
    const NAME: &str = "catalogue";
    match problems {
        None => vec![Check::not_checked(NAME, "The site has no catalog.json; it sells by offers.", "")],
        Some(problems) if problems.is_empty() => vec![Check::ok(NAME, "Everything in it can be sold.")],
        Some(problems) => {
            let mut checks = Vec::new();
            for problem in problems {
                checks.push(Check::failed(NAME, &problem, "Correct catalog.json and publish it."));
            }
            checks
        }
    }
}

/// Whether the files that the catalogue names are there. `None` if it names none.
async fn files(env: &Env, config: &Config) -> Option<Check> {
    let catalog = price::published(env, config, now_ms()).await.ok()?;
    let named = catalog.files();
    if named.is_empty() {
        return None;
    }
    if environment::files(env).is_none() {
        return Some(surroundings::no_bucket());
    }
    let mut missing = Vec::new();
    for file in named.iter().take(MOST_FILES) {
        match files::head(env, file).await {
            Ok(Some(_)) => {}
            Ok(None) => missing.push(*file),
            Err(why) => return Some(surroundings::bucket_away(&why.to_string())),
        }
    }
    Some(surroundings::files(&missing, named.len().saturating_sub(MOST_FILES)))
}

/// A request to somebody outside.
struct Sending {
    line: Connection,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// What a request brought.
struct Brought {
    answered: Result<Answered, NoAnswer>,
    took_ms: i64,
    /// When the answer began.
    at_ms: i64,
}

struct Answered {
    status: u16,
    /// The time in the answer's header `Date`.
    date_ms: Option<i64>,
    is_challenge: bool,
    body: Vec<u8>,
}

impl Sending {
    /// XML, as WeChat and the gateway take it.
    fn xml(line: Connection, url: String, body: String) -> Self {
        Self { line, url, headers: vec![("content-type", "text/xml; charset=utf-8".into())], body }
    }

    fn send(self) -> Bringing {
        Box::pin(async move {
            let began_ms = now_ms();
            let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let post =
                Post { url: &self.url, headers: &headers, body: &self.body, time_limit_ms: TIME_LIMIT_MS };
            let answered = match self.line.post(&post).await {
                Ok(answer) => {
                    let (status, date) = (answer.status, answer.header("date"));
                    let is_challenge = answer.header("cf-mitigated").is_some();
                    let date_ms = date.and_then(|date| retry_after::date_ms(&date));
                    let body = answer.whole(wire::v2::MAX_BODY_BYTES).await;
                    body.map(|body| Answered { status, date_ms, is_challenge, body })
                }
                Err(why) => Err(why),
            };
            let at_ms = now_ms();
            Brought { answered, took_ms: at_ms.saturating_sub(began_ms), at_ms }
        })
    }
}

/// A request under way.
type Bringing = Pin<Box<dyn Future<Output = Brought>>>;

/// What is asked, and the requests, in the same sequence.
#[derive(Default)]
struct Plan<'a> {
    what: Vec<What<'a>>,
    sending: Vec<Bringing>,
}

impl<'a> Plan<'a> {
    fn add(&mut self, what: What<'a>, sending: Sending) {
        self.what.push(what);
        self.sending.push(sending.send());
    }
}

/// What a request is for.
enum What<'a> {
    /// The query of an order that does not exist, at this host.
    Query(&'a str, Call),
    /// Nothing, at this host. Its answer says that it is there, and what time it has.
    Host(&'a str),
    Certificate,
    /// An address of ours, and the reply that only this Worker can give.
    Address(&'static str, &'a str, Option<String>),
    Receiver,
}

/// What is to be asked. What needs no question is told at once.
fn plan<'a>(env: &Env, config: &'a Config, sends_event: bool, checks: &mut Vec<Check>) -> Plan<'a> {
    let mut plan = Plan::default();
    for host in &config.gateways {
        match &config.v2 {
            Some(account) => query(&mut plan, host, config, &account.api_key, account.sign_type),
            None => {
                let url = [host, KNOCK].concat();
                plan.add(What::Host(host), Sending::xml(Connection::Plain, url, String::new()));
            }
        }
    }
    match environment::certificate(env) {
        Some(certificate) => {
            let host = config.gateway(0);
            let line = Connection::Certificate(certificate);
            // Nothing, to the path that needs the certificate. It names no order, so it can move no money.
            let url = [host, wire::v2::Refund::PATH].concat();
            plan.add(What::Certificate, Sending::xml(line, url, "<xml></xml>".into()));
        }
        None => checks.push(surroundings::no_certificate(matches!(config.api, Api::V3(_)))),
    }
    let of_v2 = config.v2.iter().flat_map(|_| {
        [("notify_address", &config.notify_url), ("refund_notify_address", &config.refund_notify_url)]
    });
    let of_v3 = config.v3.as_ref().map(|account| ("notify_address_v3", &account.notify_url));
    for (name, url) in of_v2.chain(of_v3) {
        let message = address::message(&random());
        let own = address::reply(message.as_bytes(), &config.order_secret);
        let sending = Sending::xml(Connection::Plain, url.as_str().to_owned(), message);
        plan.add(What::Address(name, url.as_str(), own), sending);
    }
    let Some(receiver) = &config.webhook else {
        let why = "There is no WEBHOOK_URL, so no system of yours is told of payments.";
        checks.push(Check::not_checked(
            "receiver",
            why,
            "Set WEBHOOK_URL and WEBHOOK_SECRET, if one should be.",
        ));
        return plan;
    };
    let now_ms = now_ms();
    let id = ["readiness-", &random()].concat();
    match Sent::of_body(webhook::test_event(now_ms), &id, now_ms, &receiver.secrets) {
        Ok(Sent { headers, body }) if sends_event => {
            let (line, url) = (Connection::Plain, receiver.url.clone());
            plan.add(What::Receiver, Sending { line, url, headers: headers.into(), body });
        }
        Ok(_) => checks.push(surroundings::receiver_left_alone()),
        Err(why) => checks.push(surroundings::receiver(Err(why.into()))),
    }
    plan
}

/// Queries an order that does not exist. The number is made up at random, so nobody has an order with it.
fn query<'a>(plan: &mut Plan<'a>, host: &'a str, config: &Config, key: &ApiKey, sign_type: SignType) {
    if let Some((call, request)) = written(config, key, sign_type) {
        let sending = Sending::xml(Connection::Plain, [host, request.path].concat(), request.body);
        plan.add(What::Query(host, call), sending);
    }
}

/// The query. `None` if a text of ours breaks a rule of WeChat's.
fn written(config: &Config, key: &ApiKey, sign_type: SignType) -> Option<(Call, gateway::v2::Request)> {
    let random = random();
    let number = ["readiness", random.get(..23)?].concat();
    let call = Call {
        merchant: config.merchant.clone(),
        out_trade_no: OutTradeNo::new(&number).ok()?,
        dialect: Dialect::V2(gateway::v2::Terms {
            sign_type,
            product_id: ProductId::new("readiness").ok()?,
            spbill_create_ip: Ipv4Addr::LOCALHOST.into(),
        }),
        question: Question::Query { total: Money::new(1, Currency::HKD) },
    };
    let request = call.request(key, &Nonce::new(&random).ok()?).ok()?;
    Some((call, request))
}

/// What the answer to a query says of the account.
fn finding_of(call: &Call, brought: &Brought, key: &ApiKey) -> Finding {
    match &brought.answered {
        Ok(Answered { status: 200, body, .. }) => finding(&call.read(body, key).result),
        Ok(Answered { status, body, .. }) => {
            let text = excerpt(&String::from_utf8_lossy(body));
            finding(&Err(gateway::v2::not_200(*status, &text)))
        }
        Err(why) => Finding::Unknown(why.to_string()),
    }
}

/// Judges what was brought. If the signature of the query was not taken, returns the host and what it said.
fn judge<'a>(
    config: &Config,
    what: Vec<What<'a>>,
    brought: Vec<Brought>,
    checks: &mut Vec<Check>,
) -> Option<(&'a str, String)> {
    let mut clock = None;
    let mut wrong = None;
    for (what, brought) in what.into_iter().zip(brought) {
        match what {
            What::Query(host, call) => {
                let Some(account) = &config.v2 else { continue };
                let finding = finding_of(&call, &brought, &account.api_key);
                checks.push(account::host(host, &finding, brought.took_ms));
                if clock.is_some() || matches!(finding, Finding::Unknown(_)) {
                    continue;
                }
                let date_ms = brought.answered.ok().and_then(|answered| answered.date_ms);
                clock = Some(surroundings::clock(brought.at_ms, date_ms));
                match account::check(&finding, account.sign_type.as_str()) {
                    Ok(check) => checks.push(check),
                    Err(said) => wrong = Some((host, said)),
                }
            }
            What::Host(host) => {
                let there = match &brought.answered {
                    Ok(_) => Finding::Fits,
                    Err(why) => Finding::Unknown(why.to_string()),
                };
                checks.push(account::host(host, &there, brought.took_ms));
                if let (None, Ok(answered)) = (&clock, brought.answered) {
                    clock = Some(surroundings::clock(brought.at_ms, answered.date_ms));
                }
            }
            What::Certificate => {
                let status = brought.answered.map(|answered| answered.status);
                checks.push(surroundings::certificate(status.map_err(|why| why.to_string())));
            }
            What::Address(name, url, own) => {
                let seen = match brought.answered {
                    Ok(Answered { status, is_challenge, body, .. }) => {
                        let body = String::from_utf8_lossy(&body).into_owned();
                        Seen::Answer { status, is_challenge, body }
                    }
                    Err(NoAnswer::Redirected { status, to }) => {
                        Seen::Redirect(["HTTP ", &status.to_string(), ", a redirect to ", &to].concat())
                    }
                    Err(why) => Seen::Nothing(why.to_string()),
                };
                checks.push(address::judge(name, url, seen, own.as_deref()));
            }
            What::Receiver => {
                let accepted =
                    brought.answered.map_err(|why| why.to_string()).and_then(
                        |answered| match webhook::verdict(answered.status, None) {
                            DeliveryResult::Accepted => Ok(answered.status),
                            _ => Err(["it answered HTTP ", &answered.status.to_string()].concat()),
                        },
                    );
                checks.push(surroundings::receiver(accepted));
            }
        }
    }
    if clock.is_none() {
        let why = "No host of the gateway gave an answer that says it.";
        if config.v2.is_some() {
            checks.push(Check::not_checked("account", why, LATER));
        }
        clock = Some(Check::not_checked("clock", why, LATER));
    }
    checks.extend(clock);
    wrong
}

/// The other algorithm.
fn other(sign_type: SignType) -> SignType {
    match sign_type {
        SignType::HmacSha256 => SignType::Md5,
        SignType::Md5 => SignType::HmacSha256,
    }
}

/// The query once more, with the other algorithm and with the previous key.
fn others<'a>(host: &'a str, config: &Config, account: &V2) -> Plan<'a> {
    let mut plan = Plan::default();
    query(&mut plan, host, config, &account.api_key, other(account.sign_type));
    if let Some(previous) = &account.previous_api_key {
        query(&mut plan, host, config, previous, account.sign_type);
    }
    plan
}

/// Which of the others was taken, if one was.
fn which_fits(said: &str, account: &V2, what: Vec<What<'_>>, brought: Vec<Brought>) -> Check {
    let keys = [Some(&account.api_key), account.previous_api_key.as_ref()];
    let mut fits = [false; 2];
    for (((what, brought), key), fits) in what.iter().zip(&brought).zip(keys).zip(&mut fits) {
        if let (What::Query(_, call), Some(key)) = (what, key) {
            *fits = finding_of(call, brought, key) == Finding::Fits;
        }
    }
    let [other_type, previous] = fits;
    account::signature(said, other_type, previous, other(account.sign_type).as_str())
}

/// 32 hexadecimal digits of the platform's secure randomness. If the platform has none, the text is empty,
/// and nobody has an order of the number that is made of it.
fn random() -> String {
    random_uuid().unwrap_or_default().replace('-', "")
}
