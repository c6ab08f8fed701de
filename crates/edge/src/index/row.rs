//! A row of the index as it is read, and its place in the sequence. Pure.

use serde::Deserialize;

/// A place in the sequence of orders. The number is part of it, because one millisecond may have many orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// When the order was placed.
    pub(crate) at_ms: i64,
    /// The order's number. Empty means: before all orders of this millisecond.
    pub(crate) number: String,
}

/// A row that a database gives. All statements give the same columns, so that one function reads them.
#[derive(Deserialize)]
pub(crate) struct Row {
    /// The number of the order.
    pub(crate) out_trade_no: String,
    /// The version of the order's row. By it the order sees whether the index is behind. In the inbox it is
    /// the number of the exception.
    pub(crate) version: u64,
    /// When the order was placed. In the inbox: when the exception was raised.
    pub(crate) at_ms: i64,
    /// The order as the list shows it. In the inbox: the exception as its order's Worker has written it.
    #[serde(default)]
    pub(crate) json: String,
}

impl Row {
    /// Where in the sequence of orders it is.
    pub(crate) fn place(&self) -> Place {
        Place { at_ms: self.at_ms, number: self.out_trade_no.clone() }
    }
}
