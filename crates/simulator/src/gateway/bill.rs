//! The bill of a day (protocol §8.1): text with a line a trade, every value led by a grave accent, amounts in major units.
//!
//! `SUCCESS` has the columns of payments, `REFUND` those and all of refunds, `ALL` those of both but for the two times of a refund.

use super::beijing::{self, Beijing};
use super::books::Books;
use super::check::Accepted;
use super::coupon;
use super::rates::{decimals, major_units};
use super::trade::{Payment, Refund, RefundStatus, Trade};

/// Bills are ready at 10:00 in UTC+8 on the next day: 34 hours after the day's beginning.
const READY_AFTER_MS: i64 = 34 * 3_600_000;
const DAY_MS: i64 = 86_400_000;
const BYTE_ORDER_MARK: &str = "\u{feff}";
const TOTALS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

/// What a column is about, which decides about the bills it stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Trade,
    Refund,
    RefundTime,
}

use About::{Refund as Back, RefundTime as When, Trade as Order};

const COLUMNS: [(&str, About); 29] = [
    ("交易时间", Order),
    ("公众账号ID", Order),
    ("商户号", Order),
    ("特约商户号", Order),
    ("设备号", Order),
    ("微信订单号", Order),
    ("商户订单号", Order),
    ("用户标识", Order),
    ("交易类型", Order),
    ("交易状态", Order),
    ("付款银行", Order),
    ("货币种类", Order),
    ("应结订单金额", Order),
    ("代金券金额", Order),
    ("退款申请时间", When),
    ("退款成功时间", When),
    ("微信退款单号", Back),
    ("商户退款单号", Back),
    ("退款金额", Back),
    ("充值券退款金额", Back),
    ("退款类型", Back),
    ("退款状态", Back),
    ("商品名称", Order),
    ("商户数据包", Order),
    ("手续费", Order),
    ("费率", Order),
    ("订单金额", Order),
    ("申请退款金额", Back),
    ("费率备注", Order),
];

/// Which bill is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    All,
    Paid,
    Refunded,
}

impl Layout {
    /// The values, in the order of [`COLUMNS`], that stand in this bill.
    fn line<T: AsRef<str>>(self, values: &[T; 29]) -> String {
        let stands = |about: About| match self {
            Layout::All => about != About::RefundTime,
            Layout::Paid => about == About::Trade,
            Layout::Refunded => true,
        };
        let standing = values.iter().zip(COLUMNS).filter(|(_, (_, about))| stands(*about));
        standing.map(|(value, _)| value.as_ref()).collect::<Vec<_>>().join(",")
    }
}

/// A line of the bill.
enum Row<'b> {
    Paid(&'b Trade, &'b Payment),
    Refunded(&'b Trade, &'b Payment, &'b Refund),
}

/// What came in and what went out, in the smallest unit.
#[derive(Clone, Copy, Default)]
struct Amounts {
    settled: u64,
    ordered: u64,
    coupons: u64,
    settled_back: u64,
    recharge_back: u64,
    asked_back: u64,
}

impl Amounts {
    fn and(self, other: Amounts) -> Amounts {
        Amounts {
            settled: self.settled + other.settled,
            ordered: self.ordered + other.ordered,
            coupons: self.coupons + other.coupons,
            settled_back: self.settled_back + other.settled_back,
            recharge_back: self.recharge_back + other.recharge_back,
            asked_back: self.asked_back + other.asked_back,
        }
    }
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

    fn amounts(&self) -> Amounts {
        match self {
            Row::Paid(trade, payment) => Amounts {
                settled: trade.settled_fee(),
                ordered: trade.total_fee,
                coupons: coupon::sum(&payment.coupons),
                ..Amounts::default()
            },
            Row::Refunded(_, _, refund) => Amounts {
                settled_back: refund.settled_fee(),
                recharge_back: coupon::recharged(&refund.coupons),
                asked_back: refund.refund_fee,
                ..Amounts::default()
            },
        }
    }

    fn values(&self, now_ms: i64) -> [String; 29] {
        let trade = self.trade();
        let amounts = self.amounts();
        let major = |minor: u64| major_units(minor, &trade.fee_type);
        let (payment, state, refund) = match self {
            Row::Paid(_, payment) => (payment, "SUCCESS", None),
            Row::Refunded(_, payment, refund) => (payment, "REFUND", Some(refund)),
        };
        let ended = refund.and_then(|refund| refund.success_at_ms(now_ms));
        [
            Beijing::at(self.at_ms()).spaced(),
            trade.appid.clone(),
            trade.mch_id.clone(),
            trade.sub_mch_id.clone().unwrap_or_else(|| "0".to_owned()),
            trade.term("device_info").unwrap_or_default().to_owned(),
            payment.transaction_id.clone(),
            trade.out_trade_no.clone(),
            payment.openid.clone(),
            "NATIVE".to_owned(),
            state.to_owned(),
            payment.bank_type.clone(),
            trade.fee_type.clone(),
            major(amounts.settled),
            major(amounts.coupons),
            refund.map(|refund| Beijing::at(refund.accepted_at_ms).spaced()).unwrap_or_default(),
            ended.map(|at_ms| Beijing::at(at_ms).spaced()).unwrap_or_default(),
            refund.map_or_else(|| "0".to_owned(), |refund| refund.refund_id.clone()),
            refund.map_or_else(|| "0".to_owned(), |refund| refund.out_refund_no.clone()),
            major(amounts.settled_back),
            major(amounts.recharge_back),
            refund.map_or("", |_| "ORIGINAL").to_owned(),
            refund.map_or("", |refund| refund.status(now_ms).as_str()).to_owned(),
            // A comma in the goods would read as one more column.
            trade.body.replace(',', " "),
            trade.attach.clone().unwrap_or_default().replace(',', " "),
            charge(amounts.settled, amounts.settled_back, &trade.fee_type),
            "1.00%".to_owned(),
            major(amounts.ordered),
            major(amounts.asked_back),
            String::new(),
        ]
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
    let layout = match call.asked.get("bill_type").unwrap_or("ALL") {
        "ALL" => Layout::All,
        "SUCCESS" => Layout::Paid,
        "REFUND" => Layout::Refunded,
        // Nothing here is refunded from a recharged balance.
        "RECHARGE_REFUND" => return Err("No Bill Exist"),
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
        if layout != Layout::Refunded {
            rows.push(Row::Paid(trade, payment));
        }
        if layout != Layout::Paid {
            // A closed refund moved no money.
            let moved = trade.refunds.iter().filter(|refund| refund.status(now_ms) != RefundStatus::Closed);
            rows.extend(moved.map(|refund| Row::Refunded(trade, payment, refund)));
        }
    }
    rows.retain(|row| (from_ms..from_ms + DAY_MS).contains(&row.at_ms()));
    rows.sort_by_key(Row::at_ms);
    if rows.is_empty() { Err("No Bill Exist") } else { Ok(text(&rows, layout, now_ms)) }
}

fn text(rows: &[Row<'_>], layout: Layout, now_ms: i64) -> String {
    let sum = rows.iter().map(Row::amounts).fold(Amounts::default(), Amounts::and);
    let currency = rows.first().map_or("CNY", |row| row.trade().fee_type.as_str());
    let major = |minor: u64| major_units(minor, currency);
    let totals = [
        rows.len().to_string(),
        major(sum.settled),
        major(sum.settled_back),
        major(sum.recharge_back),
        charge(sum.settled, sum.settled_back, currency),
        major(sum.ordered),
        major(sum.asked_back),
    ];
    let led = |value: String| format!("`{value}");
    let lines = rows.iter().map(|row| layout.line(&row.values(now_ms).map(led)));
    let all = [layout.line(&COLUMNS.map(|(header, _)| header))]
        .into_iter()
        .chain(lines)
        .chain([TOTALS.to_owned(), totals.map(led).join(",")]);
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
