//! `catalog.json`: what the site sells. The site publishes it as a static file.
//!
//! The page reads it to show the goods, the Worker to compute the price. The whole catalogue has one
//! currency: a merchant on API v2 prices in one (protocol §1.5: `fee_type` is the settlement currency or
//! CNY).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The whole catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// The ISO 4217 code of every price in the catalogue.
    pub currency: String,
    /// The shop's name: the first part of what WeChat shows the shopper (`body`).
    pub shop: String,
    /// The goods.
    pub items: Vec<Item>,
    /// What a shopper may say with an order, by the names that pages use.
    #[serde(default)]
    pub fields: BTreeMap<String, Field>,
}

/// A field that a shopper may fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The most characters.
    pub max_length: u16,
    /// Whether an order without it is refused.
    #[serde(default)]
    pub required: bool,
}

/// One kind of goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The merchant's id of the goods. It becomes `product_id`, so it has at most 32 characters of
    /// `[A-Za-z0-9_-]`.
    pub sku: String,
    /// The name per language (BCP 47 tag → text). `en` is required.
    pub name: BTreeMap<String, String>,
    /// A sentence about the goods per language. The Worker does not use it.
    #[serde(default)]
    pub description: BTreeMap<String, String>,
    /// The price of one in the currency's smallest unit, at least 1.
    pub amount_minor: u64,
    /// The largest quantity in one order.
    pub max_quantity: u32,
    /// The address of a picture, relative to the catalogue. The Worker does not use it.
    #[serde(default)]
    pub image: Option<String>,
}
