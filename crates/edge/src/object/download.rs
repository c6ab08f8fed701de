//! A shopper's browser asks for a file that was bought. The order decides, and counts before a byte is sent.

use std::rc::Rc;

use order::{BoughtFile, Download, Input, Rejected};

use super::byte_range::{Part, part};
use super::protocol::AskedDownload;
use super::runner::Runner;
use crate::failure::{Defect, Failure};
use crate::platform::files;
use crate::platform::http::{Answer, Response};

/// There is no file of this line, it is not where it should be, or there is no such order.
const NO_SUCH_FILE: u16 = 404;
/// The order is not paid.
const NOT_PAID: u16 = 409;
/// The money went back.
pub(crate) const MONEY_WENT_BACK: u16 = 410;
/// The file has no such bytes. The body is the header that says so.
pub(crate) const NO_SUCH_BYTES: u16 = 416;
/// It was downloaded as often as it may be.
pub(crate) const USED_UP: u16 = 429;

/// Counts the download, unless only its headers are asked for. 200 with what is to be sent, in the form of
/// `sendFile` in `js/files.mjs`, or one of the statuses above.
pub(super) async fn begin(runner: &Rc<Runner>, asked: AskedDownload) -> Result<Response, Failure> {
    let bought = match runner.deliverable()? {
        None => None,
        Some(Err(rejected)) => return refused(rejected),
        Some(Ok((_, files))) => files.into_iter().find(|bought| bought.line == asked.line),
    };
    let Some(BoughtFile { line, file, .. }) = bought else { return Ok(Answer::new(NO_SUCH_FILE).empty()) };
    let Some(stored) = files::head(runner.env(), &file).await? else {
        worker::console_error!("{}: {file} is paid for, and it is not in the bucket FILES", runner.name());
        if let Some(Ok(effects)) = runner.step(Input::FileMissing { file })? {
            runner.act_later(effects);
        }
        return Ok(Answer::new(NO_SUCH_FILE).empty());
    };
    let size = stored.size;
    let (status, first, bytes) = match part(&asked.range, &asked.if_range, &stored.etag, size) {
        Part::Whole => (200, 0, size),
        Part::Bytes { first, length } => (206, first, length),
        Part::Nowhere => {
            return Ok(Answer::new(NO_SUCH_BYTES).text("text/plain", format!("bytes */{size}")));
        }
    };
    let file_name = file.clone();
    if !asked.is_head {
        let download = Download { line, file, is_from_start: first == 0, bytes, size };
        // While the bucket was asked, the money may have gone back, and others may have downloaded.
        match runner.step(Input::DownloadBegins(download))? {
            None => return Ok(Answer::new(NO_SUCH_FILE).empty()),
            Some(Err(rejected)) => return refused(rejected),
            Some(Ok(effects)) => runner.act_later(effects),
        }
    }
    let (etag, content_type) = (stored.etag, stored.content_type);
    let text = format!("{status}\n{first}\n{bytes}\n{size}\n{etag}\n{content_type}\n{file_name}");
    Ok(Answer::new(200).text("text/plain", text))
}

fn refused(rejected: Rejected) -> Result<Response, Failure> {
    let status = match rejected {
        Rejected::NotPaid => NOT_PAID,
        Rejected::MoneyWentBack => MONEY_WENT_BACK,
        Rejected::DownloadsUsedUp => USED_UP,
        other => return Err(Defect::Rejected(other).into()),
    };
    Ok(Answer::new(status).empty())
}
