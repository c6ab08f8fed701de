//! `/api/orders…`: what a page may ask. This file decides who may ask and prices the cart. The object does
//! the rest.

use api::{Goods, IDEMPOTENCY_KEY_LENGTH, LIVE_PROTOCOL, PlaceOrder, Problem, ProblemCode};
use sha2::{Digest, Sha256};
use web_sys::Request;
use wire::OutTradeNo;
use worker::Env;

use crate::config::Config;
use crate::failure::{Defect, Failure};
use crate::json;
use crate::object::ask::ask_order;
use crate::object::protocol::{ObjectRequest, Place};
use crate::platform::http::{self, Response};
use crate::platform::timer::together;
use crate::price::{self, Quote};
use crate::routes::admission;
use crate::routes::offer_count;

/// The limit for a body. 50 lines of JSON, or the longest offer, are much shorter.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// Why a request is not served.
pub(crate) enum Unserved {
    /// The request is wrong, and the answer says why.
    Problem(Problem),
    /// The request failed through no fault of its own.
    Failure(Failure),
}

impl From<Problem> for Unserved {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Failure> for Unserved {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl Unserved {
    /// The answer to a wrong request.
    pub(crate) fn answer(self) -> Result<Response, Failure> {
        match self {
            Self::Problem(problem) => http::problem(&problem),
            Self::Failure(failure) => Err(failure),
        }
    }
}

/// What is ordered, and in which language.
pub(crate) struct Cart {
    /// What the page asks for.
    pub(crate) order: PlaceOrder,
    /// The header `Accept-Language`. It is no part of the order: the same request in another language finds
    /// the same order.
    pub(crate) languages: String,
}

/// The header `Accept-Language`, or nothing.
pub(crate) fn languages(request: &Request) -> String {
    http::header(request, "accept-language").unwrap_or_default()
}

/// `POST /api/orders`. `?attempt=1` says that no request had this key before.
pub(crate) async fn place(request: &Request, env: &Env, config: &Config) -> Result<Response, Failure> {
    let placed = match order_request(request).await {
        Ok((key, cart)) => match admission::may_order(request, env, config).await {
            Ok(()) => {
                let cart = Cart { order: cart, languages: languages(request) };
                match is_first_attempt(&request.url()) {
                    true => first_order(&key, &cart, env, config).await,
                    false => order(&key, &cart, env, config).await,
                }
            }
            Err(problem) => Err(problem.into()),
        },
        Err(unserved) => Err(unserved),
    };
    match placed {
        Ok((_, response)) => Ok(response),
        Err(unserved) => unserved.answer(),
    }
}

/// The key of a request, and its cart: goods of the catalog, or an offer.
async fn order_request(request: &Request) -> Result<(String, PlaceOrder), Unserved> {
    let key = http::header(request, "idempotency-key").filter(|key| is_idempotency_key(key)).ok_or_else(|| {
        let (least, most) = (IDEMPOTENCY_KEY_LENGTH.start(), IDEMPOTENCY_KEY_LENGTH.end());
        Problem::new(
            ProblemCode::InvalidIdempotencyKey,
            format!("Send the header Idempotency-Key with {least} to {most} random characters of [A-Za-z0-9_-], the same one when you repeat the request."),
        )
    })?;
    let bytes = http::body(request, MAX_BODY_BYTES).await.map_err(Problem::from)?;
    let cart = json::read(&bytes).map_err(|error| {
        let detail = format!(
            "Send {{\"lines\":[{{\"sku\":\"…\",\"quantity\":1}}]}} or {{\"offer\":\"…\",\"quantity\":1}} as JSON: {error}."
        );
        Problem::new(ProblemCode::InvalidBody, detail)
    })?;
    Ok((key, cart))
}

/// Prices the cart and asks the object of this key for an order, without looking for one that the key has
/// made before: half of the time of placing an order goes into that. Whoever says so wrongly harms only
/// himself. The object still finds an order of its own.
async fn first_order(
    key: &str,
    cart: &Cart,
    env: &Env,
    config: &Config,
) -> Result<(OutTradeNo, Response), Unserved> {
    let number = number_of(key, config)?;
    let quote = price::of(&cart.order, &cart.languages, env, config).await?;
    let response = place_at(quote, &number, cart, env).await?;
    Ok((number, response))
}

fn is_first_attempt(url: &str) -> bool {
    let query = http::query_of(url).unwrap_or_default();
    query.iter().any(|(name, value)| name == "attempt" && value == "1")
}

fn number_of(key: &str, config: &Config) -> Result<OutTradeNo, Unserved> {
    let number = config.order_secret.order_number(key, config.api);
    Ok(number.ok_or_else(|| Problem::new(ProblemCode::Internal, "No order number could be made."))?)
}

/// Finds the order of this key, or prices the cart and asks its object for a new one.
///
/// The same key may have made its order under another number, before the sign type or the secret was changed.
/// A second order could be paid a second time. So the objects of the earlier numbers are asked first,
/// together with today's object, which must be woken anyway. Prices may have changed, too, so the order is
/// looked up before the request is refused.
pub(crate) async fn order(
    key: &str,
    cart: &Cart,
    env: &Env,
    config: &Config,
) -> Result<(OutTradeNo, Response), Unserved> {
    let number = number_of(key, config)?;
    let mut numbers = vec![number.clone()];
    numbers.extend(config.order_secret.earlier_numbers(key, config.api, &config.apis()));
    if let Some(found) = find(numbers, &fingerprint(&cart.order), env).await? {
        return Ok(found);
    }
    let response = place_as(&number, cart, env, config).await?;
    Ok((number, response))
}

/// Prices the cart and places the order of this number. If the cart has no price, the order may exist
/// already.
pub(crate) async fn place_as(
    number: &OutTradeNo,
    cart: &Cart,
    env: &Env,
    config: &Config,
) -> Result<Response, Unserved> {
    let quote = match price::of(&cart.order, &cart.languages, env, config).await {
        Ok(quote) => quote,
        Err(problem) => {
            let request = ObjectRequest::Find { fingerprint: fingerprint(&cart.order) };
            let found = ask_order(env, number, request).await?;
            return if found.status() == 404 { Err(problem.into()) } else { Ok(found) };
        }
    };
    place_at(quote, number, cart, env).await
}

/// Asks the object of this number for an order at this price. An offer that may make only so many orders
/// counts it first.
async fn place_at(quote: Quote, number: &OutTradeNo, cart: &Cart, env: &Env) -> Result<Response, Unserved> {
    if let Some(counted) = &quote.counted
        && let Some(problem) = offer_count::take(counted, number, env).await?
    {
        return Err(problem.into());
    }
    let place = Place {
        number: number.clone(),
        total: quote.total,
        description: quote.description,
        product_id: quote.product_id,
        details: Some(quote.details.text().map_err(|error| Failure::from(Defect::NotWritten(error)))?),
        fingerprint: fingerprint(&cart.order),
        life_ms: None,
    };
    Ok(ask_order(env, number, ObjectRequest::Place(Box::new(place))).await?)
}

/// The order with this fingerprint, if one of these numbers has it. An object that does not answer may have
/// the order, so then no new order is placed.
pub(crate) async fn find(
    numbers: impl IntoIterator<Item = OutTradeNo>,
    fingerprint: &str,
    env: &Env,
) -> Result<Option<(OutTradeNo, Response)>, Failure> {
    let asked = numbers.into_iter().map(|number| {
        let request = ObjectRequest::Find { fingerprint: fingerprint.to_owned() };
        async move { ask_order(env, &number, request).await.map(|response| (number, response)) }
    });
    let answers = together(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(answers.into_iter().find(|(_, response)| response.status() != 404))
}

/// `GET /api/orders/{id}`.
pub(crate) async fn read(
    request: &Request,
    env: &Env,
    config: &Config,
    id: &str,
) -> Result<Response, Failure> {
    if let Err(problem) = admission::may_read(request, env).await {
        return http::problem(&problem);
    }
    let Some(number) = admit(request, config, id) else { return http::no_such_order() };
    let etag = http::header(request, "if-none-match");
    ask_order(env, &number, ObjectRequest::View { etag }).await
}

/// `GET /api/orders/{id}/live`: a WebSocket. A browser cannot send `Authorization` with it, and a token in a
/// URL ends up in logs. So the token travels as a second subprotocol, `token.<token>`.
pub(crate) async fn watch(
    request: &Request,
    env: &Env,
    config: &Config,
    id: &str,
) -> Result<Response, Failure> {
    if !http::header(request, "upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
        return http::problem(&Problem::new(
            ProblemCode::InvalidBody,
            "This route is a WebSocket; ask by GET without /live instead.",
        ));
    }
    if let Err(problem) = admission::may_read(request, env).await {
        return http::problem(&problem);
    }
    let offered = http::header(request, "sec-websocket-protocol").unwrap_or_default();
    let mut offered = offered.split(',').map(str::trim);
    let token = (offered.next() == Some(LIVE_PROTOCOL)).then(|| offered.next()).flatten();
    let Some(number) = token
        .and_then(|token| token.strip_prefix("token."))
        .and_then(|token| config.order_secret.authorise(id, token))
    else {
        return http::no_such_order();
    };
    ask_order(env, &number, ObjectRequest::Live).await
}

/// `POST /api/orders/{id}/cancel`.
pub(crate) async fn cancel(
    request: &Request,
    env: &Env,
    config: &Config,
    id: &str,
) -> Result<Response, Failure> {
    if let Err(problem) = admission::may_read(request, env).await {
        return http::problem(&problem);
    }
    let Some(number) = admit(request, config, id) else { return http::no_such_order() };
    ask_order(env, &number, ObjectRequest::Cancel).await
}

/// The order number, if it is one of ours and the request has its token.
fn admit(request: &Request, config: &Config, id: &str) -> Option<OutTradeNo> {
    let authorization = http::header(request, "authorization")?;
    config.order_secret.authorise(id, authorization.strip_prefix("Bearer ")?)
}

fn is_idempotency_key(key: &str) -> bool {
    IDEMPOTENCY_KEY_LENGTH.contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// The content of a cart as a text. The same cart always gives the same text. Orders keep it.
fn fingerprint(order: &PlaceOrder) -> String {
    let mut hash = Sha256::new();
    match &order.goods {
        Goods::Lines(lines) => {
            for line in lines {
                hash.update(line.sku.as_bytes());
                hash.update([0]);
                hash.update(line.quantity.to_be_bytes());
            }
        }
        Goods::Offer { offer, quantity } => {
            // No sku is empty, so the text of lines never begins with this byte.
            hash.update([0]);
            hash.update(quantity.to_be_bytes());
            hash.update(offer.as_bytes());
        }
    }
    // No byte of UTF-8 is 255, so neither a line nor an offer goes on with it.
    for text in order.fields.iter().flat_map(|(name, text)| [name, text]) {
        hash.update([255]);
        hash.update(text.as_bytes());
    }
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_that_says_so_makes_the_first_attempt() {
        let url = |query: &str| format!("https://pay.example.com/api/orders{query}");
        for query in ["?attempt=1", "?a=b&attempt=1"] {
            assert!(is_first_attempt(&url(query)), "{query}");
        }
        for query in ["", "?", "?attempt=2", "?attempt", "?attempts=1", "?attempt=%", "#?attempt=1"] {
            assert!(!is_first_attempt(&url(query)), "{query}");
        }
    }

    #[test]
    fn a_key_needs_128_bits_and_only_plain_characters() {
        assert!(is_idempotency_key("0123456789abcdefghijkl"));
        assert!(!is_idempotency_key("0123456789abcdefghijk"));
        assert!(!is_idempotency_key("0123456789abcdefghij l"));
        assert!(!is_idempotency_key(&"a".repeat(129)));
    }

    #[test]
    fn the_same_goods_have_the_same_fingerprint_and_other_goods_another() {
        let order = |json: &str| serde_json::from_str::<PlaceOrder>(json).unwrap();
        let one = order(r#"{"lines":[{"sku":"a","quantity":1}]}"#);
        assert_eq!(fingerprint(&one), fingerprint(&order(r#"{ "lines": [{"quantity":1,"sku":"a"}]}"#)));
        assert_ne!(fingerprint(&one), fingerprint(&order(r#"{"lines":[{"sku":"a","quantity":2}]}"#)));
        assert_ne!(fingerprint(&one), fingerprint(&order(r#"{"lines":[{"sku":"b","quantity":1}]}"#)));
    }

    #[test]
    fn an_offer_and_its_quantity_have_a_fingerprint_of_their_own() {
        let order = |json: &str| serde_json::from_str::<PlaceOrder>(json).unwrap();
        let one = order(r#"{"offer":"a.b.c","quantity":1}"#);
        assert_eq!(fingerprint(&one), fingerprint(&order(r#"{"offer":"a.b.c"}"#)));
        assert_ne!(fingerprint(&one), fingerprint(&order(r#"{"offer":"a.b.c","quantity":2}"#)));
        assert_ne!(fingerprint(&one), fingerprint(&order(r#"{"offer":"a.b.d","quantity":1}"#)));
    }

    #[test]
    fn what_the_shopper_says_is_a_part_of_the_request() {
        let order = |json: &str| serde_json::from_str::<PlaceOrder>(json).unwrap();
        let said = |fields: &str| {
            fingerprint(&order(&format!(r#"{{"lines":[{{"sku":"a","quantity":1}}],"fields":{fields}}}"#)))
        };
        assert_eq!(said("{}"), fingerprint(&order(r#"{"lines":[{"sku":"a","quantity":1}]}"#)));
        let all = [said("{}"), said(r#"{"a":"b"}"#), said(r#"{"a":"c"}"#), said(r#"{"ab":""}"#)];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert_eq!(said(r#"{"a":"b","c":"d"}"#), said(r#"{"c":"d","a":"b"}"#));
    }

    #[test]
    fn the_fingerprints_stay_as_they_are_since_stored_orders_hold_them() {
        let order = |json: &str| serde_json::from_str::<PlaceOrder>(json).unwrap();
        let lines = order(r#"{"lines":[{"sku":"a","quantity":1}]}"#);
        assert_eq!(fingerprint(&lines), "MPu6yfCUuvW9xyNB0H4C3yQKVLddvH5vRAwnTNJf4T4");
        assert_eq!(
            fingerprint(&order(r#"{"offer":"a.b.c","quantity":1}"#)),
            "y8z9N7Q8BOj9DAJukwMP6lyAyM1AbR3PdN70EaBJ-Ww"
        );
    }
}
