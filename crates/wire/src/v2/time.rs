//! Times and days on the wire: UTC+8 in every time zone, without daylight saving (protocol §1.6).
//!
//! `time_start`, `time_expire` and `time_end` are `yyyyMMddHHmmss`. Refund times are `yyyy-MM-dd HH:mm:ss`.
//! Days are `yyyyMMdd`, and the day of a bill is a UTC+8 day. The rest of the code uses the Unix epoch.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The text is not a time or day of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a time of the form {form} (UTC+8)")]
pub struct InvalidTime {
    form: &'static str,
}

const SECONDS_PER_DAY: i64 = 86_400;
const UTC8_SECONDS: i64 = 8 * 3_600;
/// 0001-01-01 and 9999-12-31 as days since 1970-01-01: the years that four digits can write.
const DAYS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// A day of UTC+8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WxDate {
    /// Days since 1970-01-01, within [`DAYS`].
    days: i64,
}

/// A moment, to the second, as the gateway writes it.
///
/// ```
/// use wire::v2::WxTime;
/// let paid: WxTime = "20260301120345".parse()?;
/// assert_eq!(paid.epoch_ms(), 1_772_337_825_000);
/// assert_eq!(WxTime::from_epoch_ms(1_772_337_825_999), Some(paid));
/// # Ok::<(), wire::v2::InvalidTime>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WxTime {
    date: WxDate,
    /// Second of the day, `0..86_400`.
    second: i64,
}

impl WxDate {
    /// The UTC+8 day of the moment; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn from_epoch_ms(epoch_ms: i64) -> Option<Self> {
        WxTime::from_epoch_ms(epoch_ms).map(WxTime::date)
    }

    /// The beginning of the day, in milliseconds of the Unix epoch.
    #[must_use]
    pub const fn start_epoch_ms(self) -> i64 {
        WxTime { date: self, second: 0 }.epoch_ms()
    }

    /// The day of this year, month and day of month, if it exists.
    #[must_use]
    pub fn from_ymd(year: i64, month: i64, day: i64) -> Option<Self> {
        let days = days_from_civil(year, month, day);
        let date = Self { days };
        (DAYS.contains(&days) && civil_from_days(days) == (year, month, day)).then_some(date)
    }

    /// Reads `yyyy-MM-dd`, the form of days in settlement answers.
    ///
    /// # Errors
    /// [`InvalidTime`] for any other form, and for days that do not exist.
    pub fn parse_dashed(text: &str) -> Result<Self, InvalidTime> {
        let invalid = InvalidTime { form: "yyyy-MM-dd" };
        match *text.as_bytes() {
            [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => {
                date([y1, y2, y3, y4, m1, m2, d1, d2]).ok_or(invalid)
            }
            _ => Err(invalid),
        }
    }
}

impl WxTime {
    /// The second of the moment; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn from_epoch_ms(epoch_ms: i64) -> Option<Self> {
        let local = epoch_ms.div_euclid(1_000).checked_add(UTC8_SECONDS)?;
        let days = local.div_euclid(SECONDS_PER_DAY);
        DAYS.contains(&days)
            .then_some(Self { date: WxDate { days }, second: local.rem_euclid(SECONDS_PER_DAY) })
    }

    /// The beginning of the second, in milliseconds of the Unix epoch.
    #[must_use]
    pub const fn epoch_ms(self) -> i64 {
        // Within four-digit years, no step here overflows i64.
        self.date
            .days
            .saturating_mul(SECONDS_PER_DAY)
            .saturating_add(self.second)
            .saturating_sub(UTC8_SECONDS)
            .saturating_mul(1_000)
    }

    /// The UTC+8 day.
    #[must_use]
    pub const fn date(self) -> WxDate {
        self.date
    }

    /// Reads `yyyy-MM-dd HH:mm:ss`, the form of refund times.
    ///
    /// # Errors
    /// [`InvalidTime`] for any other form, and for times that do not exist.
    pub fn parse_dashed(text: &str) -> Result<Self, InvalidTime> {
        let invalid = InvalidTime { form: "yyyy-MM-dd HH:mm:ss" };
        match *text.as_bytes() {
            [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' ', h1, h2, b':', n1, n2, b':', s1, s2] => {
                time([y1, y2, y3, y4, m1, m2, d1, d2], [h1, h2, n1, n2, s1, s2]).ok_or(invalid)
            }
            _ => Err(invalid),
        }
    }

    /// Writes `yyyy-MM-dd HH:mm:ss`, the form of refund times.
    #[must_use]
    pub fn to_dashed(self) -> String {
        let (year, month, day) = civil_from_days(self.date.days);
        let (hour, minute, second) = self.clock();
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }

    const fn clock(self) -> (i64, i64, i64) {
        (self.second / 3_600, self.second / 60 % 60, self.second % 60)
    }
}

impl FromStr for WxDate {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let invalid = InvalidTime { form: "yyyyMMdd" };
        let digits = <[u8; 8]>::try_from(text.as_bytes()).map_err(|_| invalid)?;
        date(digits).ok_or(invalid)
    }
}

impl FromStr for WxTime {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let invalid = InvalidTime { form: "yyyyMMddHHmmss" };
        match *text.as_bytes() {
            [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2] => {
                time([y1, y2, y3, y4, m1, m2, d1, d2], [h1, h2, n1, n2, s1, s2]).ok_or(invalid)
            }
            _ => Err(invalid),
        }
    }
}

impl fmt::Display for WxDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.days);
        write!(f, "{year:04}{month:02}{day:02}")
    }
}

impl fmt::Display for WxTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.clock();
        write!(f, "{}{hour:02}{minute:02}{second:02}", self.date)
    }
}

fn date([y1, y2, y3, y4, m1, m2, d1, d2]: [u8; 8]) -> Option<WxDate> {
    WxDate::from_ymd(number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?)
}

fn time(day: [u8; 8], [h1, h2, n1, n2, s1, s2]: [u8; 6]) -> Option<WxTime> {
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let second = hour.checked_mul(3_600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    Some(WxTime { date: date(day)?, second })
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |sum, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        sum.checked_mul(10)?.checked_add(i64::from(digit))
    })
}

/// The days since 1970-01-01 of a Gregorian date. For a date that does not exist (30 February) the result is
/// some other day, and [`WxDate::from_ymd`] notices it. This is Howard Hinnant's `days_from_civil`, with
/// March as the first month.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year.saturating_sub(1) } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = month.saturating_add(9).rem_euclid(12);
    let day_of_year = month_from_march.saturating_mul(153).saturating_add(2) / 5;
    let day_of_year = day_of_year.saturating_add(day).saturating_sub(1);
    let day_of_era = year_of_era
        .saturating_mul(365)
        .saturating_add(year_of_era / 4)
        .saturating_sub(year_of_era / 100)
        .saturating_add(day_of_year);
    era.saturating_mul(146_097).saturating_add(day_of_era).saturating_sub(719_468)
}

/// The inverse: year, month and day of month.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let leap_corrected = day_of_era
        .saturating_sub(day_of_era / 1_460)
        .saturating_add(day_of_era / 36_524)
        .saturating_sub(day_of_era / 146_096);
    let year_of_era = leap_corrected / 365;
    let day_of_year = day_of_era.saturating_sub(
        year_of_era.saturating_mul(365).saturating_add(year_of_era / 4).saturating_sub(year_of_era / 100),
    );
    let month_from_march = day_of_year.saturating_mul(5).saturating_add(2) / 153;
    let day = day_of_year
        .saturating_sub(month_from_march.saturating_mul(153).saturating_add(2) / 5)
        .saturating_add(1);
    let month = if month_from_march < 10 {
        month_from_march.saturating_add(3)
    } else {
        month_from_march.saturating_sub(9)
    };
    let year = era.saturating_mul(400).saturating_add(year_of_era).saturating_add(i64::from(month <= 2));
    (year, month, day)
}

#[cfg(feature = "serde")]
macro_rules! as_wire_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
#[cfg(feature = "serde")]
as_wire_text!(WxDate);
#[cfg(feature = "serde")]
as_wire_text!(WxTime);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_eight_hours_ahead_of_utc() {
        let epoch: WxTime = "19700101080000".parse().unwrap();
        assert_eq!(epoch.epoch_ms(), 0);
        assert_eq!(WxTime::from_epoch_ms(0).unwrap().to_string(), "19700101080000");
        assert_eq!(WxTime::from_epoch_ms(-1).unwrap().to_string(), "19700101075959");
        // 2026-03-01T04:03:45Z
        assert_eq!("20260301120345".parse::<WxTime>().unwrap().epoch_ms(), 1_772_337_825_000);
    }

    #[test]
    fn the_two_forms_name_the_same_moment() {
        let dashed = WxTime::parse_dashed("2026-03-02 10:05:11").unwrap();
        assert_eq!(dashed, "20260302100511".parse().unwrap());
        assert_eq!(dashed.to_dashed(), "2026-03-02 10:05:11");
        assert_eq!(dashed.date().to_string(), "20260302");
        assert_eq!(WxDate::parse_dashed("2026-03-02").unwrap(), dashed.date());
    }

    #[test]
    fn only_times_that_exist_are_read() {
        for bad in [
            "",
            "2026030112034",
            "202603011203450",
            "20260230000000",
            "20250229000000",
            "20261301000000",
            "20260001000000",
            "20260100000000",
            "20260101240000",
            "20260101006000",
            "20260101000060",
            "2026-03-01 12:",
            "+2026030112034",
            "\u{FF12}026030112034",
        ] {
            assert!(bad.parse::<WxTime>().is_err(), "{bad}");
        }
        for bad in ["", "2026030", "202603011", "20260431", "2026-3-1"] {
            assert!(bad.parse::<WxDate>().is_err(), "{bad}");
        }
        assert!(WxTime::parse_dashed("2026-03-02T10:05:11").is_err());
        assert!(WxDate::parse_dashed("2026/03/02").is_err());
        assert!("20240229235959".parse::<WxTime>().is_ok());
    }

    #[test]
    fn days_run_without_a_gap_over_four_hundred_years() {
        let mut expected = WxDate::from_ymd(1900, 1, 1).unwrap().days;
        for year in 1900..2300_i64 {
            let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            for (month, length) in [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
                .into_iter()
                .enumerate()
            {
                let month = month as i64 + 1;
                for day in 1..=length {
                    let date = WxDate::from_ymd(year, month, day).unwrap();
                    assert_eq!(date.days, expected);
                    assert_eq!(date.to_string(), format!("{year:04}{month:02}{day:02}"));
                    expected += 1;
                }
                assert_eq!(WxDate::from_ymd(year, month, length + 1), None);
            }
        }
    }

    #[test]
    fn a_day_begins_at_sixteen_hours_utc_of_the_day_before() {
        let day: WxDate = "20260301".parse().unwrap();
        assert_eq!(day.start_epoch_ms(), 1_772_294_400_000);
        assert_eq!(WxDate::from_epoch_ms(day.start_epoch_ms()), Some(day));
        assert_eq!(WxDate::from_epoch_ms(day.start_epoch_ms() - 1).unwrap().to_string(), "20260228");
    }

    #[test]
    fn times_outside_four_digit_years_do_not_exist() {
        let last: WxTime = "99991231235959".parse().unwrap();
        assert_eq!(WxTime::from_epoch_ms(last.epoch_ms()), Some(last));
        assert_eq!(WxTime::from_epoch_ms(last.epoch_ms() + 1_000), None);
        let first: WxTime = "00010101000000".parse().unwrap();
        assert_eq!(WxTime::from_epoch_ms(first.epoch_ms()), Some(first));
        assert_eq!(WxTime::from_epoch_ms(first.epoch_ms() - 1), None);
        assert_eq!(WxTime::from_epoch_ms(i64::MAX), None);
        assert_eq!(WxTime::from_epoch_ms(i64::MIN), None);
        assert!("00000101000000".parse::<WxTime>().is_err());
    }
}
