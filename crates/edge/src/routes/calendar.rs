//! When a day of the shop begins. Pure: what the clocks there show is an argument.
//!
//! Clocks are set forward and back, some of them at midnight. A day begins at the first moment at which they
//! show it, so it has 23, 24 or 25 hours.

use std::num::Wrapping;

use super::moment::{DAY_MS, Day, numbers};

/// Year, month, day, hour, minute and second that the shop's clocks show at a moment.
pub(crate) type Clocks<'a> = &'a dyn Fn(i64) -> Option<[i64; 6]>;

/// The milliseconds of an hour.
const HOUR_STEP: usize = 3_600_000;

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

/// When each day of the month that this text names begins.
pub(crate) fn days_of(text: &str, clocks: Clocks<'_>) -> Option<Vec<i64>> {
    let (from_ms, to_ms) = month(text, clocks)?;
    let [year, month] = numbers(text, '-', [4, 2])?;
    let first = Day { year, month, day: 1 };
    let days = first.next_month().days().saturating_sub(first.days());
    let evenly = |at: i64| (Wrapping(from_ms) + Wrapping(at) * Wrapping(DAY_MS)).0;
    let nth = |at: i64| start_of(Day::of(first.days().saturating_add(at)), clocks);
    // Asking what clocks show is dear, and in most months each day has 24 hours.
    let is_even = evenly(days) == to_ms && nth(days / 2)? == evenly(days / 2);
    (0..days).map(|at| if is_even { Some(evenly(at)) } else { nth(at) }).collect()
}

/// When each hour of this span begins, counted from its start.
pub(crate) fn hours_of((from_ms, to_ms): Span) -> Vec<i64> {
    (from_ms..to_ms).step_by(HOUR_STEP).collect()
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
    fn the_days_of_a_month_begin_where_each_of_them_begins() {
        let spring = clocks(60, "2026-03-29T01:00:00Z", 120);
        let autumn = clocks(120, "2026-10-25T01:00:00Z", 60);
        // Forward and back within one month, so that it is as long as any other.
        let twice = |ms| {
            let minutes = if (30..60).contains(&(ms / DAY_MS - 20_500)) { 0 } else { 60 };
            clocks(minutes, "1970-01-01T00:00:00Z", minutes)(ms)
        };
        for (text, clocks) in [
            ("2026-02", &spring as Clocks<'_>),
            ("2026-03", &spring),
            ("2026-04", &spring),
            ("2026-10", &autumn),
            ("2026-03", &twice),
            ("2026-02", &twice),
        ] {
            let (from, to) = month(text, clocks).unwrap();
            let starts = days_of(text, clocks).unwrap();
            let each = (1..=31).filter_map(|n| day(&format!("{text}-{n:02}"), clocks));
            assert_eq!(starts, each.map(|(start, _)| start).collect::<Vec<_>>(), "{text}");
            assert!(starts[0] == from && starts.iter().all(|start| *start < to), "{text}");
        }
        assert_eq!(days_of("2026-13", &spring), None);
    }

    #[test]
    fn the_hours_of_a_day_are_as_many_as_it_has() {
        let spring = clocks(60, "2026-03-29T01:00:00Z", 120);
        for (text, expected) in [("2026-03-28", 24), ("2026-03-29", 23)] {
            let span = day(text, &spring).unwrap();
            let starts = hours_of(span);
            assert_eq!((starts.len(), starts[0]), (expected, span.0), "{text}");
        }
        assert!(hours_of((5, 5)).is_empty());
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
