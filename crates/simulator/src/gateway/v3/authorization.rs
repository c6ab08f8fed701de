//! The signature of a call: the header `Authorization`, five lines, and a clock that is right within five
//! minutes. A call that fails here is answered 401, unsigned.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::super::merchant::Merchant;
use super::super::signature::SignatureReport;
use super::crypto;
use super::problem::Problem;
use super::request::RequestV3;

pub(super) const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// A call may be this much too old or too new, in seconds.
const WINDOW_S: i64 = 300;
const MAX_NONCE_CHARS: usize = 32;

/// A call whose signature verified.
pub(super) struct Authorized {
    pub(super) merchant: Arc<Merchant>,
    pub(super) report: SignatureReport,
}

/// A call whose signature did not, with what was found out.
pub(super) struct Unauthorized {
    pub(super) mch_id: Option<String>,
    pub(super) problem: Problem,
    pub(super) report: Option<SignatureReport>,
}

pub(super) fn check(
    merchants: &[Arc<Merchant>],
    now_ms: i64,
    request: &RequestV3<'_>,
) -> Result<Authorized, Box<Unauthorized>> {
    let early = |mch_id: Option<&str>, message: &str| {
        Box::new(Unauthorized {
            mch_id: mch_id.map(str::to_owned),
            problem: Problem::new(401, "SIGN_ERROR", message),
            report: None,
        })
    };
    let header = request.header("Authorization").ok_or_else(|| early(None, "Http头Authorization不存在"))?;
    let parts = header.strip_prefix(SCHEME).and_then(|rest| rest.strip_prefix(' ')).ok_or_else(|| {
        early(None, "Http头Authorization认证类型不正确: WECHATPAY2-SHA256-RSA2048 is expected")
    })?;
    let parts = parameters(parts).ok_or_else(|| early(None, "Http头Authorization值格式错误"))?;
    let part = |name: &str| parts.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let named = part("mchid");
    let missing = ["mchid", "nonce_str", "serial_no", "timestamp", "signature"]
        .into_iter()
        .find(|name| part(name).is_none());
    if let Some(missing) = missing {
        return Err(early(named, &format!("Http头Authorization值格式错误: {missing} is missing")));
    }
    let [mchid, nonce, serial, timestamp, signature] =
        ["mchid", "nonce_str", "serial_no", "timestamp", "signature"]
            .map(|name| part(name).unwrap_or_default());
    let merchant = merchants.iter().find(|merchant| merchant.mch_id == mchid);
    let merchant = merchant.ok_or_else(|| early(named, "商户号不存在"))?;
    let account =
        merchant.v3.as_ref().ok_or_else(|| early(named, "商户未设置APIv3密钥: no APIv3 key is set"))?;
    if !serial.eq_ignore_ascii_case(&account.serial) {
        return Err(early(named, "商户证书序列号有误。请使用签名私钥匹配的证书序列号"));
    }
    let sent_at: i64 = timestamp
        .parse()
        .ok()
        .filter(|_| timestamp.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(|| early(named, "Http头Authorization中的timestamp格式错误"))?;
    if (now_ms.div_euclid(1000) - sent_at).abs() > WINDOW_S {
        return Err(early(named, "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"));
    }
    if nonce.len() > MAX_NONCE_CHARS || !nonce.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(early(named, "Http头Authorization中的nonce_str格式错误: up to 32 letters and digits"));
    }
    let text = text(request.method, request.target, timestamp, nonce, request.body);
    let verified = crypto::verifies(&account.public_key, &text, signature);
    let shown = String::from_utf8_lossy(&text).into_owned();
    let report = SignatureReport {
        verified,
        sign_type: SCHEME.to_owned(),
        signing_text: shown.clone(),
        received: signature.to_owned(),
        expected: "(only the merchant's private key makes it)".to_owned(),
        hint: if verified { None } else { hint(&account.public_key, request, timestamp, nonce, signature) },
    };
    if verified {
        return Ok(Authorized { merchant: merchant.clone(), report });
    }
    let detail = json!({
        "field": "signature",
        "issue": "sign not match",
        "location": "authorization",
        "sign_information": {
            "method": request.method,
            "url": request.target,
            "sign_message_length": text.len(),
            "truncated_sign_message": truncated(&shown),
        },
    });
    Err(Box::new(Unauthorized {
        mch_id: Some(mchid.to_owned()),
        problem: Problem {
            detail: Some(detail), ..Problem::new(401, "SIGN_ERROR", "错误的签名，验签失败")
        },
        report: Some(report),
    }))
}

/// The five lines, each closed by a line feed.
pub(super) fn text(method: &str, target: &str, timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    [format!("{method}\n{target}\n{timestamp}\n{nonce}\n").as_bytes(), body, b"\n"].concat()
}

/// `name="value"`, separated by commas. `None` when something else stands there, or a name twice.
fn parameters(text: &str) -> Option<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for part in text.split(',') {
        let (name, value) = part.trim().split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        if value.contains('"') || found.insert(name.to_owned(), value.to_owned()).is_some() {
            return None;
        }
    }
    Some(found)
}

/// The text without its middle, as the gateway shows it.
fn truncated(text: &str) -> String {
    const KEPT_CHARS: usize = 64;
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= 2 * KEPT_CHARS {
        return text.to_owned();
    }
    let (head, tail) = (&chars[..KEPT_CHARS], &chars[chars.len() - KEPT_CHARS..]);
    format!("{}...{}", head.iter().collect::<String>(), tail.iter().collect::<String>())
}

/// Tries the usual mistakes of integrators, one by one.
fn hint(
    public_key: &[u8],
    request: &RequestV3<'_>,
    timestamp: &str,
    nonce: &str,
    signature: &str,
) -> Option<String> {
    let is = |text: &[u8]| crypto::verifies(public_key, text, signature);
    let right = text(request.method, request.target, timestamp, nonce, request.body);
    let of_target = |target: &str| text(request.method, target, timestamp, nonce, request.body);
    let host = request.header("host").unwrap_or_default();
    let without_end = right.strip_suffix(b"\n").unwrap_or(&right);
    if is(without_end) {
        return Some("the last line feed was not signed: each of the five lines ends in one".to_owned());
    }
    if is(&of_target(request.path())) {
        return Some("the query was not signed: the second line is path and query".to_owned());
    }
    if ["http", "https"].iter().any(|scheme| is(&of_target(&format!("{scheme}://{host}{}", request.target))))
    {
        return Some("the host was signed: the second line is path and query alone".to_owned());
    }
    if super::request::decoded(request.target).is_some_and(|plain| is(&of_target(&plain))) {
        return Some("the path was signed decoded: it is signed as it is sent".to_owned());
    }
    if is(&text(request.method, request.target, timestamp, nonce, b"")) {
        return Some("the body was not signed".to_owned());
    }
    if is(&text(&request.method.to_lowercase(), request.target, timestamp, nonce, request.body)) {
        return Some("the method was signed in lower case".to_owned());
    }
    None
}
