//! Whether the address that WeChat notifies is this Worker's own, and nothing stands in front of it. Pure.
//!
//! The Worker posts to it what WeChat could post: XML, without a signature, with a text that it has just made
//! up. Only the Worker itself can make the answer from that text ([`OrderSecrets::proof_of_self`]). A
//! challenge, a redirect, a page of HTML and another Worker are told apart, each with what to do.

use wire::v2::notify_reply;

use super::check::{Check, say};
use crate::number_and_token::OrderSecrets;

/// How the message begins. No message of WeChat's does.
const BEGIN: &[u8] = b"<xml><readiness>";
const END: &[u8] = b"</readiness></xml>";
/// The made-up text: 32 hexadecimal digits.
const NONCE_BYTES: usize = 32;

/// What a post to the address brought.
#[derive(Debug)]
pub(crate) enum Seen {
    /// Why there was no answer, or that it was a redirect.
    Nothing(String),
    /// A redirect, in words.
    Redirect(String),
    Answer {
        status: u16,
        /// The firewall of Cloudflare says that it asked for a proof of being human.
        is_challenge: bool,
        body: String,
    },
}

/// The message with this made-up text.
pub(crate) fn message(nonce: &str) -> String {
    say("<xml><readiness>{}</readiness></xml>", &[nonce])
}

/// The reply to such a message. `None` for every other message.
pub(crate) fn reply(message: &[u8], ours: &OrderSecrets) -> Option<String> {
    let nonce = message.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let is_nonce = nonce.len() == NONCE_BYTES && nonce.iter().all(u8::is_ascii_hexdigit);
    let nonce = std::str::from_utf8(nonce).ok().filter(|_| is_nonce)?;
    Some(notify_reply::fail(&ours.proof_of_self(nonce)?))
}

/// What was seen at this address. `own` is the reply of this Worker.
pub(crate) fn judge(name: &'static str, url: &str, seen: Seen, own: Option<&str>) -> Check {
    let failed = |what: &str, mend: &str| Check::failed(name, &say("{}: {}.", &[url, what]), mend);
    if url.contains('?') {
        return failed(
            "it has a query, which WeChat Pay does not take",
            "Set NOTIFY_BASE_URL to the origin of this Worker alone.",
        );
    }
    match seen {
        Seen::Nothing(why) => failed(
            &say("nobody answers ({})", &[&why]),
            "Set NOTIFY_BASE_URL to the address at which this Worker is deployed, and look at the `routes` and the DNS of your zone.",
        ),
        Seen::Redirect(to) => failed(
            &say("it answers {}, and WeChat Pay does not follow it", &[&to]),
            "Set NOTIFY_BASE_URL to the last address, or exempt /notify/* from the redirect.",
        ),
        Seen::Answer { body, .. } if own.is_some_and(|own| own == body) => {
            Check::ok(name, &say("{} leads to this Worker, without a challenge or a redirect.", &[url]))
        }
        Seen::Answer { is_challenge: true, status, .. } => failed(
            &say("the firewall asks for a proof of being human (HTTP {})", &[&status.to_string()]),
            "Exempt /notify/* from bot protection and challenges (a WAF rule with the action Skip).",
        ),
        Seen::Answer { body, status: 200, .. } if body.starts_with("<xml>") => failed(
            "another Worker answers there, or one with another ORDER_SECRET",
            "Set NOTIFY_BASE_URL to this Worker's own address. If you have just deployed, ask once more in a minute.",
        ),
        Seen::Answer { status, .. } => failed(
            &say("something else answers there (HTTP {})", &[&status.to_string()]),
            "Set NOTIFY_BASE_URL to this Worker's own address, and let nothing in front of it answer for /notify/*: no login, no page.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readiness::check::Outcome;
    use crate::secret::OrderSecret;

    const URL: &str = "https://pay.teahouse.hk/notify/wechat";
    const NONCE: &str = "0123456789abcdef0123456789abcdef";

    fn ours(secret: &str) -> OrderSecrets {
        OrderSecrets::new(OrderSecret::new(secret).unwrap(), None)
    }

    fn reply_of(secret: &str) -> String {
        reply(message(NONCE).as_bytes(), &ours(secret)).unwrap()
    }

    fn answer(status: u16, body: &str) -> Seen {
        Seen::Answer { status, is_challenge: false, body: body.into() }
    }

    fn judged(seen: Seen) -> Check {
        judge("notify_address", URL, seen, Some(&reply_of("the order secret of the tests, 32")))
    }

    #[test]
    fn the_worker_knows_itself_by_an_answer_that_nobody_else_can_make() {
        let own = judged(answer(200, &reply_of("the order secret of the tests, 32")));
        assert_eq!(own.outcome, Outcome::Ok, "{own:?}");
        let other = judged(answer(200, &reply_of("another order secret of the tests")));
        assert!(other.seen.contains("another Worker"), "{other:?}");
        assert!(!notify_reply::is_success(reply_of("the order secret of the tests, 32").as_bytes()));
    }

    #[test]
    fn whatever_stands_in_front_of_the_worker_is_named_with_what_to_do() {
        let challenge = Seen::Answer { status: 403, is_challenge: true, body: "<html>Just a moment".into() };
        for (seen, words, mend) in [
            (
                Seen::Nothing("no connection: refused".into()),
                "nobody answers (no connection: refused)",
                "DNS",
            ),
            (
                Seen::Redirect("HTTP 301, a redirect to https://www.teahouse.hk".into()),
                "it answers HTTP 301, a redirect to https://www",
                "exempt /notify/*",
            ),
            (challenge, "proof of being human (HTTP 403)", "bot protection"),
            (answer(200, "<!doctype html>"), "something else answers there (HTTP 200)", "no login"),
            (answer(404, ""), "something else answers there (HTTP 404)", "own address"),
        ] {
            let check = judged(seen);
            assert_eq!(check.outcome, Outcome::Failed);
            assert!(check.seen.contains(words) && check.mend.contains(mend), "{check:?}");
        }
        let query =
            judge("notify_address", "https://pay.teahouse.hk/?x=1/notify/wechat", answer(200, ""), None);
        assert!(query.seen.contains("a query"), "{query:?}");
    }

    #[test]
    fn only_the_exact_message_gets_such_a_reply() {
        let all = ours("the order secret of the tests, 32");
        for other in [
            "",
            "<xml></xml>",
            "<xml><readiness></readiness></xml>",
            "<xml><readiness>0123456789abcdef0123456789abcdeg</readiness></xml>",
            "<xml><readiness>0123456789abcdef0123456789abcdef</readiness></xml>\n",
            "<xml><readiness>0123456789abcdef0123456789abcdef0</readiness></xml>",
        ] {
            assert_eq!(reply(other.as_bytes(), &all), None, "{other}");
        }
    }
}
