//! The text of a bill, line by line. Values borrow from it.

use thiserror::Error;

use super::{BillColumn, Decimal};
use crate::{Currency, Money, OutRefundNo, OutTradeNo, RefundId, TransactionId, WxTime};

/// The most trades that are read from one bill.
pub const MAX_BILL_ROWS: usize = 200_000;

/// Why a text is not a bill. Lines are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BillError {
    /// Nothing, or no header.
    #[error("the bill has no header")]
    NoHeader,
    /// A line has more or fewer values than its header.
    #[error("line {line} of the bill has another number of values than its header")]
    Values {
        /// Which.
        line: usize,
    },
    /// The totals are missing or not at the end: the bill is cut off.
    #[error("the bill ends without its totals")]
    NoTotals,
    /// Something follows the totals.
    #[error("line {line} of the bill comes after its totals")]
    Trailing {
        /// Which.
        line: usize,
    },
    /// More than [`MAX_BILL_ROWS`].
    #[error("the bill has more than 200000 trades")]
    TooManyRows,
}

/// A bill: its columns, a row per trade, and the totals.
///
/// ```
/// use wire::bill::Bill;
/// let bill = Bill::parse("交易时间,订单金额,货币种类\n`2026-03-01 12:03:45,`88.00,`HKD\n总交易单数,订单总金额\n`1,`88.00\n")?;
/// assert_eq!(bill.rows()[0].order_total().unwrap().to_string(), "88.00 HKD");
/// assert_eq!(bill.total("订单总金额"), Some("88.00"));
/// # Ok::<(), wire::bill::BillError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill<'t> {
    header: Vec<(&'t str, Option<BillColumn>)>,
    /// All values of all trades, one trade after the other.
    values: Vec<&'t str>,
    totals: Vec<(&'t str, &'t str)>,
}

/// One trade of a bill.
#[derive(Clone, Copy, Debug)]
pub struct BillRow<'b, 't> {
    header: &'b [(&'t str, Option<BillColumn>)],
    values: &'b [&'t str],
}

impl<'t> Bill<'t> {
    /// Reads a bill. A byte order mark and Windows line ends are admitted.
    ///
    /// # Errors
    /// [`BillError`].
    pub fn parse(text: &'t str) -> Result<Self, BillError> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mut lines = text.lines().enumerate().map(|(before, line)| (before.saturating_add(1), line));
        let header = match lines.next() {
            Some((_, line)) if !line.trim().is_empty() && !is_values(line) => line,
            Some(_) | None => return Err(BillError::NoHeader),
        };
        let header: Vec<_> = header.split(',').map(|name| (name.trim(), BillColumn::named(name))).collect();

        let mut values = Vec::new();
        let room = header.len().saturating_mul(MAX_BILL_ROWS);
        let totals_header = loop {
            match lines.next() {
                Some((line, text)) if is_values(text) => {
                    if values.len() >= room {
                        return Err(BillError::TooManyRows);
                    }
                    let before = values.len();
                    values.extend(split_values(text));
                    if values.len() != before.saturating_add(header.len()) {
                        return Err(BillError::Values { line });
                    }
                }
                Some((_, text)) if !text.trim().is_empty() => break text,
                Some(_) | None => return Err(BillError::NoTotals),
            }
        };

        let names: Vec<_> = totals_header.split(',').map(str::trim).collect();
        let totals = match lines.next() {
            Some((line, text)) if is_values(text) => {
                let values: Vec<_> = split_values(text).collect();
                if values.len() != names.len() {
                    return Err(BillError::Values { line });
                }
                names.into_iter().zip(values).collect()
            }
            Some(_) | None => return Err(BillError::NoTotals),
        };
        if let Some((line, _)) = lines.find(|(_, text)| !text.trim().is_empty()) {
            return Err(BillError::Trailing { line });
        }
        Ok(Self { header, values, totals })
    }

    /// The trades, in the bill's order.
    #[must_use]
    pub fn rows(&self) -> Vec<BillRow<'_, 't>> {
        self.values
            .chunks(self.header.len().max(1))
            .map(|values| BillRow { header: &self.header, values })
            .collect()
    }

    /// The names of the columns.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &'t str> {
        self.header.iter().map(|(name, _)| *name)
    }

    /// The totals with the names the bill gives them.
    #[must_use]
    pub fn totals(&self) -> &[(&'t str, &'t str)] {
        &self.totals
    }

    /// One of the totals by the name the bill gives it.
    #[must_use]
    pub fn total(&self, name: &str) -> Option<&'t str> {
        self.totals.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

impl<'t> BillRow<'_, 't> {
    /// The value of a column, `None` when the bill has no such column or the value is empty.
    #[must_use]
    pub fn get(&self, column: BillColumn) -> Option<&'t str> {
        self.pick(|(_, known)| *known == Some(column))
    }

    /// The value of a column by the name the bill gives it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&'t str> {
        self.pick(|(known, _)| *known == name)
    }

    fn pick(&self, wanted: impl Fn(&(&'t str, Option<BillColumn>)) -> bool) -> Option<&'t str> {
        let position = self.header.iter().position(wanted)?;
        self.values.get(position).copied().filter(|value| !value.is_empty())
    }

    /// All columns with their values, known or not.
    pub fn iter(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.header.iter().zip(self.values).map(|((name, _), value)| (*name, *value))
    }

    /// When it was traded.
    #[must_use]
    pub fn trade_time(&self) -> Option<WxTime> {
        WxTime::parse_dashed(self.get(BillColumn::TradeTime)?).ok()
    }

    /// The gateway's number of the payment.
    #[must_use]
    pub fn transaction_id(&self) -> Option<TransactionId> {
        self.number(BillColumn::TransactionId)
    }

    /// The order.
    #[must_use]
    pub fn out_trade_no(&self) -> Option<OutTradeNo> {
        self.number(BillColumn::OutTradeNo)
    }

    /// The gateway's number of the refund, of a line that is one.
    #[must_use]
    pub fn refund_id(&self) -> Option<RefundId> {
        self.number(BillColumn::RefundId)
    }

    /// The merchant's number of the refund, of a line that is one.
    #[must_use]
    pub fn out_refund_no(&self) -> Option<OutRefundNo> {
        self.number(BillColumn::OutRefundNo)
    }

    /// A number; `0` stands for none.
    fn number<T: std::str::FromStr>(&self, column: BillColumn) -> Option<T> {
        self.get(column).filter(|number| *number != "0")?.parse().ok()
    }

    /// A decimal value.
    #[must_use]
    pub fn decimal(&self, column: BillColumn) -> Option<Decimal> {
        self.get(column)?.parse().ok()
    }

    /// The amount of the order, in minor units: only if it can be told exactly.
    #[must_use]
    pub fn order_total(&self) -> Option<Money> {
        self.money(BillColumn::OrderTotal, BillColumn::Currency)
    }

    /// The amount of the refund as it was asked for, in the order's currency.
    #[must_use]
    pub fn refund_asked(&self) -> Option<Money> {
        self.money(BillColumn::RefundAsked, BillColumn::Currency)
    }

    /// Any amount together with the column that says its currency. `None` for negative ones, too.
    #[must_use]
    pub fn money(&self, amount: BillColumn, currency: BillColumn) -> Option<Money> {
        let currency: Currency = self.get(currency)?.parse().ok()?;
        let minor = self.decimal(amount)?.to_minor(currency.decimals().digits)?;
        Some(Money { minor: minor.try_into().ok()?, currency })
    }
}

/// Lines of values begin with a grave accent, headers do not.
fn is_values(line: &str) -> bool {
    line.starts_with('`')
}

/// Every value is led by a grave accent, so a comma inside a value does not end it.
fn split_values(line: &str) -> impl Iterator<Item = &str> {
    line.strip_prefix('`').unwrap_or(line).split(",`")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BILL: &str = "\u{FEFF}交易时间,微信订单号,商户订单号,货币种类,订单金额,微信退款单号,商户退款单号,申请退款金额,商品名称,门店\r\n\
        `2026-03-01 12:03:45,`42,`A1,`HKD,`88.00,`0,`0,`0.00,`tea, green `best`,`7\r\n\
        `2026-03-02 10:05:11,`42,`A1,`HKD,`0.00,`50,`R1,`33.00,`tea,`\r\n\
        总交易单数,订单总金额\r\n\
        `2,`88.00\r\n";

    #[test]
    fn rows_have_typed_values_and_columns_we_do_not_know_stay_readable() {
        let bill = Bill::parse(BILL).unwrap();
        assert_eq!(bill.columns().count(), 10);
        let rows = bill.rows();
        assert_eq!(rows.len(), 2);
        let (paid, refund) = (rows[0], rows[1]);
        assert_eq!(paid.trade_time(), Some("20260301120345".parse().unwrap()));
        assert_eq!(paid.transaction_id().unwrap().as_str(), "42");
        assert_eq!(paid.out_trade_no().unwrap().as_str(), "A1");
        assert_eq!(paid.order_total(), Some(Money::new(8800, Currency::HKD)));
        assert_eq!((paid.refund_id(), paid.out_refund_no()), (None, None));
        assert_eq!(paid.get(BillColumn::Body), Some("tea, green `best`"));
        assert_eq!((paid.named("门店"), refund.named("门店")), (Some("7"), None));
        assert_eq!((paid.named("nowhere"), paid.get(BillColumn::OpenId)), (None, None));
        assert_eq!(refund.refund_id().unwrap().as_str(), "50");
        assert_eq!(refund.out_refund_no().unwrap().as_str(), "R1");
        assert_eq!(refund.refund_asked(), Some(Money::new(3300, Currency::HKD)));
        assert_eq!(refund.iter().last(), Some(("门店", "")));
        assert_eq!(bill.totals(), [("总交易单数", "2"), ("订单总金额", "88.00")]);
        assert_eq!((bill.total("总交易单数"), bill.total("x")), (Some("2"), None));
    }

    #[test]
    fn amounts_that_cannot_be_told_exactly_are_none() {
        let amount = |value: &str, currency: &str| {
            let text = format!("货币种类,订单金额\n`{currency},`{value}\nn\n`1\n");
            Bill::parse(&text).unwrap().rows()[0].order_total()
        };
        assert_eq!(amount("1980.00", "JPY"), Some(Money::new(1980, Currency::new("JPY").unwrap())));
        for (value, currency) in
            [("1980.50", "JPY"), ("-1.00", "HKD"), ("1.001", "HKD"), ("x", "HKD"), ("1", "hkd")]
        {
            assert_eq!(amount(value, currency), None, "{value} {currency}");
        }
    }

    #[test]
    fn a_day_without_trades_still_has_a_header_and_totals() {
        let bill = Bill::parse("a,b\n总交易单数\n`0\n\n").unwrap();
        assert_eq!((bill.rows().len(), bill.total("总交易单数")), (0, Some("0")));
    }

    #[test]
    fn a_text_that_is_cut_off_or_goes_on_is_refused() {
        for (text, error) in [
            ("", BillError::NoHeader),
            ("\n", BillError::NoHeader),
            ("`1,`2\n", BillError::NoHeader),
            ("a,b\n", BillError::NoTotals),
            ("a,b\n`1,`2\n", BillError::NoTotals),
            ("a,b\n`1,`2\n\nn\n`1\n", BillError::NoTotals),
            ("a,b\n`1,`2\n\n`1\n", BillError::NoTotals),
            ("a,b\n`1,`2\nn\n", BillError::NoTotals),
            ("a,b\n`1,`2\nn\nn\n", BillError::NoTotals),
            ("a,b\n`1\nn\n`1\n", BillError::Values { line: 2 }),
            ("a,b\n`1,`2\n`1,`2,`3\nn\n`1\n", BillError::Values { line: 3 }),
            ("a,b\nn\n`1,`2\n", BillError::Values { line: 3 }),
            ("a,b\nn\n`1\n`2\n", BillError::Trailing { line: 4 }),
            ("a,b\nn\n`1\n\nx\n", BillError::Trailing { line: 5 }),
        ] {
            assert_eq!(Bill::parse(text).err(), Some(error), "{text:?}");
        }
    }

    #[test]
    fn the_number_of_trades_is_bounded() {
        let of_rows = |count: usize| format!("a\n{}n\n`1\n", "`1\n".repeat(count));
        assert_eq!(Bill::parse(&of_rows(MAX_BILL_ROWS)).unwrap().rows().len(), MAX_BILL_ROWS);
        assert_eq!(Bill::parse(&of_rows(MAX_BILL_ROWS + 1)), Err(BillError::TooManyRows));
    }
}
