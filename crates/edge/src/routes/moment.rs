//! Moments of time as people write them: RFC 3339. Pure.
//!
//! Every answer to the merchant says a time twice: `paid_at_ms` for programs, and `paid_at` in UTC for
//! people.

use std::num::Wrapping;

/// The length of a day in UTC.
pub(crate) const DAY_MS: i64 = 86_400_000;
/// The greatest time that a JavaScript date can have.
pub(crate) const LATEST_MS: i64 = 8_640_000_000_000_000;
/// Keys of JSON with one of these ends, and `_ms` behind it, are times in milliseconds since 1970.
const ENDS: [&str; 3] = ["at", "since", "time"];

/// The quotient of two numbers that are not negative, rounded down.
fn over(of: Wrapping<i64>, by: i64) -> Wrapping<i64> {
    Wrapping(of.0.checked_div(by).unwrap_or(0))
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

impl Day {
    /// The day that begins so many days after 1970-01-01. (Howard Hinnant's `civil_from_days`.)
    pub(crate) fn of(days: i64) -> Self {
        let shifted = Wrapping(days) + Wrapping(719_468);
        let era = shifted.0.div_euclid(146_097);
        let doe = Wrapping(shifted.0.rem_euclid(146_097));
        let leap = over(doe, 1_460) - over(doe, 36_524) + over(doe, 146_096);
        let yoe = over(doe - leap, 365);
        let doy = doe - (Wrapping(365) * yoe + over(yoe, 4) - over(yoe, 100));
        let mp = over(Wrapping(5) * doy + Wrapping(2), 153);
        let day = doy - over(Wrapping(153) * mp + Wrapping(2), 5) + Wrapping(1);
        let month = if mp.0 < 10 { mp + Wrapping(3) } else { mp - Wrapping(9) };
        let year = yoe + Wrapping(era) * Wrapping(400) + Wrapping(i64::from(month.0 <= 2));
        Self { year: year.0, month: month.0, day: day.0 }
    }

    /// How many days after 1970-01-01 it begins. (`days_from_civil`.)
    pub(crate) fn days(self) -> i64 {
        let year = Wrapping(self.year) - Wrapping(i64::from(self.month <= 2));
        let era = year.0.div_euclid(400);
        let yoe = Wrapping(year.0.rem_euclid(400));
        let months = Wrapping(self.month) + Wrapping(if self.month > 2 { -3 } else { 9 });
        let doy = over(Wrapping(153) * months + Wrapping(2), 5) + Wrapping(self.day) - Wrapping(1);
        let doe = yoe * Wrapping(365) + over(yoe, 4) - over(yoe, 100) + doy;
        (Wrapping(era) * Wrapping(146_097) + doe - Wrapping(719_468)).0
    }

    /// Reads `2026-03-01`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
        let read = Self { year, month, day };
        // A day that does not exist is another one when it comes back.
        (Self::of(read.days()) == read).then_some(read)
    }

    /// The first day of the month after this day's.
    pub(crate) fn next_month(self) -> Self {
        let (year, month) = if self.month >= 12 {
            (self.year.saturating_add(1), 1)
        } else {
            (self.year, self.month.saturating_add(1))
        };
        Self { year, month, day: 1 }
    }
}

/// Numbers of these lengths with a separator between them.
pub(crate) fn numbers<const N: usize>(text: &str, between: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut numbers = [0; N];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        let part = parts.next().filter(|part| part.len() == length)?;
        *number = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(numbers)
}

/// This moment, as in `2026-03-01T08:00:00.000Z`.
pub(crate) fn rfc3339(ms: i64) -> String {
    let Day { year, month, day } = Day::of(ms.div_euclid(DAY_MS));
    let of_day = Wrapping(ms.rem_euclid(DAY_MS));
    let hour = over(of_day, 3_600_000);
    let minute = over(of_day, 60_000).0.rem_euclid(60);
    let second = over(of_day, 1_000).0.rem_euclid(60);
    let ms = of_day.0.rem_euclid(1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Reads a moment: RFC 3339 with its offset, as in `2026-03-01T08:00:00+08:00`, or milliseconds since 1970.
pub(crate) fn read(text: &str) -> Option<i64> {
    let ms = match text.split_once('T') {
        None => numbers(text, '-', [text.len()]).map(|[ms]| ms),
        Some((day, time)) => {
            let day = Day::read(day)?.days();
            let (clock, offset) = match time.strip_suffix('Z') {
                Some(clock) => (clock, 0),
                None => {
                    let at = time.rfind(['+', '-', ' '])?;
                    let (clock, offset) = time.split_at_checked(at)?;
                    let [hours, minutes] = numbers(offset.get(1..)?, ':', [2, 2])?;
                    let ms = (hours < 24 && minutes < 60)
                        .then(|| (Wrapping(hours) * Wrapping(60) + Wrapping(minutes)) * Wrapping(60_000))?;
                    // In a query `+` is a blank.
                    (clock, if offset.starts_with('-') { -ms } else { ms }.0)
                }
            };
            let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
            let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
            let ms: i64 = format!("{fraction:0<3}").get(..3).filter(|_| digits)?.parse().ok()?;
            let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])
                .or_else(|| numbers(clock, ':', [2, 2]).map(|[h, m]| [h, m, 0]))?;
            if hour > 23 || minute > 59 || second > 59 {
                return None;
            }
            let seconds =
                (Wrapping(hour) * Wrapping(60) + Wrapping(minute)) * Wrapping(60) + Wrapping(second);
            let of_day = seconds * Wrapping(1_000) + Wrapping(ms);
            Some((Wrapping(day) * Wrapping(DAY_MS) + of_day - Wrapping(offset)).0)
        }
    };
    ms.filter(|ms| (0..=LATEST_MS).contains(ms))
}

/// The key of the readable time beside this key, if this one has a time.
#[cfg(test)]
pub(crate) fn readable_name(key: &str) -> Option<&str> {
    key.strip_suffix("_ms").filter(|key| is_time(key))
}

/// Whether a key with `_ms` behind it has a time.
fn is_time(key: &str) -> bool {
    ENDS.iter().any(|end| key.ends_with(end))
}

/// The JSON with a readable time in front of each time in milliseconds: `"at":"…","at_ms":…`.
///
/// Only a key is followed by `":` (within a text a quotation mark is escaped), so texts stay as they are.
pub(crate) fn readable(json: &str) -> String {
    let mut out = String::with_capacity(json.len().saturating_add(json.len() / 4));
    let mut rest = json;
    while let Some((before, after)) = rest.split_once("_ms\":") {
        let key = before.rfind('"').and_then(|at| before.split_at_checked(at.saturating_add(1)));
        let length = after.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'-').count();
        let time = after.get(..length).and_then(|digits| digits.parse().ok()).map(rfc3339);
        let named = key.filter(|(_, key)| is_time(key));
        match (named, time) {
            (Some((left, key)), Some(time)) => {
                for part in [left, key, "\":\"", &time, "\",\"", key] {
                    out.push_str(part);
                }
            }
            (Some((left, key)), None) if after.starts_with("null") => {
                for part in [left, key, "\":null,\"", key] {
                    out.push_str(part);
                }
            }
            _ => out.push_str(before),
        }
        out.push_str("_ms\":");
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_people_read_it_and_read_again() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_772_323_199_007, "2026-02-28T23:59:59.007Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(ms), text);
            assert_eq!(read(text), Some(ms));
            assert_eq!(read(&ms.to_string()), Some(ms));
        }
    }

    #[test]
    fn every_day_of_a_thousand_years_comes_back() {
        for days in -200_000..200_000 {
            assert_eq!(Day::of(days).days(), days);
        }
    }

    #[test]
    fn an_offset_counts_and_seconds_may_be_left_out() {
        for text in [
            "2026-03-01T08:00:00+08:00",
            "2026-03-01T08:00:00 08:00",
            "2026-03-01T08:00+08:00",
            "2026-02-28T19:00:00.0-05:00",
            "2026-03-01T00:00Z",
            "2026-03-01T00:00:00.0000001Z",
        ] {
            assert_eq!(read(text), Some(1_772_323_200_000), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "yesterday",
            "-1",
            "1e3",
            "+5",
            "2026-03-01",
            "2026-03-01T08:00:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T00:60:00Z",
            "2026-03-01T00:00:00+8:00",
            "2026-03-01T00:00:00.xZ",
            "1969-12-31T23:59:59Z",
            "99999999999999999999",
            "2026-03-01T00:00:00+99:00",
            "8640000000000001",
            "2026-03-01T00:00:00é08:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_next_month_begins_on_its_first_day() {
        let next = |text| Day::read(text).map(Day::next_month);
        assert_eq!(next("2026-12-31"), Day::read("2027-01-01"));
        assert_eq!(next("2026-02-01"), Day::read("2026-03-01"));
    }

    #[test]
    fn each_time_of_an_answer_is_said_twice_and_nothing_else_changes() {
        for (json, made) in [
            (r#"{"at_ms":0}"#, r#"{"at":"1970-01-01T00:00:00.000Z","at_ms":0}"#),
            (
                r#"[{"x":1,"paid_at_ms":1772323200000},{"paid_at_ms":null}]"#,
                r#"[{"x":1,"paid_at":"2026-03-01T00:00:00.000Z","paid_at_ms":1772323200000},{"paid_at":null,"paid_at_ms":null}]"#,
            ),
            (r#"{"ask_again_in_ms":2000,"keep_ms":5}"#, r#"{"ask_again_in_ms":2000,"keep_ms":5}"#),
            (r#"{"detail":"{\"at_ms\":5}"}"#, r#"{"detail":"{\"at_ms\":5}"}"#),
            (r#"{"detail":"at_ms","b":"_ms"}"#, r#"{"detail":"at_ms","b":"_ms"}"#),
            (r#"{"at_ms":"5"}"#, r#"{"at_ms":"5"}"#),
            ("{}", "{}"),
        ] {
            assert_eq!(readable(json), made);
        }
    }
}
