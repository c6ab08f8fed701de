//! The bill is downloaded, and stored in pieces as it comes. It is never in memory as a whole.
//!
//! API v2 sends it packed and signs nothing. API v3 signs the hash of its text, so it comes unpacked, and a
//! text with another hash is refused.

use books::{Progress, Stage};
use wire::v2::bill::{BillAnswer, BillType, DownloadBill, MAX_STREAMED_BYTES};
use wire::v2::{Advice, Call};

use super::desk::Desk;
use super::report;
use super::store::Store;
use crate::config::{Config, V2, V3};
use crate::failure::{Defect, Failure};
use crate::number_and_token::Api;
use crate::object::gateway_call::nonce;
use crate::platform::clock::now_ms;
use crate::platform::post::{Answer, Connection, NoAnswer, Post};
use crate::v3::bill::{self, Coming, NotComing};

/// How long the whole download may take.
const TIME_LIMIT_MS: u32 = 120_000;
/// The longest download. A bill of 100,000 rows has some 30 MB, and packed some 6.
const MAX_BYTES: usize = MAX_STREAMED_BYTES;
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
    let host = config.gateway(progress.tries);
    let store = desk.store()?;
    // The bill of a merchant number has the orders of both APIs.
    match (config.api, &config.v3, &config.v2) {
        (Api::V3(_), Some(account), _) => by_v3(&config, account, host, &store, progress).await,
        (_, _, Some(account)) => by_v2(&config, account, host, &store, progress).await,
        _ => Err(Defect::NotDerived("account").into()),
    }
}

async fn by_v3(
    config: &Config,
    account: &V3,
    host: &str,
    store: &Store,
    progress: &Progress,
) -> Result<Came, Failure> {
    let Coming { text, mut hash } = match bill::ask(config, account, host, progress.day, TIME_LIMIT_MS).await
    {
        Ok(coming) => coming,
        Err(NotComing::NoTrades) => return Ok(Came::NoTrades),
        Err(NotComing::Nothing { why, may_come }) => return Ok(Came::Nothing { why, may_come }),
    };
    let (pieces, piece) = match keep(store, text, &mut |bytes| hash.update(bytes)).await? {
        Ok(kept) => kept,
        Err(no_answer) => return Ok(Came::Nothing { why: no_answer.to_string(), may_come: true }),
    };
    if let Err(why) = hash.finish() {
        store.begin_bill()?;
        return Ok(Came::Nothing { why: why.to_string(), may_come: false });
    }
    if !piece.is_empty() {
        store.add_to_bill(pieces, piece)?;
    }
    Ok(Came::Bill)
}

async fn by_v2(
    config: &Config,
    account: &V2,
    host: &str,
    store: &Store,
    progress: &Progress,
) -> Result<Came, Failure> {
    let call =
        DownloadBill { bill_date: progress.day, bill_type: BillType::All, packed: true, device_info: None };
    let nonce = nonce().ok_or(Defect::NotDerived("nonce"))?;
    let body = wire::v2::request(&call, &config.merchant, account.sign_type, &account.api_key, &nonce)
        .map_err(|error| Defect::Misread(error.to_string()))?;
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

    let (pieces, piece) = match keep(store, answer, &mut |_| ()).await? {
        Ok(kept) => kept,
        Err(no_answer) => return later(no_answer.to_string()),
    };
    // What is packed is a bill: WeChat does not pack a refusal.
    if pieces == 0 && piece.len() < REFUSAL_BYTES && !piece.starts_with(&[0x1F, 0x8B]) {
        match wire::v2::answer(&call, &piece, &config.merchant, account.sign_type, &account.api_key) {
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

/// Stores a text as it comes, and shows each of its bytes to `look`. Returns how many pieces are stored, and
/// the last one, which is not.
async fn keep(
    store: &Store,
    answer: Answer,
    look: &mut dyn FnMut(&[u8]),
) -> Result<Result<(i64, Vec<u8>), NoAnswer>, Failure> {
    store.begin_bill()?;
    let (mut piece, mut pieces, mut failed) = (Vec::new(), 0_i64, None);
    let mut keep = |bytes: Vec<u8>| {
        let kept = store.add_to_bill(pieces, bytes);
        pieces = pieces.saturating_add(1);
        kept
    };
    let read = answer
        .pieces(MAX_BYTES, &mut |bytes| {
            look(&bytes);
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
    match failed {
        Some(failure) => Err(failure),
        None => Ok(read.map(|()| (pieces, piece))),
    }
}
