//! One request to a server outside: a POST to WeChat Pay or to the merchant's receiver of webhooks, or a GET
//! of the merchant's catalogue.
//!
//! The server may be slow, wrong, or not the one we expect. So no redirect is followed: it would send a
//! signed message to another place, and by a browser's rules the POST may become an empty GET on the way. The
//! time limit includes the body, and reading stops at a limit. The caller decides what the answer means.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, Response};

use crate::failure::words_of;
use crate::platform::js::{self, Fetcher};
use crate::platform::retry_after;
use crate::platform::stream::{self, End};
use crate::platform::timer::{TimeLimit, TooLate};
use crate::platform::wait::settled;

/// How many characters of an address or a text a log repeats at most.
const MAX_EXCERPT_CHARACTERS: usize = 200;
/// How many bytes of a body are read for an excerpt. A page of HTML has said its message by then.
const MAX_EXCERPT_BYTES: usize = 2 * 1024;

/// How long we wait for the end of an answer that nobody needs to read.
const FINISH_MS: u32 = 1_000;

/// The kind of connection.
pub(crate) enum Connection {
    /// Without a client certificate.
    Plain,
    /// With the merchant's client certificate, which refunds require (protocol §7.2).
    Certificate(Fetcher),
}

/// What is sent, and how long it may take.
pub(crate) struct Post<'a> {
    /// Where to.
    pub(crate) url: &'a str,
    /// Names and values.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// The text.
    pub(crate) body: &'a str,
    /// How long the whole request may take, including the answer's body.
    pub(crate) time_limit_ms: u32,
}

/// Why there is no answer to our POST.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// No answer began. The platform does not say whether the request left before the connection broke.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The time was over.
    #[error("no whole answer within {0} ms")]
    TimedOut(u32),
    /// The answer began, but the connection broke before its end.
    #[error("the answer broke off: {0}")]
    BrokeOff(String),
    /// The body is longer than this many bytes. The rest was not read.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    /// The answer is a redirect. Nothing was sent to its target.
    #[error("HTTP {status}, a redirect to {to}, which is not followed")]
    Redirected {
        /// 300 to 399.
        status: u16,
        /// The target, if the answer names one.
        to: String,
    },
}

/// An answer whose status has come and whose body has not been read. Dropping it releases the connection.
pub(crate) struct Answer {
    /// The status. It is never a redirect's.
    pub(crate) status: u16,
    response: Response,
    limit: TimeLimit,
    limit_ms: u32,
    cut: CutWhenDropped,
}

/// Cuts the connection when it is dropped, so that a body that nobody reads does not hold it.
struct CutWhenDropped {
    controller: AbortController,
    /// The body was read to its end. Nothing is left to cut.
    is_read: bool,
}

impl Drop for CutWhenDropped {
    fn drop(&mut self) {
        if !self.is_read {
            self.controller.abort();
        }
    }
}

impl Connection {
    /// Posts, and waits for the answer to begin.
    pub(crate) async fn post(&self, post: &Post<'_>) -> Result<Answer, NoAnswer> {
        self.ask(post, Some(post.body)).await
    }

    /// Gets, and waits for the answer to begin. A 304 is [`NoAnswer::Redirected`].
    pub(crate) async fn get(
        url: &str,
        headers: &[(&str, &str)],
        time_limit_ms: u32,
    ) -> Result<Answer, NoAnswer> {
        Self::Plain.ask(&Post { url, headers, body: "", time_limit_ms }, None).await
    }

    async fn ask(&self, post: &Post<'_>, body: Option<&str>) -> Result<Answer, NoAnswer> {
        let limit = TimeLimit::of(post.time_limit_ms);
        let cut = AbortController::new().map_err(no_connection)?;
        let cut = CutWhenDropped { controller: cut, is_read: false };
        let response = match limit.within(self.send(post, body, &cut)).await {
            Ok(begun) => begun.map_err(no_connection)?,
            Err(TooLate) => return Err(NoAnswer::TimedOut(post.time_limit_ms)),
        };
        let status = response.status();
        if let Some(redirected) = redirected(status, || header(&response, "location")) {
            return Err(redirected);
        }
        Ok(Answer { status, response, limit, limit_ms: post.time_limit_ms, cut })
    }

    async fn send(
        &self,
        post: &Post<'_>,
        body: Option<&str>,
        cut: &CutWhenDropped,
    ) -> Result<Response, JsValue> {
        let lines: Vec<&str> = post.headers.iter().flat_map(|(name, value)| [*name, *value]).collect();
        let binding = match self {
            Self::Plain => None,
            Self::Certificate(fetcher) => Some(fetcher),
        };
        let begun = js::post(binding, post.url, &lines.join("\n"), body, &cut.controller.signal())?;
        Ok(settled(&begun).await?.unchecked_into())
    }
}

impl Answer {
    /// One header, or `None` if it is missing.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        header(&self.response, name)
    }

    /// How long the answer asks us to wait, from `now_ms` on.
    pub(crate) fn retry_after_ms(&self, now_ms: i64) -> Option<i64> {
        retry_after::read(&header(&self.response, "retry-after")?, now_ms)
    }

    /// Waits a moment for the end of an answer whose body does not matter, because a receiver that is cut off
    /// in the middle of its answer may stop its work.
    pub(crate) async fn let_finish(mut self) {
        let mut bytes = Vec::new();
        let read = self.read(MAX_EXCERPT_BYTES, &mut bytes);
        let end = TimeLimit::of(FINISH_MS).within(read).await;
        self.cut.is_read = matches!(end, Ok(Ok(End::Body)));
    }

    /// Reads the body, at most `max` bytes of it. If it announces its length it is read at once, which is
    /// much cheaper than piece by piece.
    async fn read(&self, max: usize, bytes: &mut Vec<u8>) -> Result<End, JsValue> {
        let response = &self.response;
        let announced = header(response, "content-length").and_then(|length| length.parse::<usize>().ok());
        // The length of a compressed body says nothing.
        if announced.is_some_and(|length| length <= max) && header(response, "content-encoding").is_none() {
            let buffer = settled(&response.array_buffer()?).await?;
            *bytes = Uint8Array::new(&buffer).to_vec();
            return Ok(End::Body);
        }
        stream::read(response.body(), max, bytes).await
    }

    /// The whole body, if it has at most `max` bytes.
    pub(crate) async fn whole(mut self, max: usize) -> Result<Vec<u8>, NoAnswer> {
        let mut bytes = Vec::new();
        let end = self.limit.within(self.read(max, &mut bytes)).await;
        self.cut.is_read = matches!(end, Ok(Ok(End::Body)));
        match end {
            Err(TooLate) => Err(NoAnswer::TimedOut(self.limit_ms)),
            Ok(Err(error)) => Err(NoAnswer::BrokeOff(excerpt(&words_of(&error)))),
            Ok(Ok(End::Limit)) => Err(NoAnswer::TooLarge(max)),
            Ok(Ok(End::Body)) => Ok(bytes),
        }
    }

    /// Gives each piece of the body to `take`, if it has at most `max` bytes.
    pub(crate) async fn pieces(
        mut self,
        max: usize,
        take: &mut dyn FnMut(Vec<u8>) -> Result<(), JsValue>,
    ) -> Result<(), NoAnswer> {
        let end = self.limit.within(stream::each(self.response.body(), max, take)).await;
        self.cut.is_read = matches!(end, Ok(Ok(End::Body)));
        match end {
            Err(TooLate) => Err(NoAnswer::TimedOut(self.limit_ms)),
            Ok(Err(error)) => Err(NoAnswer::BrokeOff(excerpt(&words_of(&error)))),
            Ok(Ok(End::Limit)) => Err(NoAnswer::TooLarge(max)),
            Ok(Ok(End::Body)) => Ok(()),
        }
    }

    /// The beginning of the body's text, as far as it comes in time.
    pub(crate) async fn beginning(self) -> String {
        let mut bytes = Vec::new();
        // Whether this succeeds or fails, the excerpt is what was read until then.
        drop(self.limit.within(stream::read(self.response.body(), MAX_EXCERPT_BYTES, &mut bytes)).await);
        excerpt(&String::from_utf8_lossy(&bytes))
    }
}

/// The refusal of an answer that redirects our POST to `location`. `None` if the status is not a redirect.
fn redirected(status: u16, location: impl FnOnce() -> Option<String>) -> Option<NoAnswer> {
    (300..400).contains(&status).then(|| {
        let to = location().unwrap_or_else(|| "nowhere".into());
        NoAnswer::Redirected { status, to: excerpt(&to) }
    })
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

fn no_connection(error: JsValue) -> NoAnswer {
    NoAnswer::NoConnection(excerpt(&words_of(&error)))
}

/// The beginning of a text for a reader: without tags, on one line, at most [`MAX_EXCERPT_CHARACTERS`] long.
/// Tags are removed because a server in front of the one we asked may answer with a page of HTML.
pub(crate) fn excerpt(text: &str) -> String {
    let mut words = String::new();
    let mut within_tag = false;
    for character in text.chars() {
        match character {
            '<' => within_tag = true,
            '>' if within_tag => {
                within_tag = false;
                words.push(' ');
            }
            _ if within_tag => {}
            _ if character.is_control() => words.push(' '),
            _ => words.push(character),
        }
    }
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_EXCERPT_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_no_answer_whatever_its_number_and_says_where_it_leads() {
        let to = || Some("https://elsewhere.example/a\nb".to_owned());
        for status in [300, 301, 302, 303, 304, 307, 308, 399] {
            let there = NoAnswer::Redirected { status, to: "https://elsewhere.example/a b".into() };
            assert_eq!(redirected(status, to), Some(there));
        }
        assert_eq!(
            redirected(302, || None),
            Some(NoAnswer::Redirected { status: 302, to: "nowhere".into() })
        );
        for status in [200, 204, 299, 400, 404, 500, 599] {
            assert_eq!(redirected(status, to), None, "{status}");
        }
    }

    #[test]
    fn a_page_of_html_is_repeated_as_the_words_on_it() {
        let page = "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n\
                    <body>\r\n<center>nginx</center>\r\n</body>\r\n</html>\r\n";
        assert_eq!(excerpt(page), "400 No required SSL certificate was sent nginx");
    }

    #[test]
    fn no_text_of_a_stranger_breaks_a_line_of_the_log_or_is_long() {
        assert_eq!(excerpt("a\n\u{1b}[31mb > c\u{0}d"), "a [31mb > c d");
        assert_eq!(excerpt(&"茶".repeat(5_000)).chars().count(), 200);
        assert_eq!(excerpt("<unfinished"), "");
    }
}
