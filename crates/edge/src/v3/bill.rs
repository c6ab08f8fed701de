//! A bill by API v3, up to its text (protocol §9.9). What is signed is the hash of the text, and the text
//! comes in pieces: the hash is verified here, and the pieces are compared with it by who keeps them.

use wire::v2::{Advice, WxDate};
use wire::v3::{BillHasher, CallError, Code, DayBill, DayBillAnswer, Draft, Edition, Statement};

use crate::config::{Config, V3};
use crate::platform::post::{Answer, NoAnswer, excerpt};
use crate::v3::exchange::genuine;
use crate::v3::request::{self, Received, begin, now_seconds};

/// The header with the hash of a global bill.
const STATEMENT_SHA1: &str = "Wechatpay-Statement-Sha1";

/// A bill that is coming.
pub(crate) struct Coming {
    /// The text, not packed.
    pub(crate) text: Answer,
    /// Takes the text. Nothing of it may be believed before the hash is right.
    pub(crate) hash: BillHasher,
}

/// Why no bill is coming.
pub(crate) enum NotComing {
    /// The day has no trades, says WeChat.
    NoTrades,
    /// And why. It may come if it is asked for again.
    Nothing { why: String, may_come: bool },
}

/// Asks for the bill of a day. `time_limit_ms` is for all of an answer.
///
/// The mainland file is not packed either, so that its hash can be made while it comes.
pub(crate) async fn ask(
    config: &Config,
    account: &V3,
    host: &str,
    date: WxDate,
    time_limit_ms: u32,
) -> Result<Coming, NotComing> {
    let (caller, call) = (account.asks(&config.merchant), DayBill { date });
    let (Some(nonce), Some(another)) = (request::nonce(), request::nonce()) else {
        return Err(later("no nonce"));
    };
    let draft = wire::v3::draft(&call, &caller, now_seconds(), &nonce);
    let draft = draft.map_err(|why| later(&why.to_string()))?;
    let answer = sent(host, draft, account, time_limit_ms).await?;
    let (received, text) = if account.edition == Edition::Global && answer.status == 200 {
        let mut begun = Received::begun(&answer);
        begun.headers.extend(answer.header(STATEMENT_SHA1).map(|hash| (STATEMENT_SHA1, hash)));
        let signed = Statement::signed_text(&begun.headers());
        begun.body = signed.map_err(|why| later(&why.to_string()))?.into();
        (begun, Some(answer))
    } else {
        (Received::whole(answer).await.map_err(|why| no_answer(&why))?, None)
    };
    let headers = received.headers();
    let proven = genuine(received.reply(&headers), config, account).await.map_err(|why| {
        let words = excerpt(&String::from_utf8_lossy(&received.body));
        later(&format!("HTTP {}, and {why}: {words}", received.status))
    })?;
    let link = match wire::v3::answer(&call, &proven, &caller).map_err(|error| refused(&error))? {
        DayBillAnswer::Text(hash) => {
            let text = text.ok_or_else(|| later("no text"))?;
            return Ok(Coming { text, hash: hash.hasher() });
        }
        DayBillAnswer::Link(link) => link,
    };
    let mut hosts: Vec<&str> = account.edition.hosts().into();
    hosts.extend(config.gateways.iter().map(String::as_str));
    let file = link.file(&hosts).map_err(|why| later(&why.to_string()))?;
    let draft = file.draft(&caller, now_seconds(), &another);
    let text = sent(file.host(), draft, account, time_limit_ms).await?;
    if text.status != 200 {
        let status = text.status;
        return Err(later(&format!("HTTP {status}: {}", text.beginning().await)));
    }
    Ok(Coming { text, hash: file.hash().hasher() })
}

async fn sent(host: &str, draft: Draft, account: &V3, time_limit_ms: u32) -> Result<Answer, NotComing> {
    let request = request::signed(draft, account).await.map_err(|why| later(&why))?;
    begin(host, &request, time_limit_ms).await.map_err(|why| no_answer(&why))
}

fn no_answer(why: &NoAnswer) -> NotComing {
    later(&why.to_string())
}

fn later(why: &str) -> NotComing {
    NotComing::Nothing { why: why.into(), may_come: true }
}

/// A signed answer without a bill.
fn refused(error: &CallError) -> NotComing {
    let said = match error {
        CallError::Refused(refusal) if refusal.code == Code::NoStatementExist => return NotComing::NoTrades,
        CallError::Refused(refusal) | CallError::Unclear { refusal: Some(refusal), .. } => {
            [refusal.code.as_str(), ": ", &refusal.message].concat()
        }
        _ => "the answer has another form".into(),
    };
    NotComing::Nothing { why: said, may_come: error.advice() == Advice::RepeatSame }
}
