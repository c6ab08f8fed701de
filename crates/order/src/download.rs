//! Files that were bought: whether one may be downloaded now, and how often it was.
//!
//! The shell knows which line of the order names a file ([`crate::DetailsText::files`]), and sends the bytes.
//! The order decides. A file goes out only for an order that is paid and whose payment was not given back. A
//! download is counted, and stored, before its first byte is sent. So a crash in between costs a download and
//! never gives one away.
//!
//! What counts: each request that begins at the first byte. A request that goes on in the middle takes its
//! bytes from what the counted downloads before it have left: once the size of the file for each. If too
//! little is left, it counts, too. So whatever ranges are asked for, no more than twice [`MAX_DOWNLOADS`]
//! files' worth of bytes go out for a line.

use serde::{Deserialize, Serialize};

use crate::effect::Turn;
use crate::exception::About;
use crate::{ExceptionKind, Order, Rejected, State, WebhookKind, What};

/// How often a file of an order can be downloaded. The merchant can allow as many again.
pub const MAX_DOWNLOADS: u32 = 10;

/// A request for a file, or for a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The line of the order, counted from 1.
    pub line: u16,
    /// The name of the file.
    pub file: String,
    /// Whether the first byte of the file is asked for.
    pub is_from_start: bool,
    /// How many bytes are asked for.
    pub bytes: u64,
    /// How many bytes the file has.
    pub size: u64,
}

/// The downloads of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Downloads {
    /// The line, counted from 1.
    pub line: u16,
    /// How many were counted.
    pub times: u32,
    /// How many there may be.
    pub most: u32,
    /// When the first one began.
    pub first_at_ms: i64,
    /// When the last one began.
    pub last_at_ms: i64,
    /// How many bytes requests in the middle of the file may still take.
    left_bytes: u64,
}

/// The downloads of an order. They are stored as one text, which needs a tenth of the code that a list of
/// objects needs: for each line its six numbers, with blanks between them and a comma behind the line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Counts(Vec<Downloads>);

impl Counts {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Counts> for String {
    fn from(Counts(all): Counts) -> Self {
        let mut text = Self::new();
        for Downloads { line, times, most, first_at_ms, last_at_ms, left_bytes } in all {
            text.push_str(&format!("{line} {times} {most} {first_at_ms} {last_at_ms} {left_bytes},"));
        }
        text
    }
}

impl TryFrom<String> for Counts {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut all = Vec::new();
        for line in text.split_terminator(',') {
            all.push(Downloads::read(line).ok_or("these are no downloads")?);
        }
        Ok(Self(all))
    }
}

impl Downloads {
    fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ');
        let mut next = || numbers.next()?.parse::<i64>().ok();
        Some(Self {
            line: u16::try_from(next()?).ok()?,
            times: u32::try_from(next()?).ok()?,
            most: u32::try_from(next()?).ok()?,
            first_at_ms: next()?,
            last_at_ms: next()?,
            left_bytes: u64::try_from(next()?).ok()?,
        })
    }

    /// Whether the request is a part of a download that was counted.
    fn goes_on(&self, download: &Download) -> bool {
        !download.is_from_start && download.bytes <= self.left_bytes
    }

    fn is_used_up(&self) -> bool {
        self.times >= self.most
    }
}

impl Order {
    /// Whether the files of the order may go out now.
    ///
    /// # Errors
    /// [`Rejected::NotPaid`]; [`Rejected::MoneyWentBack`] if all of the payment was given back, or is being
    /// given back, or if somebody else has given back nobody knows how much.
    pub fn may_deliver(&self) -> Result<(), Rejected> {
        let State::Paid { transaction_id, .. } = &self.state else { return Err(Rejected::NotPaid) };
        let held_minor = self.refunds.held_minor(transaction_id);
        let paid_minor = self.payment().map_or(self.terms.amount.minor, |payment| payment.total.minor);
        let is_amount_unknown = held_minor == 0
            && self.exceptions.iter().any(|exception| {
                exception.kind == ExceptionKind::RefundedElsewhere
                    && exception.transaction_id.as_ref() == Some(transaction_id)
            });
        if held_minor >= paid_minor || is_amount_unknown { Err(Rejected::MoneyWentBack) } else { Ok(()) }
    }

    /// The downloads of each line that has any.
    #[must_use]
    pub fn downloads(&self) -> &[Downloads] {
        &self.downloads.0
    }

    pub(crate) fn admit_download(&self, download: &Download) -> Result<(), Rejected> {
        self.may_deliver()?;
        let known = self.downloads.0.iter().find(|known| known.line == download.line);
        match known {
            Some(known) if known.is_used_up() && !known.goes_on(download) => Err(Rejected::DownloadsUsedUp),
            Some(_) | None => Ok(()),
        }
    }

    /// A download begins, or goes on. The first one of all delivers the order.
    pub(crate) fn download_begins(&mut self, turn: &mut Turn, download: &Download) {
        turn.store = true;
        let is_first = self.downloads.is_empty();
        let now_ms = turn.now_ms;
        let Download { line, file, is_from_start, bytes, size } = download;
        if !self.downloads.0.iter().any(|known| known.line == *line) {
            let fresh = Downloads {
                line: *line,
                times: 0,
                most: MAX_DOWNLOADS,
                first_at_ms: now_ms,
                last_at_ms: now_ms,
                left_bytes: 0,
            };
            self.downloads.0.push(fresh);
        }
        let Some(known) = self.downloads.0.iter_mut().find(|known| known.line == *line) else { return };
        if known.goes_on(download) {
            known.left_bytes = known.left_bytes.saturating_sub(*bytes);
            return;
        }
        known.times = known.times.saturating_add(1);
        known.last_at_ms = now_ms;
        known.left_bytes = if *is_from_start { *size } else { size.saturating_sub(*bytes) };
        turn.index_changed = true;
        if is_first {
            turn.note(What::Delivered { line: *line, file: file.clone() });
            self.announce(turn, WebhookKind::OrderDelivered);
        }
        self.settle_exceptions(turn, |exception| {
            exception.kind == ExceptionKind::FileMissing && exception.detail.as_ref() == Some(file)
        });
    }

    /// A file that was paid for is not there. Nothing is counted.
    pub(crate) fn file_missing(&mut self, turn: &mut Turn, file: &str) {
        self.raise(turn, ExceptionKind::FileMissing, About::order().because(file));
    }

    /// The merchant allows as many downloads of each line again.
    pub(crate) fn downloads_allowed(&mut self, turn: &mut Turn) {
        turn.note(What::DownloadsAllowed);
        for known in &mut self.downloads.0 {
            known.most = known.times.saturating_add(MAX_DOWNLOADS);
        }
    }

    /// How many downloads there were, of all lines.
    pub(crate) fn downloaded(&self) -> u32 {
        self.downloads.0.iter().fold(0, |sum, known| sum.saturating_add(known.times))
    }
}
