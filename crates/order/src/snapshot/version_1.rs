//! Reads orders stored by version 1.
//!
//! Version 1 knew only API v2. Its terms contained the fields of that API directly. A placing order contained
//! its whole request, which we now derive from the terms and the time of making. Exceptions had no numbers.
//! Every other new field has a default that means what version 1 meant.

use serde_json::{Map, Value};

use super::SnapshotError;
use crate::Order;

/// The fields that moved from the terms into the dialect.
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
