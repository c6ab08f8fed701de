//! Placing an order for a code, in both editions and both modes, and placing it again.

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::china_time;
use super::super::merchant::is_full_address;
use super::super::switches::{Mismatch, ReentryV3};
use super::super::trade::{CODE_LIFE_MS, Progress, Trade, TradeState};
use super::super::unified_order::{MIN_LIFE_MS, new_code};
use super::Edition;
use super::authorization::SCHEME;
use super::caller::Caller;
use super::document::Document;
use super::numbers;
use super::problem::Problem;

/// A mainland order lives at most 90 days; a later `time_expire` is cut without a word.
const MAX_LIFE_MS: i64 = 90 * 86_400_000;

impl Gateway {
    pub(super) fn place_v3(
        &mut self,
        now_ms: i64,
        edition: Edition,
        caller: &Caller,
        asked: &Document,
    ) -> Result<Value, Problem> {
        let trade = terms(now_ms, edition, caller, asked)?;
        let trade_index = match self.ledger.order_numbered(&trade.mch_id, &trade.out_trade_no) {
            None => {
                let trade_index = self.ledger.enter(trade);
                let code = new_code(&mut self.ids, now_ms);
                self.ledger.add_code(trade_index, code);
                trade_index
            }
            Some(trade_index) => {
                let known = self.ledger.at(trade_index);
                may_be_placed_again(known, &trade, self.switches.mismatch, now_ms)?;
                let is_young =
                    known.newest_code().is_some_and(|code| now_ms - code.made_at_ms < CODE_LIFE_MS);
                if self.switches.v3_reentry == ReentryV3::NewCode || !is_young {
                    let code = new_code(&mut self.ids, now_ms);
                    self.ledger.add_code(trade_index, code);
                }
                trade_index
            }
        };
        let code = self.ledger.at(trade_index).newest_code();
        let code = code.ok_or_else(|| Problem::new(500, "SYSTEM_ERROR", "系统错误"))?;
        Ok(json!({ "code_url": code.code_url }))
    }
}

/// The same parameters place the same order; anything else is refused.
fn may_be_placed_again(known: &Trade, again: &Trade, mismatch: Mismatch, now_ms: i64) -> Result<(), Problem> {
    let used = || match mismatch {
        Mismatch::InvalidRequest => Problem::invalid("商户订单号重复: 请求重入时，参数与首次请求时不一致")
            .numbered(numbers::OTHER_PARAMETERS),
        Mismatch::OutTradeNoUsed => Problem::new(403, "OUT_TRADE_NO_USED", "商户订单号重复"),
    };
    match known.state(now_ms) {
        TradeState::Success | TradeState::Refund => Err(Problem::new(400, "ORDER_PAID", "该订单已支付")),
        TradeState::Closed => Err(Problem::new(400, "ORDER_CLOSED", "该订单已关闭")),
        TradeState::PayError => Err(used()),
        TradeState::NotPay if known.generation != again.generation || known.terms != again.terms => {
            Err(used())
        }
        TradeState::NotPay if known.expires_at_ms.is_some_and(|expires| now_ms > expires) => {
            Err(Problem::new(400, "ORDER_CLOSED", "订单已过期"))
        }
        TradeState::NotPay => Ok(()),
    }
}

fn terms(now_ms: i64, edition: Edition, caller: &Caller, asked: &Document) -> Result<Trade, Problem> {
    let bad = |pointer: &str, issue: &str| Problem::parameter("body", pointer, issue);
    let description = asked.required("/description", 127)?;
    let out_trade_no = asked.required("/out_trade_no", 32)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*".contains(&byte);
    if !out_trade_no.bytes().all(allowed) {
        return Err(bad("/out_trade_no", "letters, digits and _-|* only"));
    }
    if edition == Edition::Mainland && out_trade_no.len() < 6 {
        return Err(bad("/out_trade_no", "6 to 32 characters"));
    }
    let notify_url = asked.required("/notify_url", 256)?;
    if !is_full_address(notify_url) {
        return Err(bad("/notify_url", "not a full address without a query"));
    }
    let total_fee = asked.amount("/amount/total")?;
    let currency = match edition {
        Edition::Global => asked.required("/amount/currency", 16)?,
        Edition::Mainland => asked.text("/amount/currency", 16)?.unwrap_or("CNY"),
    };
    if currency != "CNY" && (edition == Edition::Mainland || currency != caller.merchant.fee_type) {
        return Err(Problem::invalid("the currency is neither CNY nor the settlement currency"));
    }
    let attach = asked.text("/attach", if edition == Edition::Global { 127 } else { 128 })?;
    asked.text("/goods_tag", 32)?;
    if edition == Edition::Global {
        of_global(asked)?;
    } else if let Some(limits) = asked.get("/limit_pay") {
        let known = ["no_balance", "no_credit", "no_debit", "balance_only"];
        let is_list = limits.as_array().is_some_and(|limits| {
            limits.iter().all(|limit| limit.as_str().is_some_and(|limit| known.contains(&limit)))
        });
        if !is_list {
            return Err(bad("/limit_pay", "not a list of no_balance, no_credit, no_debit, balance_only"));
        }
    }
    if let Some(scene) = asked.get("/scene_info") {
        if edition == Edition::Mainland {
            asked.required("/scene_info/payer_client_ip", 45)?;
        }
        if scene.get("store_info").is_some() {
            asked.required("/scene_info/store_info/id", 32)?;
        }
    }
    if let Some(start) = asked.text("/time_start", 64)? {
        china_time::parse_rfc3339(start).ok_or_else(|| bad("/time_start", "not RFC 3339"))?;
    }
    let expires_at_ms = match asked.text("/time_expire", 64)? {
        None => None,
        Some(text) => {
            let expires =
                china_time::parse_rfc3339(text).ok_or_else(|| bad("/time_expire", "not RFC 3339"))?;
            // An earlier moment is moved to a minute from now without a word.
            let longest = if edition == Edition::Mainland { now_ms + MAX_LIFE_MS } else { i64::MAX };
            Some(expires.max(now_ms + MIN_LIFE_MS).min(longest))
        }
    };
    Ok(Trade {
        generation: edition.generation(),
        appid: caller.merchant.appid.clone(),
        mch_id: caller.merchant.mch_id.clone(),
        sub_appid: caller.sub_appid.clone(),
        sub_mch_id: caller.sub_mch_id.clone(),
        out_trade_no: out_trade_no.to_owned(),
        sign_type: SCHEME.to_owned(),
        nonce_str: String::new(),
        body: description.to_owned(),
        attach: attach.map(str::to_owned),
        total_fee,
        fee_type: currency.to_owned(),
        notify_url: notify_url.to_owned(),
        placed_at_ms: now_ms,
        expires_at_ms,
        terms: asked.flat(),
        codes: Vec::new(),
        payer: None,
        progress: Progress::Unpaid,
        refunds: Vec::new(),
    })
}

/// What only the global edition has.
fn of_global(asked: &Document) -> Result<(), Problem> {
    let bad = |pointer: &str, issue: &str| Problem::parameter("body", pointer, issue);
    match asked.required("/trade_type", 16)? {
        "NATIVE" => {}
        "JSAPI" | "APP" | "MWEB" | "MICROPAY" => return Err(Problem::no_auth("商户无此接口权限")),
        _ => return Err(bad("/trade_type", "unknown")),
    }
    let category = asked.required("/merchant_category_code", 16)?;
    if category.len() != 4 || !category.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad("/merchant_category_code", "not four digits"));
    }
    if asked.text("/limit_pay", 32)?.is_some_and(|limit| limit != "no_credit") {
        return Err(bad("/limit_pay", "not no_credit"));
    }
    Ok(())
}
