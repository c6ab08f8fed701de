//! Times of API v3: RFC 3339 with an offset (protocol §9.1).
//!
//! They are read as instants, whatever their offset. Ours are written in UTC+8, to the second, as the
//! gateway's own samples are.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::v2::{WxDate, WxTime};

/// The text is not a time with an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a time of the form yyyy-MM-ddTHH:mm:ss+08:00")]
pub struct InvalidInstant;

/// A moment, to the second, as API v3 reports it.
///
/// ```
/// use wire::v3::Instant;
/// let paid: Instant = "2026-03-01T12:03:45+08:00".parse()?;
/// assert_eq!(paid, "2026-03-01T04:03:45.120Z".parse()?);
/// assert_eq!(paid.epoch_ms(), 1_772_337_825_000);
/// assert_eq!(paid.to_string(), "2026-03-01T12:03:45+08:00");
/// # Ok::<(), wire::v3::InvalidInstant>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(WxTime);

impl Instant {
    /// The beginning of the second, in milliseconds of the Unix epoch.
    #[must_use]
    pub const fn epoch_ms(self) -> i64 {
        self.0.epoch_ms()
    }

    /// The second of the moment; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn from_epoch_ms(epoch_ms: i64) -> Option<Self> {
        WxTime::from_epoch_ms(epoch_ms).map(Self)
    }
}

impl From<WxTime> for Instant {
    fn from(time: WxTime) -> Self {
        Self(time)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+08:00", self.0.to_dashed().replacen(' ', "T", 1))
    }
}

impl FromStr for Instant {
    type Err = InvalidInstant;

    fn from_str(text: &str) -> Result<Self, InvalidInstant> {
        let seconds = parse(text).ok_or(InvalidInstant)?;
        seconds.checked_mul(1_000).and_then(Self::from_epoch_ms).ok_or(InvalidInstant)
    }
}

/// The longest fraction of a second that is read.
const MAX_FRACTION_DIGITS: usize = 9;

/// Seconds of the Unix epoch.
fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, rest) = rest.strip_prefix('T')?.split_at_checked(8)?;
    let day = WxDate::parse_dashed(date).ok()?;
    let [hour, minute, second] = three(clock)?;
    let rest = match rest.strip_prefix('.') {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=MAX_FRACTION_DIGITS).contains(&digits) {
                return None;
            }
            rest.get(digits..)?
        }
        None => rest,
    };
    epoch_seconds(day, hour, minute, second, offset(rest)?)
}

/// `HH:mm:ss`.
fn three(clock: &str) -> Option<[i64; 3]> {
    match *clock.as_bytes() {
        [h1, h2, b':', m1, m2, b':', s1, s2] => Some([two(h1, h2)?, two(m1, m2)?, two(s1, s2)?]),
        _ => None,
    }
}

/// The offset in seconds: `Z`, `+08:00` or `-05:30`.
fn offset(text: &str) -> Option<i64> {
    match *text.as_bytes() {
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?;
            if sign == b'-' { seconds.checked_neg() } else { Some(seconds) }
        }
        _ => None,
    }
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte & 0x0F));
    digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)
}

/// Seconds of the Unix epoch of a day and a clock with this offset, if the clock can show it.
pub(crate) fn epoch_seconds(day: WxDate, hour: i64, minute: i64, second: i64, offset: i64) -> Option<i64> {
    if !(0..=23).contains(&hour) || !(0..=59).contains(&minute) || !(0..=59).contains(&second) {
        return None;
    }
    // A `WxDate` begins at midnight of UTC+8, eight hours before midnight of UTC.
    let midnight = day.start_epoch_ms().checked_div(1_000)?.checked_add(8 * 3_600)?;
    let clock = hour.checked_mul(3_600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    midnight.checked_add(clock)?.checked_sub(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_can_be_written_in_many_ways() {
        for text in [
            "2026-03-01T12:03:45+08:00",
            "2026-03-01T04:03:45Z",
            "2026-03-01T04:03:45.999Z",
            "2026-03-01T04:03:45.1+00:00",
            "2026-02-28T23:03:45-05:00",
            "2026-03-01T09:33:45.123456789+05:30",
            "2026-03-02T04:02:45+23:59",
            "2026-02-28T04:04:45-23:59",
        ] {
            let instant: Instant = text.parse().unwrap();
            assert_eq!(instant.epoch_ms(), 1_772_337_825_000, "{text}");
            assert_eq!(instant.to_string(), "2026-03-01T12:03:45+08:00");
        }
        let time: WxTime = "20260301120345".parse().unwrap();
        assert_eq!(Instant::from(time).epoch_ms(), time.epoch_ms());
    }

    #[test]
    fn a_time_without_an_offset_or_that_does_not_exist_is_refused() {
        for bad in [
            "",
            "2026-03-01T12:03:45",
            "2026-03-01 12:03:45+08:00",
            "2026-03-01t12:03:45Z",
            "2026-03-01T12:03:45z",
            "2026-03-01T12:03:45.Z",
            "2026-03-01T12:03:45.1234567890Z",
            "2026-03-01T12:03:45+0800",
            "2026-03-01T12:03:45+24:00",
            "2026-03-01T12:03:45+08:60",
            "2026-03-01T12:03:45Z ",
            "2026-03-01T12:03:60Z",
            "2026-03-01T12:60:45Z",
            "2026-03-01T24:03:45Z",
            "2026-02-29T12:03:45Z",
            "2026-3-01T12:03:45Z0",
            "20260301120345",
            "2026-03-01T1２:03:45Z",
            "0000-12-31T12:03:45Z",
            "9999-12-31T20:00:00Z",
        ] {
            assert_eq!(bad.parse::<Instant>(), Err(InvalidInstant), "{bad}");
        }
    }

    #[test]
    fn the_first_and_the_last_moment_are_those_of_four_digit_years() {
        for text in ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59+08:00"] {
            assert_eq!(text.parse::<Instant>().unwrap().to_string(), text);
        }
        assert_eq!(Instant::from_epoch_ms(i64::MAX), None);
    }
}
