//! Links to files that were bought: each names an order and one of its lines, has an end, and is signed with
//! a key that only this Worker has. Pure.
//!
//! The signature says that the link is ours, not that the file goes out: the order decides that when the
//! link is used. So a link needs no row anywhere, and a stranger's guess wakes no order.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use wire::OutTradeNo;

use crate::number_and_token::OrderSecrets;
use crate::secret::OrderSecret;

/// How long a link of a page is good. The next look at the page has a new one.
pub(crate) const PAGE_LIFE_MS: i64 = 24 * 60 * 60_000;
/// How long a link of a webhook is good: it may travel on in a letter, which is read some days later.
pub(crate) const WEBHOOK_LIFE_MS: i64 = 7 * PAGE_LIFE_MS;
/// Where all links lead.
pub(crate) const PREFIX: &str = "/download/";

/// How many bytes of the hash are in a signature: 192 bits, 32 characters of base64url.
const SIGNATURE_BYTES: usize = 24;

/// The path of a link to the file of this line, good until this moment. `None` if the order's number is not
/// ours.
pub(crate) fn path(
    secrets: &OrderSecrets,
    number: &OutTradeNo,
    line: u16,
    expires_at_ms: i64,
) -> Option<String> {
    let expires_s = expires_at_ms.div_euclid(1000).to_string();
    let line = line.to_string();
    let signature = secrets.makers(number).find_map(|secret| sign(secret, number, &line, &expires_s))?;
    Some(format!("{PREFIX}{number}/{line}?expires={expires_s}&sig={signature}"))
}

/// The order and the line that a link names. `None` if the link is not ours, if somebody has changed it, or
/// if it is over.
pub(crate) fn judge(
    secrets: &OrderSecrets,
    number: &str,
    line: &str,
    query: &[(String, String)],
    now_ms: i64,
) -> Option<(OutTradeNo, u16)> {
    let [expires, given] = ["expires", "sig"].map(|name| {
        let mut values = query.iter().filter(|(known, _)| known == name);
        values.next().map(|(_, value)| value.as_str()).filter(|_| values.next().is_none())
    });
    let (expires, given, number) = (expires?, given?, OutTradeNo::new(number).ok()?);
    let own = secrets.makers(&number).find_map(|secret| sign(secret, &number, line, expires))?;
    let is_ours = bool::from(own.as_bytes().ct_eq(given.as_bytes()));
    let expires_s: i64 = expires.parse().ok()?;
    let is_good = is_ours && now_ms < expires_s.saturating_mul(1000);
    Some((number, line.parse().ok()?)).filter(|_| is_good)
}

/// The texts are signed as they are written in the link, so each link has one form.
fn sign(secret: &OrderSecret, number: &OutTradeNo, line: &str, expires_s: &str) -> Option<String> {
    let hash = secret.hash(b"download", &format!("{number}/{line}/{expires_s}"))?;
    Some(URL_SAFE_NO_PAD.encode(hash.get(..SIGNATURE_BYTES)?))
}

#[cfg(test)]
mod tests {
    use wire::v2::SignType;

    use super::*;
    use crate::platform::http::{path_of, query_of};

    const SECRET: &str = "a secret of the tests, 32 bytes!";
    const NEXT: &str = "the secret that came after it...";
    const NOW_MS: i64 = 1_772_323_200_000;

    fn secrets() -> OrderSecrets {
        OrderSecrets::new(OrderSecret::new(SECRET).unwrap(), None)
    }

    fn number_of(key: &str) -> OutTradeNo {
        secrets().order_number(key, SignType::HmacSha256).unwrap()
    }

    fn number() -> OutTradeNo {
        number_of("0123456789abcdefghijkl")
    }

    fn link() -> String {
        path(&secrets(), &number(), 2, NOW_MS + PAGE_LIFE_MS).unwrap()
    }

    fn judged(secrets: &OrderSecrets, link: &str, now_ms: i64) -> Option<(OutTradeNo, u16)> {
        let url = format!("https://pay.example.com{link}");
        let (number, line) = path_of(&url).strip_prefix(PREFIX).unwrap().split_once('/').unwrap();
        judge(secrets, number, line, &query_of(&url).unwrap(), now_ms)
    }

    #[test]
    fn a_link_opens_its_own_file_until_its_end() {
        let opens = Some((number(), 2));
        assert_eq!(judged(&secrets(), &link(), NOW_MS), opens);
        assert_eq!(judged(&secrets(), &link(), NOW_MS + PAGE_LIFE_MS - 1), opens);
        assert_eq!(judged(&secrets(), &link(), NOW_MS + PAGE_LIFE_MS), None);
    }

    #[test]
    fn a_link_keeps_its_form_because_links_are_in_letters() {
        assert_eq!(
            link(),
            "/download/Hsofdzih6lk5bu2sjsxzitzb5wztbw/2?expires=1772409600&sig=jfwxzutfCGgeQHehFH75XprkBTb_eSIA"
        );
    }

    #[test]
    fn nobody_can_change_a_link_or_make_one() {
        let other = number_of("another key of 22 chars");
        let good = link();
        let without_sig = good.split("&sig=").next().unwrap();
        let token = secrets().status_token(&number()).unwrap();
        for bad in [
            good.replacen(number().as_str(), other.as_str(), 1),
            good.replacen("/2?", "/1?", 1),
            good.replacen("/2?", "/02?", 1),
            good.replacen("/2?", "/%32?", 1),
            good.replacen("/2?", "/2/?", 1),
            good.replacen("/2?", "/../2?", 1),
            good.replacen("/2?", "/-1?", 1),
            good.replacen("expires=1772409600", "expires=9999999999", 1),
            good.replacen("expires=1772409600", "expires=01772409600", 1),
            good.replacen("expires=1772409600&", "", 1),
            format!("{good}&expires=9999999999"),
            format!("{good}&sig=x"),
            format!("{good}x"),
            good[..good.len() - 1].to_owned(),
            without_sig.to_owned(),
            format!("{without_sig}&sig="),
            format!("{without_sig}&sig={token}"),
            good.to_uppercase().replacen("/DOWNLOAD/", PREFIX, 1),
        ] {
            assert_eq!(judged(&secrets(), &bad, NOW_MS), None, "{bad}");
        }
        let elsewhere = OrderSecrets::new(OrderSecret::new(NEXT).unwrap(), None);
        assert_eq!(judged(&elsewhere, &good, NOW_MS), None, "by the secret of another shop");
        let foreign = OutTradeNo::new("HK20260301A0001").unwrap();
        assert_eq!(path(&secrets(), &foreign, 1, NOW_MS), None, "a number that is not ours has no links");
    }

    #[test]
    fn a_link_of_the_secret_before_is_good_while_that_secret_is_set() {
        let changed =
            OrderSecrets::new(OrderSecret::new(NEXT).unwrap(), Some(OrderSecret::new(SECRET).unwrap()));
        assert_eq!(judged(&changed, &link(), NOW_MS), Some((number(), 2)));
        assert_eq!(path(&changed, &number(), 2, NOW_MS + PAGE_LIFE_MS), Some(link()));
    }
}
