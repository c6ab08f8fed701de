//! The bill is downloaded, packed, and stored in pieces as it comes. It is never in memory as a whole.

use books::{Progress, Stage};
use wire::v2::bill::{BillAnswer, BillType, DownloadBill};
use wire::v2::{Advice, Call};

use super::desk::Desk;
use super::report;
use crate::failure::{Defect, Failure};
use crate::object::gateway_call::nonce;
use crate::platform::clock::now_ms;
use crate::platform::post::{Connection, Post};

/// How long the whole download may take.
const TIME_LIMIT_MS: u32 = 120_000;
/// The longest download. A packed bill of 100,000 rows has some 6 MB.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The size of a stored piece. A row of SQLite has at most 2 MB here.
const PIECE_BYTES: usize = 512 * 1024;
/// An answer that is shorter may be a refusal, packed or not. A bill with one row is longer.
const REFUSAL_BYTES: usize = 2 * 1024;

/// What came.
enum Came {
    /// A bill.
    Bill,
    /// The day has no trades, says WeChat.
    NoTrades,
    /// No bill, and why. It may come if it is asked for again.
    Nothing { why: String, may_come: bool },
}

/// Downloads the bill of the day.
pub(super) async fn fetch(desk: &Desk, progress: Progress) -> Result<(), Failure> {
    let came = download(desk, &progress).await?;
    if !desk.is_current(&progress)? {
        return Ok(());
    }
    let store = desk.store()?;
    let day = progress.day_text();
    let now_ms = now_ms();
    let mut next = progress;
    match came {
        Came::Nothing { why, may_come } => {
            worker::console_warn!("the books: no bill of {day}: {why}");
            next.problem = Some(why.into());
            if next.not_there(now_ms, may_come) {
                return store.keep(&next);
            }
            worker::console_error!(
                "the books: the bill of {day} is given up; look into the merchant platform"
            );
            report::failed(desk, next)
        }
        Came::Bill | Came::NoTrades => {
            if next.asked_since_ms == 0 {
                next.asked_since_ms = now_ms;
            }
            next.problem = None;
            next.cursor = books::Cursor::default();
            next.go_on(Stage::Compare, now_ms);
            if matches!(came, Came::NoTrades) {
                store.begin_bill()?;
            }
            store.end_bill(&day, &next)
        }
    }
}

async fn download(desk: &Desk, progress: &Progress) -> Result<Came, Failure> {
    let config = desk.config()?;
    let call =
        DownloadBill { bill_date: progress.day, bill_type: BillType::All, packed: true, device_info: None };
    let nonce = nonce().ok_or(Defect::NotDerived("nonce"))?;
    let body = wire::v2::request(&call, &config.merchant, config.sign_type, &config.api_key, &nonce)
        .map_err(|error| Defect::Misread(error.to_string()))?;
    let hosts = config.gateways.len().max(1);
    let host = usize::try_from(progress.tries).unwrap_or(0).checked_rem(hosts).unwrap_or(0);
    let host = config.gateways.get(host).ok_or(Defect::NotDerived("host"))?;
    let post = Post {
        url: &format!("{host}{}", DownloadBill::PATH),
        headers: &[("content-type", "text/xml; charset=utf-8")],
        body: &body,
        time_limit_ms: TIME_LIMIT_MS,
    };
    let later = |why: String| Ok(Came::Nothing { why, may_come: true });
    let answer = match Connection::Plain.post(&post).await {
        Ok(answer) if answer.status == 200 => answer,
        Ok(answer) => {
            let status = answer.status;
            return later(format!("HTTP {status}: {}", answer.beginning().await));
        }
        Err(no_answer) => return later(no_answer.to_string()),
    };

    let store = desk.store()?;
    store.begin_bill()?;
    let (mut piece, mut pieces, mut failed) = (Vec::new(), 0_i64, None);
    let mut keep = |bytes: Vec<u8>| {
        let kept = store.add_to_bill(pieces, bytes);
        pieces = pieces.saturating_add(1);
        kept
    };
    let read = answer
        .pieces(MAX_BYTES, &mut |bytes| {
            piece.extend(bytes);
            if piece.len() >= PIECE_BYTES
                && let Err(failure) = keep(std::mem::take(&mut piece))
            {
                failed = Some(failure);
                return Err("not stored".into());
            }
            Ok(())
        })
        .await;
    if let Some(failure) = failed {
        return Err(failure);
    }
    if let Err(no_answer) = read {
        return later(no_answer.to_string());
    }
    // What is packed is a bill: WeChat does not pack a refusal.
    if pieces == 0 && piece.len() < REFUSAL_BYTES && !piece.starts_with(&[0x1F, 0x8B]) {
        match wire::v2::answer(&call, &piece, &config.merchant, config.sign_type, &config.api_key) {
            Ok(BillAnswer::Bill(_)) => {}
            Ok(BillAnswer::NoBill) => return Ok(Came::NoTrades),
            Ok(BillAnswer::Refused(refusal)) => {
                let may_come = matches!(refusal.advice(), Advice::RepeatSame);
                return Ok(Came::Nothing { why: refusal.to_string(), may_come });
            }
            Err(error) => return later(error.to_string()),
        }
    }
    if !piece.is_empty() {
        store.add_to_bill(pieces, piece)?;
    }
    Ok(Came::Bill)
}
