//! Unified order for NATIVE (protocol §3): reading the terms, and placing an order again.

use super::check::Accepted;
use super::china_time;
use super::ids::Ids;
use super::ledger::Ledger;
use super::merchant::is_full_address;
use super::message::Fields;
use super::refusal::Refusal;
use super::switches::{Mismatch, Reentry, Switches};
use super::trade::{CODE_LIFE_MS, Generation, NativeCode, Progress, Trade, TradeState};

/// An order lives at least this long. An earlier `time_expire` is moved without a word (protocol §3.4).
pub(super) const MIN_LIFE_MS: i64 = 60_000;
/// Amounts are signed 32-bit integers (protocol §1.5).
pub(super) const MAX_FEE: u64 = i32::MAX as u64;
/// The limits of text fields, in characters (protocol §3.1).
const MAX_CHARS: [(&str, usize); 12] = [
    ("nonce_str", 32),
    ("device_info", 32),
    ("body", 128),
    ("detail", 6000),
    ("attach", 127),
    ("out_trade_no", 32),
    ("goods_tag", 32),
    ("product_id", 32),
    ("spbill_create_ip", 64),
    ("notify_url", 256),
    ("limit_pay", 32),
    ("scene_info", 256),
];

pub(super) fn unified_order(
    ledger: &mut Ledger,
    ids: &mut Ids,
    switches: &Switches,
    now_ms: i64,
    call: &Accepted,
) -> Result<Fields, Refusal> {
    let trade = read_terms(now_ms, call)?;
    let trade_index = match ledger.order_numbered(&trade.mch_id, &trade.out_trade_no) {
        None => {
            let trade_index = ledger.enter(trade);
            ledger.add_code(trade_index, new_code(ids, now_ms));
            trade_index
        }
        Some(trade_index) => {
            let known = ledger.at(trade_index);
            may_be_placed_again(known, &trade, switches, now_ms)?;
            let is_young = known.newest_code().is_some_and(|code| now_ms - code.made_at_ms < CODE_LIFE_MS);
            if switches.reentry == Reentry::NewCode || !is_young {
                ledger.add_code(trade_index, new_code(ids, now_ms));
            }
            trade_index
        }
    };
    let code = ledger.at(trade_index).newest_code().ok_or_else(Refusal::system_error)?;
    Ok(Fields::default()
        .text("prepay_id", &code.prepay_id)
        .text("trade_type", "NATIVE")
        .text("code_url", &code.code_url))
}

pub(super) fn new_code(ids: &mut Ids, now_ms: i64) -> NativeCode {
    NativeCode { code_url: ids.code_url(), prepay_id: ids.prepay_id(now_ms), made_at_ms: now_ms }
}

/// An order can be placed again while it is open and its terms are the same (protocol §3.6).
fn may_be_placed_again(
    known: &Trade,
    again: &Trade,
    switches: &Switches,
    now_ms: i64,
) -> Result<(), Refusal> {
    let used = || match switches.mismatch {
        Mismatch::InvalidRequest => Refusal::new("INVALID_REQUEST", "201 商户订单号重复"),
        Mismatch::OutTradeNoUsed => Refusal::new("OUT_TRADE_NO_USED", "商户订单号重复"),
    };
    match known.state(now_ms) {
        TradeState::Success | TradeState::Refund => Err(Refusal::new("ORDERPAID", "该订单已支付")),
        TradeState::Closed => Err(Refusal::new("ORDERCLOSED", "该订单已关闭")),
        TradeState::PayError => Err(used()),
        TradeState::NotPay if known.terms != again.terms => Err(used()),
        TradeState::NotPay if known.expires_at_ms.is_some_and(|expires| now_ms > expires) => {
            Err(Refusal::new("INVALID_REQUEST", "201 商户订单号重复"))
        }
        TradeState::NotPay => Ok(()),
    }
}

/// Reads every field in its documented form. A refusal names the first field that is wrong.
fn read_terms(now_ms: i64, call: &Accepted) -> Result<Trade, Refusal> {
    let asked = &call.asked;
    for (name, longest) in MAX_CHARS {
        if asked.get(name).is_some_and(|value| value.chars().count() > longest) {
            return Err(Refusal::bad_parameter(name, &format!("longer than {longest}")));
        }
    }
    let nonce_is_plain = asked.required("nonce_str").bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !nonce_is_plain {
        return Err(Refusal::bad_parameter("nonce_str", "letters and digits only"));
    }
    let out_trade_no = order_number(asked.required("out_trade_no"))?;
    let total_fee = fee("total_fee", asked.required("total_fee"))?;
    let fee_type = asked.get("fee_type").unwrap_or("CNY");
    if fee_type != "CNY" && fee_type != call.merchant.fee_type {
        return Err(Refusal::bad_parameter("fee_type", "neither CNY nor the merchant's settlement currency"));
    }
    match asked.required("trade_type") {
        "NATIVE" => {}
        "JSAPI" | "APP" | "MWEB" => return Err(Refusal::new("NOAUTH", "商户无此接口权限")),
        _ => return Err(Refusal::bad_parameter("trade_type", "unknown")),
    }
    if asked.get("product_id").is_none() {
        return Err(Refusal::missing("product_id"));
    }
    if asked.required("spbill_create_ip").parse::<std::net::IpAddr>().is_err() {
        return Err(Refusal::bad_parameter("spbill_create_ip", "not an address"));
    }
    let notify_url = notify_url(asked.required("notify_url"))?;
    if let Some(detail) = asked.get("detail") {
        detail_adds_up(detail, total_fee)?;
    }
    if let Some(start) = asked.get("time_start") {
        china_time::parse_compact(start)
            .ok_or_else(|| Refusal::bad_parameter("time_start", "yyyyMMddHHmmss"))?;
    }
    let expires_at_ms = match asked.get("time_expire") {
        None => None,
        Some(text) => {
            let expires = china_time::parse_compact(text)
                .ok_or_else(|| Refusal::bad_parameter("time_expire", "yyyyMMddHHmmss"))?;
            Some(expires.max(now_ms + MIN_LIFE_MS))
        }
    };
    Ok(Trade {
        generation: Generation::V2,
        appid: call.merchant.appid.clone(),
        mch_id: call.merchant.mch_id.clone(),
        sub_appid: asked.get("sub_appid").map(str::to_owned),
        sub_mch_id: asked.get("sub_mch_id").map(str::to_owned),
        out_trade_no: out_trade_no.to_owned(),
        sign_type: call.sign_type.as_str().to_owned(),
        nonce_str: asked.required("nonce_str").to_owned(),
        body: asked.required("body").to_owned(),
        attach: asked.get("attach").map(str::to_owned),
        total_fee,
        fee_type: fee_type.to_owned(),
        notify_url: notify_url.to_owned(),
        placed_at_ms: now_ms,
        expires_at_ms,
        terms: asked.terms(),
        codes: Vec::new(),
        payer: None,
        progress: Progress::Unpaid,
        refunds: Vec::new(),
    })
}

/// Only characters that some edition allows (protocol §1.7). [`MAX_CHARS`] bounds the length.
fn order_number(text: &str) -> Result<&str, Refusal> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*@".contains(&byte);
    if text.bytes().all(is_allowed) {
        Ok(text)
    } else {
        Err(Refusal::bad_parameter("out_trade_no", "digits, letters and _-|*@ only"))
    }
}

/// A positive decimal without sign, leading zero or point, at most [`MAX_FEE`].
pub(super) fn fee(name: &str, text: &str) -> Result<u64, Refusal> {
    let is_canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let value = text.parse::<u64>().ok().filter(|value| is_canonical && (1..=MAX_FEE).contains(value));
    value.ok_or_else(|| Refusal::bad_parameter(name, "a positive integer of the smallest unit"))
}

/// A full address without a query (protocol §3.5).
pub(super) fn notify_url(text: &str) -> Result<&str, Refusal> {
    if is_full_address(text) {
        Ok(text)
    } else {
        Err(Refusal::bad_parameter("notify_url", "a full address without a query string"))
    }
}

/// The items must not cost more than the total (protocol §3.3).
fn detail_adds_up(detail: &str, total_fee: u64) -> Result<(), Refusal> {
    let parsed: serde_json::Value =
        serde_json::from_str(detail).map_err(|_| Refusal::bad_parameter("detail", "not JSON"))?;
    let items = parsed.get("goods_detail").and_then(serde_json::Value::as_array);
    let number = |item: &serde_json::Value, name: &str| item.get(name).and_then(serde_json::Value::as_u64);
    let sum = items.into_iter().flatten().fold(0_u64, |sum, item| {
        let price = number(item, "price").unwrap_or(0);
        sum.saturating_add(price.saturating_mul(number(item, "quantity").unwrap_or(1)))
    });
    if sum <= total_fee {
        Ok(())
    } else {
        Err(Refusal::bad_parameter("detail", "items cost more than total_fee"))
    }
}
