//! Signed offers: prices for a site without a catalog. Pure: key, offer, quantity and time in, quote out.
//!
//! An offer is a compact JWS. The site's generator or a shop system makes it with `OFFER_KEY`. The page
//! carries it and cannot change it. No claim is read before the signature is verified (`jws.rs`). A wrong
//! claim is the merchant's mistake, so the refusal names the claim and says what it must be.

use api::Texts;
use order::{Details, Metadata, Reference};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use wire::{Currency, Money};

use super::counted::Counted;
use super::file_name::{self, is_file_name};
use super::jws::{self, Forgery};
use super::limits::{Quote, is_shown, is_sku, so_many, texts, times};
use crate::secret::OfferKey;

/// The year 5138. A later end must be in milliseconds by mistake, and such an offer would never expire.
const MAX_EXP_S: u64 = 100_000_000_000;
/// The largest limit of an offer's orders. Its object reads as many rows for each order.
const MAX_ORDERS: u32 = 10_000;
/// How far ahead the signing machine's clock may be. This matters for offers with `nbf`.
const CLOCKS_DIFFER_S: u64 = 60;

/// Why an offer is not sold.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The merchant has not signed it.
    #[error(transparent)]
    Forged(#[from] Forgery),
    /// The offer is signed, but it is not a JSON object, or it has a claim twice.
    #[error("the claims of the offer are not a JSON object that says each thing once: {0}")]
    Claims(String),
    /// The offer is signed, but a claim is missing or impossible.
    #[error("the claim `{name}` of the offer must be {rule}; make the offer anew")]
    Claim {
        /// The name of the claim.
        name: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// The offer is not valid any more.
    #[error("the offer expired at {0} (seconds since 1970); load the page anew, or build the site anew")]
    Expired(u64),
    /// The offer is not valid yet.
    #[error("the offer is not valid before {0} (seconds since 1970)")]
    NotYet(u64),
    /// The page asked for a quantity of zero, or for more than the offer allows.
    #[error("the quantity of `{sku}` must be 1 to {max}; {asked} were asked for")]
    Quantity {
        /// The goods.
        sku: String,
        /// How many the page asked for.
        asked: u32,
        /// The offer's limit.
        max: u32,
    },
    /// The total is more than one payment can carry.
    #[error("the total is more than one payment can carry ({} minor units); order fewer", Money::MAX_MINOR)]
    TotalTooLarge,
}

/// The claims that we read, each still in its written form. A claim that occurs twice is refused. Unknown
/// claims are ignored.
#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    sku: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    #[serde(borrow)]
    currency: Option<&'a RawValue>,
    #[serde(borrow)]
    max_quantity: Option<&'a RawValue>,
    #[serde(borrow)]
    max_orders: Option<&'a RawValue>,
    #[serde(borrow)]
    exp: Option<&'a RawValue>,
    #[serde(borrow)]
    nbf: Option<&'a RawValue>,
    #[serde(borrow)]
    reference: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    file: Option<&'a RawValue>,
}

/// An offer that the merchant has signed. All of its claims have been checked.
struct Offer {
    sku: String,
    name: String,
    amount: u64,
    currency: Currency,
    max_quantity: u32,
    max_orders: Option<u32>,
    exp_s: u64,
    nbf_s: u64,
    reference: Option<Reference>,
    metadata: Metadata,
    file: Option<String>,
}

/// Computes the total for this quantity, if the offer is genuine by one of these keys and valid now.
pub(crate) fn quote(keys: &[OfferKey], jws: &str, quantity: u32, now_ms: i64) -> Result<Quote, Refusal> {
    let claims = payload(keys, jws)?;
    let offer = Offer::read(&claims)?;
    let now_s = u64::try_from(now_ms).unwrap_or(0) / 1000;
    if now_s >= offer.exp_s {
        return Err(Refusal::Expired(offer.exp_s));
    }
    if now_s.saturating_add(CLOCKS_DIFFER_S) < offer.nbf_s {
        return Err(Refusal::NotYet(offer.nbf_s));
    }
    if quantity == 0 || quantity > offer.max_quantity {
        return Err(Refusal::Quantity { sku: offer.sku, asked: quantity, max: offer.max_quantity });
    }
    let total = times(offer.amount, quantity).ok_or(Refusal::TotalTooLarge)?;
    let (description, product_id) = texts(so_many(&offer.name, quantity), &offer.sku)
        .map_err(|_| Refusal::Claim { name: "name", rule: NAME_RULE })?;
    let counted = offer.max_orders.map(|most| Counted::new(&claims, most, offer.exp_s));
    let line = order::Line {
        sku: offer.sku,
        name: offer.name,
        quantity,
        unit_amount: offer.amount,
        file: offer.file,
    };
    let (reference, metadata) = (offer.reference, offer.metadata);
    let details = Details { lines: vec![line], reference, metadata, ..Details::default() };
    Ok(Quote { total: Money::new(total, offer.currency), description, product_id, details, counted })
}

/// The claims, if one of these keys has signed them.
fn payload(keys: &[OfferKey], jws: &str) -> Result<Vec<u8>, Forgery> {
    let mut read = Err(Forgery::Signature);
    for key in keys {
        read = key.payload(jws);
        if !matches!(read, Err(Forgery::Signature)) {
            break;
        }
    }
    read
}

const SKU_RULE: &str = "1 to 32 characters of [A-Za-z0-9_-]";
const NAME_RULE: &str = "a text of one visible character or more, without control characters, without those that turn the direction of \
     others, and without anything like `&name=`";
const AMOUNT_RULE: &str =
    "the price of one in the currency's smallest unit, a whole number from 1 to 2147483647";
const CURRENCY_RULE: &str = "the three upper-case letters of a currency, as in HKD";
const MAX_QUANTITY_RULE: &str = "a whole number from 1 to 4294967295, or be left out (1)";
const MAX_ORDERS_RULE: &str = "a whole number from 1 to 10000, or be left out (no limit)";
const EXP_RULE: &str = "the end of the offer in whole seconds (not milliseconds) since 1970";
const NBF_RULE: &str = "the beginning of the offer in whole seconds since 1970, or be left out";

impl Offer {
    fn read(payload: &[u8]) -> Result<Self, Refusal> {
        let claims: Claims<'_> = jws::object(payload).map_err(Refusal::Claims)?;
        Ok(Self {
            sku: claim("sku", SKU_RULE, claims.sku, |sku: String| is_sku(&sku).then_some(sku))?,
            name: claim("name", NAME_RULE, claims.name, |name: String| is_shown(&name).then_some(name))?,
            amount: claim("amount", AMOUNT_RULE, claims.amount, |amount| {
                (1..=Money::MAX_MINOR).contains(&amount).then_some(amount)
            })?,
            currency: claim("currency", CURRENCY_RULE, claims.currency, |code: String| {
                Currency::new(&code).ok()
            })?,
            max_quantity: match claims.max_quantity {
                None => 1,
                most => claim("max_quantity", MAX_QUANTITY_RULE, most, |most| (most > 0).then_some(most))?,
            },
            max_orders: match claims.max_orders {
                None => None,
                most => Some(claim("max_orders", MAX_ORDERS_RULE, most, |most| {
                    (1..=MAX_ORDERS).contains(&most).then_some(most)
                })?),
            },
            exp_s: claim("exp", EXP_RULE, claims.exp, |exp| (exp < MAX_EXP_S).then_some(exp))?,
            nbf_s: match claims.nbf {
                None => 0,
                nbf => claim("nbf", NBF_RULE, nbf, Some)?,
            },
            reference: match claims.reference {
                None => None,
                reference => {
                    claim("reference", Reference::RULE, reference, |text| Reference::new(text).map(Some))?
                }
            },
            file: match claims.file {
                None => None,
                file => claim("file", file_name::RULE, file, |name: String| {
                    is_file_name(&name).then_some(Some(name))
                })?,
            },
            metadata: match claims.metadata {
                None => Metadata::default(),
                metadata => claim("metadata", Metadata::RULE, metadata, |texts: Texts| {
                    Metadata::new(texts.into_pairs())
                })?,
            },
        })
    }
}

fn claim<T: DeserializeOwned, U>(
    name: &'static str,
    rule: &'static str,
    json: Option<&RawValue>,
    check: impl FnOnce(T) -> Option<U>,
) -> Result<U, Refusal> {
    json.and_then(|json| serde_json::from_str(json.get()).ok())
        .and_then(check)
        .ok_or(Refusal::Claim { name, rule })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::jws::tests::signed_with;

    const KEY: &str = "an offer key of the tests, 32 b.";
    const HEADER: &str = r#"{"alg":"HS256"}"#;
    const NOW_MS: i64 = 1_790_000_000_000;
    const GOOD: &str =
        r#"{"sku":"tea","name":"Oolong","amount":8800,"currency":"HKD","max_quantity":5,"exp":1790000001}"#;

    fn keys() -> [OfferKey; 1] {
        [OfferKey::new(KEY).unwrap()]
    }

    fn signed(payload: &str) -> String {
        signed_with(KEY, HEADER, payload)
    }

    fn price(jws: &str, quantity: u32) -> Result<Quote, Refusal> {
        quote(&keys(), jws, quantity, NOW_MS)
    }

    /// The good claims, with one of them written in another way.
    fn with(name: &str, value: &str) -> String {
        let mut claims: serde_json::Map<String, serde_json::Value> = serde_json::from_str(GOOD).unwrap();
        claims.remove(name);
        let rest = serde_json::to_string(&claims).unwrap();
        signed(&format!("{},\"{name}\":{value}}}", rest.strip_suffix('}').unwrap()))
    }

    fn wrong_claim(jws: &str) -> Option<&'static str> {
        match price(jws, 1) {
            Err(Refusal::Claim { name, .. }) => Some(name),
            Err(_) | Ok(_) => None,
        }
    }

    #[test]
    fn a_signed_offer_costs_its_amount_times_the_quantity() {
        let one = price(&signed(GOOD), 1).unwrap();
        assert_eq!(one.total, Money::new(8800, Currency::HKD));
        assert_eq!(one.description.as_str(), "Oolong");
        assert_eq!(one.product_id.as_str(), "tea");
        let five = price(&signed(GOOD), 5).unwrap();
        assert_eq!(five.total, Money::new(44_000, Currency::HKD));
        assert_eq!(five.description.as_str(), "Oolong x 5");
    }

    #[test]
    fn an_offer_is_one_line_with_the_merchant_s_reference_and_metadata() {
        let said = r#","reference":"INV-7","metadata":{"customer":"12"}}"#;
        let claims = GOOD.replacen('}', said, 1);
        let details = price(&signed(&claims), 2).unwrap().details.text().unwrap();
        assert_eq!(
            details.as_str(),
            r#"{"lines":[{"sku":"tea","name":"Oolong","quantity":2,"unit_amount":8800}],"reference":"INV-7","metadata":{"customer":"12"}}"#
        );
        for (name, bad) in [
            ("reference", "7"),
            ("reference", "\"\""),
            ("reference", "\" A\""),
            ("metadata", "\"a\""),
            ("metadata", "[]"),
            ("metadata", "{\"a\":1}"),
            ("metadata", &format!("{{\"a\":\"{}\"}}", "x".repeat(1017))),
        ] {
            assert_eq!(wrong_claim(&with(name, bad)), Some(name), "{name}: {bad}");
        }
    }

    #[test]
    fn what_others_add_changes_nothing() {
        for extra in [r#""iat":1789990000"#, r#""iss":"shop""#, r#""jti":{"a":[1,2.5]}"#, r#""price":1"#] {
            let claims = GOOD.replacen('{', &format!("{{{extra},"), 1);
            assert_eq!(price(&signed(&claims), 1).unwrap().total.minor, 8800, "{extra}");
        }
        let typed = signed_with(KEY, r#"{"typ":"JWT","alg":"HS256"}"#, GOOD);
        assert!(price(&typed, 1).is_ok());
    }

    #[test]
    fn an_offer_ends_with_the_second_it_names() {
        let at = |now_ms| quote(&keys(), &signed(GOOD), 1, now_ms);
        assert!(at(1_790_000_000_999).is_ok());
        assert_eq!(at(1_790_000_001_000), Err(Refusal::Expired(1_790_000_001)));
        assert_eq!(at(i64::MAX), Err(Refusal::Expired(1_790_000_001)));
        assert!(at(i64::MIN).is_ok());
    }

    #[test]
    fn an_offer_of_tomorrow_is_not_sold_today_but_clocks_may_differ_by_a_minute() {
        assert!(price(&with("nbf", "1790000060"), 1).is_ok());
        assert_eq!(price(&with("nbf", "1790000061"), 1), Err(Refusal::NotYet(1_790_000_061)));
        assert_eq!(wrong_claim(&with("nbf", "\"soon\"")), Some("nbf"));
    }

    #[test]
    fn none_or_more_than_the_offer_allows_is_refused() {
        for (jws, quantity, max) in [
            (signed(GOOD), 0, 5),
            (signed(GOOD), 6, 5),
            (signed(GOOD), u32::MAX, 5),
            (signed(&GOOD.replace(r#""max_quantity":5,"#, "")), 2, 1),
        ] {
            let refusal = Refusal::Quantity { sku: "tea".into(), asked: quantity, max };
            assert_eq!(price(&jws, quantity), Err(refusal));
        }
    }

    #[test]
    fn a_total_beyond_what_one_payment_carries_is_refused_and_never_wraps_around() {
        let dear = signed(&GOOD.replace("8800", "2147483647").replace(":5,", ":4294967295,"));
        assert_eq!(price(&dear, 1).unwrap().total.minor, Money::MAX_MINOR);
        for quantity in [2, 3, u32::MAX] {
            assert_eq!(price(&dear, quantity), Err(Refusal::TotalTooLarge));
        }
    }

    #[test]
    fn a_price_is_a_whole_number_of_one_or_more_and_nothing_else() {
        for amount in [
            "0",
            "-1",
            "88.5",
            "88.0",
            "1e3",
            "2147483648",
            "18446744073709551616",
            "1e400",
            "\"8800\"",
            "null",
            "true",
            "[8800]",
            "{}",
        ] {
            assert_eq!(wrong_claim(&with("amount", amount)), Some("amount"), "{amount}");
        }
    }

    #[test]
    fn every_other_claim_has_its_bounds_too_and_the_refusal_names_it() {
        let (long, spliced) = (format!("\"{}\"", "a".repeat(33)), "\"x&total_fee=1\"");
        for (name, value) in [
            ("sku", "\"\""),
            ("sku", long.as_str()),
            ("sku", "\"tea pot\""),
            ("sku", "7"),
            ("name", "\"\""),
            ("name", "\" \""),
            ("name", "\"\\u0001\""),
            ("name", "\"tea\\n\""),
            ("name", "\"\\u202Eaet\""),
            ("name", "\"\\u2067tea\""),
            ("name", "\"\\u200B \\u200D\""),
            ("name", spliced),
            ("currency", "\"hkd\""),
            ("currency", "\"HK\""),
            ("currency", "344"),
            ("max_quantity", "0"),
            ("max_quantity", "-1"),
            ("max_quantity", "1.5"),
            ("max_quantity", "4294967296"),
            ("max_orders", "0"),
            ("max_orders", "-1"),
            ("max_orders", "2.5"),
            ("max_orders", "10001"),
            ("max_orders", "\"3\""),
            ("exp", "0.5"),
            ("exp", "-1"),
            ("exp", "\"1790000001\""),
            // These are milliseconds.
            ("exp", "1790000001000"),
            ("exp", "null"),
        ] {
            assert_eq!(wrong_claim(&with(name, value)), Some(name), "{name}: {value}");
        }
        for name in ["sku", "name", "amount", "currency", "exp"] {
            let without = GOOD.replace(&format!("\"{name}\""), "\"other\"");
            assert_eq!(wrong_claim(&signed(&without)), Some(name), "without {name}");
        }
    }

    #[test]
    fn an_offer_with_a_limit_of_orders_is_counted_and_the_same_claims_have_the_same_count_under_each_key() {
        assert_eq!(price(&signed(GOOD), 1).unwrap().counted, None);
        let limited = GOOD.replacen('{', r#"{"max_orders":3,"#, 1);
        let counted = price(&signed(&limited), 2).unwrap().counted.unwrap();
        assert_eq!((counted.max_orders, counted.forget_at_s), (3, 1_790_000_001 + 60 * 60));
        let next = "the next offer key of the tests, 32 b.";
        let both = [OfferKey::new(next).unwrap(), OfferKey::new(KEY).unwrap()];
        let again = quote(&both, &signed_with(next, HEADER, &limited), 1, NOW_MS).unwrap().counted.unwrap();
        assert_eq!(again.name, counted.name);
        let other = GOOD.replacen('{', r#"{"max_orders":4,"#, 1);
        assert_ne!(price(&signed(&other), 1).unwrap().counted.unwrap().name, counted.name);
    }

    #[test]
    fn while_the_key_is_changed_offers_of_both_keys_are_taken_and_of_no_third() {
        let next = "the next offer key of the tests, 32 b.";
        let both = [OfferKey::new(next).unwrap(), OfferKey::new(KEY).unwrap()];
        for key in [next, KEY] {
            assert!(quote(&both, &signed_with(key, HEADER, GOOD), 1, NOW_MS).is_ok(), "{key}");
        }
        let third = signed_with("a third offer key of the tests, 32 b.", HEADER, GOOD);
        for keys in [&both[..], &[]] {
            assert_eq!(quote(keys, &third, 1, NOW_MS), Err(Refusal::Forged(Forgery::Signature)));
        }
    }

    #[test]
    fn claims_that_say_a_thing_twice_or_are_no_object_are_refused() {
        for claims in [
            GOOD.replacen('{', r#"{"amount":1,"#, 1),
            GOOD.replacen('{', r#"{"\u0061mount":1,"#, 1),
            format!("[{GOOD}]"),
            format!("{GOOD}{GOOD}"),
            r#"["tea","Oolong",8800,"HKD",5,1790000001]"#.into(),
            "null".into(),
            String::new(),
            "[".repeat(1000),
        ] {
            assert!(matches!(price(&signed(&claims), 1), Err(Refusal::Claims(_))), "{claims}");
        }
    }

    #[test]
    fn a_long_name_is_shortened_to_what_wechat_takes_without_cutting_a_character() {
        let quote = price(&with("name", &format!("\"{}\"", "茶".repeat(60))), 1).unwrap();
        assert!(quote.description.as_str().len() <= 127);
        assert!(quote.description.as_str().ends_with('…'));
    }
}
