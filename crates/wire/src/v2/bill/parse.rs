//! The text of a bill: its header, its rows and its totals.

use thiserror::Error;

use super::faults::{BadRowReason, BillFaults};
use super::records::{Found, Line, Record, Records, lines, split_values};
use super::row::BillRow;
use super::totals::{Tally, compare, is_header};
use super::{BillColumn, BillValueError};

/// The most trades that are read from one bill.
pub const MAX_BILL_ROWS: usize = 200_000;

/// Why a text is not a bill. Lines are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BillError {
    /// The text is empty or has no header.
    #[error("the bill has no header")]
    NoHeader,
    /// The totals are missing: the bill is truncated. Ask for it again.
    #[error("the bill ends without its totals: it is cut off, ask for it again")]
    NoTotals,
    /// The line of totals has more or fewer values than its header.
    #[error("line {line} of the bill has another number of totals than their header")]
    Totals {
        /// Which.
        line: usize,
    },
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

/// A bill: its columns, one row per trade, and its totals.
///
/// ```
/// use wire::v2::bill::Bill;
/// let bill = Bill::parse("交易时间,订单金额,货币种类\n`2026-03-01 12:03:45,`88.00,`HKD\n总交易单数,订单总金额\n`1,`88.00\n")?;
/// for row in bill.rows()? {
///     assert_eq!(row.order_total()?.unwrap().to_string(), "88.00 HKD");
///     assert!(row.refund_asked().is_err(), "this bill has no such column");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A bill that lost a row says so:
///
/// ```
/// use wire::v2::bill::Bill;
/// let bill = Bill::parse("交易时间,订单金额,货币种类\n`2026-03-01 12:03:45,`88.00,`HKD\n总交易单数,订单总金额\n`2,`99.00\n")?;
/// assert_eq!(bill.rows().unwrap_err().differences.len(), 2);
/// assert_eq!(bill.sound_rows().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill<'t> {
    header: Vec<(&'t str, Option<BillColumn>)>,
    records: Vec<Record<'t>>,
    totals: Vec<(&'t str, &'t str)>,
    unchecked: Vec<&'t str>,
    faults: BillFaults,
}

impl<'t> Bill<'t> {
    /// Reads a bill. A byte order mark and Windows line ends are accepted. A bad row does not hide the
    /// others: [`Bill::faults`] reports it.
    ///
    /// # Errors
    /// [`BillError`] if the text is not a bill, or is truncated.
    pub fn parse(text: &'t str) -> Result<Self, BillError> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let lines = lines(text);
        let (first, rest) = lines.split_first().ok_or(BillError::NoHeader)?;
        if first.is_blank() || first.is_values() {
            return Err(BillError::NoHeader);
        }
        let header: Vec<_> =
            first.text.split(',').map(|name| (name.trim(), BillColumn::named(name))).collect();
        let (body, totals) = split_totals(rest)?;

        let (mut records, mut faults) = (Vec::new(), BillFaults::default());
        let mut tally = Tally::of(header.iter().map(|(_, column)| *column));
        for (before, found) in (Records { text, header: &header, lines: body }).enumerate() {
            if before >= MAX_BILL_ROWS {
                return Err(BillError::TooManyRows);
            }
            match found {
                Found::Record(record) if record.values == header.len() => {
                    tally.add(&record);
                    records.push(record);
                }
                Found::Record(record) => faults.add(record.line, reason(record, header.len()), record.text),
                Found::Stray(line) => faults.add(line.number, BadRowReason::Stray, line.text),
            }
        }
        let (differences, unchecked) = compare(&totals, &tally);
        faults.differences = differences;
        Ok(Self { header, records, totals, unchecked, faults })
    }

    /// The trades, in the bill's order, if the bill is complete: no row is bad, and no total that is known
    /// differs from the rows.
    ///
    /// # Errors
    /// [`BillFaults`]. [`Bill::sound_rows`] still gives the readable rows.
    pub fn rows(&self) -> Result<Vec<BillRow<'_, 't>>, BillFaults> {
        match self.faults() {
            None => Ok(self.sound_rows().collect()),
            Some(faults) => Err(faults.clone()),
        }
    }

    /// The readable rows, even if others are bad. Look at [`Bill::faults`] too.
    pub fn sound_rows(&self) -> impl ExactSizeIterator<Item = BillRow<'_, 't>> + Clone {
        self.records.iter().map(|record| BillRow { header: &self.header, record })
    }

    /// What is wrong with the bill, if anything.
    #[must_use]
    pub fn faults(&self) -> Option<&BillFaults> {
        let BillFaults { bad_rows, more_bad_rows: _, differences } = &self.faults;
        (!bad_rows.is_empty() || !differences.is_empty()).then_some(&self.faults)
    }

    /// The names of the columns.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &'t str> {
        self.header.iter().map(|(name, _)| *name)
    }

    /// Checks that the bill has each of these columns exactly once. Call it before you read the rows.
    ///
    /// # Errors
    /// [`BillValueError`], naming the first column that is missing or not unique.
    pub fn demand(&self, columns: &[BillColumn]) -> Result<(), BillValueError> {
        let record = Record { line: 1, text: "", values: 0 };
        let header = BillRow { header: &self.header, record: &record };
        columns.iter().try_for_each(|column| header.get(*column).map(|_| ()))
    }

    /// The totals with their names in the bill.
    #[must_use]
    pub fn totals(&self) -> &[(&'t str, &'t str)] {
        &self.totals
    }

    /// One of the totals by its name in the bill.
    #[must_use]
    pub fn total(&self, name: &str) -> Option<&'t str> {
        self.totals.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The names of the totals that were not compared with the rows, because we do not know what they sum up.
    #[must_use]
    pub fn unchecked_totals(&self) -> &[&'t str] {
        &self.unchecked
    }
}

/// Why a record is not a row with this number of columns.
#[inline]
pub(super) const fn reason(record: Record<'_>, columns: usize) -> BadRowReason {
    let values = record.values;
    if values < columns {
        BadRowReason::TooFewValues { values }
    } else {
        BadRowReason::TooManyValues { values }
    }
}

/// The names and values of the totals.
pub(super) type Totals<'t> = Vec<(&'t str, &'t str)>;

/// Splits the lines after the header into rows and totals. It looks for the totals from the end, because a
/// value may hold any line. The header of totals is the last line with the documented name of the number of
/// trades, or else the last line but one.
#[inline]
pub(super) fn split_totals<'l, 't>(lines: &'l [Line<'t>]) -> Result<(&'l [Line<'t>], Totals<'t>), BillError> {
    let documented = lines.iter().rposition(|line| is_header(line.text));
    let place = match documented {
        Some(place) => place,
        None => lines
            .iter()
            .rposition(|line| !line.is_blank())
            .and_then(|last| last.checked_sub(1))
            .ok_or(BillError::NoTotals)?,
    };
    let (body, after) = lines.split_at_checked(place).ok_or(BillError::NoTotals)?;
    let [names, values, after @ ..] = after else { return Err(BillError::NoTotals) };
    if names.is_blank() || names.text.contains('`') || !values.is_values() {
        return Err(BillError::NoTotals);
    }
    if let Some(line) = after.iter().find(|line| !line.is_blank()) {
        return Err(BillError::Trailing { line: line.number });
    }
    let names_and_values: Vec<_> =
        names.text.split(',').map(str::trim).zip(split_values(values.text)).collect();
    if names.text.split(',').count() == split_values(values.text).count() {
        Ok((body, names_and_values))
    } else if documented.is_some() {
        Err(BillError::Totals { line: values.number })
    } else {
        Err(BillError::NoTotals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::bill::{BadRow, BillDifference, MAX_REPORTED_BAD_ROWS, headers};
    use crate::{Currency, Money};

    const BILL: &str = "\u{FEFF}交易时间,微信订单号,商户订单号,交易状态,货币种类,订单金额,微信退款单号,商户退款单号,申请退款金额,退款状态,商品名称,门店\r\n\
        `2026-03-01 12:03:45,`42,`A1,`SUCCESS,`HKD,`88.00,`0,`0,`0.00,`,`tea, green `best`,`7\r\n\
        `2026-03-02 10:05:11,`42,`A1,`REFUND,`HKD,`0.00,`50,`R1,`33.00,`PROCESSING,`tea,`\r\n\
        总交易单数,订单总金额,申请退款总金额\r\n\
        `2,`88.0,`33\r\n";

    fn no_column<T>(column: &'static str) -> Result<T, BillValueError> {
        Err(BillValueError::NoColumn { column: column.into() })
    }

    fn faults(text: &str) -> BillFaults {
        Bill::parse(text).unwrap().faults().cloned().unwrap_or_default()
    }

    #[test]
    fn rows_have_typed_values_and_unknown_columns_stay_readable() {
        let bill = Bill::parse(BILL).unwrap();
        assert_eq!(bill.columns().count(), 12);
        let [paid, refund] = bill.rows().unwrap()[..] else { panic!("two rows") };
        assert_eq!((paid.line(), refund.line()), (2, 3));
        assert_eq!(paid.trade_time(), Ok(Some("20260301120345".parse().unwrap())));
        assert_eq!(paid.transaction_id().unwrap().unwrap().as_str(), "42");
        assert_eq!(paid.out_trade_no().unwrap().unwrap().as_str(), "A1");
        assert_eq!(paid.order_total(), Ok(Some(Money::new(8800, Currency::HKD))));
        assert_eq!((paid.refund_id(), paid.out_refund_no()), (Ok(None), Ok(None)));
        assert_eq!((paid.refund_state(), paid.refund_asked().unwrap().unwrap().minor), (Ok(None), 0));
        assert_eq!(paid.get(BillColumn::Body), Ok(Some("tea, green `best`")));
        assert_eq!((paid.named("门店"), refund.named("门店")), (Ok(Some("7")), Ok(None)));
        assert_eq!(refund.trade_state().unwrap().unwrap().as_str(), "REFUND");
        assert!(refund.refund_state().unwrap().unwrap().is_done());
        assert_eq!(refund.refund_id().unwrap().unwrap().as_str(), "50");
        assert_eq!(refund.out_refund_no().unwrap().unwrap().as_str(), "R1");
        assert_eq!(refund.refund_asked(), Ok(Some(Money::new(3300, Currency::HKD))));
        assert_eq!(refund.iter().last(), Some(("门店", "")));
        assert_eq!(bill.totals().len(), 3);
        assert_eq!((bill.total("总交易单数"), bill.total("x")), (Some("2"), None));
        assert_eq!(bill.unchecked_totals(), [""; 0]);
    }

    #[test]
    fn a_missing_column_is_an_error_that_names_it() {
        let bill = Bill::parse(BILL).unwrap();
        let row = bill.sound_rows().next().unwrap();
        assert_eq!(row.get(BillColumn::OpenId), no_column("用户标识"));
        assert_eq!(row.decimal(BillColumn::Charge), no_column("手续费"));
        assert_eq!(row.named("nowhere"), no_column("nowhere"));
        assert_eq!(
            row.decimal(BillColumn::Charge).unwrap_err().to_string(),
            "the bill has no column `手续费`, or calls it by a name that is not documented"
        );
        assert_eq!(bill.demand(&[BillColumn::OrderTotal, BillColumn::Charge]), no_column("手续费"));
        assert_eq!(bill.demand(&[BillColumn::OrderTotal, BillColumn::RefundAsked]), Ok(()));

        let unknown =
            Bill::parse("商户订单号,订单的金额,货币种类\n`A1,`88.00,`HKD\n总交易单数\n`1\n").unwrap();
        let row = unknown.rows().unwrap()[0];
        assert_eq!(
            (row.order_total(), row.refund_asked()),
            (no_column("订单金额"), no_column("申请退款金额"))
        );
        let twice = Bill::parse("总金额,订单金额,货币种类\n`1.00,`2.00,`HKD\n总交易单数\n`1\n").unwrap();
        let ambiguous = BillValueError::Ambiguous { column: "订单金额".into() };
        assert_eq!(twice.rows().unwrap()[0].order_total(), Err(ambiguous));
    }

    /// The amounts of order and refund of one row, in a bill with this header. `value` gives each column its
    /// value.
    fn amounts(header: &str, value: impl Fn(BillColumn) -> &'static str) -> [Result<Option<u64>, String>; 2] {
        let values: Vec<_> =
            header.split(',').map(|name| format!("`{}", value(BillColumn::named(name).unwrap()))).collect();
        let text = format!("{header}\n{}\n总交易单数\n`1\n", values.join(","));
        let bill = Bill::parse(&text).unwrap();
        let row = bill.rows().unwrap()[0];
        [row.order_total(), row.refund_asked()].map(|amount| match amount {
            Ok(amount) => Ok(amount.map(|money| money.minor)),
            Err(BillValueError::NoColumn { column }) => Err(column.into_owned()),
            Err(other) => panic!("{other}"),
        })
    }

    #[test]
    fn every_documented_header_gives_the_amounts_or_an_error() {
        // The settled parts are 80 and 20, the whole amounts 88 and 33.
        let settled = |column| match column {
            BillColumn::Currency => "HKD",
            BillColumn::OrderTotal => "88.00",
            BillColumn::SettlementTotal => "80.00",
            BillColumn::RefundAsked => "33.00",
            BillColumn::Refund => "20.00",
            _ => "",
        };
        let whole = |column| if column == BillColumn::Refund { "33.0" } else { settled(column) };
        let (total, asked) = (Ok(Some(8800)), Ok(Some(3300)));
        let (no_total, not_asked) = (Err("订单金额".to_owned()), Err("申请退款金额".to_owned()));
        for (file, expected) in [
            ("mainland, ALL", [&total, &asked]),
            ("mainland, SUCCESS", [&total, &not_asked]),
            ("mainland, REFUND", [&total, &asked]),
            ("mainland, RECHARGE_REFUND", [&total, &asked]),
            // Its 退款金额 is the settled part, so the whole amount is unknown.
            ("mainland before order amounts, ALL", [&no_total, &not_asked]),
            ("global, Chinese", [&total, &asked]),
        ] {
            assert_eq!(amounts(headers::of(file), settled).each_ref(), expected, "{file}");
        }
        for (file, expected) in [
            ("mainland of old merchants, ALL", [&total, &asked]),
            ("service provider, ALL", [&total, &asked]),
            ("cross-border, ALL", [&total, &asked]),
            ("cross-border, SUCCESS", [&total, &not_asked]),
            ("cross-border, REFUND", [&total, &asked]),
            ("global, English", [&total, &asked]),
        ] {
            assert_eq!(amounts(headers::of(file), whole).each_ref(), expected, "{file}");
        }
    }

    #[test]
    fn an_inexact_amount_is_an_error_and_an_absent_one_is_none() {
        let amount = |value: &str, currency: &str| {
            let text = format!("货币种类,订单金额\n`{currency},`{value}\n总交易单数\n`1\n");
            Bill::parse(&text).unwrap().rows().unwrap()[0].order_total()
        };
        let jpy = Currency::new("JPY").unwrap();
        for (value, minor) in [("1980.00", 1980), ("1980", 1980), ("0.0", 0), ("0", 0)] {
            assert_eq!(amount(value, "JPY"), Ok(Some(Money::new(minor, jpy))), "{value}");
        }
        for (value, minor) in [("88.00", 8800), ("88", 8800), ("0.0", 0), ("0.88000", 88)] {
            assert_eq!(amount(value, "HKD"), Ok(Some(Money::new(minor, Currency::HKD))), "{value}");
        }
        assert_eq!((amount("", "HKD"), amount("", "")), (Ok(None), Ok(None)));
        for (value, currency, column) in [
            ("1980.50", "JPY", "订单金额"),
            ("-1.00", "HKD", "订单金额"),
            ("1.001", "HKD", "订单金额"),
            ("x", "HKD", "订单金额"),
            ("1", "hkd", "货币种类"),
            ("1", "", "货币种类"),
        ] {
            match amount(value, currency) {
                Err(BillValueError::Form { line: 2, column: named, .. }) => assert_eq!(named, column),
                other => panic!("{value} {currency}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_malformed_number_or_time_is_an_error() {
        let bill = Bill::parse("交易时间,商户订单号\n`yesterday,`A 1 !\n总交易单数\n`1\n").unwrap();
        let row = bill.rows().unwrap()[0];
        assert_eq!(
            row.trade_time().unwrap_err().to_string(),
            "line 2 of the bill: `交易时间` is not a time, yyyy-MM-dd HH:mm:ss"
        );
        assert!(matches!(row.out_trade_no(), Err(BillValueError::Form { .. })));
    }

    #[test]
    fn a_bad_row_is_reported_and_the_rows_around_it_are_read() {
        let text = "商户订单号,订单金额,货币种类\n`A1,`1.00,`HKD\nwhat?\n`A2,`2.00\n`A3,`3.00,`HKD,`x\n`A4,`4.00,`HKD\n\
            总交易单数,订单总金额\n`4,`10.00\n";
        let bill = Bill::parse(text).unwrap();
        let numbers: Vec<_> =
            bill.sound_rows().map(|row| row.out_trade_no().unwrap().unwrap().to_string()).collect();
        assert_eq!(numbers, ["A1", "A4"]);
        let faults = bill.rows().unwrap_err();
        let bad = |line, why, text: &str| BadRow { line, why, text: text.into() };
        assert_eq!(
            faults.bad_rows,
            [
                bad(3, BadRowReason::Stray, "what?"),
                bad(4, BadRowReason::TooFewValues { values: 2 }, "`A2,`2.00"),
                bad(5, BadRowReason::TooManyValues { values: 4 }, "`A3,`3.00,`HKD,`x"),
            ]
        );
        assert_eq!(faults.differences.len(), 2);
        assert_eq!(
            faults.to_string(),
            "the bill is not whole: line 3 is part of no row; line 4 has too few values (2); \
            line 5 has too many values (4); the bill counts 4 trades, and 2 were read; \
            the bill says 订单总金额 10.00, and its rows make 5.00"
        );
    }

    #[test]
    fn a_line_feed_in_a_product_name_loses_no_value() {
        let text =
            "商户订单号,订单金额,货币种类,商品名称,手续费\n`A1,`88.00,`HKD,`tea\nset,`0.88\n总交易单数\n`1\n";
        let bill = Bill::parse(text).unwrap();
        let row = bill.rows().unwrap()[0];
        assert_eq!(row.order_total(), Ok(Some(Money::new(8800, Currency::HKD))));
        assert_eq!(row.get(BillColumn::Body), Ok(Some("tea\nset")));
        assert_eq!(row.decimal(BillColumn::Charge).unwrap().unwrap().to_minor(2), Some(88));
    }

    #[test]
    fn a_product_name_that_looks_like_the_totals_loses_no_row() {
        let text = "商户订单号,商品名称,手续费\n`A1,`tea\n总交易单数\n`9,`0.88\n`A2,`cups,`0.12\n总交易单数,手续费总金额\n`2,`1.00\n";
        let bill = Bill::parse(text).unwrap();
        // Without a time, nothing shows that `9 does not begin a row: this row is bad, the next one is sound.
        assert_eq!(bill.sound_rows().len(), 1);
        assert_eq!(bill.rows().unwrap_err().bad_rows.len(), 2);
        let text = text
            .replace("商户订单号,", "交易时间,")
            .replace("`A1", "`2026-03-01")
            .replace("`A2", "`2026-03-02");
        assert_eq!(Bill::parse(&text).unwrap().rows().unwrap().len(), 2);
    }

    #[test]
    fn reports_of_bad_rows_are_bounded() {
        let many = format!("a\n{}总交易单数\n`0\n", format!("x{}\n", "茶".repeat(100)).repeat(150));
        let faults = faults(&many);
        assert_eq!((faults.bad_rows.len(), faults.more_bad_rows), (MAX_REPORTED_BAD_ROWS, 50));
        assert!(faults.bad_rows.iter().all(|bad| bad.text.len() == 199));
        assert!(faults.to_string().ends_with("; 50 more bad rows"));
    }

    #[test]
    fn totals_that_differ_from_the_rows_are_named() {
        let differences = |totals: &str| {
            faults(&format!("订单金额,手续费,商品名称\n`1.00,`0.01000,`a\n`2,`,`b\n{totals}")).differences
        };
        assert_eq!(differences("总交易单数,订单总金额,手续费总金额,退款总金额\n`2,`3.0,`0.01,`0.00"), []);
        assert_eq!(differences("Number of trades,Something\n`2,`7"), []);
        assert_eq!(differences("总交易单数\n`3"), [BillDifference::Count { stated: 3, read: 2 }]);
        assert_eq!(differences("Number of trades\n`1"), [BillDifference::Count { stated: 1, read: 2 }]);
        let sum = |total: &str, stated: &str, read: &str| BillDifference::Sum {
            total: total.into(),
            stated: stated.parse().unwrap(),
            read: read.parse().unwrap(),
        };
        assert_eq!(
            differences("总交易单数,总交易额,手续费总金额,总退款金额\n`2,`3.01,`0.02,`1"),
            [
                sum("总交易额", "3.01", "3.00"),
                sum("手续费总金额", "0.02", "0.01000"),
                // There is no column of refunds, so there should be no refunds.
                sum("总退款金额", "1", "0"),
            ]
        );
        assert_eq!(
            differences("总交易单数,订单总金额\n`two,`"),
            [
                BillDifference::NotANumber { total: "总交易单数".into(), value: "two".into() },
                BillDifference::NotANumber { total: "订单总金额".into(), value: "".into() },
            ]
        );
        assert_eq!(
            faults("订单金额\n`1\n`one\n总交易单数,订单总金额\n`2,`1").differences,
            [BillDifference::NoAmount { total: "订单总金额".into(), line: 3 }]
        );
        let bill = Bill::parse("a\nNumber of trades,Something\n`0,`7").unwrap();
        assert_eq!(bill.unchecked_totals(), ["Something"]);
    }

    #[test]
    fn the_total_of_refunds_in_the_global_file_sums_its_only_column_of_refunds() {
        let bill = |total: &str| {
            let text = format!(
                "交易时间,订单金额,申请退款金额\n`2026-03-01,`88.00,`0.00\n`2026-03-01,`0.00,`1.00\n\
                 总交易单数,总交易额,总退款金额\n`2,`88.00,`{total}\n"
            );
            Bill::parse(&text).unwrap().rows().is_ok()
        };
        assert!(bill("1.00") && !bill("0.00"));
        // With both columns the total is that of the older one.
        let both =
            "交易时间,退款金额,申请退款金额\n`2026-03-01,`0.90,`1.00\n总交易单数,退款总金额\n`1,`0.90\n";
        assert!(Bill::parse(both).unwrap().rows().is_ok());
    }

    #[test]
    fn a_day_without_trades_still_has_a_header_and_totals() {
        let bill = Bill::parse("a,b\n总交易单数\n`0\n\n").unwrap();
        assert_eq!((bill.rows().unwrap().len(), bill.total("总交易单数")), (0, Some("0")));
    }

    #[test]
    fn a_truncated_text_or_one_with_more_after_its_totals_is_refused() {
        for (text, error) in [
            ("", BillError::NoHeader),
            ("\n", BillError::NoHeader),
            ("`1,`2\n", BillError::NoHeader),
            ("a,b\n", BillError::NoTotals),
            ("a,b\n`1,`2\n", BillError::NoTotals),
            ("a,b\n`1,`2\n\n`1\n", BillError::NoTotals),
            ("a,b\n`1,`2\nn\n", BillError::NoTotals),
            ("a,b\n`1,`2\nn\nn\n", BillError::NoTotals),
            ("a,b\n`1,`2\n总交易单数\n", BillError::NoTotals),
            // The last row is truncated, and the line before it is not the header of totals.
            ("a,b\n`1,`tea\nset\n`3,`4\n", BillError::NoTotals),
            ("a,b\n总交易单数\n`1,`2\n", BillError::Totals { line: 3 }),
            ("a,b\n总交易单数\n`1\n`2\n", BillError::Trailing { line: 4 }),
            ("a,b\n总交易单数\n`1\n\nx\n", BillError::Trailing { line: 5 }),
        ] {
            assert_eq!(Bill::parse(text).err(), Some(error), "{text:?}");
        }
    }

    #[test]
    fn the_number_of_trades_is_bounded() {
        let of_rows = |count: usize| format!("a\n{}总交易单数\n`{count}\n", "`1\n".repeat(count));
        assert_eq!(Bill::parse(&of_rows(MAX_BILL_ROWS)).unwrap().rows().unwrap().len(), MAX_BILL_ROWS);
        assert_eq!(Bill::parse(&of_rows(MAX_BILL_ROWS + 1)), Err(BillError::TooManyRows));
    }
}
