//! Asking for a refund. No client certificate is needed: the signature of the call is enough.

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::merchant::is_full_address;
use super::super::refund::{self, MIN_INTERVAL_MS, NewRefund, RECHARGE_FUNDS, UNSETTLED_FUNDS};
use super::super::refusal::Refusal;
use super::super::reply::CallRecord;
use super::super::switches::OtherGeneration;
use super::super::trade::{Generation, Refund, RefundSource, Trade};
use super::Edition;
use super::caller::Caller;
use super::document::Document;
use super::problem::Problem;
use super::refund_query;
use super::route::Number;

impl Gateway {
    pub(super) fn refund_v3(
        &mut self,
        now_ms: i64,
        edition: Edition,
        caller: &Caller,
        asked: &Document,
        record: &mut CallRecord,
    ) -> Result<Value, Problem> {
        let bad = |pointer: &str, issue: &str| Problem::parameter("body", pointer, issue);
        let number = match (asked.text("/transaction_id", 32)?, asked.text("/out_trade_no", 32)?) {
            (Some(id), _) => Number::Transaction(id.to_owned()),
            (None, Some(number)) => Number::Order(number.to_owned()),
            (None, None) => return Err(bad("/out_trade_no", "missing, and transaction_id as well")),
        };
        let out_refund_no = asked.required("/out_refund_no", 64)?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*@".contains(&byte);
        if !out_refund_no.bytes().all(allowed) {
            return Err(bad("/out_refund_no", "letters, digits and _-|*@ only"));
        }
        let refund_fee = asked.amount("/amount/refund")?;
        let total_fee = asked.amount("/amount/total")?;
        let currency = asked.required("/amount/currency", 16)?;
        asked.text("/reason", 80)?;
        let notify_url = asked.text("/notify_url", 256)?;
        if notify_url.is_some_and(|url| !is_full_address(url)) {
            return Err(bad("/notify_url", "not a full address without a query"));
        }
        let account = account(edition, asked)?;

        let none = || match edition {
            Edition::Global => Problem::no_order(),
            Edition::Mainland => Problem::no_resource("订单不存在"),
        };
        let trade_index = self.order_v3(caller, &number).ok_or_else(none)?;
        let trade = self.ledger.at(trade_index);
        if trade.generation == Generation::V2 && self.switches.v3_other_generation == OtherGeneration::Refused
        {
            return Err(Problem::invalid("订单由APIv2下单，请使用APIv2退款"));
        }
        let payment = match &number {
            Number::Transaction(id) => trade.payment_named(id),
            Number::Order(_) => trade.payment(),
        };
        let payment = payment.ok_or_else(|| Problem::invalid("订单状态不允许退款: 未支付"))?.clone();
        if currency != trade.fee_type {
            return Err(Problem::invalid("the currency is not that of the order"));
        }
        if let Some(before) = self.ledger.order_with_refund(&trade.mch_id, out_refund_no) {
            let is_same = |refund: &Refund| {
                refund.out_refund_no == out_refund_no
                    && refund.refund_fee == refund_fee
                    && total_fee == trade.total_fee
                    && trade.payment_of(refund).is_some_and(|of| of.transaction_id == payment.transaction_id)
            };
            let same = trade.refunds.iter().find(|refund| is_same(refund)).filter(|_| before == trade_index);
            let same = same.ok_or_else(|| Problem::new(403, "OUT_REFUND_NO_USED", "商户退款单号重复"));
            return Ok(accepted(edition, trade, same?, now_ms));
        }
        if total_fee != trade.total_fee {
            return Err(Problem::invalid("订单金额与原订单不一致"));
        }
        refund::may_be_refunded(trade, &payment, refund_fee, now_ms).map_err(in_words_of_v3)?;
        if trade
            .refunds_of(&payment)
            .last()
            .is_some_and(|last| now_ms - last.accepted_at_ms < MIN_INTERVAL_MS)
        {
            return Err(Problem::new(429, "FREQUENCY_LIMITED", "同一订单两次退款至少间隔1分钟"));
        }
        let new_refund = NewRefund {
            generation: edition.generation(),
            out_refund_no: out_refund_no.to_owned(),
            refund_fee,
            account: account.to_owned(),
            notify_url: notify_url.map(str::to_owned),
            source: RefundSource::Api,
            outcome: self.refund_outcome(now_ms + self.switches.refund_takes_ms.0.max(0), record),
        };
        let entered =
            refund::enter(&mut self.ledger, &mut self.ids, now_ms, trade_index, &payment, new_refund);
        self.notify_refund(&entered);
        let trade = self.ledger.at(trade_index);
        record.out_trade_no = Some(trade.out_trade_no.clone());
        Ok(accepted(edition, trade, &trade.refunds[entered.refund_index], now_ms))
    }
}

/// The account that pays. The editions name field and values differently.
pub(super) fn account(edition: Edition, asked: &Document) -> Result<&'static str, Problem> {
    let (pointer, recharged, unsettled) = match edition {
        Edition::Global => ("/source", RECHARGE_FUNDS, UNSETTLED_FUNDS),
        Edition::Mainland => ("/funds_account", "AVAILABLE", "UNSETTLED"),
    };
    match asked.text(pointer, 32)? {
        None => Ok(UNSETTLED_FUNDS),
        Some(named) if named == recharged => Ok(RECHARGE_FUNDS),
        Some(named) if named == unsettled => Ok(UNSETTLED_FUNDS),
        Some(_) => Err(Problem::parameter("body", pointer, "unknown")),
    }
}

fn in_words_of_v3(refusal: Refusal) -> Problem {
    match refusal.err_code {
        "TRADE_OVERDUE" => Problem::new(403, "TRADE_OVERDUE", refusal.err_code_des),
        _ => Problem::invalid(refusal.err_code_des),
    }
}

/// The answer to an accepted refund. In the global edition it has no status: it never says that money is
/// back.
fn accepted(edition: Edition, trade: &Trade, refund: &Refund, now_ms: i64) -> Value {
    match edition {
        Edition::Mainland => refund_query::view(edition, trade, refund, now_ms),
        Edition::Global => {
            let whole = refund_query::view(edition, trade, refund, now_ms);
            let mut amount = whole["amount"].clone();
            if let Some(rate) = trade.payment_of(refund).and_then(|payment| payment.rate) {
                amount["exchange_rate"] = json!({ "type": "SETTLEMENT_RATE", "rate": rate });
            }
            json!({
                "id": whole["id"],
                "out_refund_no": whole["out_refund_no"],
                "create_time": whole["create_time"],
                "amount": amount,
            })
        }
    }
}
