//! What goods cost: by the shop's catalog, or by an offer that the merchant has signed. No file here knows an
//! order.

pub(crate) mod cart;
pub(crate) mod catalog;
pub(crate) mod jws;
pub(crate) mod offer;
pub(crate) mod quote;
