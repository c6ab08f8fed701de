//! A pass over the stored bill: it is unpacked and compared with the index, a piece and a row at a time.

use std::io::{Error, Read, Result as IoResult};

use books::{Cursor, Ours, Pass, Progress, Stage};
use wire::v2::bill::{BillEnd, BillFaults, StreamError};

use super::desk::Desk;
use super::report;
use super::store::Store;
use crate::failure::{Defect, Failure};
use crate::index::Place;
use crate::index::sharded::Index;
use crate::platform::clock::now_ms;

/// How long *there is no bill* is doubted while our own books have payments of that day.
const DOUBTED_MS: i64 = 4 * 3_600_000;

/// The stored pieces of a bill, one after another.
struct Pieces<'s> {
    store: &'s Store,
    day: &'s str,
    n: i64,
    piece: Vec<u8>,
    read: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        if self.read >= self.piece.len() {
            let next = self.store.bill(self.day, self.n).map_err(|_| Error::other("not stored"))?;
            let Some(piece) = next else { return Ok(0) };
            self.piece = piece;
            self.read = 0;
            self.n = self.n.saturating_add(1);
        }
        let left = self.piece.get(self.read..).unwrap_or_default();
        let length = left.len().min(into.len());
        if let (Some(from), Some(to)) = (left.get(..length), into.get_mut(..length)) {
            to.copy_from_slice(from);
        }
        self.read = self.read.saturating_add(length);
        Ok(length)
    }
}

/// Compares the bill of the day with the index.
pub(super) async fn compare(desk: &Desk, progress: Progress) -> Result<(), Failure> {
    let (day, start_ms) = (progress.day, progress.day.start_epoch_ms());
    let index = Index::of(&desk.env);
    let ours = match &index {
        Some(index) => ours(index, start_ms, books::end_ms(day)).await?,
        None => Ours::new(),
    };
    let refunded = match &index {
        Some(index) => index.refunded_around(start_ms).await?,
        None => String::new(),
    };
    if !desk.is_current(&progress)? {
        return Ok(());
    }

    let (store, text, now_ms) = (desk.store()?, progress.day_text(), now_ms());
    let mut next = progress;
    let has_ours = !ours.is_empty();
    let mut pass = Pass::new(ours, std::mem::take(&mut next.cursor));
    let end = if store.bill(&text, 0)?.is_none() {
        if has_ours && now_ms.saturating_sub(next.asked_since_ms) < DOUBTED_MS {
            // WeChat says that there was no trade, and we have some. Its bill may not be made yet.
            next.stage = Stage::Fetch;
            next.problem = Some("WeChat says that the day has no trades".into());
            return if next.not_there(now_ms, true) { store.keep(&next) } else { report::failed(desk, next) };
        }
        Ok(BillEnd { rows: 0, faults: None })
    } else {
        let mut pieces = Pieces { store: &store, day: &text, n: 0, piece: Vec::new(), read: 0 };
        pass.read(&mut pieces)
    };
    let numbers: Vec<Box<str>> = refunded.lines().filter(|line| !line.is_empty()).map(Box::from).collect();
    let passed = pass.end(day, &numbers);
    let unusable = passed.unusable.map(|error| error.to_string());
    match (end, unusable) {
        (Ok(end), None) => {
            next.problem = end.faults.map(|faults| not_whole(&faults));
        }
        (Err(error), _) => return damaged(desk, next, &error),
        (_, Some(why)) => {
            next.problem = Some(why.into());
            return report::failed(desk, next);
        }
    }
    let mut doubts = passed.doubts;
    if passed.next.is_none() {
        doubts.extend(store.carried(&text)?);
    }
    next.totals = passed.totals;
    next.go_on(Stage::Ask, now_ms);
    // An empty cursor says that this was the last pass.
    next.cursor = passed.next.unwrap_or_default();
    store.passed(&text, &doubts, &passed.differences, &next)
}

/// What is wrong with a bill that lost a row or has a bad one.
fn not_whole(faults: &BillFaults) -> Box<str> {
    let bad = u32::try_from(faults.bad_rows.len().saturating_add(faults.more_bad_rows)).unwrap_or(u32::MAX);
    let line = faults.bad_rows.first().map_or(0, |row| row.line);
    let totals = faults.differences.len();
    let words = "the bill is not whole:";
    format!("{words} {bad} bad rows (the first is line {line}), {totals} totals differ from its rows").into()
}

/// The bill is damaged or cut off: it is downloaded again, and then given up.
fn damaged(desk: &Desk, mut next: Progress, error: &StreamError) -> Result<(), Failure> {
    let now_ms = now_ms();
    worker::console_warn!("the books: the bill of {} cannot be read: {error}", next.day_text());
    next.stage = Stage::Fetch;
    next.problem = Some(error.to_string().into());
    next.cursor = Cursor::default();
    if next.not_there(now_ms, false) { desk.store()?.keep(&next) } else { report::failed(desk, next) }
}

/// The paid orders of the day, page by page.
async fn ours(index: &Index, from_ms: i64, to_ms: i64) -> Result<Ours, Failure> {
    let mut ours = Ours::new();
    for shard in index.shards() {
        let mut after = Place::default();
        loop {
            let lines = shard.paid(&after, from_ms, to_ms).await?;
            let last = ours.add(&lines).map_err(|_| Defect::Misread("more orders than a bill has".into()))?;
            let Some(last) = last else { break };
            let (number, placed_at_ms) = (last.split('\t').next(), last.rsplit('\t').next());
            after = Place {
                at_ms: placed_at_ms.and_then(|text| text.parse().ok()).unwrap_or(i64::MAX),
                number: number.unwrap_or_default().to_owned(),
            };
        }
    }
    ours.sort();
    Ok(ours)
}
