//! A day ends: its report, the webhook about it, and what the routes show.

use books::{Head, Progress, Status};
use sha2::{Digest, Sha256};
use wire::v2::WxDate;

use super::desk::Desk;
use super::store::Store;
use crate::failure::Failure;
use crate::platform::clock::now_ms;

/// How many reports the list has.
const LISTED: i64 = 62;

/// All doubts are settled.
pub(super) fn finish(desk: &Desk, progress: Progress) -> Result<(), Failure> {
    end(desk, progress, true)
}

/// There is no bill of this day that can be compared.
pub(super) fn failed(desk: &Desk, progress: Progress) -> Result<(), Failure> {
    end(desk, progress, false)
}

fn end(desk: &Desk, progress: Progress, was_compared: bool) -> Result<(), Failure> {
    let (store, day, now_ms) = (desk.store()?, progress.day_text(), now_ms());
    let (found, mended, kinds) = store.count(&day)?;
    let status = match (was_compared, found) {
        (false, _) => Status::Failed,
        // A bill with bad rows or totals that differ is not a day that agrees.
        (true, 0) if progress.problem.is_none() => Status::Agrees,
        (true, _) => Status::Differs,
    };
    let head = Head {
        day: &day,
        status,
        finished_at_ms: now_ms,
        totals: &progress.totals,
        differences_found: found,
        mended,
        kinds: &kinds,
        problem: progress.problem.as_deref(),
    };
    let head = head.write();
    // The same differences are told once: the id of the webhook is made of them.
    let differences = store.differences(&day)?;
    let problem = progress.problem.as_deref().unwrap_or_default();
    let hash = Sha256::digest(format!("{day}{differences}{problem}").as_bytes());
    let hash = hash.iter().take(6).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let id = format!("reconciliation-{day}-{hash}");
    let day_before = books::before(progress.day).map(books::dashed);
    let report_before = day_before.map(|day| store.report(&day)).transpose()?.flatten();
    let is_told = report_before.is_some_and(|before| books::fails_as_before(&head, &before));
    let webhook = status.webhook().filter(|_| !is_told);
    let webhook = webhook.map(|kind| (id, books::webhook(kind, &day, now_ms, &head)));
    if status == Status::Agrees {
        worker::console_log!("the books: {day} agrees: {} payments", progress.totals.bill_payments);
    } else {
        worker::console_warn!("the books: {day} differs: {head}");
    }
    let webhook = webhook.as_ref().map(|(id, body)| (id.as_str(), body.as_str()));
    let mut next = progress;
    next.over(was_compared, now_ms);
    store.finish(&day, &head, webhook, &next, now_ms)
}

/// The newest reports, and before them the day that is worked on.
pub(super) fn list(store: &Store) -> Result<String, Failure> {
    let reports = store.reports(LISTED)?;
    let Some(under_way) = store.progress()?.and_then(|progress| under_way(&progress)) else {
        return Ok(reports);
    };
    let rest = reports.strip_prefix('[').unwrap_or(&reports);
    let between = if rest == "]" { "" } else { "," };
    Ok(format!("[{under_way}{between}{rest}"))
}

/// The report of a day with its differences, or that it is worked on. `None`: neither.
pub(super) fn of_day(store: &Store, day: WxDate) -> Result<Option<String>, Failure> {
    if let Some(progress) = store.progress()?.filter(|progress| progress.day == day)
        && let Some(under_way) = under_way(&progress)
    {
        return Ok(Some(under_way));
    }
    let day = books::dashed(day);
    let Some(head) = store.report(&day)? else { return Ok(None) };
    let head = head.strip_suffix('}').unwrap_or(&head);
    Ok(Some(format!(r#"{head},"differences":{}}}"#, store.differences(&day)?)))
}

/// The day that is worked on, if that has begun.
fn under_way(progress: &Progress) -> Option<String> {
    let day = progress.day_text();
    let begun = progress.asked_since_ms != 0 || progress.due_at_ms <= now_ms();
    begun.then(|| format!(r#"{{"day":"{day}","status":"running","next_step_at_ms":{}}}"#, progress.due_at_ms))
}
