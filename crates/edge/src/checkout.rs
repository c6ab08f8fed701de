//! `/checkout…`: ordering and paying without any script: a form, a redirect, a page that reloads.
//!
//! The status token travels in a cookie of that one page's path, so it stands in no URL. It opens nothing
//! but this order's page.

use api::{Code, Line, PlaceOrder, Problem};
use web_sys::{Request, Response};
use worker::Env;

use crate::config::Config;
use crate::http::{self, Answer, Body, PlatformFailure};
use crate::orders;
use crate::platform::{self, ToObject};

/// A form of one line, or of the longest offer, fits.
const MAX_BODY_BYTES: usize = 4 * 1024;
/// The cookie of the status token.
const COOKIE: &str = "wechat_pay_token";
/// As long as an order can live and a little more.
const COOKIE_LIFE_S: u32 = 3 * 60 * 60;

/// `POST /checkout` with the fields `sku` or `offer`, and `quantity`.
pub(crate) async fn place(
    request: &Request,
    env: &Env,
    config: &Config,
) -> Result<Response, PlatformFailure> {
    let form = match http::body(request, MAX_BODY_BYTES).await? {
        Body::Read(bytes) => String::from_utf8(bytes).unwrap_or_default(),
        Body::TooLarge => return http::problem(&Problem::new(Code::BodyTooLarge, "The form is too long.")),
    };
    let Some(wish) = wish(&form) else {
        let detail = "Send the form fields `sku` or `offer`, and `quantity`.";
        return http::problem(&Problem::new(Code::InvalidBody, detail));
    };
    // Without a script a page has no key of its own. A form sent twice makes two orders, of which the
    // shopper sees and pays one.
    let key = random_key().ok_or_else(|| PlatformFailure("no randomness".into()))?;
    let (number, response) = match orders::order(&key, &wish, env, config).await {
        Ok(placed) => placed,
        Err(unserved) => return unserved.answer(),
    };
    if response.status() >= 300 {
        return Ok(response);
    }
    let token = config
        .order_secret
        .status_token(&number)
        .ok_or_else(|| PlatformFailure("no status token could be made".into()))?;
    let path = format!("/checkout/{number}");
    let secure = if request.url().starts_with("https://") { "; Secure" } else { "" };
    Answer::new(303)?
        .header("location", &path)?
        .header(
            "set-cookie",
            &format!(
                "{COOKIE}={token}; Path={path}; Max-Age={COOKIE_LIFE_S}; HttpOnly; SameSite=Lax{secure}"
            ),
        )?
        .empty()
}

/// `GET /checkout/{id}`.
pub(crate) async fn page(
    request: &Request,
    env: &Env,
    config: &Config,
    id: &str,
) -> Result<Response, PlatformFailure> {
    let Some(number) = orders::owned(config, id, &token(request)) else { return orders::not_found() };
    let language = http::header(request, "accept-language").unwrap_or_default();
    let to = ToObject { method: "POST", path: "/page", body: Some(language.as_bytes()), if_none_match: None };
    platform::ask_order(env, &number, to).await
}

/// `POST /checkout/{id}`: cancels, and shows the page again.
pub(crate) async fn cancel(
    request: &Request,
    env: &Env,
    config: &Config,
    id: &str,
) -> Result<Response, PlatformFailure> {
    let Some(number) = orders::owned(config, id, &token(request)) else { return orders::not_found() };
    let to = ToObject { method: "POST", path: "/cancel", body: None, if_none_match: None };
    platform::ask_order(env, &number, to).await?;
    Answer::new(303)?.header("location", &format!("/checkout/{number}"))?.empty()
}

fn token(request: &Request) -> String {
    let cookies = http::header(request, "cookie").unwrap_or_default();
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, token)| token.to_owned()).unwrap_or_default()
}

/// A sku, an offer and a quantity hold no character that a form would encode.
fn wish(form: &str) -> Option<PlaceOrder> {
    let field =
        |name: &str| form.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    let quantity = field("quantity").map_or(Some(1), |(_, text)| text.parse().ok())?;
    match (field("sku"), field("offer")) {
        (Some((_, sku)), None) => Some(PlaceOrder::Lines(vec![Line { sku: sku.to_owned(), quantity }])),
        (None, Some((_, offer))) => Some(PlaceOrder::Offer { offer: offer.to_owned(), quantity }),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

fn random_key() -> Option<String> {
    platform::random_uuid().ok().map(|uuid| uuid.replace('-', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_names_goods_or_an_offer_and_how_many() {
        let tea = |quantity| PlaceOrder::Lines(vec![Line { sku: "tea".into(), quantity }]);
        assert_eq!(wish("sku=tea&quantity=2"), Some(tea(2)));
        assert_eq!(wish("sku=tea"), Some(tea(1)));
        let offer = PlaceOrder::Offer { offer: "a.b.c".into(), quantity: 3 };
        assert_eq!(wish("offer=a.b.c&quantity=3"), Some(offer));
        for bad in ["", "quantity=2", "sku=tea&quantity=x", "sku=tea&quantity=-1", "sku=tea&offer=a.b.c"] {
            assert_eq!(wish(bad), None, "{bad}");
        }
    }
}
