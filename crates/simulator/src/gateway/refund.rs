//! Asking for a refund (protocol §7.3, §7.4): which refunds are refused, and what an accepted one promises.

use super::check::Accepted;
use super::coupon::{self, Coupon};
use super::ids::Ids;
use super::ledger::{Ledger, TradeIndex};
use super::message::Fields;
use super::refusal::{self, Refusal};
use super::trade::{Generation, Payment, Refund, RefundOutcome, RefundSource, Trade};
use super::unified_order::{fee, notify_url};

/// A payment can be refunded for a year (protocol §7.1).
const MAX_AGE_MS: i64 = 365 * 86_400_000;
/// Two refunds of one payment must be at least a minute apart.
pub(super) const MIN_INTERVAL_MS: i64 = 60_000;
/// The most refunds that one payment can have. Closed ones count.
const MAX_REFUNDS: usize = 50;
const MAX_NUMBER_CHARS: usize = 64;
/// The account that pays a refund unless the call names another.
pub(super) const UNSETTLED_FUNDS: &str = "REFUND_SOURCE_UNSETTLED_FUNDS";
/// The other account: the available balance.
pub(super) const RECHARGE_FUNDS: &str = "REFUND_SOURCE_RECHARGE_FUNDS";

/// A refund that was accepted now, or earlier under the same number.
pub(super) struct AcceptedRefund {
    pub(super) trade_index: TradeIndex,
    pub(super) refund_index: usize,
    pub(super) is_new: bool,
}

/// Accepts a refund, or repeats the earlier answer: one number refunds once.
pub(super) fn accept(
    ledger: &mut Ledger,
    ids: &mut Ids,
    now_ms: i64,
    call: &Accepted,
    outcome: RefundOutcome,
) -> Result<AcceptedRefund, Refusal> {
    let asked = &call.asked;
    let trade_index = order_of(ledger, call)?;
    let trade = ledger.at(trade_index);
    let payment = match asked.get("transaction_id") {
        Some(transaction_id) => trade.payment_named(transaction_id),
        None => trade.payment(),
    };
    let payment = payment.ok_or_else(Refusal::order_does_not_exist)?;
    let out_refund_no = refund_number(asked.required("out_refund_no"))?;
    let refund_fee = fee("refund_fee", asked.required("refund_fee"))?;
    let total_fee = fee("total_fee", asked.required("total_fee"))?;
    let notify_url = asked.get("notify_url").map(notify_url).transpose()?;
    let account = asked.get("refund_account").unwrap_or(UNSETTLED_FUNDS);
    if ![UNSETTLED_FUNDS, RECHARGE_FUNDS].contains(&account) {
        return Err(Refusal::new("PARAM_ERROR", "refund_account参数格式错误"));
    }
    if asked.get("refund_fee_type").is_some_and(|fee_type| fee_type != trade.fee_type) {
        return Err(Refusal::new("PARAM_ERROR", "refund_fee_type与订单币种不一致"));
    }
    if let Some(before) = ledger.order_with_refund(&trade.mch_id, out_refund_no) {
        let is_same = |refund: &Refund| {
            refund.out_refund_no == out_refund_no
                && refund.refund_fee == refund_fee
                && total_fee == trade.total_fee
                && trade.payment_of(refund).is_some_and(|of| of.transaction_id == payment.transaction_id)
        };
        let refund_index = trade.refunds.iter().position(is_same).filter(|_| before == trade_index);
        return refund_index
            .map(|refund_index| AcceptedRefund { trade_index, refund_index, is_new: false })
            .ok_or_else(|| Refusal::known(refusal::REFUND_FEE_MISMATCH));
    }
    if total_fee != trade.total_fee {
        return Err(Refusal::new("PARAM_ERROR", "total_fee与订单金额不一致"));
    }
    may_be_refunded(trade, payment, refund_fee, now_ms)?;
    if trade.refunds_of(payment).last().is_some_and(|last| now_ms - last.accepted_at_ms < MIN_INTERVAL_MS) {
        return Err(Refusal::new("FREQUENCY_LIMITED", "同一订单两次退款至少间隔1分钟"));
    }
    let refund = NewRefund {
        generation: Generation::V2,
        out_refund_no: out_refund_no.to_owned(),
        refund_fee,
        account: account.to_owned(),
        notify_url: notify_url.map(str::to_owned),
        source: RefundSource::Api,
        outcome,
    };
    let payment = payment.clone();
    Ok(enter(ledger, ids, now_ms, trade_index, &payment, refund))
}

/// A refund that passed every check and is not in the ledger yet.
pub(super) struct NewRefund {
    pub(super) generation: Generation,
    pub(super) out_refund_no: String,
    pub(super) refund_fee: u64,
    pub(super) account: String,
    pub(super) notify_url: Option<String>,
    pub(super) source: RefundSource,
    pub(super) outcome: RefundOutcome,
}

/// Enters a refund into the ledger.
pub(super) fn enter(
    ledger: &mut Ledger,
    ids: &mut Ids,
    now_ms: i64,
    trade_index: TradeIndex,
    payment: &Payment,
    new_refund: NewRefund,
) -> AcceptedRefund {
    let trade = ledger.at(trade_index);
    let coupons = coupon_part(trade, payment, new_refund.refund_fee, now_ms);
    let refund = Refund {
        generation: new_refund.generation,
        out_refund_no: new_refund.out_refund_no,
        transaction_id: payment.transaction_id.clone(),
        source: new_refund.source,
        refund_id: ids.refund_id(now_ms),
        refund_fee: new_refund.refund_fee,
        cash_refund_fee: cash_part(trade, payment, new_refund.refund_fee, &coupons, now_ms),
        coupons,
        account: new_refund.account,
        notify_url: new_refund.notify_url,
        accepted_at_ms: now_ms,
        outcome: new_refund.outcome,
    };
    let refund_index = trade.refunds.len();
    ledger.add_refund(trade_index, refund);
    AcceptedRefund { trade_index, refund_index, is_new: true }
}

fn order_of(ledger: &Ledger, call: &Accepted) -> Result<TradeIndex, Refusal> {
    match call.asked.get("transaction_id") {
        Some(id) if id.len() != 28 || !id.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Err(Refusal::new("INVALID_TRANSACTIONID", "无效transaction_id"));
        }
        None if call.asked.get("out_trade_no").is_none() => return Err(Refusal::missing("transaction_id")),
        Some(_) | None => {}
    }
    ledger.order_asked_for(&call.merchant.mch_id, &call.asked).ok_or_else(Refusal::order_does_not_exist)
}

/// Refuses a refund that is too late, too much, or one too many.
pub(super) fn may_be_refunded(
    trade: &Trade,
    payment: &Payment,
    refund_fee: u64,
    now_ms: i64,
) -> Result<(), Refusal> {
    let refunded = trade.refunded_of(payment, now_ms);
    if now_ms - payment.paid_at_ms > MAX_AGE_MS {
        return Err(Refusal::known(refusal::TRADE_OVERDUE));
    }
    if refunded >= trade.total_fee {
        return Err(Refusal::known(refusal::ALREADY_REFUNDED));
    }
    if refunded.saturating_add(refund_fee) > trade.total_fee {
        return Err(Refusal::new("ERROR", "退款金额大于可退金额"));
    }
    if trade.refunds_of(payment).count() >= MAX_REFUNDS {
        return Err(Refusal::new("ERROR", "退款次数超过限制"));
    }
    Ok(())
}

/// The part of each coupon that goes back.
fn coupon_part(trade: &Trade, payment: &Payment, refund_fee: u64, now_ms: i64) -> Vec<Coupon> {
    let before = trade.counted_refunds(payment, now_ms).flat_map(|refund| &refund.coupons);
    let reached = trade.refunded_of(payment, now_ms) + refund_fee;
    coupon::of_refund(&payment.coupons, before, reached, trade.total_fee)
}

/// The payer gets CNY back at the rate of the payment. The last refund also returns what rounding left over.
fn cash_part(trade: &Trade, payment: &Payment, refund_fee: u64, coupons: &[Coupon], now_ms: i64) -> u64 {
    if trade.fee_type == "CNY" {
        // For a price in CNY, cash and coupons add up to the refund.
        return refund_fee.saturating_sub(coupon::sum(coupons));
    }
    let counted = trade.counted_refunds(payment, now_ms);
    let returned: u64 = counted.map(|refund| refund.cash_refund_fee).sum();
    if trade.refunded_of(payment, now_ms) + refund_fee == trade.total_fee {
        return payment.cash_fee.saturating_sub(returned);
    }
    let part = u128::from(payment.cash_fee) * u128::from(refund_fee) / u128::from(trade.total_fee.max(1));
    u64::try_from(part).unwrap_or(u64::MAX)
}

fn refund_number(text: &str) -> Result<&str, Refusal> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*@".contains(&byte);
    let is_number = text.len() <= MAX_NUMBER_CHARS && text.bytes().all(is_allowed);
    if is_number { Ok(text) } else { Err(Refusal::new("PARAM_ERROR", "out_refund_no参数格式错误")) }
}

/// The answer to an accepted refund (protocol §7.4).
pub(super) fn accepted_fields(trade: &Trade, refund: &Refund) -> Fields {
    let payment = trade.payment_of(refund);
    let (transaction_id, cash_fee) =
        payment.map_or(("", 0), |payment| (payment.transaction_id.as_str(), payment.cash_fee));
    let fields = Fields::default()
        .text("transaction_id", transaction_id)
        .text("out_trade_no", &trade.out_trade_no)
        .text("out_refund_no", &refund.out_refund_no)
        .text("refund_id", &refund.refund_id)
        .text("refund_channel", "")
        .number("refund_fee", refund.refund_fee)
        .text("refund_fee_type", &trade.fee_type)
        .text("coupon_refund_fee", coupon::sum(&refund.coupons).to_string())
        .number("total_fee", trade.total_fee)
        .text("fee_type", &trade.fee_type)
        .text("cash_fee", cash_fee.to_string())
        .text("cash_fee_type", "CNY")
        .text("coupon_refund_count", refund.coupons.len().to_string())
        .number("cash_refund_fee", refund.cash_refund_fee)
        .text("cash_refund_fee_type", "CNY");
    match payment.filter(|payment| !payment.coupons.is_empty()) {
        None => fields,
        Some(payment) => fields
            .number("settlement_total_fee", trade.settled_fee(payment))
            .number("settlement_refund_fee", refund.settled_fee())
            .append(coupon::refund_list(&refund.coupons, "")),
    }
}
