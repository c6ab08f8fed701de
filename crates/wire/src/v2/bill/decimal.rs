//! The amounts of a bill: decimal text in major units, such as `88.00`, `-0.88000`, `0`.

use std::fmt;
use std::str::FromStr;

use crate::InvalidText;

/// A decimal number, exactly as written. It uses no floats.
///
/// ```
/// use wire::v2::bill::Decimal;
/// let amount: Decimal = "88.00".parse()?;
/// assert_eq!(amount.to_minor(2), Some(8800));
/// assert_eq!("0.885".parse::<Decimal>()?.to_minor(2), None);
/// # Ok::<(), wire::InvalidText>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// All digits as one number, with the sign. A number that is read fits 64 bits. The sum of a whole bill
    /// may not.
    units: i128,
    /// How many of the digits are after the point, at most 8.
    scale: u8,
}

/// The most digits after the point. The gateway has been seen to write fewer, and ten to this power fits in
/// all types used here.
const MAX_SCALE: usize = 8;

impl Decimal {
    /// The amount in minor units of a currency with this many decimals; `None` if it is not exact or does not
    /// fit.
    #[must_use]
    #[inline]
    pub fn to_minor(self, decimals: u8) -> Option<i64> {
        let scale = u32::from(self.scale);
        let decimals = u32::from(decimals);
        let minor = if decimals >= scale {
            self.units.checked_mul(10_i128.checked_pow(decimals.checked_sub(scale)?)?)?
        } else {
            let divisor = 10_i128.checked_pow(scale.checked_sub(decimals)?)?;
            if self.units.checked_rem(divisor)? != 0 {
                return None;
            }
            self.units.checked_div(divisor)?
        };
        i64::try_from(minor).ok()
    }

    /// Zero, without digits after the point.
    pub(super) const ZERO: Self = Self { units: 0, scale: 0 };

    /// The sum. It has as many digits after the point as the longer of the two. `None` if it does not fit,
    /// which would take more rows than a bill may have.
    #[inline]
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Some(Self { units: self.units_at(scale)?.checked_add(other.units_at(scale)?)?, scale })
    }

    /// Whether both are the same amount. `0`, `0.0` and `0.00` are the same.
    #[must_use]
    #[inline]
    pub fn same_amount(self, other: Self) -> bool {
        let scale = self.scale.max(other.scale);
        self.units_at(scale).is_some_and(|units| Some(units) == other.units_at(scale))
    }

    /// The units, scaled to this many digits after the point.
    #[inline]
    fn units_at(self, scale: u8) -> Option<i128> {
        self.units.checked_mul(10_i128.checked_pow(u32::from(scale.checked_sub(self.scale)?))?)
    }
}

impl FromStr for Decimal {
    type Err = InvalidText;

    #[inline]
    fn from_str(text: &str) -> Result<Self, InvalidText> {
        read(text)
            .ok_or(InvalidText { kind: "a decimal number", rule: "digits with at most 8 after a point" })
    }
}

#[inline]
fn read(text: &str) -> Option<Decimal> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (digits, ""),
    };
    let canonical = match whole.as_bytes() {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !canonical || fraction.len() > MAX_SCALE || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let scale = u8::try_from(fraction.len()).ok()?;
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let units = i128::from(whole.checked_mul(10_i64.checked_pow(u32::from(scale))?)?.checked_add(part)?);
    Some(Decimal { units: if negative { units.checked_neg()? } else { units }, scale })
}

impl fmt::Display for Decimal {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = self.units.unsigned_abs();
        let divisor = 10_u128.checked_pow(u32::from(self.scale)).unwrap_or(1);
        let whole = digits.checked_div(divisor).unwrap_or(digits);
        match digits.checked_rem(divisor) {
            Some(part) if self.scale > 0 => {
                write!(f, "{sign}{whole}.{part:0width$}", width = usize::from(self.scale))
            }
            Some(_) | None => write!(f, "{sign}{whole}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn decimals_keep_what_was_written() {
        for text in ["0", "88", "88.00", "0.88000", "-33.00", "-0.5", "92233720368.54775807", "1.00000000"] {
            assert_eq!(decimal(text).to_string(), text);
        }
    }

    #[test]
    fn minor_units_are_exact_or_none() {
        assert_eq!(decimal("88.00").to_minor(2), Some(8800));
        assert_eq!(decimal("88").to_minor(2), Some(8800));
        assert_eq!(decimal("-33.5").to_minor(2), Some(-3350));
        assert_eq!(decimal("0.88000").to_minor(2), Some(88));
        assert_eq!(decimal("0.88500").to_minor(2), None);
        assert_eq!(decimal("1980.00").to_minor(0), Some(1980));
        assert_eq!(decimal("1980.50").to_minor(0), None);
        assert_eq!(decimal("9223372036854775807").to_minor(0), Some(i64::MAX));
        assert_eq!(decimal("9223372036854775807").to_minor(1), None);
        assert_eq!(decimal("1").to_minor(255), None);
    }

    #[test]
    fn sums_are_exact_and_the_same_amount_may_be_written_in_several_ways() {
        let sum = |texts: &[&str]| {
            texts.iter().try_fold(Decimal::ZERO, |sum, text| sum.plus(decimal(text))).unwrap().to_string()
        };
        assert_eq!(sum(&["88.00", "0.0", "0", "-33.5"]), "54.50");
        assert_eq!(sum(&["0.88000", "0.01"]), "0.89000");
        assert_eq!(sum(&["9223372036854775807", "9223372036854775807"]), "18446744073709551614");
        assert_eq!(sum(&["9223372036854775807", "0.00000001"]), "9223372036854775807.00000001");
        assert!(decimal("0").same_amount(decimal("0.00")) && decimal("88").same_amount(decimal("88.0")));
        assert!(!decimal("88").same_amount(decimal("88.01")) && !decimal("1").same_amount(decimal("-1")));
    }

    #[test]
    fn nothing_else_is_a_decimal() {
        for bad in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "01",
            "00.5",
            "+1",
            "1,000.00",
            "1e3",
            " 1",
            "1.2.3",
            "--1",
            "0.123456789",
            "92233720368547758080",
            "9223372036854775807.1",
            "1.00%",
            "1.-5",
        ] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
    }
}
