//! What a query and a notification report of a payment (protocol §4.2, §6.1).

use std::str::FromStr;

use crate::v2::coupon::{Coupon, CouponNames, read_coupons};
use crate::v2::field_reader::FieldReader;
use crate::v2::{Malformed, WxTime};
use crate::{
    Currency, InvalidText, Money, OpenId, OutTradeNo, Payment, StatedMoney, TradeType, TransactionId,
};

/// Everything that API v2 reports of a payment. The fields that decide are checked. A field that only informs
/// is `None` if it is absent or malformed. [`Payment`] holds the fields that decide in every generation of
/// the API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PaymentReport {
    /// The gateway's number of the payment. A second one for the same order is a second payment.
    pub transaction_id: TransactionId,
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// `total_fee` and `fee_type`. Compare them with the order's amount *and*, if stated, with its currency.
    pub total: StatedMoney,
    /// How it was paid.
    pub trade_type: TradeType,
    /// The payer under `appid`. Real answers leave it out. It decides nothing.
    pub openid: Option<OpenId>,
    /// When it was paid.
    pub time_end: WxTime,
    /// The payer's bank, e.g. `OTHERS`, `CMB_DEBIT`.
    pub bank_type: Option<Box<str>>,
    /// `cash_fee` and `cash_fee_type`: what the payer paid, in the payer's currency. Never compare it with
    /// `total`.
    pub cash: Option<Money>,
    /// `settlement_total_fee`: `total` without coupons that are not settled, in its currency.
    pub settlement_total_minor: Option<u64>,
    /// `coupon_fee`: the sum of the coupons, in the currency of `total`.
    pub coupon_total_minor: Option<u64>,
    /// The coupons one by one.
    pub coupons: Vec<Coupon>,
    /// `rate` or `rate_value`.
    pub rate: Option<Rate>,
    /// Whether the payer follows the account of `appid`.
    pub is_subscribe: Option<bool>,
    /// The payer under `sub_appid`.
    pub sub_openid: Option<OpenId>,
    /// Whether the payer follows the account of `sub_appid`.
    pub sub_is_subscribe: Option<bool>,
    /// The order's `attach`, returned by the gateway.
    pub attach: Option<Box<str>>,
    /// The order's `device_info`, returned by the gateway.
    pub device_info: Option<Box<str>>,
    /// `promotion_detail`, JSON text.
    pub promotion_detail: Option<Box<str>>,
}

/// The ratio of a foreign currency to CNY, times 10^8: 0.92 is `92000000` (protocol §1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rate(pub u64);

impl PaymentReport {
    /// The fields that decide, in the type that every generation shares.
    #[must_use]
    pub fn payment(&self) -> Payment {
        Payment {
            transaction_id: self.transaction_id.clone(),
            out_trade_no: self.out_trade_no.clone(),
            total: self.total,
            trade_type: self.trade_type.clone(),
            paid_at_ms: self.time_end.epoch_ms(),
            attach: self.attach.clone(),
        }
    }

    /// Reads the fields that queries and notifications share.
    pub(crate) fn read(reader: &mut FieldReader<'_, '_>) -> Result<Self, Malformed> {
        Ok(Self {
            transaction_id: reader.parse("transaction_id")?,
            out_trade_no: reader.parse("out_trade_no")?,
            total: reader.stated_money("total_fee", "fee_type")?,
            trade_type: TradeType::new(reader.required("trade_type")?),
            openid: reader.informative("openid"),
            time_end: reader.parse("time_end")?,
            bank_type: reader.text("bank_type"),
            cash: reader.informative_money("cash_fee", "cash_fee_type"),
            settlement_total_minor: reader.informative_amount("settlement_total_fee"),
            coupon_total_minor: reader.informative_amount("coupon_fee"),
            coupons: {
                // Read, but not needed: the list shows how many there are.
                reader.informative_amount("coupon_count");
                read_coupons(reader, &CouponNames::of_payment())
            },
            rate: reader.informative("rate_value").or_else(|| reader.informative("rate")),
            is_subscribe: reader.yes_or_no("is_subscribe"),
            sub_openid: reader.informative("sub_openid"),
            sub_is_subscribe: reader.yes_or_no("sub_is_subscribe"),
            attach: reader.text("attach"),
            device_info: reader.text("device_info"),
            promotion_detail: reader.text("promotion_detail"),
        })
    }
}

impl FromStr for Rate {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let invalid = InvalidText { kind: "a rate", rule: "canonical decimal digits, the ratio times 10^8" };
        crate::money::parse_amount(text).map(Self).ok_or(invalid)
    }
}

impl Rate {
    /// Approximately what `amount` is in CNY, rounded to the nearest fen, halves up. Use it for display only,
    /// because the gateway's own rounding is not documented. `None` if it does not fit.
    #[must_use]
    pub fn to_cny(self, amount: Money) -> Option<Money> {
        const ONE: u128 = 100_000_000;
        let minor_per_unit = match amount.currency.decimals().digits {
            0 => 100,
            _ => 1,
        };
        let product =
            u128::from(amount.minor).checked_mul(u128::from(self.0))?.checked_mul(minor_per_unit)?;
        let minor = u64::try_from(product.checked_add(ONE / 2)? / ONE).ok()?;
        Some(Money { minor, currency: Currency::CNY })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_turns_foreign_minor_units_into_fen() {
        let hkd = Money::new(8800, Currency::HKD);
        assert_eq!(Rate(92_000_000).to_cny(hkd), Some(Money::new(8096, Currency::CNY)));
        let jpy = Money::new(1980, Currency::new("JPY").unwrap());
        assert_eq!(Rate(4_800_000).to_cny(jpy), Some(Money::new(9504, Currency::CNY)));
        assert_eq!(Rate(50_000_000).to_cny(Money::new(1, Currency::HKD)), Some(Money::new(1, Currency::CNY)));
        assert_eq!(Rate(49_999_999).to_cny(Money::new(1, Currency::HKD)), Some(Money::new(0, Currency::CNY)));
        assert_eq!(Rate(u64::MAX).to_cny(Money::new(u64::MAX, Currency::HKD)), None);
    }

    #[test]
    fn rates_are_canonical_digits() {
        assert_eq!("92000000".parse(), Ok(Rate(92_000_000)));
        for bad in ["0.92", "628.2100", "-1", ""] {
            assert!(bad.parse::<Rate>().is_err());
        }
    }
}
