//! `POST /admin/api/orders`: an order at a price that the merchant's own system names.
//!
//! The header `Idempotency-Key` makes the number, as a page's does, but never the number of a page's order.
//! The answer has what a page needs to show the order: its view, and its status token.

use api::{IDEMPOTENCY_KEY_LENGTH, MAX_LINES, Problem, ProblemCode, Texts};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use order::{Details, DetailsText, Line, Metadata, Reference, Terms};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use web_sys::Request;
use wire::v2::{Body, ProductId};
use wire::{Currency, InvalidText, Money, OutTradeNo};
use worker::Env;

use crate::config::Config;
use crate::failure::Failure;
use crate::json;
use crate::object::ask::ask_order_by;
use crate::object::protocol::{ObjectRequest, Place};
use crate::platform::http::{self, Response};
use crate::price::{FILE_NAME_RULE, is_file_name, needs_bucket};
use crate::routes::orders::find;

/// The limit for a body.
const MAX_BODY_BYTES: usize = 16 * 1024;
const MINUTE_MS: i64 = 60_000;
/// The longest sku and name of a line, in bytes.
const MAX_TEXT: usize = 256;

/// The body.
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = MerchantOrder))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// In the currency's smallest unit.
    amount_minor: u64,
    currency: String,
    /// What the payer reads in WeChat.
    description: String,
    /// The merchant's id of the goods; `order` if it is left out.
    #[serde(default)]
    product_id: Option<String>,
    /// How long it can be paid. If it is left out: as long as every order.
    #[serde(default)]
    valid_minutes: Option<i64>,
    /// What is sold. The sum is the amount.
    #[serde(default)]
    lines: Vec<WantedLine>,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    #[cfg_attr(test, schema(value_type = Option<std::collections::BTreeMap<String, String>>))]
    metadata: Option<Texts>,
}

/// One line of the body.
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = MerchantLine))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedLine {
    sku: String,
    name: String,
    quantity: u32,
    unit_amount: u64,
    /// The file that the payer gets, by its name in the bucket FILES.
    #[serde(default)]
    file: Option<String>,
}

/// Makes the order, unless this key has made it before.
pub(crate) async fn answer(
    request: &Request,
    env: &Env,
    config: &Config,
    key: &str,
) -> Result<Response, Failure> {
    match asked(request, config).await {
        Ok((idempotency_key, place)) => {
            // The key may have made its order before the secret or the sign type was changed.
            let earlier = config.order_secret.earlier_numbers(&idempotency_key, config.api, &config.apis());
            if let Some((_, found)) = find(earlier, &place.fingerprint, env).await? {
                return Ok(found);
            }
            if place.details.as_ref().is_some_and(|details| !details.files().is_empty())
                && let Err(problem) = needs_bucket(env)
            {
                return http::problem(&problem);
            }
            let number = place.number.clone();
            ask_order_by(env, &number, ObjectRequest::Place(Box::new(place)), key).await
        }
        Err(problem) => http::problem(&problem),
    }
}

/// The key that makes the number, and the order.
async fn asked(request: &Request, config: &Config) -> Result<(String, Place), Problem> {
    let key = http::header(request, "idempotency-key").filter(|key| is_usable(key)).ok_or_else(|| {
        Problem::new(
            ProblemCode::InvalidIdempotencyKey,
            "Send the header Idempotency-Key with 1 to 128 characters of [A-Za-z0-9_-], another one for each order, and the same one when you repeat the request.",
        )
    })?;
    let bytes = http::body(request, MAX_BODY_BYTES).await.map_err(Problem::from)?;
    // A page's key has no point, so no page can make, or find, an order of the merchant's.
    let key = format!("merchant.{key}");
    let number = config.order_secret.order_number(&key, config.api);
    let number =
        number.ok_or_else(|| Problem::new(ProblemCode::Internal, "No order number could be made."))?;
    Ok((key, place(number, &bytes)?))
}

#[inline(never)]
fn place(number: OutTradeNo, body: &[u8]) -> Result<Place, Problem> {
    let refused = |why: String| {
        let form = "Send {\"amount_minor\":8800,\"currency\":\"HKD\",\"description\":\"…\"} as JSON, with \"product_id\" and \"valid_minutes\" where you need them";
        Problem::new(ProblemCode::InvalidBody, format!("{form}: {why}."))
    };
    let wanted: Wanted = json::read(body).map_err(|error| refused(error.to_string()))?;
    let text = |error: InvalidText| refused(error.to_string());
    let currency = Currency::new(&wanted.currency).map_err(|error| refused(error.to_string()))?;
    let total = Money::new(wanted.amount_minor, currency);
    if !total.is_payable() {
        return Err(refused(format!("amount_minor must be 1 to {}", Money::MAX_MINOR)));
    }
    let life_ms = wanted.valid_minutes.map(|minutes| minutes.saturating_mul(MINUTE_MS));
    let lives = Terms::MIN_LIFE_MS..=Terms::MAX_LIFE_MS;
    if life_ms.is_some_and(|life_ms| !lives.contains(&life_ms)) {
        let (least, most) = (Terms::MIN_LIFE_MS / MINUTE_MS, Terms::MAX_LIFE_MS / MINUTE_MS);
        return Err(refused(format!("valid_minutes must be {least} to {most}")));
    }
    Ok(Place {
        number,
        total,
        description: Body::new(&wanted.description).map_err(text)?,
        product_id: ProductId::new(wanted.product_id.as_deref().unwrap_or("order")).map_err(text)?,
        fingerprint: fingerprint(body),
        life_ms,
        details: Some(details(wanted).map_err(refused)?),
    })
}

/// What is sold, and the merchant's own words for it.
#[inline(never)]
fn details(wanted: Wanted) -> Result<DetailsText, String> {
    let total = wanted.lines.iter().try_fold(0_u64, |sum, line| {
        let good = line.quantity > 0
            && (1..=MAX_TEXT).contains(&line.sku.len())
            && (1..=MAX_TEXT).contains(&line.name.len());
        line.unit_amount
            .checked_mul(u64::from(line.quantity))
            .and_then(|amount| sum.checked_add(amount))
            .filter(|_| good)
    });
    if wanted.lines.len() > MAX_LINES || (!wanted.lines.is_empty() && total != Some(wanted.amount_minor)) {
        return Err(format!(
            "there may be {MAX_LINES} lines, each with a sku and a name of 1 to {MAX_TEXT} bytes and a quantity of 1 or more, and their sum must be amount_minor"
        ));
    }
    if wanted.lines.iter().filter_map(|line| line.file.as_deref()).any(|file| !is_file_name(file)) {
        return Err(format!("file must be {FILE_NAME_RULE}"));
    }
    let line = |WantedLine { sku, name, quantity, unit_amount, file }| Line {
        sku,
        name,
        quantity,
        unit_amount,
        file,
    };
    let reference = match wanted.reference {
        Some(text) => {
            Some(Reference::new(text).ok_or_else(|| format!("reference must be {}", Reference::RULE))?)
        }
        None => None,
    };
    let metadata = Metadata::new(wanted.metadata.map(Texts::into_pairs).unwrap_or_default())
        .ok_or_else(|| format!("metadata must be {}", Metadata::RULE))?;
    let lines = wanted.lines.into_iter().map(line).collect();
    let details = Details { lines, reference, metadata, ..Details::default() };
    details.text().map_err(|error| error.to_string())
}

/// What is ordered, as a text: the hash of the body. A request that is repeated has the same body.
fn fingerprint(body: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(body))
}

fn is_usable(key: &str) -> bool {
    (1..=*IDEMPOTENCY_KEY_LENGTH.end()).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(body: &str) -> Result<Place, String> {
        place(OutTradeNo::new("H1").unwrap(), body.as_bytes()).map_err(|problem| problem.detail)
    }

    #[test]
    fn an_order_is_what_the_merchant_says() {
        let place = placed(
            r#"{"amount_minor":8800,"currency":"HKD","description":"茶","product_id":"tea","valid_minutes":6}"#,
        )
        .unwrap();
        assert_eq!(place.total, Money::new(8800, Currency::HKD));
        assert_eq!((place.description.as_str(), place.product_id.as_str()), ("茶", "tea"));
        assert_eq!(place.life_ms, Some(360_000));
        let plain = placed(r#"{"amount_minor":1,"currency":"JPY","description":"Tea"}"#).unwrap();
        assert_eq!((plain.product_id.as_str(), plain.life_ms), ("order", None));
    }

    #[test]
    fn what_cannot_be_an_order_is_refused_with_what_to_send() {
        let order =
            |fields: &str| format!(r#"{{"amount_minor":1,"currency":"HKD","description":"Tea"{fields}}}"#);
        for (body, why) in [
            (String::new(), "EOF"),
            ("[]".into(), "invalid"),
            (r#"{"amount_minor":0,"currency":"HKD","description":"Tea"}"#.into(), "1 to 2147483647"),
            (r#"{"amount_minor":2147483648,"currency":"HKD","description":"Tea"}"#.into(), "1 to 2147483647"),
            (r#"{"amount_minor":1.5,"currency":"HKD","description":"Tea"}"#.into(), "1.5"),
            (r#"{"amount_minor":1,"currency":"hkd","description":"Tea"}"#.into(), "currency"),
            (r#"{"amount_minor":1,"currency":"HKD","description":""}"#.into(), "body"),
            (order(r#","valid_minutes":5"#), "6 to 115"),
            (order(r#","valid_minutes":9223372036854775807"#), "6 to 115"),
            (order(r#","product_id":"a b"#), "EOF"),
            (order(r#","amount":1"#), "unknown field `amount`"),
            (order(r#","reference":"""#), "reference must be"),
            (order(r#","metadata":{"a":1}"#), "invalid type"),
            (
                order(r#","lines":[{"sku":"t","name":"Tea","quantity":1,"unit_amount":2}]"#),
                "their sum must be",
            ),
            (
                order(r#","lines":[{"sku":"t","name":"Tea","quantity":0,"unit_amount":1}]"#),
                "their sum must be",
            ),
            (
                order(r#","lines":[{"sku":"","name":"Tea","quantity":1,"unit_amount":1}]"#),
                "their sum must be",
            ),
            (
                order(
                    r#","lines":[{"sku":"t","name":"T","quantity":4294967295,"unit_amount":18446744073709551615}]"#,
                ),
                "their sum must be",
            ),
        ] {
            let detail = placed(&body).unwrap_err();
            assert!(detail.contains(why) && detail.starts_with("Send {"), "{body}: {detail}");
        }
    }

    #[test]
    fn what_is_sold_and_the_merchants_words_are_kept_with_it() {
        let place = placed(
            r#"{"amount_minor":6,"currency":"HKD","description":"Tea","reference":"INV-7","metadata":{"table":"4"},
                "lines":[{"sku":"t","name":"Tea","quantity":2,"unit_amount":3}]}"#,
        )
        .unwrap();
        assert_eq!(
            place.details.unwrap().as_str(),
            r#"{"lines":[{"sku":"t","name":"Tea","quantity":2,"unit_amount":3}],"reference":"INV-7","metadata":{"table":"4"}}"#
        );
    }

    #[test]
    fn another_order_has_another_fingerprint() {
        let of = |body: &str| fingerprint(body.as_bytes());
        let bodies = [
            r#"{"amount_minor":1,"currency":"HKD","description":"Tea"}"#,
            r#"{"amount_minor":2,"currency":"HKD","description":"Tea"}"#,
            r#"{"amount_minor":1,"currency":"JPY","description":"Tea"}"#,
            r#"{"amount_minor":1,"currency":"HKD","description":"Teapot"}"#,
            r#"{"amount_minor":1,"currency":"HKD","description":"Tea","product_id":"p"}"#,
            r#"{"amount_minor":1,"currency":"HKD","description":"Tea","valid_minutes":6}"#,
        ];
        let all: std::collections::BTreeSet<_> = bodies.iter().map(|body| of(body)).collect();
        assert_eq!(all.len(), bodies.len());
        assert_eq!(of(""), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "stored orders have it");
    }

    #[test]
    fn a_key_of_the_merchants_may_be_its_own_number_of_the_sale() {
        assert!(is_usable("invoice-2026_17") && is_usable("7") && is_usable(&"k".repeat(128)));
        for bad in ["", "a.b", "a b", "ä", &"k".repeat(129)] {
            assert!(!is_usable(bad), "{bad}");
        }
    }
}
