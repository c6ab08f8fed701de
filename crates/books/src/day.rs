//! Days of UTC+8, as bills have them (protocol §1.6, §8.1).

use wire::v2::WxDate;

/// A day. There is no daylight saving in UTC+8.
pub const DAY_MS: i64 = 86_400_000;

/// How far WeChat's clock and its bill may disagree about the day of a payment, and our clock with both.
pub const MIDNIGHT_MS: i64 = 10 * 60_000;

/// A bill is ready at 10:00 UTC+8 of the next day. Five minutes later fewer merchants ask.
const READY_AFTER_MS: i64 = 34 * 3_600_000 + 5 * 60_000;

/// The UTC+8 day of this moment. `None` outside the years 1 to 9999.
#[must_use]
pub fn day_of(at_ms: i64) -> Option<WxDate> {
    WxDate::from_epoch_ms(at_ms)
}

/// When the day ends, in milliseconds of the Unix epoch: the next day begins.
#[must_use]
pub const fn end_ms(day: WxDate) -> i64 {
    day.start_epoch_ms().saturating_add(DAY_MS)
}

/// The day after. `None` after the year 9999.
#[must_use]
pub fn next(day: WxDate) -> Option<WxDate> {
    day_of(end_ms(day))
}

/// The day before. `None` before the year 1.
#[must_use]
pub fn before(day: WxDate) -> Option<WxDate> {
    day_of(day.start_epoch_ms().saturating_sub(1))
}

/// When to ask for the bill of this day for the first time.
#[must_use]
pub const fn bill_is_due_ms(day: WxDate) -> i64 {
    day.start_epoch_ms().saturating_add(READY_AFTER_MS)
}

/// `2026-03-01`.
#[must_use]
pub fn dashed(day: WxDate) -> String {
    let mut text = day.to_string();
    // A day is written with eight digits.
    for place in [6, 4] {
        if text.is_char_boundary(place) {
            text.insert(place, '-');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_and_ends_at_midnight_in_utc_8() {
        let day: WxDate = "20260301".parse().unwrap();
        assert_eq!(dashed(day), "2026-03-01");
        assert_eq!(day_of(day.start_epoch_ms()), Some(day));
        assert_eq!(day_of(end_ms(day) - 1), Some(day));
        assert_eq!(next(day), Some("20260302".parse().unwrap()));
        assert_eq!(before(day), Some("20260228".parse().unwrap()));
        // 2026-03-02 10:05 UTC+8.
        assert_eq!(bill_is_due_ms(day), 1_772_417_100_000);
    }
}
