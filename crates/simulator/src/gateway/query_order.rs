//! Query order (protocol §4): few fields while the order is unpaid, all of them once it is paid.

use super::check::Accepted;
use super::china_time::ChinaTime;
use super::coupon;
use super::ledger::Ledger;
use super::message::Fields;
use super::refusal::Refusal;
use super::switches::RateField;
use super::trade::{Payment, Trade, TradeState};

pub(super) fn query_order(ledger: &Ledger, now_ms: i64, call: &Accepted) -> Result<Fields, Refusal> {
    if call.asked.get("transaction_id").is_none() && call.asked.get("out_trade_no").is_none() {
        return Err(Refusal::missing("out_trade_no"));
    }
    let trade_index = ledger
        .order_asked_for(&call.merchant.mch_id, &call.asked)
        .ok_or_else(Refusal::order_does_not_exist)?;
    let trade = ledger.at(trade_index);
    let named =
        call.asked.get("transaction_id").and_then(|transaction_id| trade.payment_named(transaction_id));
    let payment = named.or(trade.payment());
    let state = payment.map_or_else(|| trade.state(now_ms), |payment| trade.state_of(payment, now_ms));
    Ok(answer(trade, payment, state))
}

/// What a query tells of an order in this state, with the payment if there is one.
pub(super) fn answer(trade: &Trade, payment: Option<&Payment>, state: TradeState) -> Fields {
    let always = Fields::default()
        .number("total_fee", trade.total_fee)
        .text("out_trade_no", &trade.out_trade_no)
        .optional("attach", trade.attach.as_deref())
        .text("trade_state", state.as_str())
        .text("trade_state_desc", state.description());
    match payment {
        None => always,
        Some(payment) => always.append(paid(trade, payment, RateField::Rate)),
    }
}

/// The fields of a payment, the same in a query and in a notification.
pub(super) fn paid(trade: &Trade, payment: &Payment, rate_field: RateField) -> Fields {
    let rate_field = match rate_field {
        RateField::Rate => "rate",
        RateField::RateValue => "rate_value",
    };
    let rate = payment.rate.map(|rate| rate.to_string());
    let sub_openid = trade.sub_appid.as_ref().map(|sub_appid| super::ids::openid(sub_appid, &payment.openid));
    let fields = Fields::default()
        .text("openid", &payment.openid)
        .text("is_subscribe", "N")
        .optional("sub_openid", sub_openid.as_deref())
        .optional("sub_is_subscribe", sub_openid.as_ref().map(|_| "N"))
        .text("trade_type", "NATIVE")
        .text("bank_type", &payment.bank_type)
        .text("fee_type", &trade.fee_type);
    let coupons = &payment.coupons;
    let fields = if coupons.is_empty() {
        fields
    } else {
        fields.number("settlement_total_fee", trade.settled_fee(payment))
    };
    let promotion =
        trade.term("version").and_then(|_| coupon::promotion_detail(coupons, payment.promotion.as_deref()));
    fields
        .text("cash_fee", payment.cash_fee.to_string())
        .text("cash_fee_type", "CNY")
        .append(coupon::payment_fields(coupons))
        .optional("promotion_detail", promotion.as_deref())
        .text("transaction_id", &payment.transaction_id)
        .text("time_end", ChinaTime::at(payment.paid_at_ms).compact())
        .optional(rate_field, rate.as_deref())
}
