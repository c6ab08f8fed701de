//! One trade of a bill, with typed values. Texts borrow from the bill.
//!
//! A missing column is an error that names it. `None` means that the column exists and the row's value is
//! empty. A malformed value is an error too: a reconciliation must not compare nothing with nothing.

use std::borrow::Cow;
use std::str::FromStr;

use thiserror::Error;

use super::records::{Header, Record, split_values};
use super::{BillColumn, BillRefundState, BillTradeState, Decimal};
use crate::v2::WxTime;
use crate::{Currency, Money, OutRefundNo, OutTradeNo, RefundId, TransactionId};

/// Why a value of a bill cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BillValueError {
    /// The bill has no such column, or uses a name for it that is not known. `bill_type` decides which
    /// columns there are: a bill of payments has no columns of refunds.
    #[error("the bill has no column `{column}`, or calls it by a name that is not documented")]
    NoColumn {
        /// The column's usual name.
        column: Cow<'static, str>,
    },
    /// Two columns have names of this one, so we cannot know which is meant.
    #[error("the bill has more than one column that may be `{column}`")]
    Ambiguous {
        /// The column's usual name.
        column: Cow<'static, str>,
    },
    /// The row's value in this column is malformed.
    #[error("line {line} of the bill: `{column}` is not {form}")]
    Form {
        /// The row's first line, counted from 1.
        line: usize,
        /// The column's usual name.
        column: Cow<'static, str>,
        /// What it should have been.
        form: &'static str,
    },
}

/// One trade of a bill.
#[derive(Clone, Copy, Debug)]
pub struct BillRow<'b, 't> {
    pub(super) header: &'b Header<'t>,
    pub(super) record: &'b Record<'t>,
}

/// A value, `None` if the row has none in this column, or why it cannot be read.
type BillValue<T> = Result<Option<T>, BillValueError>;

impl<'t> BillRow<'_, 't> {
    /// The row's first line in the bill, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.record.line
    }

    /// The value of a column as written, `None` if it is empty.
    ///
    /// # Errors
    /// [`BillValueError`] if the bill has no such column, or more than one.
    #[inline]
    pub fn get(&self, column: BillColumn) -> BillValue<&'t str> {
        let value = self.pick(|(_, known)| *known == Some(column), || column.usual_name().into())?;
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// The value of a column by its name in the bill.
    ///
    /// # Errors
    /// [`BillValueError`] if the bill has no such column, or more than one.
    pub fn named(&self, name: &str) -> BillValue<&'t str> {
        let value = self.pick(|(known, _)| *known == name, || name.to_owned().into())?;
        Ok(value.filter(|value| !value.is_empty()))
    }

    #[inline]
    fn pick(
        &self,
        wanted: impl Fn(&(&'t str, Option<BillColumn>)) -> bool,
        name: impl Fn() -> Cow<'static, str>,
    ) -> BillValue<&'t str> {
        let mut positions = self.header.iter().enumerate().filter(|(_, column)| wanted(column));
        match (positions.next(), positions.next()) {
            (None, _) => Err(BillValueError::NoColumn { column: name() }),
            (Some(_), Some(_)) => Err(BillValueError::Ambiguous { column: name() }),
            (Some((position, _)), None) => Ok(split_values(self.record.text).nth(position)),
        }
    }

    /// Whether the bill has the column.
    #[must_use]
    #[inline]
    pub fn has(&self, column: BillColumn) -> bool {
        self.header.iter().any(|(_, known)| *known == Some(column))
    }

    /// All columns with their values, known or unknown.
    pub fn iter(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.header.iter().zip(split_values(self.record.text)).map(|((name, _), value)| (*name, value))
    }

    /// The time of the trade. For a refund: when WeChat accepted it.
    ///
    /// # Errors
    /// [`BillValueError`].
    pub fn trade_time(&self) -> BillValue<WxTime> {
        self.time(BillColumn::TradeTime)
    }

    /// A time of the form `yyyy-MM-dd HH:mm:ss`.
    ///
    /// # Errors
    /// [`BillValueError`].
    pub fn time(&self, column: BillColumn) -> BillValue<WxTime> {
        self.parse(column, "a time, yyyy-MM-dd HH:mm:ss", |text| WxTime::parse_dashed(text).ok())
    }

    /// The kind of row: payment, refund or reversal.
    ///
    /// # Errors
    /// [`BillValueError`].
    #[inline]
    pub fn trade_state(&self) -> BillValue<BillTradeState> {
        Ok(self.get(BillColumn::TradeState)?.map(BillTradeState::new))
    }

    /// The state of the refund, if the row is a refund.
    ///
    /// # Errors
    /// [`BillValueError`]; a bill of payments has no such column.
    pub fn refund_state(&self) -> BillValue<BillRefundState> {
        Ok(self.get(BillColumn::RefundState)?.map(BillRefundState::new))
    }

    /// The gateway's number of the payment.
    ///
    /// # Errors
    /// [`BillValueError`].
    pub fn transaction_id(&self) -> BillValue<TransactionId> {
        self.number(BillColumn::TransactionId)
    }

    /// The order.
    ///
    /// # Errors
    /// [`BillValueError`].
    pub fn out_trade_no(&self) -> BillValue<OutTradeNo> {
        self.number(BillColumn::OutTradeNo)
    }

    /// The gateway's number of the refund, if the row is a refund.
    ///
    /// # Errors
    /// [`BillValueError`]; a bill of payments has no such column.
    pub fn refund_id(&self) -> BillValue<RefundId> {
        self.number(BillColumn::RefundId)
    }

    /// The merchant's number of the refund, if the row is a refund.
    ///
    /// # Errors
    /// [`BillValueError`]; a bill of payments has no such column.
    pub fn out_refund_no(&self) -> BillValue<OutRefundNo> {
        self.number(BillColumn::OutRefundNo)
    }

    /// A number. `0` means that there is none.
    fn number<T: FromStr>(&self, column: BillColumn) -> BillValue<T> {
        self.parse(column, "a number of its kind", |text| match text {
            "0" => Some(None),
            number => number.parse().ok().map(Some),
        })
        .map(Option::flatten)
    }

    /// A decimal value.
    ///
    /// # Errors
    /// [`BillValueError`].
    #[inline]
    pub fn decimal(&self, column: BillColumn) -> BillValue<Decimal> {
        self.parse(column, "a decimal number", |text| text.parse().ok())
    }

    /// The amount of the order. It is zero in rows of refunds.
    ///
    /// # Errors
    /// [`BillValueError`], also if the amount is not exact in minor units of its currency, or has no
    /// currency.
    #[inline]
    pub fn order_total(&self) -> BillValue<Money> {
        self.money(BillColumn::OrderTotal, BillColumn::Currency)
    }

    /// The requested amount of the refund, in the order's currency. It is zero in rows of payments.
    ///
    /// Files without settled amounts have no separate column for it: there `退款金额` is the whole refund. Files
    /// with settled amounts (`应结订单金额`) use that name for the settled part, and have a separate column for the
    /// requested amount.
    ///
    /// # Errors
    /// [`BillValueError`]; a bill of payments has no such column.
    #[inline]
    pub fn refund_asked(&self) -> BillValue<Money> {
        let whole = !self.has(BillColumn::RefundAsked)
            && self.has(BillColumn::OrderTotal)
            && self.has(BillColumn::Refund);
        self.money(if whole { BillColumn::Refund } else { BillColumn::RefundAsked }, BillColumn::Currency)
    }

    /// An amount together with the column that names its currency. A negative amount is an error.
    ///
    /// # Errors
    /// [`BillValueError`], also if the amount is not exact in minor units of its currency, or has no
    /// currency.
    #[inline]
    pub fn money(&self, amount: BillColumn, currency: BillColumn) -> BillValue<Money> {
        let decimal = self.decimal(amount)?;
        let currency_of_amount: Option<Currency> =
            self.parse(currency, "a currency of ISO 4217", |text| text.parse().ok())?;
        let Some(decimal) = decimal else { return Ok(None) };
        let Some(currency) = currency_of_amount else {
            return Err(self.wrong(currency, "a currency of ISO 4217"));
        };
        let minor = decimal.to_minor(currency.decimals().digits).and_then(|minor| u64::try_from(minor).ok());
        match minor {
            Some(minor) => Ok(Some(Money { minor, currency })),
            None => Err(self.wrong(amount, "an exact amount of its currency")),
        }
    }

    #[inline]
    fn parse<T>(
        &self,
        column: BillColumn,
        form: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> BillValue<T> {
        match self.get(column)? {
            Some(text) => parse(text).map(Some).ok_or_else(|| self.wrong(column, form)),
            None => Ok(None),
        }
    }

    #[inline]
    fn wrong(&self, column: BillColumn, form: &'static str) -> BillValueError {
        BillValueError::Form { line: self.line(), column: column.usual_name().into(), form }
    }
}
