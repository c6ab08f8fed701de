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
//! | `POST /redeliver`, [`Redeliver`]; `/attention-done`, [`AttentionDone`]; `/refund-retry`, [`RetryRefund`]; `/refund-withdraw`, [`Withdraw`], each as JSON | 200 with everything, or a problem |
//! | `POST /poke`, the version of the row in the index as text, or nothing | 204: the order looks after itself; 404: there is none, 410: its time was over |
//! | `POST /suspect`, a message that did not verify | 204 |
//! | `POST /notify-refund`, the refund number | 204: noted, or there is nothing here that it could be about |
//! | `POST /notify`, the raw message, verified before | 204 when it is stored |

use gateway::RefundAccount;
use serde::{Deserialize, Serialize};
use wire::v2::{Body, ProductId};
use wire::{Money, OutTradeNo};

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

/// Sends a webhook again that was given up.
#[derive(Serialize, Deserialize)]
pub(crate) struct Redeliver {
    /// The id of the webhook.
    pub(crate) id: String,
}

/// A person has dealt with an exception.
#[derive(Serialize, Deserialize)]
pub(crate) struct AttentionDone {
    /// The number of the exception in its order.
    pub(crate) id: u32,
}

/// Tries a refund now, or asks about it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RetryRefund {
    /// The merchant's number of it.
    pub(crate) out_refund_no: String,
    /// Which account pays it from now on, where that changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refund_account: Option<RefundAccount>,
}

/// Withdraws a refund that the gateway has not accepted.
#[derive(Serialize, Deserialize)]
pub(crate) struct Withdraw {
    /// The merchant's number of it.
    pub(crate) out_refund_no: String,
}
