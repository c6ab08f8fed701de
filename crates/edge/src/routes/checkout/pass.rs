//! The cookie by which a browser owns one order. Pure.
//!
//! Its value is the order's status token and, until the order is placed, the form to be ordered: `<token>` or
//! `<token>&sku=…&quantity=…`. Browsers send it only to the pages of this order (`Path`), give it to no
//! script (`HttpOnly`), and send it with no request from another site except when that opens a page
//! (`SameSite=Lax`). All its characters are allowed in a cookie: a token and an offer are base64url, a sku is
//! `[A-Za-z0-9_-]`, and the shopper's words are percent-encoded.

use super::form::Form;

/// The name of the cookie.
const NAME: &str = "wechat_pay_token";
/// A little longer than an order can live.
const LIFE_S: u32 = 3 * 60 * 60;

/// The content of such a cookie.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pass {
    /// The status token of the order.
    pub(super) token: String,
    /// The form to be ordered; `None` once the order is placed.
    pub(super) form: Option<Form>,
}

/// Every cookie of this name in the header `Cookie`. There may be several, because another page of this host
/// can set one.
pub(super) fn read(cookies: &str) -> impl Iterator<Item = Pass> {
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| {
        let (token, form) = value.split_once('&').map_or((value, None), |(token, form)| (token, Some(form)));
        Pass { token: token.to_owned(), form: form.and_then(|form| Form::read(form).ok()) }
    })
}

impl Pass {
    /// Whether browsers keep a cookie of this length, with its name. They keep 4,096 bytes.
    pub(super) fn fits(&self) -> bool {
        let form = self.form.as_ref().map_or(0, |form| form.text().len());
        self.token.len().saturating_add(form) <= 4_000
    }

    /// The header `Set-Cookie` in an answer to a request for `url`. Its path is the order's page. It is
    /// `Secure`, unless this is a demo on `http`.
    pub(super) fn set_cookie(&self, page: &str, url: &str) -> String {
        let form = self.form.as_ref().map(|form| format!("&{}", form.text())).unwrap_or_default();
        let secure = if url.starts_with("https://") { "; Secure" } else { "" };
        let token = &self.token;
        format!("{NAME}={token}{form}; Path={page}; Max-Age={LIFE_S}; HttpOnly; SameSite=Lax{secure}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(form: Option<&str>) -> Pass {
        Pass { token: "Mr4-LiUq_n".into(), form: form.map(|form| Form::read(form).unwrap()) }
    }

    #[test]
    fn a_pass_comes_back_from_its_cookie_with_and_without_a_form() {
        for pass in [pass(None), pass(Some("sku=tea&quantity=2")), pass(Some("offer=a.b.c&quantity=1"))] {
            let set = pass.set_cookie("/checkout/H1", "https://pay.example.com/checkout");
            let (cookie, attributes) = set.split_once("; ").unwrap();
            assert_eq!(attributes, "Path=/checkout/H1; Max-Age=10800; HttpOnly; SameSite=Lax; Secure");
            assert_eq!(read(&format!("a=b; {cookie}; c")).collect::<Vec<_>>(), [pass]);
        }
    }

    #[test]
    fn only_a_demo_without_encryption_has_a_cookie_that_travels_without() {
        let set = pass(None).set_cookie("/checkout/H1", "http://127.0.0.1:8787/checkout");
        assert_eq!(
            set,
            "wechat_pay_token=Mr4-LiUq_n; Path=/checkout/H1; Max-Age=10800; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn more_words_than_a_browser_keeps_do_not_fit() {
        let of = |length: usize| pass(Some(&format!("sku=tea&fields.note={}", "x".repeat(length))));
        assert!(of(3_900).fits() && !of(4_000).fits());
    }

    #[test]
    fn the_longest_offer_fits_into_a_cookie() {
        let offer = "a".repeat(api::MAX_OFFER_BYTES);
        let pass = Pass {
            token: "t".repeat(32),
            form: Some(Form::read(&format!("offer={offer}&quantity={}", u32::MAX)).unwrap()),
        };
        // RFC 6265 §6.1: browsers keep at least 4096 bytes of name, value and attributes.
        assert!(pass.set_cookie(&format!("/checkout/{}", "H".repeat(32)), "https://a.b").len() < 4096);
    }

    #[test]
    fn a_cookie_of_the_same_name_from_elsewhere_hides_nothing() {
        let found: Vec<Pass> =
            read("wechat_pay_token=x; wechat_pay_token=Mr4-LiUq_n; wechat_pay_tokens=y").collect();
        assert_eq!(found.last(), Some(&pass(None)));
        assert_eq!(found.len(), 2);
        assert_eq!(read("").count(), 0);
    }
}
