//! `catalog.json`: what the site sells, published by the site itself as a static file.
//!
//! The page reads it to show the goods, the Worker to compute the price. One currency for the
//! whole catalogue: a merchant on API v2 prices in one (protocol §1.5: `fee_type` is the
//! settlement currency or CNY).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The whole catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// ISO 4217 code of every price in it.
    pub currency: String,
    /// The shop's name, the first part of what WeChat shows the shopper (`body`).
    pub shop: String,
    /// The goods.
    pub items: Vec<Item>,
}

/// One kind of goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The merchant's id of the goods; at most 32 characters of `[A-Za-z0-9_-]`, since it becomes
    /// `product_id`.
    pub sku: String,
    /// The name per language (BCP 47 tag → text); `en` must be there.
    pub name: BTreeMap<String, String>,
    /// A sentence about it per language. The Worker does not use it.
    #[serde(default)]
    pub description: BTreeMap<String, String>,
    /// Price of one, in the smallest unit of the currency; at least 1.
    pub amount_minor: u64,
    /// The most one order may have of it.
    pub max_quantity: u32,
    /// Address of a picture, relative to the catalogue. The Worker does not use it.
    #[serde(default)]
    pub image: Option<String>,
}
