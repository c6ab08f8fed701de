//! What goes back to the caller of one call, and what the journal says of the call.

use super::signature::SignatureReport;

/// What goes back to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Whether anything goes back at all.
    pub transmission: Transmission,
    /// The HTTP status; 200 for success and failure alike, another one for pages of proxies.
    pub status: u16,
    /// `text/plain` has been seen on XML.
    pub content_type: &'static str,
    /// The header `Location` of a redirect.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// How long the answer is held back.
    pub hold_ms: u32,
}

/// What happens to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transmission {
    /// It is sent.
    Sent,
    /// The connection ends without it.
    Dropped,
    /// The body is only its beginning; nothing follows, and the connection stays open.
    Begun,
}

impl Reply {
    pub(super) fn xml(body: String) -> Reply {
        Reply {
            transmission: Transmission::Sent,
            status: 200,
            content_type: "text/plain",
            location: None,
            body: body.into_bytes(),
            hold_ms: 0,
        }
    }
}

/// What the journal says of a call, gathered along the way.
#[derive(Default)]
pub(super) struct CallRecord {
    pub(super) mch_id: Option<String>,
    pub(super) out_trade_no: Option<String>,
    pub(super) verdict: String,
    pub(super) faults: Vec<&'static str>,
    pub(super) signature: Option<SignatureReport>,
}
