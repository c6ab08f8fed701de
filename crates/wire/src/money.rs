//! Money is an integer of minor units together with its currency (protocol §1.5). Nothing here uses floats.

use std::fmt;
use std::str::FromStr;

use crate::InvalidText;

/// A currency as its three letters of ISO 4217 (`fee_type`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// How many decimals a currency is shown with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimals {
    /// Digits after the decimal point.
    pub digits: u8,
    /// Whether it is safe to rely on `digits`. No official table per currency was found. `false` means:
    /// confirm with WeChat support before you go live in this currency.
    pub certain: bool,
}

impl Currency {
    /// Renminbi: what an absent `fee_type` means, say the documents. Real messages leave it out for other
    /// currencies too, see [`StatedMoney`].
    pub const CNY: Self = Self(*b"CNY");
    /// Hong Kong dollar, the settlement currency of a Hong Kong merchant.
    pub const HKD: Self = Self(*b"HKD");

    /// Takes three upper-case letters.
    ///
    /// # Errors
    /// [`InvalidText`] for anything else.
    pub fn new(text: &str) -> Result<Self, InvalidText> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            Ok(_) | Err(_) => {
                Err(InvalidText { kind: "a currency", rule: "three upper-case letters of ISO 4217" })
            }
        }
    }

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The array holds only ASCII letters, so this cannot fail.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals to show.
    #[must_use]
    pub const fn decimals(self) -> Decimals {
        let (digits, certain) = match &self.0 {
            // The documents give an example: ¥100 is `100`.
            b"JPY" => (0, true),
            // Zero by ISO 4217, but no document of the gateway says so.
            b"KRW" | b"VND" | b"ISK" => (0, false),
            // Two by ISO 4217 and in daily life.
            b"CNY" | b"HKD" | b"GBP" | b"USD" | b"CAD" | b"AUD" | b"EUR" | b"NZD" | b"THB" | b"SGD"
            | b"RUB" | b"CHF" | b"SEK" | b"DKK" | b"NOK" | b"AED" | b"TRY" | b"MOP" | b"CZK" | b"MYR"
            | b"PHP" | b"QAR" | b"PLN" | b"RON" => (2, true),
            // Two by ISO 4217 but none in daily life (IDR, TWD, HUF, MNT, KHR …), or not listed here.
            _ => (2, false),
        };
        Decimals { digits, certain }
    }
}

impl FromStr for Currency {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        Self::new(text)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({self})")
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// An amount in minor units of its currency: 8800 HKD is `HK$88.00`, 100 JPY is `¥100`.
///
/// ```
/// use wire::{Currency, Money};
/// assert_eq!(Money { minor: 8800, currency: Currency::HKD }.to_string(), "88.00 HKD");
/// assert_ne!(Money::new(8800, Currency::HKD), Money::new(8800, Currency::CNY));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Money {
    /// Minor units (cents, fen, whole yen).
    pub minor: u64,
    /// The currency.
    pub currency: Currency,
}

/// An amount as a message states it. Real messages leave `fee_type` out even if the currency is not CNY, the
/// documented default. Then only the minor units can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StatedMoney {
    /// Minor units.
    pub minor: u64,
    /// The currency, if the message names one.
    pub currency: Option<Currency>,
}

impl StatedMoney {
    /// Whether the message may mean this currency.
    #[must_use]
    pub fn may_be_in(self, currency: Currency) -> bool {
        self.currency.is_none_or(|stated| stated == currency)
    }

    /// The amount. If the message names no currency, it is in `currency`.
    #[must_use]
    pub fn or_in(self, currency: Currency) -> Money {
        Money { minor: self.minor, currency: self.currency.unwrap_or(currency) }
    }
}

impl Money {
    /// The greatest amount that the gateway accepts: its schemas say 32-bit signed integer.
    pub const MAX_MINOR: u64 = i32::MAX as u64;

    /// An amount of `minor` units.
    #[must_use]
    pub const fn new(minor: u64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Whether the gateway accepts it as the amount of an order or refund: positive and 32-bit.
    #[must_use]
    pub const fn is_payable(self) -> bool {
        1 <= self.minor && self.minor <= Self::MAX_MINOR
    }

    /// The sum; `None` if the currencies differ or the sum does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }

    /// The difference; `None` if the currencies differ or the difference is negative.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_sub(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency.decimals().digits {
            0 => write!(f, "{} {}", self.minor, self.currency),
            // `decimals` returns 0 or 2.
            _ => write!(f, "{}.{:02} {}", self.minor / 100, self.minor % 100, self.currency),
        }
    }
}

/// Reads canonical decimal text: ASCII digits without sign, blank, leading zero or overflow (protocol §10.3).
pub(crate) fn parse_amount(text: &str) -> Option<u64> {
    let canonical = match text.as_bytes() {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if canonical { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_canonical_decimal_text_and_nothing_else() {
        assert_eq!(parse_amount("0"), Some(0));
        assert_eq!(parse_amount("8800"), Some(8800));
        assert_eq!(parse_amount("18446744073709551615"), Some(u64::MAX));
        for bad in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "88.00",
            "1e3",
            "\u{FF18}\u{FF18}00",
            "18446744073709551616",
            "0x10",
            "1_000",
        ] {
            assert_eq!(parse_amount(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn currencies_are_three_upper_case_letters() {
        assert_eq!(Currency::new("HKD").unwrap(), Currency::HKD);
        for bad in ["", "HK", "HKDX", "hkd", "HK1", "港元"] {
            assert!(Currency::new(bad).is_err(), "{bad}");
        }
        assert_eq!(format!("{:?} {}", Currency::CNY, Currency::CNY), "Currency(CNY) CNY");
    }

    #[test]
    fn money_is_shown_with_the_decimals_of_its_currency() {
        let money = |minor, code| Money::new(minor, Currency::new(code).unwrap()).to_string();
        assert_eq!(money(8800, "HKD"), "88.00 HKD");
        assert_eq!(money(5, "USD"), "0.05 USD");
        assert_eq!(money(1980, "JPY"), "1980 JPY");
    }

    #[test]
    fn decimals_that_no_document_confirms_are_marked() {
        let decimals = |code| Currency::new(code).unwrap().decimals();
        assert_eq!(decimals("JPY"), Decimals { digits: 0, certain: true });
        for zero in ["KRW", "VND", "ISK"] {
            assert_eq!(decimals(zero), Decimals { digits: 0, certain: false });
        }
        for two in ["CNY", "HKD", "GBP", "USD", "EUR", "SGD", "PLN", "RON"] {
            assert_eq!(decimals(two), Decimals { digits: 2, certain: true });
        }
        for unsure in ["IDR", "TWD", "HUF", "MNT", "KHR", "KZT", "XYZ"] {
            assert_eq!(decimals(unsure), Decimals { digits: 2, certain: false });
        }
    }

    #[test]
    fn sums_and_differences_keep_to_one_currency_and_do_not_wrap() {
        let hkd = |minor| Money::new(minor, Currency::HKD);
        assert_eq!(hkd(1).checked_add(hkd(2)), Some(hkd(3)));
        assert_eq!(hkd(3).checked_sub(hkd(2)), Some(hkd(1)));
        assert_eq!(hkd(2).checked_sub(hkd(3)), None);
        assert_eq!(hkd(u64::MAX).checked_add(hkd(1)), None);
        assert_eq!(hkd(1).checked_add(Money::new(1, Currency::CNY)), None);
        assert_eq!(hkd(1).checked_sub(Money::new(1, Currency::CNY)), None);
    }

    #[test]
    fn payable_is_positive_and_32_bit() {
        let payable = |minor| Money::new(minor, Currency::HKD).is_payable();
        assert!(!payable(0));
        assert!(payable(1));
        assert!(payable(2_147_483_647));
        assert!(!payable(2_147_483_648));
    }
}
