//! The smaller calls (protocol §8): exchange rate, report, sandbox key, and the account behind a payment
//! code.
//!
//! The first three answer without the signed envelope. A failed exchange rate is `return_code` FAIL with a
//! text, unsigned.

use md5::{Digest, Md5};

use super::Gateway;
use super::check::Accepted;
use super::china_time;
use super::ids;
use super::message::Fields;
use super::refusal::Refusal;
use super::trade::PAYER;

/// The rate of a day is known from 10:00 (UTC+8) on.
const RATE_KNOWN_AFTER_MS: i64 = 10 * 3_600_000;

impl Gateway {
    /// The rate of a day, not signed yet.
    pub(super) fn exchange_rate(&self, now_ms: i64, call: &Accepted) -> Result<Fields, &'static str> {
        let (currency, date) = (call.asked.required("fee_type"), call.asked.required("date"));
        let from_ms = china_time::parse_date(date).ok_or("date参数格式错误")?;
        if now_ms < from_ms + RATE_KNOWN_AFTER_MS {
            return Err("当日汇率尚未更新");
        }
        let rate = self.switches.rates.of(currency).ok_or("不支持的币种")?;
        Ok(Fields::default()
            .text("return_code", "SUCCESS")
            .text("return_msg", "OK")
            .text("appid", &call.merchant.appid)
            .text("mch_id", &call.merchant.mch_id)
            .optional("sub_mch_id", call.asked.get("sub_mch_id"))
            .text("fee_type", currency)
            .text("rate_time", date)
            .text("rate", rate.to_string()))
    }
}

pub(super) fn report() -> Vec<u8> {
    let fields = Fields::default()
        .text("return_code", "SUCCESS")
        .text("return_msg", "OK")
        .text("result_code", "SUCCESS");
    fields.to_xml().into_bytes()
}

/// The account behind a payment code: 18 digits that begin with 10 to 15. The phone here shows no such code,
/// so every code belongs to its owner.
pub(super) fn open_id(call: &Accepted) -> Result<Fields, Refusal> {
    let code = call.asked.required("auth_code");
    let begins_well = matches!(code.as_bytes(), [b'1', b'0'..=b'5', ..]);
    if !begins_well || code.len() != 18 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::new("AUTH_CODE_INVALID", "授权码检验错误"));
    }
    let openid = ids::openid(&call.merchant.appid, PAYER);
    let sub_openid = call.asked.get("sub_appid").map(|sub_appid| ids::openid(sub_appid, &openid));
    Ok(Fields::default().text("openid", openid).optional("sub_openid", sub_openid.as_deref()))
}

/// A key derived from the merchant's, as in the old sandbox. Nothing here is signed with it.
pub(super) fn sandbox_key(call: &Accepted) -> Vec<u8> {
    let digest = Md5::digest(format!("sandbox/{}", call.merchant.key.text()));
    let key: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let fields = Fields::default()
        .text("return_code", "SUCCESS")
        .text("return_msg", "ok")
        .text("mch_id", &call.merchant.mch_id)
        .text("sandbox_signkey", key);
    fields.to_xml().into_bytes()
}
