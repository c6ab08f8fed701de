//! The gateway's dates and times as text: always UTC+8, without daylight saving time (protocol §1.6).

const OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// A date and time in UTC+8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChinaTime {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl ChinaTime {
    pub(super) fn at(epoch_ms: i64) -> ChinaTime {
        let local_ms = epoch_ms + OFFSET_MS;
        let (days, ms) = (local_ms.div_euclid(DAY_MS), local_ms.rem_euclid(DAY_MS));
        let (year, month, day) = date_of(days);
        let seconds = ms / 1000;
        ChinaTime { year, month, day, hour: seconds / 3600, minute: seconds / 60 % 60, second: seconds % 60 }
    }

    /// `20260301120345`
    pub(super) fn compact(self) -> String {
        format!("{}{:02}{:02}{:02}", self.date(), self.hour, self.minute, self.second)
    }

    /// `20260301`
    pub(super) fn date(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// `2026-03-01`
    pub(super) fn date_with_hyphens(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `2026-03-01 12:03:45`
    pub(super) fn spaced(self) -> String {
        format!("{} {:02}:{:02}:{:02}", self.date_with_hyphens(), self.hour, self.minute, self.second)
    }

    /// `2026-03-01T12:03:45+08:00`
    #[cfg(feature = "v3")]
    pub(super) fn rfc3339(self) -> String {
        format!("{}T{:02}:{:02}:{:02}+08:00", self.date_with_hyphens(), self.hour, self.minute, self.second)
    }

    /// Year, month and day.
    #[cfg(feature = "v3")]
    pub(super) fn year_month_day(self) -> (i64, i64, i64) {
        (self.year, self.month, self.day)
    }

    /// `01120345`: day, hour, minute and second, as in a `prepay_id`.
    pub(super) fn day_and_time(self) -> String {
        format!("{:02}{:02}{:02}{:02}", self.day, self.hour, self.minute, self.second)
    }
}

/// Reads `yyyyMMddHHmmss`; `None` for a date or time that does not exist.
pub(super) fn parse_compact(text: &str) -> Option<i64> {
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let midnight_ms = parse_date(&text[..8])?;
    let part = |range: std::ops::Range<usize>, below: i64| {
        text[range].parse::<i64>().ok().filter(|value| *value < below)
    };
    let seconds = part(8..10, 24)? * 3600 + part(10..12, 60)? * 60 + part(12..14, 60)?;
    Some(midnight_ms + seconds * 1000)
}

/// Reads `yyyyMMdd` and returns the first millisecond of that day in UTC+8; `None` for a date that does not
/// exist.
pub(super) fn parse_date(text: &str) -> Option<i64> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = (text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?);
    let days = days_of(year, month, day);
    (date_of(days) == (year, month, day)).then_some(days * DAY_MS - OFFSET_MS)
}

/// Reads RFC 3339, such as `2026-03-01T12:03:45+08:00` or `…45.250Z`; `None` for a moment that does not
/// exist.
#[cfg(feature = "v3")]
pub(super) fn parse_rfc3339(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let midnight_ms = (date.len() == 10 && date.is_ascii()).then(|| date.split('-').collect::<String>())?;
    let midnight_ms = parse_date(&midnight_ms)? + OFFSET_MS;
    if !rest.is_ascii() || rest.len() < 9 {
        return None;
    }
    let (time, zone) = rest.split_at(8);
    let number = |text: &str, below: i64| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<i64>().ok())?.filter(|value| *value < below)
    };
    let mut parts = time.split(':');
    let (hour, minute, second) =
        (number(parts.next()?, 24)?, number(parts.next()?, 60)?, number(parts.next()?, 60)?);
    let (fraction, zone) = match zone.strip_prefix('.') {
        None => (0, zone),
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let padded = format!("{:0<3}", &rest[..digits]);
            (padded.get(..3)?.parse::<i64>().ok().filter(|_| digits > 0)?, &rest[digits..])
        }
    };
    let offset_ms = match zone {
        "Z" => 0,
        _ => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
            sign * (number(hours, 24)? * 60 + number(minutes, 60)?) * 60_000
        }
    };
    Some(midnight_ms + ((hour * 60 + minute) * 60 + second) * 1000 + fraction - offset_ms)
}

/// From days since 1970-01-01 to year, month and day of the Gregorian calendar, in eras of 400 years that
/// begin in March.
fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let march_year = if month <= 2 { year - 1 } else { year };
    let era = march_year.div_euclid(400);
    let year_of_era = march_year.rem_euclid(400);
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * march_month + 2) / 5 + day - 1;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_late_in_the_utc_day_belongs_to_the_next_day_in_china() {
        let late = 1_772_380_800_000; // 2026-03-01 16:00:00 UTC
        assert_eq!(ChinaTime::at(late).spaced(), "2026-03-02 00:00:00");
        assert_eq!(ChinaTime::at(late - 1000).compact(), "20260301235959");
    }

    #[test]
    fn a_written_moment_reads_back_also_around_a_leap_day() {
        for text in ["20240228235959", "20240229000000", "20240301120000", "20261231235959"] {
            assert_eq!(
                parse_compact(text).map(|at_ms| ChinaTime::at(at_ms).compact()).as_deref(),
                Some(text)
            );
        }
    }

    #[cfg(feature = "v3")]
    #[test]
    fn a_moment_in_rfc_3339_is_read_with_its_offset_and_refused_when_it_does_not_exist() {
        let noon = 1_772_337_600_000;
        for text in ["2026-03-01T12:00:00+08:00", "2026-03-01T04:00:00Z", "2026-02-28T23:30:00.000-04:30"] {
            assert_eq!(parse_rfc3339(text), Some(noon), "{text}");
        }
        assert_eq!(parse_rfc3339("2026-03-01T12:00:00.25+08:00"), Some(noon + 250));
        assert_eq!(ChinaTime::at(noon).rfc3339(), "2026-03-01T12:00:00+08:00");
        for text in [
            "2026-02-29T12:00:00Z",
            "2026-03-01 12:00:00Z",
            "2026-03-01T12:00:00",
            "2026-03-01T25:00:00Z",
            "20260301T120000Z",
            "2026-03-01T12:00:00.Z",
            "x",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_that_does_not_exist_is_refused() {
        for text in ["20260229000000", "20261301000000", "20260101240000", "2026010100000", "2026-01-01 000"]
        {
            assert_eq!(parse_compact(text), None, "{text}");
        }
    }
}
