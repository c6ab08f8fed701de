//! What the routes say to an order's object. Both ends live in this Worker; nothing else speaks it.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /place`, [`Place`] as JSON | 201 or 200 with the page's JSON; 409 problem |
//! | `POST /find`, the fingerprint of a wish | 200 with the page's JSON; 404 or 409 problem. Makes no order |
//! | `GET /view`, `If-None-Match` | 200 with the page's JSON, 304, 404 problem |
//! | `GET /live` | 101 and a socket that gets the page's JSON on every change |
//! | `POST /page`, the language as in `Accept-Language` | 200 with the page without a script, 404 problem |
//! | `POST /cancel` | 200 with the page's JSON, 404 problem |
//! | `GET /history` | 200 with everything, for the merchant |
//! | `POST /query`, `/withdraw`, `/refund` with its JSON | 200 with everything, or a problem |
//! | `POST /poke` | 204: the alarm is looked after |
//! | `POST /suspect`, a message that did not verify | 204 |
//! | `POST /notify-refund`, the refund number | 204 when it is noted |
//! | `POST /notify`, the raw message, verified before | 204 when it is stored |

use serde::{Deserialize, Serialize};
use wire::{Body, Money, OutTradeNo, ProductId};

/// A page's wish, priced.
#[derive(Serialize, Deserialize)]
pub(crate) struct Place {
    /// The order number, which is also the object's name.
    pub(crate) number: OutTradeNo,
    /// What it costs.
    pub(crate) total: Money,
    /// `body`.
    pub(crate) description: Body,
    /// `product_id`.
    pub(crate) product_id: ProductId,
    /// Tells a repeated wish from another one under the same key.
    pub(crate) fingerprint: String,
}
