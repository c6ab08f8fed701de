//! When a day of the shop begins. Pure: what the clocks there show is an argument.
//!
//! Clocks are set forward and back, some of them at midnight. A day begins at the first moment at which they
//! show it, so it has 23, 24 or 25 hours.

use std::num::Wrapping;

use super::moment::{DAY_MS, Day, numbers};

/// Year, month, day, hour, minute and second that the shop's clocks show at a moment.
pub(crate) type Clocks<'a> = &'a dyn Fn(i64) -> Option<[i64; 6]>;

/// From when until when (not included), in milliseconds since 1970.
pub(crate) type Span = (i64, i64);

/// The day that this text names (`2026-03-01`).
pub(crate) fn day(text: &str, clocks: Clocks<'_>) -> Option<Span> {
    let day = Day::read(text)?;
    let next = Day::of(day.days().saturating_add(1));
    Some((start_of(day, clocks)?, start_of(next, clocks)?))
}

/// The month that this text names (`2026-03`).
pub(crate) fn month(text: &str, clocks: Clocks<'_>) -> Option<Span> {
    let [year, month] = numbers(text, '-', [4, 2])?;
    let first = Day { year, month, day: 1 };
    let exists = (1..=12).contains(&month);
    exists.then(|| Some((start_of(first, clocks)?, start_of(first.next_month(), clocks)?)))?
}

/// The first moment at which the clocks show this day or a later one.
fn start_of(day: Day, clocks: Clocks<'_>) -> Option<i64> {
    let midnight = Wrapping(day.days()) * Wrapping(DAY_MS);
    // If the clocks are set within a day, midnight may come by the offset before that or by the one after it.
    let by_the_offset_of = |probe: Wrapping<i64>| {
        let offset = Wrapping(shown(probe.0, clocks)?) - probe;
        Some((midnight - offset).0)
    };
    let (before, after) =
        (by_the_offset_of(midnight - Wrapping(DAY_MS))?, by_the_offset_of(midnight + Wrapping(DAY_MS))?);
    let shows_it = |at: &i64| shown(*at, clocks).is_some_and(|shown| shown >= midnight.0);
    [before.min(after), before.max(after)].into_iter().find(shows_it)
}

/// What the clocks show, as if it were UTC.
fn shown(at_ms: i64, clocks: Clocks<'_>) -> Option<i64> {
    let [year, month, day, hour, minute, second] = clocks(at_ms)?;
    let days = Wrapping(Day { year, month, day }.days());
    let seconds = ((days * Wrapping(24) + Wrapping(hour)) * Wrapping(60) + Wrapping(minute)) * Wrapping(60);
    Some(((seconds + Wrapping(second)) * Wrapping(1_000)).0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::moment::{read, rfc3339};

    const HOUR_MS: i64 = 3_600_000;

    /// Clocks that are so many minutes ahead of UTC, and from a moment on so many.
    fn clocks(before: i64, at: &str, after: i64) -> impl Fn(i64) -> Option<[i64; 6]> {
        let at_ms = read(at).unwrap();
        move |ms| {
            let shown = ms + 60_000 * if ms < at_ms { before } else { after };
            let text = rfc3339(shown);
            let parts = text[..19].split(['-', 'T', ':']).map(|part| part.parse().unwrap());
            Some(parts.collect::<Vec<i64>>().try_into().unwrap())
        }
    }

    fn hours((from, to): Span) -> i64 {
        (to - from) / HOUR_MS
    }

    #[test]
    fn a_day_has_twenty_three_twenty_four_or_twenty_five_hours() {
        let spring = clocks(60, "2026-03-29T01:00:00Z", 120);
        let autumn = clocks(120, "2026-10-25T01:00:00Z", 60);
        for (text, clocks, expected, begins) in [
            ("2026-03-28", &spring as Clocks<'_>, 24, "2026-03-27T23:00:00.000Z"),
            ("2026-03-29", &spring, 23, "2026-03-28T23:00:00.000Z"),
            ("2026-03-30", &spring, 24, "2026-03-29T22:00:00.000Z"),
            ("2026-10-25", &autumn, 25, "2026-10-24T22:00:00.000Z"),
            ("2026-10-26", &autumn, 24, "2026-10-25T23:00:00.000Z"),
        ] {
            let span = day(text, clocks).unwrap();
            assert_eq!((hours(span), rfc3339(span.0).as_str()), (expected, begins), "{text}");
        }
        assert_eq!(hours(month("2026-03", &spring).unwrap()), 31 * 24 - 1);
        assert_eq!(hours(month("2026-10", &autumn).unwrap()), 31 * 24 + 1);
    }

    #[test]
    fn a_midnight_that_there_is_not_or_that_there_is_twice_begins_one_day() {
        // Forward at midnight: the day begins at one o'clock.
        let forward = clocks(120, "2026-04-23T22:00:00Z", 180);
        assert_eq!(day("2026-04-24", &forward).map(hours), Some(23));
        assert_eq!(day("2026-04-23", &forward).map(hours), Some(24));
        // Back at midnight, to eleven in the evening of the day before, which therefore has 25 hours.
        let back = clocks(180, "2026-10-29T21:00:00Z", 120);
        assert_eq!(day("2026-10-29", &back).map(hours), Some(25));
        assert_eq!(day("2026-10-30", &back).map(hours), Some(24));
        // Back at one o'clock, to midnight: it is midnight twice, and the day begins at the first.
        let twice = clocks(60, "2026-11-01T00:00:00Z", 0);
        assert_eq!(day("2026-11-01", &twice).map(hours), Some(25));
        // A day that was left out has no hours.
        let left_out = clocks(-600, "2011-12-30T10:00:00Z", 840);
        assert_eq!(day("2011-12-30", &left_out).map(hours), Some(0));
        assert_eq!(day("2011-12-31", &left_out).map(hours), Some(24));
    }

    #[test]
    fn each_day_ends_where_the_next_begins() {
        let spring = clocks(60, "2026-03-29T01:00:00Z", 120);
        let spans: Vec<_> = (1..=31).map(|n| day(&format!("2026-03-{n:02}"), &spring).unwrap()).collect();
        assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert_eq!(month("2026-03", &spring), Some((spans[0].0, spans[30].1)));
    }

    #[test]
    fn what_is_no_day_or_month_is_refused() {
        let utc = clocks(0, "2026-03-29T01:00:00Z", 0);
        for text in ["", "2026-3-1", "2026-02-29", "2026-13-01", "2026-03-01T00:00Z", "today", "2026-03"] {
            assert_eq!(day(text, &utc), None, "{text}");
        }
        for text in ["", "2026", "2026-00", "2026-13", "2026-3", "2026-03-01"] {
            assert_eq!(month(text, &utc), None, "{text}");
        }
        assert_eq!(day("2026-03-01", &|_| None), None);
    }
}
