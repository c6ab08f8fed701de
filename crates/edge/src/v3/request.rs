//! A request of API v3: signed, sent, and what comes back.

use order::GATEWAY_TIME_LIMIT_MS;
use wire::Nonce;
use wire::v3::{Draft, MAX_BODY_BYTES, Method, Reply, Request};

use crate::config::V3;
use crate::platform::clock::now_ms;
use crate::platform::crypto;
use crate::platform::js::random_uuid;
use crate::platform::post::{Answer, Connection, NoAnswer, Post};

/// The order's rule, in the type of the platform's timers.
const TIME_LIMIT_MS: u32 = GATEWAY_TIME_LIMIT_MS as u32;

/// The headers of an answer that are read.
const HEADERS: [&str; 6] = [
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Serial",
    "Wechatpay-Signature",
    "Wechatpay-Signature-Type",
    "Request-ID",
];

/// What came back, judged by nobody.
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Received {
    /// Status and headers of an answer, whose body is still to come.
    pub(super) fn begun(answer: &Answer) -> Self {
        let headers = HEADERS.into_iter().filter_map(|name| Some((name, answer.header(name)?))).collect();
        Self { status: answer.status, headers, body: Vec::new() }
    }

    /// The whole answer.
    pub(super) async fn whole(answer: Answer) -> Result<Self, NoAnswer> {
        let begun = Self::begun(&answer);
        Ok(Self { body: answer.whole(MAX_BODY_BYTES).await?, ..begun })
    }

    pub(super) fn headers(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    pub(super) fn reply<'a>(&'a self, headers: &'a [(&'a str, &'a str)]) -> Reply<'a> {
        Reply { status: self.status, headers, body: &self.body }
    }
}

/// The time in seconds of the Unix epoch.
pub(super) fn now_seconds() -> i64 {
    now_ms().div_euclid(1_000)
}

/// A new nonce: 32 letters and digits of the platform's secure randomness.
pub(super) fn nonce() -> Option<Nonce> {
    Nonce::new(&random_uuid().ok()?.replace('-', "")).ok()
}

/// Signs a request. Nothing has been sent when this fails.
pub(super) async fn signed(draft: Draft, account: &V3) -> Result<Request, String> {
    let signature = crypto::sign(&account.merchant_key, &draft.text()).await;
    let signature = signature.map_err(|why| format!("WECHAT_MCH_PRIVATE_KEY does not sign: {why}"))?;
    draft.signed(&signature).map_err(|why| why.to_string())
}

/// Sends a request, whatever the status of its answer.
pub(super) async fn send(host: &str, request: &Request) -> Result<Received, NoAnswer> {
    Received::whole(begin(host, request, TIME_LIMIT_MS).await?).await
}

/// Sends a request, and waits for its answer to begin.
pub(super) async fn begin(host: &str, request: &Request, time_limit_ms: u32) -> Result<Answer, NoAnswer> {
    let url = [host, &request.target].concat();
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match request.method {
        Method::Get => Connection::get(&url, &headers, time_limit_ms).await,
        Method::Post => {
            let (headers, body) = (headers.as_slice(), request.body.as_str());
            Connection::Plain.post(&Post { url: &url, headers, body, time_limit_ms }).await
        }
    }
}
