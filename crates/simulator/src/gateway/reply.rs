//! What goes back to the caller, and what the journal notes about the call.

use super::signature::SignatureReport;

/// What goes back to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// How much of the reply reaches the caller.
    pub transmission: Transmission,
    /// The HTTP status: 200 for success and failure alike. Pages of proxies have another one.
    pub status: u16,
    /// `text/plain` for XML, as has been seen; `text/html` for pages; empty for an answer without a body.
    pub content_type: &'static str,
    /// The header `Location` of a redirect.
    pub location: Option<String>,
    /// Other headers: the signature of API v3.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body, or its beginning when the transmission is [`Transmission::Begun`].
    pub body: Vec<u8>,
    /// How long the reply is held back, in milliseconds.
    pub hold_ms: u32,
}

/// How much of a reply is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transmission {
    /// All of it.
    Sent,
    /// Nothing: the connection ends without an answer.
    Dropped,
    /// Only the beginning, which is in the body. Nothing follows, and the connection stays open.
    Begun,
}

impl Reply {
    pub(super) fn xml(body: String) -> Reply {
        Reply {
            transmission: Transmission::Sent,
            status: 200,
            content_type: "text/plain",
            location: None,
            headers: Vec::new(),
            body: body.into_bytes(),
            hold_ms: 0,
        }
    }
}

/// What the journal notes about a call, filled in while the call is answered.
#[derive(Default)]
pub(super) struct CallRecord {
    pub(super) mch_id: Option<String>,
    pub(super) out_trade_no: Option<String>,
    pub(super) verdict: String,
    pub(super) faults: Vec<&'static str>,
    pub(super) signature: Option<SignatureReport>,
}
