//! How far the reconciliation is: which day, which stage, and when to go on. It is stored after each step, so
//! a death at any point costs at most the step that was under way.

use wire::v2::WxDate;

use crate::fields::{Fields, field};
use crate::{Cursor, Totals, bill_is_due_ms, dashed, day_of, next};

/// How long a bill is asked for before the day is given up and a person is told.
pub const GIVE_UP_AFTER_MS: i64 = 24 * 3_600_000;
/// WeChat's advice is to ask again after about half an hour.
const ASK_AGAIN_MS: i64 = 30 * 60_000;
/// What failed on our own side is tried again after a minute, and then ever more rarely.
const TRY_AGAIN_MS: i64 = 60_000;
/// How many days are caught up at most after a long pause.
const MAX_DAYS_BEHIND: i64 = 31;

/// What is done for a day, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The bill is asked for as soon as it may be there.
    Fetch,
    /// The bill is compared with the index.
    Compare,
    /// The orders of the doubts are asked.
    Ask,
}

/// How far the reconciliation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The day.
    pub day: WxDate,
    /// What is done next.
    pub stage: Stage,
    /// When, in milliseconds of the Unix epoch.
    pub due_at_ms: i64,
    /// How often this stage has failed.
    pub tries: u32,
    /// When the bill of this day was asked for first; 0 if it was not yet.
    pub asked_since_ms: i64,
    /// Where the next pass begins.
    pub cursor: Cursor,
    /// The first day since which every day was compared.
    pub whole_since: WxDate,
    /// The day to go on with after this one; another than the next, if a day is run again.
    pub then: WxDate,
    /// The counts and sums of this day, once its bill was read.
    pub totals: Totals,
    /// What is wrong with its bill, if anything.
    pub problem: Option<Box<str>>,
}

impl Progress {
    /// The stored form: one line.
    #[must_use]
    pub fn write(&self) -> String {
        let stage = match self.stage {
            Stage::Fetch => "fetch",
            Stage::Compare => "compare",
            Stage::Ask => "ask",
        };
        let fields = [
            self.day.to_string(),
            stage.to_owned(),
            self.due_at_ms.to_string(),
            self.tries.to_string(),
            self.asked_since_ms.to_string(),
            self.cursor.rows.to_string(),
            self.cursor.number.to_string(),
            self.whole_since.to_string(),
            self.then.to_string(),
            self.totals.stored(),
            field(self.problem.as_deref().unwrap_or_default()).into(),
        ];
        fields.join("\t")
    }

    /// Reads the stored form. `None`: another version has written it; begin with yesterday.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let mut fields = Fields::of(line);
        Some(Self {
            day: fields.text()?.parse().ok()?,
            stage: match fields.text()? {
                "fetch" => Stage::Fetch,
                "compare" => Stage::Compare,
                "ask" => Stage::Ask,
                _ => return None,
            },
            due_at_ms: fields.number()?,
            tries: fields.small()?,
            asked_since_ms: fields.number()?,
            cursor: Cursor { rows: fields.small()?, number: fields.text()?.into() },
            whole_since: fields.text()?.parse().ok()?,
            then: fields.text()?.parse().ok()?,
            totals: Totals::read(fields.text()?)?,
            problem: fields.text().filter(|problem| !problem.is_empty()).map(Box::from),
        })
    }

    /// The first one: yesterday.
    #[must_use]
    pub fn first(now_ms: i64) -> Option<Self> {
        let day = day_of(now_ms.saturating_sub(crate::DAY_MS))?;
        Some(Self::of(day, next(day)?, day))
    }

    fn of(day: WxDate, then: WxDate, whole_since: WxDate) -> Self {
        Self {
            day,
            stage: Stage::Fetch,
            due_at_ms: bill_is_due_ms(day),
            tries: 0,
            asked_since_ms: 0,
            cursor: Cursor::default(),
            whole_since,
            then,
            totals: Totals::default(),
            problem: None,
        }
    }

    /// The same day once more, from the beginning, at once. Then it goes on where it was.
    #[must_use]
    pub fn again(&self, day: WxDate, now_ms: i64) -> Self {
        let then = if self.is_begun() && self.day != day { self.day } else { self.then.min(self.unbegun()) };
        let mut again = Self::of(day, then, self.whole_since);
        again.due_at_ms = now_ms;
        again
    }

    fn is_begun(&self) -> bool {
        self.asked_since_ms != 0
    }

    /// The first day that was not begun.
    fn unbegun(&self) -> WxDate {
        if self.is_begun() { self.then } else { self.day }
    }

    /// The next stage of this day, at once.
    pub fn go_on(&mut self, stage: Stage, now_ms: i64) {
        self.stage = stage;
        self.due_at_ms = now_ms;
        self.tries = 0;
    }

    /// The bill is not there. False: the day is given up.
    #[must_use]
    pub fn not_there(&mut self, now_ms: i64, may_come: bool) -> bool {
        if self.asked_since_ms == 0 {
            self.asked_since_ms = now_ms;
        }
        self.due_at_ms = now_ms.saturating_add(ASK_AGAIN_MS);
        self.tries = self.tries.saturating_add(1);
        // What an operator must mend is told after a few tries; it may be a mistake of the moment.
        let patience_ms = if may_come { GIVE_UP_AFTER_MS } else { 4 * ASK_AGAIN_MS };
        now_ms.saturating_sub(self.asked_since_ms) < patience_ms
    }

    /// A step failed on our own side.
    pub fn failed(&mut self, now_ms: i64) {
        self.tries = self.tries.saturating_add(1);
        let times = i64::from(self.tries.min(30));
        self.due_at_ms = now_ms.saturating_add(TRY_AGAIN_MS.saturating_mul(times));
    }

    /// The day is over; the next one waits for its bill. A day without a whole comparison begins the time
    /// since which every day was compared.
    pub fn over(&mut self, was_compared: bool, now_ms: i64) {
        let mut day = self.then;
        let oldest = day_of(now_ms.saturating_sub(crate::DAY_MS.saturating_mul(MAX_DAYS_BEHIND)));
        let mut whole_since = self.whole_since;
        if !was_compared {
            whole_since = whole_since.max(next(self.day).unwrap_or(self.day));
        }
        if let Some(oldest) = oldest.filter(|oldest| *oldest > day) {
            day = oldest;
            whole_since = oldest;
        }
        *self = Self::of(day, next(day).unwrap_or(day), whole_since);
    }

    /// `2026-03-01`.
    #[must_use]
    pub fn day_text(&self) -> String {
        dashed(self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> WxDate {
        text.parse().unwrap()
    }

    const NOON: i64 = 12 * 3_600_000;

    fn on(text: &str) -> i64 {
        day(text).start_epoch_ms() + NOON
    }

    #[test]
    fn it_begins_with_yesterday_and_goes_on_day_by_day() {
        let mut progress = Progress::first(on("20260302")).unwrap();
        assert_eq!((progress.day, progress.due_at_ms), (day("20260301"), bill_is_due_ms(day("20260301"))));
        progress.over(true, on("20260302"));
        assert_eq!((progress.day, progress.due_at_ms), (day("20260302"), bill_is_due_ms(day("20260302"))));
        assert_eq!(progress.whole_since, day("20260301"));
        progress.over(false, on("20260303"));
        assert_eq!((progress.day, progress.whole_since), (day("20260303"), day("20260303")));
    }

    #[test]
    fn it_comes_back_from_its_stored_form() {
        let mut progress = Progress::first(on("20260302")).unwrap();
        assert_eq!(Progress::read(&progress.write()), Some(progress.clone()));
        progress.go_on(Stage::Ask, 7);
        progress.cursor = Cursor { rows: 9, number: "H1".into() };
        progress.totals.bill_paid(wire::Money::new(8800, wire::Currency::HKD));
        progress.totals.ours_paid(wire::Money::new(1980, wire::Currency::CNY));
        progress.problem = Some("the bill is not whole".into());
        assert_eq!(Progress::read(&progress.write()), Some(progress));
        assert_eq!(Progress::read("{}"), None);
    }

    #[test]
    fn after_a_long_pause_a_month_is_caught_up_and_no_more() {
        let mut progress = Progress::first(on("20260102")).unwrap();
        progress.over(true, on("20260601"));
        assert_eq!((progress.day, progress.whole_since), (day("20260501"), day("20260501")));
    }

    #[test]
    fn a_bill_is_asked_for_every_half_hour_for_a_day() {
        let mut progress = Progress::first(on("20260302")).unwrap();
        let (mut now, mut asked) = (on("20260302"), 1);
        while progress.not_there(now, true) {
            now = progress.due_at_ms;
            asked += 1;
        }
        assert_eq!(asked, 49);
        let mut refused = Progress::first(on("20260302")).unwrap();
        let (mut now, mut asked) = (on("20260302"), 1);
        while refused.not_there(now, false) {
            now = refused.due_at_ms;
            asked += 1;
        }
        assert_eq!(asked, 5);
    }

    #[test]
    fn a_day_that_is_run_again_does_not_skip_the_one_that_waits() {
        let mut progress = Progress::first(on("20260302")).unwrap();
        progress.over(true, on("20260302"));
        let mut again = progress.again(day("20260301"), 7);
        assert_eq!((again.day, again.due_at_ms, again.then), (day("20260301"), 7, day("20260302")));
        again.over(true, on("20260302"));
        assert_eq!((again.day, again.then), (day("20260302"), day("20260303")));
        // In the middle of a day.
        let mut begun = again.clone();
        assert!(begun.not_there(on("20260303"), true));
        let mut other = begun.again(day("20260228"), 7);
        assert_eq!(other.then, day("20260302"));
        other.over(true, on("20260303"));
        assert_eq!(other.day, day("20260302"));
    }
}
