//! Refunds (protocol §7): asking for one, what it promises, and asking what became of it.

use super::beijing::Beijing;
use super::books::{Books, Place};
use super::business::Refusal;
use super::check::{Accepted, Asked};
use super::coupon::{self, Coupon};
use super::message::Fields;
use super::mint::Mint;
use super::switches::Switches;
use super::trade::{Payment, Refund, RefundCourse, RefundStatus, Trade};
use super::unified_order::{fee, notify_url};

/// Money goes back within a year (protocol §7.1).
const LATEST_MS: i64 = 365 * 86_400_000;
/// Two refunds of one order are at least a minute apart.
const APART_MS: i64 = 60_000;
/// At most so many refunds of one order.
const MOST: usize = 50;
/// A query lists so many refunds at a time.
const PAGE: usize = 10;
const LONGEST_NUMBER: usize = 64;
const UNSETTLED_FUNDS: &str = "REFUND_SOURCE_UNSETTLED_FUNDS";

/// What an accepted refund does next, by the faults in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fortune {
    Succeeds,
    Closes,
    Changes,
    Sticks,
}

/// A refund that was accepted just now, or before under the same number.
pub(super) struct AcceptedRefund {
    pub(super) place: Place,
    pub(super) index: usize,
    pub(super) is_new: bool,
}

/// Accepts a refund or repeats its acceptance: a number refunds once only.
pub(super) fn accept(
    books: &mut Books,
    mint: &mut Mint,
    switches: &Switches,
    now_ms: i64,
    call: &Accepted,
    fortune: Fortune,
) -> Result<AcceptedRefund, Refusal> {
    let asked = &call.asked;
    let place = order_of(books, call)?;
    let trade = books.at(place);
    let payment = trade.payment().ok_or_else(Refusal::order_does_not_exist)?.clone();
    let out_refund_no = refund_number(asked.required("out_refund_no"))?;
    let refund_fee = fee("refund_fee", asked.required("refund_fee"))?;
    let total_fee = fee("total_fee", asked.required("total_fee"))?;
    let notify_url = asked.get("notify_url").map(notify_url).transpose()?;
    if let Some(before) = books.refunded(&trade.mch_id, out_refund_no) {
        return repeated(books, place, before, out_refund_no, refund_fee);
    }
    if total_fee != trade.total_fee {
        return Err(Refusal::new("PARAM_ERROR", "total_fee与订单金额不一致"));
    }
    if asked.get("refund_fee_type").is_some_and(|fee_type| fee_type != trade.fee_type) {
        return Err(Refusal::new("PARAM_ERROR", "refund_fee_type与订单币种不一致"));
    }
    may_be_refunded(trade, &payment, refund_fee, now_ms)?;

    let coupons = coupon_part(trade, &payment, refund_fee, now_ms);
    let takes_ms = switches.refund_takes_ms.0.max(0);
    let refund = Refund {
        out_refund_no: out_refund_no.to_owned(),
        refund_id: mint.refund_id(now_ms),
        refund_fee,
        cash_refund_fee: cash_part(trade, &payment, refund_fee, &coupons, now_ms),
        coupons,
        account: asked.get("refund_account").unwrap_or(UNSETTLED_FUNDS).to_owned(),
        notify_url: notify_url.map(str::to_owned),
        accepted_at_ms: now_ms,
        course: match fortune {
            Fortune::Succeeds => RefundCourse::SucceedsAt(now_ms + takes_ms),
            Fortune::Closes => RefundCourse::ClosesAt(now_ms + takes_ms),
            Fortune::Changes => RefundCourse::ChangesAt(now_ms + takes_ms),
            Fortune::Sticks => RefundCourse::NeverEnds,
        },
    };
    let index = trade.refunds.len();
    books.add_refund(place, refund);
    Ok(AcceptedRefund { place, index, is_new: true })
}

fn order_of(books: &Books, call: &Accepted) -> Result<Place, Refusal> {
    match call.asked.get("transaction_id") {
        Some(id) if id.len() != 28 || !id.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Err(Refusal::new("INVALID_TRANSACTIONID", "无效transaction_id"));
        }
        None if call.asked.get("out_trade_no").is_none() => return Err(Refusal::missing("transaction_id")),
        Some(_) | None => {}
    }
    books.asked(&call.merchant.mch_id, &call.asked).ok_or_else(Refusal::order_does_not_exist)
}

/// The same number and amount: the same answer. Another amount or another order: no second refund.
fn repeated(
    books: &Books,
    place: Place,
    before: Place,
    number: &str,
    refund_fee: u64,
) -> Result<AcceptedRefund, Refusal> {
    let of_number = |refund: &Refund| refund.out_refund_no == number && refund.refund_fee == refund_fee;
    let index = books.at(place).refunds.iter().position(of_number).filter(|_| before == place);
    let index =
        index.ok_or_else(|| Refusal::new("ERROR", "订单金额或退款金额与之前请求不一致，请核实后再试"))?;
    Ok(AcceptedRefund { place, index, is_new: false })
}

fn may_be_refunded(trade: &Trade, payment: &Payment, refund_fee: u64, now_ms: i64) -> Result<(), Refusal> {
    let refunded = trade.refunded_fee(now_ms);
    if now_ms - payment.paid_at_ms > LATEST_MS {
        return Err(Refusal::new("TRADE_OVERDUE", "订单已经超过退款期限"));
    }
    if refunded >= trade.total_fee {
        return Err(Refusal::new("ERROR", "订单已全额退款"));
    }
    if refunded.saturating_add(refund_fee) > trade.total_fee {
        return Err(Refusal::new("ERROR", "退款金额大于可退金额"));
    }
    if trade.refunds.len() >= MOST {
        return Err(Refusal::new("ERROR", "退款次数超过限制"));
    }
    if trade.refunds.last().is_some_and(|last| now_ms - last.accepted_at_ms < APART_MS) {
        return Err(Refusal::new("FREQUENCY_LIMITED", "同一订单两次退款至少间隔1分钟"));
    }
    Ok(())
}

/// What goes back of each coupon.
fn coupon_part(trade: &Trade, payment: &Payment, refund_fee: u64, now_ms: i64) -> Vec<Coupon> {
    let counted = trade.refunds.iter().filter(|refund| refund.status(now_ms) != RefundStatus::Closed);
    let before = counted.flat_map(|refund| &refund.coupons);
    coupon::of_refund(&payment.coupons, before, trade.refunded_fee(now_ms) + refund_fee, trade.total_fee)
}

/// The payer gets CNY back at the rate of the payment; the last refund takes what rounding has left.
fn cash_part(trade: &Trade, payment: &Payment, refund_fee: u64, coupons: &[Coupon], now_ms: i64) -> u64 {
    if trade.fee_type == "CNY" {
        // In one currency cash and coupons add up to the refund.
        return refund_fee.saturating_sub(coupon::sum(coupons));
    }
    let counted = trade.refunds.iter().filter(|refund| refund.status(now_ms) != RefundStatus::Closed);
    let returned: u64 = counted.map(|refund| refund.cash_refund_fee).sum();
    if trade.refunded_fee(now_ms) + refund_fee == trade.total_fee {
        return payment.cash_fee.saturating_sub(returned);
    }
    let part = u128::from(payment.cash_fee) * u128::from(refund_fee) / u128::from(trade.total_fee.max(1));
    u64::try_from(part).unwrap_or(u64::MAX)
}

fn refund_number(text: &str) -> Result<&str, Refusal> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-|*@".contains(&byte);
    let is_number = text.len() <= LONGEST_NUMBER && text.bytes().all(is_allowed);
    if is_number { Ok(text) } else { Err(Refusal::new("PARAM_ERROR", "out_refund_no参数格式错误")) }
}

/// The answer to an accepted refund (protocol §7.4).
pub(super) fn accepted_fields(trade: &Trade, refund: &Refund) -> Fields {
    let (transaction_id, cash_fee) =
        trade.payment().map_or(("", 0), |payment| (payment.transaction_id.as_str(), payment.cash_fee));
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
    if !has_coupons(trade) {
        return fields;
    }
    fields
        .number("settlement_total_fee", trade.settled_fee())
        .number("settlement_refund_fee", refund.settled_fee())
        .append(coupon::refund_list(&refund.coupons, ""))
}

fn has_coupons(trade: &Trade) -> bool {
    trade.payment().is_some_and(|payment| !payment.coupons.is_empty())
}

/// Refunds of an order, or the one that is named (protocol §7.5).
pub(super) fn query(books: &Books, now_ms: i64, call: &Accepted) -> Result<Fields, Refusal> {
    let asked = &call.asked;
    let offset = match asked.get("offset") {
        None => 0,
        Some(text) => text.parse::<usize>().map_err(|_| Refusal::new("PARAM_ERROR", "offset参数格式错误"))?,
    };
    let (trade, chosen) = chosen(books, &call.merchant.mch_id, asked)?;
    let listed: Vec<&Refund> = chosen.iter().copied().skip(offset).take(PAGE).collect();
    if listed.is_empty() {
        return Err(Refusal::new("REFUNDNOTEXIST", "not exist"));
    }
    let (transaction_id, cash_fee) =
        trade.payment().map_or(("", 0), |payment| (payment.transaction_id.as_str(), payment.cash_fee));
    let head = Fields::default()
        .number("total_refund_count", chosen.len())
        .text("transaction_id", transaction_id)
        .text("out_trade_no", &trade.out_trade_no)
        .number("total_fee", trade.total_fee)
        .text("fee_type", &trade.fee_type)
        .text("cash_fee", cash_fee.to_string())
        .text("cash_fee_type", "CNY")
        .number("refund_count", listed.len());
    let head =
        if has_coupons(trade) { head.number("settlement_total_fee", trade.settled_fee()) } else { head };
    Ok(listed.iter().enumerate().fold(head, |fields, (n, refund)| {
        let with_coupons = if has_coupons(trade) { coupon_record(refund, n) } else { Fields::default() };
        fields.append(record(refund, n, now_ms)).append(with_coupons)
    }))
}

/// By `refund_id`, `out_refund_no`, `transaction_id` or `out_trade_no`, the first that is there.
fn chosen<'b>(
    books: &'b Books,
    mch_id: &str,
    asked: &Asked,
) -> Result<(&'b Trade, Vec<&'b Refund>), Refusal> {
    let absent = || Refusal::new("REFUNDNOTEXIST", "not exist");
    let of_merchant = || books.trades().iter().filter(|trade| trade.mch_id == mch_id);
    let found = if let Some(refund_id) = asked.get("refund_id") {
        of_merchant().find_map(|trade| {
            let refund = trade.refunds.iter().find(|refund| refund.refund_id == refund_id)?;
            Some((trade, vec![refund]))
        })
    } else if let Some(number) = asked.get("out_refund_no") {
        let trade = books.refunded(mch_id, number).map(|place| books.at(place));
        trade.map(|trade| {
            (trade, trade.refunds.iter().filter(|refund| refund.out_refund_no == number).collect())
        })
    } else if asked.get("transaction_id").is_some() || asked.get("out_trade_no").is_some() {
        books.asked(mch_id, asked).map(|place| (books.at(place), books.at(place).refunds.iter().collect()))
    } else {
        return Err(Refusal::missing("out_refund_no"));
    };
    found.ok_or_else(absent)
}

fn coupon_record(refund: &Refund, n: usize) -> Fields {
    Fields::default()
        .text(format!("settlement_refund_fee_{n}"), refund.settled_fee().to_string())
        .text(format!("coupon_refund_fee_{n}"), coupon::sum(&refund.coupons).to_string())
        .text(format!("coupon_refund_count_{n}"), refund.coupons.len().to_string())
        .append(coupon::refund_list(&refund.coupons, &format!("_{n}")))
}

fn record(refund: &Refund, n: usize, now_ms: i64) -> Fields {
    let status = refund.status(now_ms);
    let success_time = refund.success_at_ms(now_ms).map(|at_ms| Beijing::at(at_ms).spaced());
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

/// The payer's balance; the field that holds it is misspelt in the protocol.
pub(super) const RECEIVING_ACCOUNT: &str = "支付用户零钱";
