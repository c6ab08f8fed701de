//! The checks before a call is processed, in the order of protocol §11.1.
//!
//! method → body present → size → UTF-8 → XML → required fields → `mch_id` and `appid` known and matched →
//! signature. A failed check answers `return_code` FAIL with a text and no signature: the call is not
//! processed.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use wire::v2::SignType;

use super::call::Call;
use super::merchant::{Merchant, Mode};
use super::signature::{self, SignatureReport};

/// A call as it came from the network, before any check.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The HTTP method. Only `POST` passes the checks.
    pub method: &'a str,
    /// The body. A call with more than [`wire::v2::MAX_BODY_BYTES`] is not processed.
    pub body: &'a [u8],
    /// Whether the connection showed a client certificate. The server takes a header instead of one.
    pub client_certificate: bool,
}

/// A call that passed the checks: its merchant is known and its signature verified.
pub(super) struct Accepted {
    pub(super) merchant: Arc<Merchant>,
    pub(super) sign_type: SignType,
    pub(super) asked: Asked,
    pub(super) signature: SignatureReport,
}

/// A call that failed a check, with the text to answer.
#[derive(Debug)]
pub(super) struct NotProcessed {
    pub(super) return_msg: String,
    pub(super) asked: Asked,
    pub(super) signature: Option<SignatureReport>,
}

/// The fields of a call. An empty element counts as absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked(BTreeMap<String, String>);

impl Asked {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A required field. The checks made sure that the call has it.
    pub(super) fn required(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// What must be equal when an order is placed again: everything but the nonce and the signature (protocol
    /// §3.6).
    pub(super) fn terms(&self) -> BTreeMap<String, String> {
        let mut terms = self.0.clone();
        terms.remove("nonce_str");
        terms.remove("sign");
        terms
    }
}

pub(super) fn check(
    merchants: &[Arc<Merchant>],
    call: Call,
    request: &Request<'_>,
) -> Result<Accepted, Box<NotProcessed>> {
    let early = |text: &str| {
        Box::new(NotProcessed { return_msg: text.to_owned(), asked: Asked::default(), signature: None })
    };
    if request.method != "POST" {
        return Err(early("请使用post方法"));
    }
    if request.body.is_empty() {
        return Err(early("post数据为空"));
    }
    if request.body.len() > wire::v2::MAX_BODY_BYTES {
        return Err(early("post数据过长"));
    }
    if std::str::from_utf8(request.body).is_err() {
        return Err(early("编码格式错误,请使用UTF-8"));
    }
    let fields =
        wire::v2::Fields::parse(request.body).map_err(|error| early(&format!("XML格式错误: {error}")))?;
    let listed: Vec<(String, String)> =
        fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let asked = Asked(listed.iter().cloned().collect());
    let refused = |text: String, signature: Option<SignatureReport>| {
        Box::new(NotProcessed { return_msg: text, asked: asked.clone(), signature })
    };

    if let Some(missing) = call.required().iter().find(|name| asked.get(name).is_none()) {
        return Err(refused(format!("缺少参数{missing}"), None));
    }
    let merchant = find_merchant(merchants, call, &asked).map_err(|text| refused(text.to_owned(), None))?;
    let sign_type =
        asked_sign_type(call, &asked).ok_or_else(|| refused("sign_type参数格式错误".to_owned(), None))?;
    let verified = fields.verify(sign_type, merchant.key.checked()).is_ok();
    let mut report = signature::report(&listed, sign_type, merchant.key.text(), verified);
    if !verified {
        return Err(refused("签名错误".to_owned(), Some(report)));
    }
    if let Some(only) = merchant.sign_type.filter(|only| *only != sign_type && !call.is_always_md5()) {
        report.hint = Some(format!("verifies, but this merchant is set up for {} only", only.as_str()));
        return Err(refused("签名错误".to_owned(), Some(report)));
    }
    Ok(Accepted { merchant, sign_type, asked, signature: report })
}

/// Finds the merchant by `mch_id` and `appid`, which must belong together. An institution must also name one
/// of its merchants.
fn find_merchant(
    merchants: &[Arc<Merchant>],
    call: Call,
    asked: &Asked,
) -> Result<Arc<Merchant>, &'static str> {
    let mch_id = asked.required("mch_id");
    if !mch_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("mch_id参数格式错误");
    }
    let of_mch_id = |merchant: &&Arc<Merchant>| merchant.mch_id == mch_id;
    if call == Call::SandboxKey {
        return merchants.iter().find(of_mch_id).cloned().ok_or("商户号mch_id不存在");
    }
    if !merchants.iter().any(|merchant| of_mch_id(&merchant)) {
        return Err("商户号mch_id或sub_mch_id不存在");
    }
    let appid = asked.required("appid");
    if !merchants.iter().any(|merchant| merchant.appid == appid) {
        return Err("appid不存在");
    }
    let merchant = merchants.iter().find(|merchant| of_mch_id(merchant) && merchant.appid == appid);
    let merchant = merchant.ok_or("appid和mch_id不匹配")?;
    match (&merchant.mode, asked.get("sub_mch_id")) {
        (Mode::Common, None) => Ok(merchant.clone()),
        (Mode::Common, Some(_)) => Err("商户号mch_id或sub_mch_id不存在"),
        // A bill without `sub_mch_id` covers all merchants of the institution.
        (Mode::Institution { .. }, None) if call == Call::DownloadBill => Ok(merchant.clone()),
        (Mode::Institution { .. }, None) => Err("受理机构必须传入sub_mch_id"),
        (Mode::Institution { sub_mch_ids }, Some(named)) => {
            let is_known = sub_mch_ids.iter().any(|sub_mch_id| sub_mch_id == named);
            if is_known { Ok(merchant.clone()) } else { Err("商户号mch_id或sub_mch_id不存在") }
        }
    }
}

/// The algorithm that a call asks for: MD5 when it names none, `None` when it names an unknown one.
fn asked_sign_type(call: Call, asked: &Asked) -> Option<SignType> {
    match asked.get("sign_type") {
        Some(named) if !call.is_always_md5() => SignType::from_str(named).ok(),
        Some(_) | None => Some(SignType::Md5),
    }
}
