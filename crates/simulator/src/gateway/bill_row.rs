//! The lines of a bill: a payment or a refund, and its value in each column (protocol §8.1).

use super::bill_layout::{Content, Sum};
use super::china_time::ChinaTime;
use super::coupon::{self, Coupon};
use super::rates::{decimals, major_units};
use super::trade::{Payment, Refund, Trade};

/// A line of the bill.
pub(super) enum Row<'b> {
    Paid(&'b Trade, &'b Payment),
    Refunded(&'b Trade, &'b Payment, &'b Refund),
}

/// The sums of what came in and what went out, in the smallest unit.
#[derive(Clone, Copy, Default)]
pub(super) struct Amounts {
    settled: u64,
    ordered: u64,
    coupons: u64,
    recharge: u64,
    settled_back: u64,
    coupons_back: u64,
    recharge_back: u64,
    asked_back: u64,
}

impl Amounts {
    pub(super) fn and(self, other: Amounts) -> Amounts {
        Amounts {
            settled: self.settled + other.settled,
            ordered: self.ordered + other.ordered,
            coupons: self.coupons + other.coupons,
            recharge: self.recharge + other.recharge,
            settled_back: self.settled_back + other.settled_back,
            coupons_back: self.coupons_back + other.coupons_back,
            recharge_back: self.recharge_back + other.recharge_back,
            asked_back: self.asked_back + other.asked_back,
        }
    }

    /// One of the bill's totals, over this many lines.
    pub(super) fn total(&self, of: Sum, lines: usize, currency: &str, is_short: bool) -> String {
        let major = |minor: u64| {
            if is_short && minor == 0 { "0.0".to_owned() } else { major_units(minor, currency) }
        };
        match of {
            Sum::Trades => lines.to_string(),
            Sum::OfSettled => major(self.settled),
            Sum::OfSettledBack => major(self.settled_back),
            Sum::OfRechargeBack => major(self.recharge_back),
            Sum::OfCouponsBack => major(self.coupons_back),
            Sum::OfOrdered => major(self.ordered),
            Sum::OfAskedBack => major(self.asked_back),
            Sum::OfCharge => charge(self.settled, self.settled_back, currency, is_short),
        }
    }
}

/// How the values of a bill are written.
#[derive(Clone, Copy)]
pub(super) struct RowFormat<'b> {
    pub(super) now_ms: i64,
    /// The name of the goods in every line. Empty for the name that each order has.
    pub(super) goods: &'b str,
    pub(super) is_short: bool,
}

impl<'b> Row<'b> {
    pub(super) fn at_ms(&self) -> i64 {
        match self {
            Row::Paid(_, payment) => payment.paid_at_ms,
            Row::Refunded(_, _, refund) => refund.accepted_at_ms,
        }
    }

    pub(super) fn trade(&self) -> &'b Trade {
        match self {
            Row::Paid(trade, _) | Row::Refunded(trade, _, _) => trade,
        }
    }

    /// The order number of a payment, or the merchant's number of a refund.
    pub(super) fn number(&self) -> &'b str {
        match self {
            Row::Paid(trade, _) => &trade.out_trade_no,
            Row::Refunded(_, _, refund) => &refund.out_refund_no,
        }
    }

    /// Copies of what the line is made of.
    pub(super) fn parts(&self) -> (Trade, Payment, Option<Refund>) {
        (self.trade().clone(), self.payment().clone(), self.refund().cloned())
    }

    fn payment(&self) -> &'b Payment {
        match self {
            Row::Paid(_, payment) | Row::Refunded(_, payment, _) => payment,
        }
    }

    fn refund(&self) -> Option<&'b Refund> {
        match self {
            Row::Paid(..) => None,
            Row::Refunded(_, _, refund) => Some(refund),
        }
    }

    pub(super) fn amounts(&self) -> Amounts {
        match self {
            Row::Paid(trade, payment) => Amounts {
                settled: trade.settled_fee(payment),
                ordered: trade.total_fee,
                coupons: coupon::sum(&payment.coupons),
                recharge: coupon::recharged(&payment.coupons),
                ..Amounts::default()
            },
            Row::Refunded(_, _, refund) => Amounts {
                settled_back: refund.settled_fee(),
                coupons_back: coupon::sum(&refund.coupons),
                recharge_back: coupon::recharged(&refund.coupons),
                asked_back: refund.refund_fee,
                ..Amounts::default()
            },
        }
    }

    /// The value of this line in one column.
    pub(super) fn value(&self, content: Content, format: RowFormat<'_>) -> String {
        let (trade, payment, refund) = (self.trade(), self.payment(), self.refund());
        let amounts = self.amounts();
        let currency = trade.fee_type.as_str();
        let major = |minor: u64| major_units(minor, currency);
        let short = |zero: &str, minor: u64| {
            if format.is_short && minor == 0 { zero.to_owned() } else { major(minor) }
        };
        let of_refund = |value: &dyn Fn(&Refund) -> String, without: &str| {
            refund.map_or_else(|| without.to_owned(), value)
        };
        match content {
            Content::TradeTime => ChinaTime::at(self.at_ms()).spaced(),
            Content::AppId => trade.appid.clone(),
            Content::MchId => trade.mch_id.clone(),
            Content::SubMchId => trade.sub_mch_id.clone().unwrap_or_else(|| "0".to_owned()),
            Content::DeviceInfo => trade.term("device_info").unwrap_or_default().to_owned(),
            Content::TransactionId => payment.transaction_id.clone(),
            Content::OutTradeNo => trade.out_trade_no.clone(),
            Content::OpenId => payment.openid.clone(),
            Content::TradeType => "NATIVE".to_owned(),
            Content::TradeState => if refund.is_some() { "REFUND" } else { "SUCCESS" }.to_owned(),
            Content::BankType => payment.bank_type.clone(),
            Content::Currency | Content::SettlementCurrency => currency.to_owned(),
            Content::Settled => major(amounts.settled),
            Content::Ordered => short("0", amounts.ordered),
            Content::Coupons => short("0.0", amounts.coupons),
            Content::Recharge => major(amounts.recharge),
            Content::Discount => major(amounts.coupons - amounts.recharge),
            Content::RechargeCurrency => currency_of(&payment.coupons, amounts.recharge > 0, currency),
            Content::CouponCurrency => {
                currency_of(&payment.coupons, amounts.coupons > amounts.recharge, currency)
            }
            Content::RefundAskedAt => of_refund(&|refund| ChinaTime::at(refund.accepted_at_ms).spaced(), ""),
            Content::RefundDoneAt => refund
                .and_then(|refund| refund.success_at_ms(format.now_ms))
                .map(|at_ms| ChinaTime::at(at_ms).spaced())
                .unwrap_or_default(),
            Content::RefundId => of_refund(&|refund| refund.refund_id.clone(), "0"),
            Content::OutRefundNo => of_refund(&|refund| refund.out_refund_no.clone(), "0"),
            Content::SettledBack => major(amounts.settled_back),
            Content::AskedBack => short("0", amounts.asked_back),
            Content::CouponsBack => short("0", amounts.coupons_back),
            Content::RechargeBack => major(amounts.recharge_back),
            Content::DiscountBack => major(amounts.coupons_back - amounts.recharge_back),
            Content::RefundKind => of_refund(&|_| "ORIGINAL".to_owned(), ""),
            Content::RefundState => of_refund(&|refund| refund.status(format.now_ms).as_str().to_owned(), ""),
            // A comma would read as one more column. A line feed reads as one more line, but real bills have
            // it.
            Content::Goods => {
                if format.goods.is_empty() { &trade.body } else { format.goods }.replace(',', " ")
            }
            Content::Attach => trade.attach.clone().unwrap_or_default().replace(',', " "),
            Content::Charge => charge(amounts.settled, amounts.settled_back, currency, format.is_short),
            Content::ChargeRate => "1.00%".to_owned(),
            Content::ChargeNote => String::new(),
            Content::PayerCurrency => if refund.is_none() { "CNY" } else { "" }.to_owned(),
            Content::PayerPaid => {
                if refund.is_none() {
                    major_units(payment.cash_fee, "CNY")
                } else {
                    "0.00".to_owned()
                }
            }
            Content::PaymentRate => rate(payment, refund.is_none()),
            Content::RefundRate => rate(payment, refund.is_some()),
            Content::PayerRefundCurrency => of_refund(&|_| "CNY".to_owned(), ""),
            Content::PayerRefunded => of_refund(&|refund| major_units(refund.cash_refund_fee, "CNY"), "0.00"),
            Content::RefundSettlementCurrency => of_refund(&|_| currency.to_owned(), ""),
        }
    }
}

fn currency_of(coupons: &[Coupon], is_there: bool, currency: &str) -> String {
    if is_there && !coupons.is_empty() { currency.to_owned() } else { String::new() }
}

/// The rate to CNY as a decimal, or nothing if this line has none.
fn rate(payment: &Payment, applies: bool) -> String {
    let rate = payment.rate.filter(|_| applies);
    rate.map(|rate| format!("{}.{:08}", rate / 100_000_000, rate % 100_000_000)).unwrap_or_default()
}

/// One percent with five decimals, negative on refunds. A short one loses its trailing zeros.
fn charge(income: u64, refunded: u64, currency: &str, is_short: bool) -> String {
    // One percent of a minor unit, in hundred-thousandths of the major unit: 10^(5 - 2 - decimals).
    let each = 10_i128.pow(3_u32.saturating_sub(decimals(currency)));
    let hundred_thousandths = (i128::from(income) - i128::from(refunded)) * each;
    let sign = if hundred_thousandths < 0 { "-" } else { "" };
    let value = hundred_thousandths.unsigned_abs();
    let whole = format!("{sign}{}.{:05}", value / 100_000, value % 100_000);
    if is_short { whole.trim_end_matches('0').trim_end_matches('.').to_owned() } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_percent_is_written_with_five_decimals_in_every_currency() {
        assert_eq!(charge(8800, 0, "HKD", false), "0.88000");
        assert_eq!(charge(0, 3300, "HKD", false), "-0.33000");
        assert_eq!(charge(1980, 0, "JPY", false), "19.80000");
    }

    #[test]
    fn a_short_charge_loses_its_zeros_and_no_digit() {
        assert_eq!(charge(8800, 0, "HKD", true), "0.88");
        assert_eq!(charge(0, 0, "HKD", true), "0");
        assert_eq!(charge(1_000_000, 0, "HKD", true), "100");
    }
}
