//! The platform's own requests and answers, with few crossings between wasm and JavaScript: headers are not
//! copied, a body is read once, and one call makes an answer.

use js_sys::{ArrayBuffer, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Headers, Request};

use api::{Problem, ProblemCode};

use crate::failure::{Defect, Failure};
use crate::platform::js::{self, Told, held_back, respond, respond_as_told, told};
pub(crate) use crate::platform::percent::{decode_part, encode_part};
use crate::platform::stream::{self, End};
use crate::platform::timer::TimeLimit;
use crate::platform::wait::settled;

/// The path of a URL: the part between the host and `?` or `#`.
pub(crate) fn path_of(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = after_scheme.find('/').and_then(|start| after_scheme.get(start..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or("/")
}

/// The decoded parameters of a URL's query, in their order. `None` if one of them cannot be read.
pub(crate) fn query_of(url: &str) -> Option<Vec<(String, String)>> {
    let without_fragment = url.split_once('#').map_or(url, |(rest, _)| rest);
    let Some((_, query)) = without_fragment.split_once('?') else { return Some(Vec::new()) };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode_part(&name.replace('+', " "))?, decode_part(&value.replace('+', " "))?))
        })
        .collect()
}

/// One header, or `None` if it is missing.
pub(crate) fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

/// The values of these headers, a line each; an empty line for one that is missing. One crossing for all.
pub(crate) fn header_lines(headers: &Headers, names: &[&str]) -> String {
    js::header_lines(headers, &names.join("\n"))
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It has more than this many bytes. It was not read further.
    TooLarge(usize),
    /// The sender went away before its end.
    BrokeOff,
    /// It did not arrive in time.
    TooSlow,
}

/// How long a body may take to arrive. The longest one that any route reads needs a few packets. A sender who
/// lets us wait would otherwise keep a request open for as long as it likes.
const BODY_TIME_LIMIT_MS: u32 = 20_000;

impl From<Unread> for Problem {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge(limit) => {
                Self::new(ProblemCode::BodyTooLarge, format!("This route takes at most {limit} bytes."))
            }
            Unread::BrokeOff => Self::new(ProblemCode::InvalidBody, "The body broke off before its end."),
            Unread::TooSlow => Self::new(
                ProblemCode::InvalidBody,
                format!("The body did not arrive within {} seconds.", BODY_TIME_LIMIT_MS / 1_000),
            ),
        }
    }
}

/// Reads the body, within a time limit.
pub(crate) async fn body(request: &Request, limit: usize) -> Result<Vec<u8>, Unread> {
    let time = TimeLimit::of(BODY_TIME_LIMIT_MS);
    time.within(read(request, limit)).await.unwrap_or(Err(Unread::TooSlow))
}

/// Reads the body. If it announces its length it is read at once, which is much cheaper than a stream;
/// otherwise it is read piece by piece. A body that is too large is not read beyond the limit.
async fn read(request: &Request, limit: usize) -> Result<Vec<u8>, Unread> {
    let Some(announced) = header(request, "content-length") else {
        // The body comes in pieces and may have any length.
        let mut bytes = Vec::new();
        return match stream::read(request.body(), limit, &mut bytes).await {
            Ok(End::Body) => Ok(bytes),
            Ok(End::Limit) => Err(Unread::TooLarge(limit)),
            Err(_) => Err(Unread::BrokeOff),
        };
    };
    if is_longer(&announced, limit) {
        return Err(Unread::TooLarge(limit));
    }
    let whole = request.array_buffer().map_err(|_| Unread::BrokeOff)?;
    let buffer = settled(&whole).await.map_err(|_| Unread::BrokeOff)?;
    let bytes = Uint8Array::new(&buffer.unchecked_into::<ArrayBuffer>());
    if usize::try_from(bytes.length()).map_or(true, |length| length > limit) {
        return Err(Unread::TooLarge(limit));
    }
    Ok(bytes.to_vec())
}

/// Whether a `Content-Length` announces more than this. A length with more digits than any number here has is
/// longer than any limit.
fn is_longer(announced: &str, limit: usize) -> bool {
    announced.parse::<u64>().map_or(true, |bytes| usize::try_from(bytes).map_or(true, |bytes| bytes > limit))
}

/// An answer to a request.
pub(crate) enum Response {
    /// Made here.
    Made(Made),
    /// What an order's object said. A route that only passes it on does not look into it.
    /// With headers of the route's own: nothing, or lines that begin with a line end.
    Told(Told, String),
    /// One of the platform's own: a file, a socket, the answer of an object of an older version.
    Platform(web_sys::Response),
}

impl Response {
    /// The HTTP status.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Made(made) => made.status,
            Self::Told(told, _) => told.status(),
            Self::Platform(response) => response.status(),
        }
    }

    /// As the platform sends it.
    pub(crate) fn into_platform(self) -> Result<web_sys::Response, Failure> {
        Ok(match self {
            Self::Made(made) => respond(made.status, &made.headers, made.body())?,
            Self::Told(told, more_headers) => respond_as_told(&told, &more_headers)?,
            Self::Platform(response) => response,
        })
    }

    /// The same, but sent so many milliseconds later. Only an answer that is made here.
    pub(crate) fn held_back(mut self, ms: u32) -> Self {
        if let Self::Made(made) = &mut self {
            made.held_back_ms = ms;
        }
        self
    }

    /// As the platform gets it: an answer, or a promise of one that is held back.
    pub(crate) fn send(self) -> Result<JsValue, Failure> {
        let ms = if let Self::Made(made) = &self { made.held_back_ms } else { 0 };
        let answer = self.into_platform()?;
        Ok(if ms > 0 { held_back(&answer, ms).into() } else { answer.into() })
    }

    /// The same with one more header. A file and a socket stay as they are: the platform lets nobody change
    /// them, and `www/_headers` gives files theirs.
    pub(crate) fn with_header(self, name: &str, value: &str) -> Result<Self, Failure> {
        match self {
            Self::Made(mut made) => {
                add(&mut made.headers, name, value);
                Ok(Self::Made(made))
            }
            Self::Told(told, mut more_headers) => {
                add(&mut more_headers, name, value);
                Ok(Self::Told(told, more_headers))
            }
            Self::Platform(response) => {
                drop(response.headers().set(name, value));
                Ok(Self::Platform(response))
            }
        }
    }

    /// The text of the body. What the platform made is not read.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Made(made) => made.body.clone(),
            Self::Told(answer, _) => text_of(&answer.body()),
            Self::Platform(_) => None,
        }
    }

    /// The same with another body. What the platform made stays as it is.
    pub(crate) fn with_body(self, change: impl FnOnce(&str) -> String) -> Self {
        let Some(body) = self.text().map(|text| change(&text)) else { return self };
        match self {
            Self::Made(made) => Self::Made(Made { body: Some(body), ..made }),
            Self::Told(answer, more_headers) => {
                let changed = told(answer.status(), &answer.headers(), Some(body.as_bytes()));
                Self::Told(changed.unchecked_into(), more_headers)
            }
            Self::Platform(response) => Self::Platform(response),
        }
    }

    /// As an object tells it to a route that has called it.
    pub(crate) fn into_told(self) -> Result<JsValue, Failure> {
        Ok(match self {
            Self::Made(made) => told(made.status, &made.headers, made.body()),
            Self::Told(told, _) => told.into(),
            Self::Platform(_) => return Err(Defect::NotTold.into()),
        })
    }
}

/// The body that an object told: bytes, or a text if the object is of an older version.
fn text_of(body: &JsValue) -> Option<String> {
    match body.dyn_ref::<Uint8Array>() {
        Some(bytes) => String::from_utf8(bytes.to_vec()).ok(),
        None => body.as_string(),
    }
}

/// A whole answer.
pub(crate) struct Made {
    status: u16,
    /// Names and values by turns, a line each: a header is no crossing of its own.
    headers: String,
    body: Option<String>,
    /// 0 for an answer that is sent at once.
    held_back_ms: u32,
}

impl Made {
    /// The body as it travels. Bytes go to the platform as they are; a text would be decoded and encoded
    /// again.
    fn body(&self) -> Option<&[u8]> {
        self.body.as_deref().map(str::as_bytes)
    }
}

/// Adds a header to the text of several.
fn add(headers: &mut String, name: &str, value: &str) {
    for part in ["\n", name, "\n", value] {
        headers.push_str(part);
    }
}

/// An answer that is being made.
pub(crate) struct Answer {
    status: u16,
    headers: String,
}

impl Answer {
    /// An answer with this status. Nobody may cache an answer of the Worker itself.
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: "cache-control\nno-store".to_owned() }
    }

    /// Adds a header. A line break in a value becomes a space.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        for part in ["\n", name, "\n"] {
            self.headers.push_str(part);
        }
        self.headers.extend(value.chars().map(|character| if character == '\n' { ' ' } else { character }));
        self
    }

    /// Lets pages of other origins read the answer. No cookie is used here: the token is the permission, so
    /// any origin may ask.
    pub(crate) fn any_origin(self) -> Self {
        self.header("access-control-allow-origin", "*")
            .header("access-control-expose-headers", "date, etag, retry-after")
    }

    /// Ends the answer with this text.
    pub(crate) fn text(self, content_type: &str, body: impl Into<String>) -> Response {
        let Self { status, headers } = self.header("content-type", content_type);
        Response::Made(Made { status, headers, body: Some(body.into()), held_back_ms: 0 })
    }

    /// Ends the answer with this value as JSON.
    pub(crate) fn json(self, value: &impl Serialize) -> Result<Response, Failure> {
        let body = serde_json::to_string(value).map_err(Defect::NotWritten)?;
        Ok(self.text("application/json", body))
    }

    /// Ends the answer without a body.
    pub(crate) fn empty(self) -> Response {
        Response::Made(Made { status: self.status, headers: self.headers, body: None, held_back_ms: 0 })
    }
}

/// The answer of a failed request.
pub(crate) fn problem(problem: &Problem) -> Result<Response, Failure> {
    let mut answer = Answer::new(problem.status).any_origin();
    if problem.code == ProblemCode::TooManyRequests {
        answer = answer.header("retry-after", "10");
    }
    problem_in(answer, problem)
}

/// Ends an answer with this problem.
pub(crate) fn problem_in(answer: Answer, problem: &Problem) -> Result<Response, Failure> {
    let body = serde_json::to_string(problem).map_err(Defect::NotWritten)?;
    Ok(answer.text("application/problem+json", body))
}

/// The answer to a request that failed through no fault of its own.
pub(crate) fn internal() -> Result<Response, Failure> {
    problem(&Problem::new(ProblemCode::Internal, "Something failed here. The same request may be repeated."))
}

/// The same answer for an unknown number and for a wrong token, so that a stranger learns nothing.
pub(crate) fn no_such_order() -> Result<Response, Failure> {
    problem(&Problem::new(
        ProblemCode::OrderNotFound,
        "There is no such order, or the token in `Authorization: Bearer …` is not its own.",
    ))
}

/// The answer, with the header that names the databases of the index that did not answer, if there are any.
pub(crate) fn index_missing(answer: Answer, missing: &[String]) -> Answer {
    if missing.is_empty() { answer } else { answer.header("index-missing", &missing.join(", ")) }
}

/// The answer of a Worker without an index: there is no list and no inbox.
pub(crate) fn no_index() -> Result<Response, Failure> {
    problem(&Problem::new(
        ProblemCode::Misconfigured,
        "This Worker has no index: add the D1 binding INDEX to wrangler.toml.",
    ))
}

#[cfg(test)]
mod tests {
    use super::{is_longer, path_of, query_of};

    #[test]
    fn a_length_that_a_32_bit_number_does_not_hold_is_too_long() {
        for length in ["65537", "4294967295", "4294967296", "18446744073709551616", "1e3", "-1", ""] {
            assert!(is_longer(length, 65_536), "{length}");
        }
        assert!(!is_longer("65536", 65_536) && !is_longer("0", 65_536));
    }

    #[test]
    fn the_path_is_found_in_any_url() {
        assert_eq!(path_of("https://pay.example.com/api/orders/H1?x=/y#z"), "/api/orders/H1");
        assert_eq!(path_of("https://pay.example.com"), "/");
        assert_eq!(path_of("https://pay.example.com?x=1"), "/");
    }

    #[test]
    fn a_query_is_read_as_browsers_and_curl_write_it() {
        let read = |url| query_of(url).unwrap();
        assert_eq!(read("https://a.example/b"), []);
        assert_eq!(read("https://a.example/b?#x=1"), []);
        let pairs =
            [("before_ms", "5"), ("before", "a b|c"), ("flag", "")].map(|(n, v)| (n.into(), v.into()));
        assert_eq!(read("https://a.example/b?before_ms=5&before=a+b%7Cc&flag#x=1"), pairs);
        for bad in ["?a=%", "?a=%1", "?a=%zz", "?a=%+1", "?%ff=1", "?a=%€"] {
            assert_eq!(query_of(bad), None, "{bad}");
        }
    }
}
