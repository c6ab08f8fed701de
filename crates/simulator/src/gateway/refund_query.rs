//! Asking for the states of refunds (protocol §7.5).

use super::check::{Accepted, Asked};
use super::china_time::ChinaTime;
use super::coupon;
use super::ledger::Ledger;
use super::message::Fields;
use super::refusal::Refusal;
use super::trade::{Payment, Refund, Trade};

/// A query lists at most this many refunds at a time.
const PAGE_SIZE: usize = 10;

/// The refunds of a payment, or the one refund that is named. A refund number is unique per merchant, not per
/// order. So a query by number finds the refund in any order, which may not be the order that the caller
/// means.
pub(super) fn query(ledger: &Ledger, now_ms: i64, call: &Accepted) -> Result<Fields, Refusal> {
    let asked = &call.asked;
    let offset = match asked.get("offset") {
        None => 0,
        Some(text) => text.parse::<usize>().map_err(|_| Refusal::new("PARAM_ERROR", "offset参数格式错误"))?,
    };
    let (trade, payment, chosen) = find_refunds(ledger, &call.merchant.mch_id, asked)?;
    let listed: Vec<&Refund> = chosen.iter().copied().skip(offset).take(PAGE_SIZE).collect();
    if listed.is_empty() {
        return Err(Refusal::new("REFUNDNOTEXIST", "not exist"));
    }
    let head = Fields::default()
        .number("total_refund_count", chosen.len())
        .text("transaction_id", &payment.transaction_id)
        .text("out_trade_no", &trade.out_trade_no)
        .number("total_fee", trade.total_fee)
        .text("fee_type", &trade.fee_type)
        .text("cash_fee", payment.cash_fee.to_string())
        .text("cash_fee_type", "CNY")
        .number("refund_count", listed.len());
    let has_coupons = !payment.coupons.is_empty();
    let head =
        if has_coupons { head.number("settlement_total_fee", trade.settled_fee(payment)) } else { head };
    Ok(listed.iter().enumerate().fold(head, |fields, (n, refund)| {
        let with_coupons = if has_coupons { coupon_fields(refund, n) } else { Fields::default() };
        fields.append(refund_fields(refund, n, now_ms)).append(with_coupons)
    }))
}

/// Finds refunds by `refund_id`, `out_refund_no`, `transaction_id` or `out_trade_no`. The first of these that
/// the call has decides.
fn find_refunds<'b>(
    ledger: &'b Ledger,
    mch_id: &str,
    asked: &Asked,
) -> Result<(&'b Trade, &'b Payment, Vec<&'b Refund>), Refusal> {
    let of_merchant = || ledger.trades().iter().filter(|trade| trade.mch_id == mch_id);
    let one = |trade: &'b Trade, refund: &'b Refund| Some((trade, trade.payment_of(refund)?, vec![refund]));
    let found = if let Some(refund_id) = asked.get("refund_id") {
        of_merchant()
            .find_map(|trade| one(trade, trade.refunds.iter().find(|refund| refund.refund_id == refund_id)?))
    } else if let Some(number) = asked.get("out_refund_no") {
        ledger.order_with_refund(mch_id, number).and_then(|trade_index| {
            let trade = ledger.at(trade_index);
            one(trade, trade.refunds.iter().find(|refund| refund.out_refund_no == number)?)
        })
    } else if asked.get("transaction_id").is_some() || asked.get("out_trade_no").is_some() {
        ledger.order_asked_for(mch_id, asked).and_then(|trade_index| {
            let trade = ledger.at(trade_index);
            let named = asked.get("transaction_id").and_then(|id| trade.payment_named(id));
            let payment = named.or(trade.payment())?;
            Some((trade, payment, trade.refunds_of(payment).collect()))
        })
    } else {
        return Err(Refusal::missing("out_refund_no"));
    };
    found.ok_or_else(|| Refusal::new("REFUNDNOTEXIST", "not exist"))
}

fn coupon_fields(refund: &Refund, n: usize) -> Fields {
    Fields::default()
        .text(format!("settlement_refund_fee_{n}"), refund.settled_fee().to_string())
        .text(format!("coupon_refund_fee_{n}"), coupon::sum(&refund.coupons).to_string())
        .text(format!("coupon_refund_count_{n}"), refund.coupons.len().to_string())
        .append(coupon::refund_list(&refund.coupons, &format!("_{n}")))
}

fn refund_fields(refund: &Refund, n: usize, now_ms: i64) -> Fields {
    let status = refund.status(now_ms);
    let success_time = refund.success_at_ms(now_ms).map(|at_ms| ChinaTime::at(at_ms).spaced());
    let mut fields = Fields::default()
        .text(format!("out_refund_no_{n}"), &refund.out_refund_no)
        .text(format!("refund_id_{n}"), &refund.refund_id)
        .text(format!("refund_channel_{n}"), "ORIGINAL")
        .text(format!("refund_fee_{n}"), refund.refund_fee.to_string())
        .text(format!("cash_refund_fee_{n}"), refund.cash_refund_fee.to_string())
        .text(format!("refund_status_{n}"), status.as_str())
        .text(format!("refund_account_{n}"), &refund.account)
        .text(format!("refund_recv_accout_{n}"), RECEIVING_ACCOUNT);
    if let Some(success_time) = success_time {
        fields = fields.text(format!("refund_success_time_{n}"), success_time);
    }
    fields
}

/// The payer's balance. WeChat misspells the name of the field that holds it.
pub(super) const RECEIVING_ACCOUNT: &str = "支付用户零钱";
