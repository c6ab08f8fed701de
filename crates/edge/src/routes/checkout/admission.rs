//! Which browser may see an order: which cookies open which order. Pure.
//!
//! The number in an address opens nothing. The token in a cookie opens an order, and only this Worker can
//! make such a token.

use wire::OutTradeNo;

use super::pass::{self, Pass};
use crate::number_and_token::OrderSecrets;

/// The order of this address and the cookie that opens it; `None` for a stranger.
pub(super) fn admit(secrets: &OrderSecrets, id: &str, cookies: &str) -> Option<(OutTradeNo, Pass)> {
    pass::read(cookies).find_map(|pass| Some((secrets.authorise(id, &pass.token)?, pass)))
}

/// A browser that sends no cookie for the order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stranger {
    /// The browser has just got the cookie and did not send it back.
    KeepsNoCookies,
    /// The order does not exist, or belongs to another browser.
    NotTheOwner,
}

/// Who asks for the start of an order without its cookie. If the number is one of ours and the browser sends
/// no cookie of this name at all, it keeps no cookies.
pub(super) fn stranger_at_start(secrets: &OrderSecrets, id: &str, cookies: &str) -> Stranger {
    let brings_none = pass::read(cookies).next().is_none();
    if brings_none && secrets.api_of(id).is_some() { Stranger::KeepsNoCookies } else { Stranger::NotTheOwner }
}

#[cfg(test)]
mod tests {
    use wire::v2::SignType;

    use crate::number_and_token::Api;

    use super::*;
    use crate::secret::OrderSecret;

    const SECRET: &str = "a secret of the tests, 32 bytes!";

    fn secrets() -> OrderSecrets {
        OrderSecrets::new(OrderSecret::new(SECRET).unwrap(), None)
    }

    /// An order's number and the cookie of its browser.
    fn order(key: &str) -> (OutTradeNo, String) {
        let number = secrets().order_number(key, Api::V2(SignType::HmacSha256)).unwrap();
        let cookie = format!("wechat_pay_token={}", secrets().status_token(&number).unwrap());
        (number, cookie)
    }

    fn opened(id: &OutTradeNo, cookies: &str) -> Option<OutTradeNo> {
        admit(&secrets(), id.as_str(), cookies).map(|(number, _)| number)
    }

    #[test]
    fn an_order_opens_for_its_own_cookie_and_for_no_other() {
        let (mine, my_cookie) = order("0123456789abcdefghijkl");
        let (theirs, their_cookie) = order("another key of 22 chars");
        assert_eq!(opened(&mine, &my_cookie), Some(mine.clone()));
        let cut = &my_cookie[..my_cookie.len() - 1];
        for cookies in ["", "wechat_pay_token=", "wechat_pay_token", &their_cookie, cut] {
            assert_eq!(opened(&mine, cookies), None, "{cookies}");
        }
        assert_eq!(opened(&theirs, &my_cookie), None);
        assert_eq!(
            opened(&mine, &format!("{their_cookie}; {my_cookie}")),
            Some(mine),
            "beside a foreign one"
        );
    }

    #[test]
    fn only_a_browser_that_brings_no_cookie_to_a_number_of_ours_is_asked_for_cookies() {
        let (mine, _) = order("0123456789abcdefghijkl");
        let (_, their_cookie) = order("another key of 22 chars");
        assert_eq!(stranger_at_start(&secrets(), mine.as_str(), "lang=en"), Stranger::KeepsNoCookies);
        assert_eq!(stranger_at_start(&secrets(), mine.as_str(), &their_cookie), Stranger::NotTheOwner);
        assert_eq!(
            stranger_at_start(&secrets(), "Habcdefghijklmnopqrstuvwxabcde", ""),
            Stranger::NotTheOwner
        );
    }
}
