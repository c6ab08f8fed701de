//! Asking for the state of an order, and the fields of a paid one, which its notification has, too.

use serde_json::{Map, Value, json};

use super::super::Gateway;
use super::super::china_time::ChinaTime;
use super::super::coupon::{Coupon, CouponKind};
use super::super::ids;
use super::super::ledger::TradeIndex;
use super::super::switches::{ExtraFields, Switches, TransactionField};
use super::super::trade::{Payment, Trade, TradeState};
use super::Edition;
use super::caller::Caller;
use super::problem::Problem;
use super::route::Number;

impl Gateway {
    /// The order that a call names, if it is the caller's.
    pub(super) fn order_v3(&self, caller: &Caller, number: &Number) -> Option<TradeIndex> {
        let mch_id = &caller.merchant.mch_id;
        let found = match number {
            Number::Order(number) => self.ledger.order_numbered(mch_id, number),
            Number::Transaction(id) => self.ledger.order_with_transaction(mch_id, id),
        };
        found.filter(|trade_index| caller.owns(self.ledger.at(*trade_index)))
    }

    pub(super) fn query_v3(
        &self,
        now_ms: i64,
        edition: Edition,
        caller: &Caller,
        number: &Number,
    ) -> Result<Value, Problem> {
        let trade_index = self.order_v3(caller, number).ok_or_else(Problem::no_order)?;
        let trade = self.ledger.at(trade_index);
        let named = match number {
            Number::Order(_) => None,
            Number::Transaction(id) => trade.payment_named(id),
        };
        let payment = named.or(trade.payment());
        let state = payment.map_or_else(|| trade.state(now_ms), |payment| trade.state_of(payment, now_ms));
        Ok(view(edition, &self.switches, trade, payment, state))
    }
}

/// The fields of an order. An order that nobody paid has no transaction, no payer and no time of success.
pub(super) fn view(
    edition: Edition,
    switches: &Switches,
    trade: &Trade,
    payment: Option<&Payment>,
    state: TradeState,
) -> Value {
    let mut view = parties(trade);
    view.insert("out_trade_no".to_owned(), json!(trade.out_trade_no));
    if edition == Edition::Global || payment.is_some() {
        view.insert("trade_type".to_owned(), json!("NATIVE"));
    }
    view.insert("trade_state".to_owned(), json!(state.as_str()));
    view.insert("trade_state_desc".to_owned(), json!(state.description()));
    if let Some(attach) = &trade.attach {
        view.insert("attach".to_owned(), json!(attach));
    }
    let mut amount = json!({ "total": trade.total_fee, "currency": trade.fee_type });
    if let Some(payment) = payment {
        for name in transaction_names(edition, switches) {
            view.insert((*name).to_owned(), json!(payment.transaction_id));
        }
        view.insert("bank_type".to_owned(), json!(payment.bank_type));
        view.insert("success_time".to_owned(), json!(ChinaTime::at(payment.paid_at_ms).rfc3339()));
        view.insert("payer".to_owned(), payer(trade, payment));
        amount["payer_total"] = json!(payment.cash_fee);
        amount["payer_currency"] = json!("CNY");
        if let (Edition::Global, Some(rate)) = (edition, payment.rate) {
            amount["exchange_rate"] = json!({ "type": "SETTLEMENT_RATE", "rate": rate });
        }
        if !payment.coupons.is_empty() {
            let promotions = payment.coupons.iter().map(|coupon| promotion(edition, trade, coupon));
            view.insert("promotion_detail".to_owned(), promotions.collect());
        }
    }
    view.insert("amount".to_owned(), amount);
    if switches.extra_fields == ExtraFields::Present {
        view.insert("unknown_field".to_owned(), json!("a field that no document names"));
    }
    Value::Object(view)
}

/// The numbers of merchant and app, by the names of the mode.
pub(super) fn parties(trade: &Trade) -> Map<String, Value> {
    let mut parties = Map::new();
    match &trade.sub_mch_id {
        None => {
            parties.insert("mchid".to_owned(), json!(trade.mch_id));
            parties.insert("appid".to_owned(), json!(trade.appid));
        }
        Some(sub_mch_id) => {
            parties.insert("sp_mchid".to_owned(), json!(trade.mch_id));
            parties.insert("sp_appid".to_owned(), json!(trade.appid));
            parties.insert("sub_mchid".to_owned(), json!(sub_mch_id));
            if let Some(sub_appid) = &trade.sub_appid {
                parties.insert("sub_appid".to_owned(), json!(sub_appid));
            }
        }
    }
    parties
}

/// Two texts name the transaction of the global edition differently.
pub(super) fn transaction_names(edition: Edition, switches: &Switches) -> &'static [&'static str] {
    match (edition, switches.v3_transaction_field) {
        (Edition::Mainland, _) | (Edition::Global, TransactionField::TransactionId) => &["transaction_id"],
        (Edition::Global, TransactionField::Id) => &["id"],
        (Edition::Global, TransactionField::Both) => &["id", "transaction_id"],
    }
}

fn payer(trade: &Trade, payment: &Payment) -> Value {
    match (&trade.sub_mch_id, &trade.sub_appid) {
        (None, _) => json!({ "openid": payment.openid }),
        (Some(_), None) => json!({ "sp_openid": payment.openid }),
        (Some(_), Some(sub_appid)) => {
            json!({ "sp_openid": payment.openid, "sub_openid": ids::openid(sub_appid, &payment.openid) })
        }
    }
}

fn promotion(edition: Edition, trade: &Trade, coupon: &Coupon) -> Value {
    let (of_wechat, of_merchant) = match coupon.kind {
        CouponKind::Recharge => (0, coupon.fee),
        CouponKind::Discount => (coupon.fee, 0),
    };
    match edition {
        Edition::Global => json!({
            "promotion_id": coupon.id,
            "name": "coupon",
            "scope": "GLOBAL",
            "type": if coupon.kind == CouponKind::Recharge { "COUPON" } else { "DISCOUNT" },
            "amount": coupon.fee,
            "currency": trade.fee_type,
            "activity_id": "1",
            "wxpay_contribute_amount": of_wechat,
            "merchant_contribute_amount": of_merchant,
            "other_contribute_amount": 0,
        }),
        Edition::Mainland => json!({
            "coupon_id": coupon.id,
            "name": "coupon",
            "scope": "GLOBAL",
            "type": if coupon.kind == CouponKind::Recharge { "CASH" } else { "NOCASH" },
            "amount": coupon.fee,
            "stock_id": "1",
            "wechatpay_contribute": of_wechat,
            "merchant_contribute": of_merchant,
            "other_contribute": 0,
            "currency": trade.fee_type,
        }),
    }
}
