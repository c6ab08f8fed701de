//! Placing an order: `POST /api/orders`.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{OrderView, Texts};

/// How many characters of `[A-Za-z0-9_-]` the `Idempotency-Key` header has. 22 carry 128 bits in base64url,
/// so two shoppers never get the same key by chance. 128 bound what the Worker hashes.
pub const IDEMPOTENCY_KEY_LENGTH: RangeInclusive<usize> = 22..=128;

/// The most lines one order may have.
pub const MAX_LINES: usize = 50;

/// The most bytes a signed offer may have. Its claims fit, the longest metadata too, and so does the cookie
/// that carries an offer to `/checkout`. Nobody can make the Worker hash more.
pub const MAX_OFFER_BYTES: usize = 2 * 1024;

/// The most fields that a page may send with an order.
pub const MAX_FIELDS: usize = 8;

/// The body of `POST /api/orders`: goods, and what the shopper typed. Nothing in it has a price that the page
/// can choose. Unknown fields are refused, an `amount` too: a page that believes it sets the price learns at
/// once that it does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct PlaceOrder {
    /// What is bought.
    pub goods: Goods,
    /// `"fields":{"email":"…"}`: the shopper's words, by the names of the catalogue's fields.
    pub fields: Texts,
}

/// Goods of the catalogue, or one offer that the merchant signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goods {
    /// `{"lines":[…]}`: 1 to [`MAX_LINES`] lines of goods that the catalogue prices.
    Lines(Vec<Line>),
    /// `{"offer":"…","quantity":2}`
    Offer {
        /// A compact JWS of at most [`MAX_OFFER_BYTES`], which holds the price of one.
        offer: String,
        /// How many. 1 if the body does not say.
        quantity: u32,
    },
}

impl From<Goods> for PlaceOrder {
    fn from(goods: Goods) -> Self {
        Self { goods, fields: Texts::default() }
    }
}

/// The fields of the JSON. A `null` is an error; it does not mean that the field is absent.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<Line>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    offer: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    fields: Texts,
}

fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

impl TryFrom<Form> for PlaceOrder {
    type Error = &'static str;

    fn try_from(form: Form) -> Result<Self, Self::Error> {
        let goods = match (form.lines, form.offer, form.quantity) {
            (Some(lines), None, None) => Goods::Lines(lines),
            (None, Some(offer), quantity) => Goods::Offer { offer, quantity: quantity.unwrap_or(1) },
            (Some(_), Some(_), _) => return Err("it has both `lines` and `offer`; an order has one of them"),
            (Some(_), None, Some(_)) => {
                return Err("`quantity` belongs to an `offer`; each of the `lines` has its own");
            }
            (None, None, _) => return Err("it has neither `lines` nor `offer`"),
        };
        if form.fields.len() > MAX_FIELDS {
            return Err("it has more `fields` than any shop asks for; at most 8 are allowed");
        }
        Ok(Self { goods, fields: form.fields })
    }
}

impl From<PlaceOrder> for Form {
    fn from(order: PlaceOrder) -> Self {
        let fields = order.fields;
        match order.goods {
            Goods::Lines(lines) => Self { lines: Some(lines), offer: None, quantity: None, fields },
            Goods::Offer { offer, quantity } => {
                Self { lines: None, offer: Some(offer), quantity: Some(quantity), fields }
            }
        }
    }
}

/// One line of an order.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The merchant's id of the goods, as the catalogue names it.
    pub sku: String,
    /// How many, from 1 to the catalogue's limit.
    pub quantity: u32,
}

/// The answer: 201 if the order is new, 200 if this key placed it before.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedOrder {
    /// The order.
    pub order: OrderView,
    /// The status token, for later requests: `Authorization: Bearer <token>`. It allows to see the order and
    /// to cancel it, nothing more.
    pub token: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_carries_a_price_is_refused() {
        for body in [
            r#"{"lines":[{"sku":"a","quantity":1}],"amount":1}"#,
            r#"{"lines":[{"sku":"a","quantity":1,"amount_minor":1}]}"#,
            r#"{"offer":"a.b.c","quantity":1,"amount":1}"#,
        ] {
            let refusal = serde_json::from_str::<PlaceOrder>(body).unwrap_err().to_string();
            assert!(refusal.contains("unknown field `amount"), "{refusal}");
        }
    }

    #[test]
    fn an_order_names_goods_or_an_offer_and_never_both() {
        let lines = PlaceOrder::from(Goods::Lines(vec![Line { sku: "a".into(), quantity: 2 }]));
        let offer = |quantity| PlaceOrder::from(Goods::Offer { offer: "a.b.c".into(), quantity });
        let note = Texts::from([("note", "Ring twice")]);
        for (body, order) in [
            (r#"{"lines":[{"sku":"a","quantity":2}]}"#, lines),
            (r#"{"offer":"a.b.c","quantity":1}"#, offer(1)),
            (r#"{"offer":"a.b.c","quantity":2}"#, offer(2)),
            (
                r#"{"offer":"a.b.c","quantity":2,"fields":{"note":"Ring twice"}}"#,
                PlaceOrder { fields: note, ..offer(2) },
            ),
        ] {
            assert_eq!(serde_json::from_str::<PlaceOrder>(body).unwrap(), order);
            assert_eq!(serde_json::to_string(&order).unwrap(), body);
        }
        assert_eq!(serde_json::from_str::<PlaceOrder>(r#"{"offer":"a.b.c"}"#).unwrap(), offer(1));
        for (body, why) in [
            (r#"{"lines":[],"offer":"a.b.c"}"#, "both"),
            (r#"{}"#, "neither"),
            (r#"{"quantity":1}"#, "neither"),
            (r#"{"lines":[],"quantity":1}"#, "belongs to an `offer`"),
            (r#"{"lines":null,"offer":"a.b.c"}"#, "null"),
            (r#"{"offer":"a.b.c","quantity":null}"#, "null"),
            (r#"{"offer":"a.b.c","offer":"a.b.d"}"#, "duplicate field"),
            (r#"{"offer":"a.b.c","fields":{"note":1}}"#, "expected a string"),
            (r#"{"offer":"a.b.c","fields":["a"]}"#, "an object whose values are texts"),
            (
                r#"{"offer":"a.b.c","fields":{"a":"","b":"","c":"","d":"","e":"","f":"","g":"","h":"","i":""}}"#,
                "at most 8",
            ),
            (r#"{"offer":"a.b.c","reference":"R1"}"#, "unknown field `reference`"),
            (r#"{"offer":"a.b.c","metadata":{}}"#, "unknown field `metadata`"),
        ] {
            let refusal = serde_json::from_str::<PlaceOrder>(body).unwrap_err().to_string();
            assert!(refusal.contains(why), "{body}: {refusal}");
        }
    }
}
