//! The report of a day, and the webhook that tells of it.

use crate::Totals;
use crate::json::Object;

/// How a day ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The bill and our books agree.
    Agrees,
    /// Something differs, or differed and is mended.
    Differs,
    /// There was no bill that can be compared.
    Failed,
}

/// The report of a day without its differences.
#[derive(Clone, Copy, Debug)]
pub struct Head<'r> {
    /// `2026-03-01`.
    pub day: &'r str,
    /// How it ended.
    pub status: Status,
    /// When, in milliseconds of the Unix epoch.
    pub finished_at_ms: i64,
    /// Counts and sums.
    pub totals: &'r Totals,
    /// How many differences there are.
    pub differences_found: u32,
    /// How many of them are mended.
    pub mended: u32,
    /// How many there are of each kind: an object, as JSON.
    pub kinds: &'r str,
    /// Why it failed, or what is wrong with the bill.
    pub problem: Option<&'r str>,
}

impl Head<'_> {
    /// As JSON.
    #[must_use]
    pub fn write(&self) -> String {
        let mut json = Object::new();
        json.text("day", self.day);
        json.text("status", self.status.as_str());
        json.number("finished_at_ms", self.finished_at_ms);
        self.totals.write(&mut json);
        json.number("differences_found", i64::from(self.differences_found));
        json.number("mended", i64::from(self.mended));
        json.raw("kinds", self.kinds);
        if let Some(problem) = self.problem {
            json.text("problem", problem);
        }
        json.end()
    }
}

/// Whether this report tells of the same failure as that of the day before. Both are a [`Head`] as JSON.
/// Bills that are switched off fail each day in the same way, and that is told once.
#[must_use]
pub fn fails_as_before(report: &str, day_before: &str) -> bool {
    let failure = |report: &str| {
        let is_failed = report.contains(r#""status":"failed""#);
        let problem = report.split_once(r#""problem":""#).map(|(_, problem)| problem.to_owned());
        problem.filter(|_| is_failed)
    };
    failure(report).is_some_and(|problem| failure(day_before) == Some(problem))
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::Failed => "failed",
        }
    }

    /// The type of the webhook that tells of it. A day that agrees needs none.
    #[must_use]
    pub const fn webhook(self) -> Option<&'static str> {
        match self {
            Self::Agrees => None,
            Self::Differs => Some("reconciliation.difference"),
            Self::Failed => Some("reconciliation.failed"),
        }
    }
}

/// The body of the webhook of this type about a report. `head` is a [`Head`] as JSON.
#[must_use]
pub fn webhook(kind: &str, day: &str, at_ms: i64, head: &str) -> String {
    let head = head.strip_prefix('{').unwrap_or(head);
    format!(
        r#"{{"type":"{kind}","timestamp":{at_ms},"data":{{"kind":"{kind}","report":"/admin/api/reconciliation/{day}",{head}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_failure_for_the_same_reason_is_the_same_failure() {
        let (totals, kinds) = (Totals::default(), "{}");
        let report = |day, status, problem| {
            let (finished_at_ms, differences_found, mended, totals) = (1, 0, 0, &totals);
            Head { day, status, finished_at_ms, totals, differences_found, mended, kinds, problem }.write()
        };
        let off = |day| report(day, Status::Failed, Some("bills are switched off"));
        assert!(fails_as_before(&off("2026-03-02"), &off("2026-03-01")));
        for other in [
            report("2026-03-01", Status::Failed, Some("the gateway is down")),
            report("2026-03-01", Status::Differs, Some("bills are switched off")),
            report("2026-03-01", Status::Agrees, None),
        ] {
            assert!(!fails_as_before(&off("2026-03-02"), &other), "{other}");
            assert!(!fails_as_before(&other, &off("2026-03-01")), "{other}");
        }
    }

    #[test]
    fn a_report_and_its_webhook_are_json_as_documented() {
        let mut totals = Totals::default();
        totals.bill_paid(wire::Money::new(8800, wire::Currency::HKD));
        let head = Head {
            day: "2026-03-01",
            status: Status::Differs,
            finished_at_ms: 1_772_417_160_000,
            totals: &totals,
            differences_found: 1,
            mended: 1,
            kinds: r#"{"missing_here":1}"#,
            problem: None,
        };
        let head = head.write();
        let body = webhook("reconciliation.difference", "2026-03-01", 1_772_417_160_000, &head);
        // docs/reconciliation.md shows it, letter by letter.
        let guide = include_str!("../../../docs/reconciliation.md");
        assert!(guide.lines().any(|line| line == body), "{body}");
        assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
        assert_eq!(
            [Status::Agrees, Status::Failed].map(Status::webhook),
            [None, Some("reconciliation.failed")]
        );
    }
}
