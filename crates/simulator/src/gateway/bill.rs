//! The bill of a day (protocol §8.1): text with a line a trade, every value led by a grave accent, amounts in major units.

use super::beijing::{self, Beijing};
use super::books::Books;
use super::check::Accepted;
use super::rates::{decimals, major_units};
use super::trade::{Payment, Refund, Trade};

/// Bills are ready at 10:00 in UTC+8 on the next day: 34 hours after the day's beginning.
const READY_AFTER_MS: i64 = 34 * 3_600_000;
const DAY_MS: i64 = 86_400_000;
const BYTE_ORDER_MARK: &str = "\u{feff}";
const HEADERS: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const TOTALS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

/// A line of the bill.
enum Row<'b> {
    Paid(&'b Trade, &'b Payment),
    Refunded(&'b Trade, &'b Payment, &'b Refund),
}

impl Row<'_> {
    fn at_ms(&self) -> i64 {
        match self {
            Row::Paid(_, payment) => payment.paid_at_ms,
            Row::Refunded(_, _, refund) => refund.accepted_at_ms,
        }
    }

    fn trade(&self) -> &Trade {
        match self {
            Row::Paid(trade, _) | Row::Refunded(trade, _, _) => trade,
        }
    }

    /// What came in and what went out.
    fn amounts(&self) -> (u64, u64) {
        match self {
            Row::Paid(trade, _) => (trade.total_fee, 0),
            Row::Refunded(_, _, refund) => (0, refund.refund_fee),
        }
    }

    fn line(&self) -> String {
        let trade = self.trade();
        let (income, refunded) = self.amounts();
        let major = |minor: u64| major_units(minor, &trade.fee_type);
        let (payment, state, refund) = match self {
            Row::Paid(_, payment) => (payment, "SUCCESS", None),
            Row::Refunded(_, payment, refund) => (payment, "REFUND", Some(refund)),
        };
        let values = [
            Beijing::at(self.at_ms()).spaced(),
            trade.appid.clone(),
            trade.mch_id.clone(),
            trade.sub_mch_id.clone().unwrap_or_else(|| "0".to_owned()),
            String::new(),
            payment.transaction_id.clone(),
            trade.out_trade_no.clone(),
            payment.openid.clone(),
            "NATIVE".to_owned(),
            state.to_owned(),
            payment.bank_type.clone(),
            trade.fee_type.clone(),
            major(income),
            "0.00".to_owned(),
            refund.map_or_else(|| "0".to_owned(), |refund| refund.refund_id.clone()),
            refund.map_or_else(|| "0".to_owned(), |refund| refund.out_refund_no.clone()),
            major(refunded),
            "0.00".to_owned(),
            refund.map_or("", |_| "ORIGINAL").to_owned(),
            refund.map_or("", |_| "SUCCESS").to_owned(),
            // A comma in the goods would read as one more column.
            trade.body.replace(',', " "),
            trade.attach.clone().unwrap_or_default().replace(',', " "),
            charge(income, refunded, &trade.fee_type),
            "1.00%".to_owned(),
            major(income),
            major(refunded),
            String::new(),
        ];
        values.map(|value| format!("`{value}")).join(",")
    }
}

/// One percent, five decimals, negative on refunds.
fn charge(income: u64, refunded: u64, currency: &str) -> String {
    // A hundred-thousandth of the major unit, of one percent: 10^(5 - 2 - decimals) for each minor unit.
    let each = 10_i128.pow(3_u32.saturating_sub(decimals(currency)));
    let hundred_thousandths = (i128::from(income) - i128::from(refunded)) * each;
    let sign = if hundred_thousandths < 0 { "-" } else { "" };
    let value = hundred_thousandths.unsigned_abs();
    format!("{sign}{}.{:05}", value / 100_000, value % 100_000)
}

/// The bill, or the `return_msg` of its failure.
pub(super) fn bill(books: &Books, now_ms: i64, call: &Accepted) -> Result<String, &'static str> {
    let from_ms = beijing::parse_date(call.asked.required("bill_date")).ok_or("data format error")?;
    let (with_payments, with_refunds) = match call.asked.get("bill_type").unwrap_or("ALL") {
        "ALL" => (true, true),
        "SUCCESS" => (true, false),
        "REFUND" => (false, true),
        "RECHARGE_REFUND" => (false, false),
        _ => return Err("invalid bill_type"),
    };
    if now_ms < from_ms + DAY_MS {
        return Err("No Bill Exist");
    }
    if now_ms < from_ms + READY_AFTER_MS {
        return Err("Bill Creating");
    }
    let of_merchant = |trade: &&Trade| {
        trade.mch_id == call.merchant.mch_id && trade.sub_mch_id.as_deref() == call.asked.get("sub_mch_id")
    };
    let mut rows: Vec<Row<'_>> = Vec::new();
    for trade in books.trades().iter().filter(of_merchant) {
        let Some(payment) = trade.payment() else { continue };
        if with_payments {
            rows.push(Row::Paid(trade, payment));
        }
        if with_refunds {
            rows.extend(trade.refunds.iter().map(|refund| Row::Refunded(trade, payment, refund)));
        }
    }
    rows.retain(|row| (from_ms..from_ms + DAY_MS).contains(&row.at_ms()));
    rows.sort_by_key(Row::at_ms);
    if rows.is_empty() { Err("No Bill Exist") } else { Ok(text(&rows)) }
}

fn text(rows: &[Row<'_>]) -> String {
    let (income, refunded) = rows
        .iter()
        .map(Row::amounts)
        .fold((0, 0), |(sum_in, sum_out), (income, out)| (sum_in + income, sum_out + out));
    let currency = rows.first().map_or("CNY", |row| row.trade().fee_type.as_str());
    let major = |minor: u64| major_units(minor, currency);
    let totals = [
        rows.len().to_string(),
        major(income),
        major(refunded),
        "0.00".to_owned(),
        charge(income, refunded, currency),
        major(income),
        major(refunded),
    ];
    let lines = rows.iter().map(Row::line);
    let all = [HEADERS.to_owned()]
        .into_iter()
        .chain(lines)
        .chain([TOTALS.to_owned(), totals.map(|value| format!("`{value}")).join(",")]);
    format!("{BYTE_ORDER_MARK}{}\r\n", all.collect::<Vec<_>>().join("\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_percent_is_written_with_five_decimals_in_every_currency() {
        assert_eq!(charge(8800, 0, "HKD"), "0.88000");
        assert_eq!(charge(0, 3300, "HKD"), "-0.33000");
        assert_eq!(charge(1980, 0, "JPY"), "19.80000");
    }
}
