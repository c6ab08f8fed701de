//! Settlements (protocol §8.3): the income of a day is settled at 10:00 (UTC+8) of the next day. The answer
//! is nested and unsigned.

use super::check::Accepted;
use super::china_time::{self, ChinaTime};
use super::ledger::Ledger;
use super::trade::{RefundStatus, Trade};

pub(super) const DAY_MS: i64 = 86_400_000;
pub(super) const SETTLED_AFTER_MS: i64 = 34 * 3_600_000;
/// A call for more days than this fails.
pub(super) const MAX_DAYS: i64 = 366;
const MAX_ROWS: usize = 10;

/// The takings of a day.
pub(super) struct Day {
    pub(super) from_ms: i64,
    pub(super) number: usize,
    pub(super) paid: u64,
    pub(super) refunded: u64,
}

/// The settlements as XML, or the `return_msg` of the failure.
pub(super) fn settlement(ledger: &Ledger, now_ms: i64, call: &Accepted) -> Result<String, &'static str> {
    let asked = &call.asked;
    let is_settled = match asked.required("usetag") {
        "1" => true,
        "2" => false,
        _ => return Err("usetag参数错误"),
    };
    let first = china_time::parse_date(asked.required("date_start")).ok_or("date_start参数错误")?;
    let last = china_time::parse_date(asked.required("date_end")).ok_or("date_end参数错误")?;
    let number = |name: &str, otherwise: usize| match asked.get(name) {
        None => Some(otherwise),
        Some(text) => text.parse::<usize>().ok(),
    };
    let offset = number("offset", 0).ok_or("offset参数错误")?;
    let limit = number("limit", MAX_ROWS).ok_or("limit参数错误")?;
    let days = (last - first) / DAY_MS + 1;
    if !(1..=MAX_DAYS).contains(&days) {
        return Err("date_start date_end参数错误");
    }
    let of_merchant = |trade: &&Trade| {
        trade.mch_id == call.merchant.mch_id && trade.sub_mch_id.as_deref() == asked.get("sub_mch_id")
    };
    let trades: Vec<&Trade> = ledger.trades().iter().filter(of_merchant).collect();
    let all = (0..days).map(|n| takings(&trades, now_ms, first + n * DAY_MS, n as usize));
    let wanted = all
        .filter(|day| day.paid + day.refunded > 0)
        .filter(|day| (now_ms >= day.from_ms + SETTLED_AFTER_MS) == is_settled);
    let rows: Vec<String> = wanted
        .skip(offset)
        .take(limit.min(MAX_ROWS))
        .enumerate()
        .map(|(n, day)| row(n, &day, &call.merchant.fee_type, is_settled))
        .collect();
    Ok(format!(
        "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg>\
         <result_code><![CDATA[SUCCESS]]></result_code><record_num>{}</record_num>{}</xml>",
        rows.len(),
        rows.concat()
    ))
}

pub(super) fn takings(trades: &[&Trade], now_ms: i64, from_ms: i64, number: usize) -> Day {
    let day = from_ms..from_ms + DAY_MS;
    let payments = trades.iter().flat_map(|trade| trade.payments().iter().map(|payment| (*trade, payment)));
    let paid = payments.filter(|(_, payment)| day.contains(&payment.paid_at_ms));
    let refunds = trades.iter().flat_map(|trade| &trade.refunds).filter(|refund| {
        day.contains(&refund.accepted_at_ms) && refund.status(now_ms) != RefundStatus::Closed
    });
    Day {
        from_ms,
        number: number + 1,
        paid: paid.map(|(trade, payment)| trade.settled_fee(payment)).sum(),
        refunded: refunds.map(|refund| refund.settled_fee()).sum(),
    }
}

fn row(n: usize, day: &Day, currency: &str, is_settled: bool) -> String {
    let net = i128::from(day.paid) - i128::from(day.refunded);
    let charge = net / 100;
    let date = ChinaTime::at(day.from_ms).date_with_hyphens();
    let settled_on = ChinaTime::at(day.from_ms + DAY_MS);
    let (settled, unsettled) = if is_settled { (net - charge, 0) } else { (0, net - charge) };
    let refunded = if day.refunded == 0 { "0".to_owned() } else { format!("-{}", day.refunded) };
    format!(
        "<setteinfo_{n}><date_settlement><![CDATA[{}]]></date_settlement><date_start><![CDATA[{date}]]></date_start>\
         <date_end><![CDATA[{date}]]></date_end><settlement_fee>{settled}</settlement_fee>\
         <settlementfee_type><![CDATA[{currency}]]></settlementfee_type><pay_fee>{}</pay_fee>\
         <refund_fee>{refunded}</refund_fee><pay_net_fee>{net}</pay_net_fee><poundage_fee>{charge}</poundage_fee>\
         <unsettlement_fee>{unsettled}</unsettlement_fee><fbatchno><![CDATA[{}{:04}]]></fbatchno></setteinfo_{n}>",
        settled_on.date_with_hyphens(),
        day.paid,
        settled_on.date(),
        day.number,
    )
}
