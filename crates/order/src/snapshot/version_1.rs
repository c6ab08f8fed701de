//! Reads what version 1 stored.
//!
//! Version 1 knew API v2 only. Its terms had what that API asks for among the rest, and a placing order held
//! its whole request, which the terms and the moment of making give as well. It did not number exceptions.
//! Every other field that is new has a default that means what version 1 meant.

use serde_json::{Map, Value};

use super::SnapshotError;
use crate::Order;

/// What moved from the terms into the dialect.
const OF_THE_DIALECT: [&str; 3] = ["sign_type", "product_id", "spbill_create_ip"];

pub(super) fn read(text: &str) -> Result<Order, SnapshotError> {
    let mut stored: Map<String, Value> = serde_json::from_str(text)?;
    let mut order = stored.remove("order").unwrap_or_default();
    if let Some(Value::Object(terms)) = order.get_mut("terms") {
        let mut dialect = Map::new();
        dialect.insert("api".into(), "v2".into());
        for name in OF_THE_DIALECT {
            if let Some(value) = terms.remove(name) {
                dialect.insert(name.into(), value);
            }
        }
        terms.insert("dialect".into(), dialect.into());
    }
    let mut order: Order = serde_json::from_value(order)?;
    for (id, exception) in (1..).zip(&mut order.exceptions) {
        exception.id = id;
    }
    Ok(order)
}
