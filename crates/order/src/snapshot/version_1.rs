//! Reads what version 1 stored.
//!
//! Version 1 knew API v2 only. Its terms had what that API asks for among the rest, and a placing order held
//! its whole request, which the terms and the moment of making give as well. It did not number exceptions.
//! Every other field that is new has a default that means what version 1 meant.

use gateway::{Dialect, v2};
use serde::Deserialize;
use serde::de::Error;

use super::{SNAPSHOT_VERSION, SnapshotError};
use crate::Order;

/// How every order of version 1 begins.
const BEGINNING: &str = r#"{"v":1,"order":{"terms":{"#;

#[derive(Deserialize)]
struct Stored {
    order: StoredOrder,
}

#[derive(Deserialize)]
struct StoredOrder {
    /// The fields of the terms that belong to the dialect now.
    terms: v2::Terms,
}

pub(super) fn read(text: &str) -> Result<Order, SnapshotError> {
    let Stored { order: StoredOrder { terms } } = serde_json::from_str(text)?;
    let dialect = serde_json::to_string(&Dialect::V2(terms))?;
    let Some(rest) = text.strip_prefix(BEGINNING) else {
        return Err(serde_json::Error::custom("an order of version 1 begins with its terms").into());
    };
    // The reader of the present version leaves the old fields out.
    let mut order =
        Order::load(&format!(r#"{{"v":{SNAPSHOT_VERSION},"order":{{"terms":{{"dialect":{dialect},{rest}"#))?;
    for (id, exception) in (1..).zip(&mut order.exceptions) {
        exception.id = id;
    }
    Ok(order)
}
