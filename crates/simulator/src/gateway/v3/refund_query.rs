//! Asking for refunds: one by its number, or all of an order.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::china_time::ChinaTime;
use super::super::coupon::{self, CouponKind};
use super::super::refund::RECHARGE_FUNDS;
use super::super::refund_query::RECEIVING_ACCOUNT;
use super::super::trade::{Refund, RefundStatus, Trade};
use super::Edition;
use super::caller::Caller;
use super::problem::Problem;
use super::route::{Number, RefundNumber};

/// The list of an order's refunds has at most this many at a time.
const MAX_LISTED: usize = 20;

impl Gateway {
    pub(super) fn refund_query_v3(
        &self,
        now_ms: i64,
        edition: Edition,
        caller: &Caller,
        number: &RefundNumber,
    ) -> Result<Value, Problem> {
        let found = self.find_refund(caller, number);
        let (trade, refund) = found.ok_or_else(|| Problem::no_resource("退款单不存在"))?;
        Ok(view(edition, trade, refund, now_ms))
    }

    fn find_refund(&self, caller: &Caller, number: &RefundNumber) -> Option<(&Trade, &Refund)> {
        let own = self.ledger.trades().iter().filter(|trade| caller.owns(trade));
        let is_it = |refund: &&Refund| match number {
            RefundNumber::Merchants(number) => refund.out_refund_no == *number,
            RefundNumber::Gateways(id) => refund.refund_id == *id,
        };
        own.into_iter().find_map(|trade| Some((trade, trade.refunds.iter().find(is_it)?)))
    }

    /// All refunds of an order (global edition).
    pub(super) fn refunds_v3(
        &self,
        now_ms: i64,
        caller: &Caller,
        query: &BTreeMap<String, String>,
    ) -> Result<Value, Problem> {
        let count = |name: &str, otherwise: usize| match query.get(name) {
            None => Ok(otherwise),
            Some(text) => {
                text.parse::<usize>().map_err(|_| Problem::parameter("query", name, "not a number"))
            }
        };
        let (offset, most) = (count("offset", 0)?, count("count", MAX_LISTED)?.min(MAX_LISTED));
        let number = match (query.get("transaction_id"), query.get("out_trade_no")) {
            (Some(id), _) => Number::Transaction(id.clone()),
            (None, Some(number)) => Number::Order(number.clone()),
            (None, None) => return Err(Problem::parameter("query", "/out_trade_no", "missing")),
        };
        let trade_index = self.order_v3(caller, &number).ok_or_else(Problem::no_order)?;
        let trade = self.ledger.at(trade_index);
        let payment = match &number {
            Number::Transaction(id) => trade.payment_named(id),
            Number::Order(_) => trade.payment(),
        };
        let payment = payment.ok_or_else(|| Problem::no_resource("退款单不存在"))?;
        let refunds: Vec<&Refund> = trade.refunds_of(payment).collect();
        let listed: Vec<Value> = refunds
            .iter()
            .skip(offset)
            .take(most)
            .map(|refund| view(Edition::Global, trade, refund, now_ms))
            .collect();
        let mut answer = Value::Object(super::query::parties(trade));
        answer["out_trade_no"] = json!(trade.out_trade_no);
        answer["transaction_id"] = json!(payment.transaction_id);
        answer["amount"] = json!({
            "total": trade.total_fee, "currency": trade.fee_type,
            "payer_total": payment.cash_fee, "payer_currency": "CNY",
        });
        answer["total_num"] = json!(refunds.len());
        answer["current_total_num"] = json!(listed.len());
        answer["data"] = Value::Array(listed);
        Ok(answer)
    }
}

/// How each edition spells a status. The global query has a word of its own for a refund that failed.
pub(super) fn status(edition: Edition, status: RefundStatus) -> &'static str {
    match (edition, status) {
        (_, RefundStatus::Processing) => "PROCESSING",
        (_, RefundStatus::Success) => "SUCCESS",
        (_, RefundStatus::Change) => "ABNORMAL",
        (Edition::Global, RefundStatus::Closed) => "REFUNDCLOSE",
        (Edition::Mainland, RefundStatus::Closed) => "CLOSED",
    }
}

pub(super) fn view(edition: Edition, trade: &Trade, refund: &Refund, now_ms: i64) -> Value {
    let payment = trade.payment_of(refund);
    let payer_total = payment.map_or(0, |payment| payment.cash_fee);
    let transaction_id = payment.map_or("", |payment| payment.transaction_id.as_str());
    let create_time = ChinaTime::at(refund.accepted_at_ms).rfc3339();
    let status = status(edition, refund.status(now_ms));
    let mut view = match edition {
        Edition::Global => json!({
            "id": refund.refund_id,
            "out_refund_no": refund.out_refund_no,
            "transaction_id": transaction_id,
            "out_trade_no": trade.out_trade_no,
            "channel": "ORIGINAL",
            "recv_account": RECEIVING_ACCOUNT,
            "fund_source": refund.account,
            "create_time": create_time,
            "status": status,
            "amount": {
                "refund": refund.refund_fee,
                "currency": trade.fee_type,
                "payer_refund": refund.cash_refund_fee,
                "payer_currency": "CNY",
            },
        }),
        Edition::Mainland => json!({
            "refund_id": refund.refund_id,
            "out_refund_no": refund.out_refund_no,
            "transaction_id": transaction_id,
            "out_trade_no": trade.out_trade_no,
            "channel": "ORIGINAL",
            "user_received_account": RECEIVING_ACCOUNT,
            "create_time": create_time,
            "status": status,
            "funds_account": if refund.account == RECHARGE_FUNDS { "AVAILABLE" } else { "UNSETTLED" },
            "amount": {
                "total": trade.total_fee,
                "refund": refund.refund_fee,
                "payer_total": payer_total,
                "payer_refund": refund.cash_refund_fee,
                "settlement_total": payment.map_or(0, |payment| trade.settled_fee(payment)),
                "settlement_refund": refund.settled_fee(),
                "discount_refund": coupon::sum(&refund.coupons),
                "currency": trade.fee_type,
            },
        }),
    };
    if let Some(at_ms) = refund.success_at_ms(now_ms) {
        view["success_time"] = json!(ChinaTime::at(at_ms).rfc3339());
    }
    if !refund.coupons.is_empty() {
        let name = if edition == Edition::Global { "detail" } else { "promotion_detail" };
        let coupons = refund.coupons.iter().map(|coupon| {
            json!({
                "promotion_id": coupon.id,
                "scope": "GLOBAL",
                "type": if coupon.kind == CouponKind::Recharge { "COUPON" } else { "DISCOUNT" },
                "amount": coupon.fee,
                "refund_amount": coupon.fee,
            })
        });
        view[name] = coupons.collect();
    }
    view
}
