//! The answer to a call, before and after its signature is verified (protocol §9.4).

use crate::v3::KeyRing;
use crate::v3::claim::{self, Check, NotGenuine, Verdict};
use crate::v3::headers;
use crate::v3::json::Object;

/// What came back: as it was received, judged by nobody.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// All headers, or at least `Wechatpay-…` and `Request-ID`.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body's bytes.
    pub body: &'a [u8],
}

impl<'a> Reply<'a> {
    /// `Request-ID`, for the log: WeChat's support asks for it.
    #[must_use]
    pub fn request_id(&self) -> Option<&'a str> {
        let id = headers::optional(self.headers, "Request-ID").ok().flatten()?;
        ((1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())).then_some(id)
    }

    /// The finer number of an error, the last part of `Request-ID`. It only informs.
    #[must_use]
    pub fn numeric_code(&self) -> Option<u64> {
        let (_, number) = self.request_id()?.rsplit_once('-')?;
        number.parse().ok().filter(|number| *number != 0)
    }

    /// Checks what needs no cryptography.
    ///
    /// # Errors
    /// [`NotGenuine`]: size, headers, window or key.
    pub fn claim(self, now_seconds: i64, ring: &KeyRing) -> Result<AnswerClaim<'a>, NotGenuine> {
        let check = claim::check(self.headers, self.body, now_seconds, ring)?;
        Ok(AnswerClaim { reply: self, check })
    }
}

/// An answer that waits for the verdict of the cryptography.
#[derive(Clone, Debug)]
pub struct AnswerClaim<'a> {
    reply: Reply<'a>,
    check: Check,
}

impl<'a> AnswerClaim<'a> {
    /// What is to be verified.
    #[must_use]
    pub const fn check(&self) -> &Check {
        &self.check
    }

    /// The answer, if its signature is valid.
    ///
    /// # Errors
    /// [`NotGenuine::Signature`].
    pub fn judge(self, verdict: Verdict) -> Result<GenuineAnswer<'a>, NotGenuine> {
        claim::pass(verdict)?;
        Ok(GenuineAnswer(self.reply))
    }
}

/// An answer that WeChat Pay signed. [`answer`](crate::v3::answer) reads it for the call that it answers.
#[derive(Clone, Debug)]
pub struct GenuineAnswer<'a>(Reply<'a>);

impl<'a> GenuineAnswer<'a> {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.0.status
    }

    /// The answer as it came.
    #[must_use]
    pub const fn reply(&self) -> &Reply<'a> {
        &self.0
    }

    /// The body's object.
    pub(crate) fn json(&self) -> Result<Object<'a>, NotGenuine> {
        Ok(Object::parse(self.0.body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_request_id_is_its_last_part() {
        let number = |id: &str| {
            let headers = [("request-id", id)];
            Reply { status: 400, headers: &headers, body: b"" }.numeric_code()
        };
        assert_eq!(number("08TEST0NLY024-268449538"), Some(268_449_538));
        assert_eq!(number("a-b-1"), Some(1));
        assert_eq!(number(&format!("{}-1", "a".repeat(126))), Some(1));
        assert_eq!(number(&format!("{}-1", "a".repeat(127))), None);
        for none in ["08TEST-0", "08TEST", "a-", "a-x", "", "a b-1", "a-99999999999999999999"] {
            assert_eq!(number(none), None, "{none}");
        }
    }
}
