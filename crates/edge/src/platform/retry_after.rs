//! `Retry-After` (RFC 9110 §10.2.3): how long a server asks us to wait. Pure.
//!
//! There are two forms: whole seconds, and a date as in `Wed, 21 Oct 2015 07:28:00 GMT`. The two obsolete
//! forms of dates are not read. Then the caller waits by its own rules, which is never wrong.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How many milliseconds to wait from `now_ms` on. 0 for a time in the past; `None` if the text cannot be
/// read.
pub(crate) fn read(text: &str, now_ms: i64) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with too many digits means a very long wait. The caller limits it.
        return Some(text.parse::<i64>().unwrap_or(i64::MAX).saturating_mul(1_000));
    }
    Some(date_ms(text)?.saturating_sub(now_ms).max(0))
}

/// The time of an IMF-fixdate in milliseconds since 1970. The name of the day is not needed.
pub(crate) fn date_ms(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split(' ');
    let day = number(parts.next()?, 1..=31)?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)?;
    let year = number(parts.next()?, 1970..=9999)?;
    let mut time = parts.next()?.split(':');
    let hour = number(time.next()?, 0..=23)?;
    let minute = number(time.next()?, 0..=59)?;
    let second = number(time.next()?, 0..=60)?;
    if parts.next() != Some("GMT") || parts.next().is_some() || time.next().is_some() {
        return None;
    }
    let days = days_before(year, i64::try_from(month).ok()?)?.checked_add(day)?.checked_sub(1)?;
    let seconds = days.checked_mul(86_400)?.checked_add(hour.checked_mul(3_600)?)?;
    seconds.checked_add(minute.checked_mul(60)?)?.checked_add(second)?.checked_mul(1_000)
}

fn number(text: &str, within: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|value| digits && within.contains(value))
}

/// How many days lie between 1 January 1970 and the first day of this month, counted from 0.
fn days_before(year: i64, month: i64) -> Option<i64> {
    const DAYS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let years: i64 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let months: i64 = DAYS.iter().take(usize::try_from(month).ok()?).sum();
    years.checked_add(months)?.checked_add(i64::from(month > 1 && leap(year)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 21 October 2015, 07:28:00.
    const MOMENT_MS: i64 = 1_445_412_480_000;

    #[test]
    fn seconds_are_waited() {
        assert_eq!(read("120", MOMENT_MS), Some(120_000));
        assert_eq!(read(" 0 ", MOMENT_MS), Some(0));
        assert_eq!(read("99999999999999999999", MOMENT_MS), Some(i64::MAX));
    }

    #[test]
    fn a_date_is_waited_for() {
        assert_eq!(read("Wed, 21 Oct 2015 07:28:00 GMT", MOMENT_MS - 5_000), Some(5_000));
        assert_eq!(read("Thu, 29 Feb 2024 23:59:59 GMT", 0), Some(1_709_251_199_000));
        assert_eq!(read("Fri, 01 Mar 2024 00:00:00 GMT", 0), Some(1_709_251_200_000));
        assert_eq!(read("Thu, 01 Jan 1970 00:00:01 GMT", 0), Some(1_000));
    }

    #[test]
    fn a_date_that_is_over_asks_for_no_wait() {
        assert_eq!(read("Wed, 21 Oct 2015 07:28:00 GMT", MOMENT_MS + 1), Some(0));
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for text in [
            "",
            "soon",
            "-1",
            "1.5",
            "12 s",
            "Wed, 21 Oct 2015 07:28:00",
            "Wed, 21 Okt 2015 07:28:00 GMT",
            "Wed, 41 Oct 2015 07:28:00 GMT",
            "Wed, 21 Oct 2015 07:28 GMT",
            "Wed, 21 Oct 2015 24:00:00 GMT",
            "Wed, 21 Oct 99999 07:28:00 GMT",
        ] {
            assert_eq!(read(text, MOMENT_MS), None, "{text}");
        }
    }
}
