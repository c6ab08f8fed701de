//! Calls to the gateway: at most one in flight per order, each with an attempt number of its own.
//!
//! A call is written down before it is made. Its outcome is taken only for the attempt that is in
//! flight; whoever died with a call in flight leaves an attempt behind whose deadline passes, and
//! its outcome counts as unknown.

use serde::{Deserialize, Serialize};
use wire::v2::{
    ApiKey, Call, CallError, CloseAnswer, CloseOrder, ErrCode, QueryAnswer, QueryOrder, RefundAnswer,
    RefundQuery, RefundQueryAnswer, SignType, UnifiedOrder, UnifiedOrderAnswer, WriteError,
};
use wire::{Merchant, Nonce, OutRefundNo, TransactionId};

/// How long a call to the gateway may take. Who makes it gives up after this long and reports
/// [`Failure::Unknown`].
pub const GATEWAY_TIME_LIMIT_MS: i64 = 15_000;

/// After this long without any report a call counts as lost: its maker died.
pub const CALL_DEADLINE_MS: i64 = 20_000;

/// A call to make now.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayCall {
    /// Names this call of this order; its outcome is reported with it.
    pub attempt: u64,
    /// Which host, counted round the deployment's list of hosts: it moves on when one could not be
    /// connected to. All of them are one backend (protocol §1.1).
    pub host_index: u32,
    /// Who calls.
    pub merchant: Merchant,
    /// How the order's messages are signed.
    pub sign_type: SignType,
    /// The call.
    pub request: Request,
}

/// The parameters of a call, without nonce and signature.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Place the order: always the same parameters.
    UnifiedOrder(Box<UnifiedOrder>),
    /// Ask for its state.
    QueryOrder(QueryOrder),
    /// Close it.
    CloseOrder(CloseOrder),
    /// Refund: needs the merchant's client certificate.
    Refund(Box<wire::v2::Refund>),
    /// Ask for the state of a refund.
    RefundQuery(RefundQuery),
}

/// Which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallName {
    /// `/pay/unifiedorder`
    UnifiedOrder,
    /// `/pay/orderquery`
    QueryOrder,
    /// `/pay/closeorder`
    CloseOrder,
    /// `/secapi/pay/refund`
    Refund,
    /// `/pay/refundquery`
    RefundQuery,
}

/// How a call ended, per call.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Of a unified order.
    UnifiedOrder(Result<UnifiedOrderAnswer, Failure>),
    /// Of a query.
    QueryOrder(Result<QueryAnswer, Failure>),
    /// Of a close.
    CloseOrder(Result<CloseAnswer, Failure>),
    /// Of a refund.
    Refund(Result<RefundAnswer, Failure>),
    /// Of a refund query.
    RefundQuery(Result<RefundQueryAnswer, Failure>),
}

/// Why there is no answer that says yes.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// No connection came about, or it broke before an answer began: the platform does not tell these apart. The next
    /// host may do; what moves money may have had its effect.
    NoConnection,
    /// Sent, but without an answer that can be read: a time-out, a broken connection. It may have had
    /// its effect.
    Unknown,
    /// Sent, and answered with a status other than 200: by a proxy, or by the server in front of the
    /// gateway. It may have had its effect.
    Http {
        /// The status.
        status: u16,
        /// The beginning of the text.
        text: Box<str>,
    },
    /// The request could not be written: a defect of the terms, nothing was sent.
    NotWritten(WriteError),
    /// The gateway answered, and the answer is no success or cannot be trusted.
    Answered(CallError),
}

impl CallName {
    /// The name in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnifiedOrder => "unified_order",
            Self::QueryOrder => "query_order",
            Self::CloseOrder => "close_order",
            Self::Refund => "refund",
            Self::RefundQuery => "refund_query",
        }
    }

    /// The outcome of a call of this name that failed.
    #[must_use]
    pub fn failed(self, failure: Failure) -> Outcome {
        match self {
            Self::UnifiedOrder => Outcome::UnifiedOrder(Err(failure)),
            Self::QueryOrder => Outcome::QueryOrder(Err(failure)),
            Self::CloseOrder => Outcome::CloseOrder(Err(failure)),
            Self::Refund => Outcome::Refund(Err(failure)),
            Self::RefundQuery => Outcome::RefundQuery(Err(failure)),
        }
    }
}

impl Request {
    /// Which call it is.
    #[must_use]
    pub fn name(&self) -> CallName {
        match self {
            Self::UnifiedOrder(_) => CallName::UnifiedOrder,
            Self::QueryOrder(_) => CallName::QueryOrder,
            Self::CloseOrder(_) => CallName::CloseOrder,
            Self::Refund(_) => CallName::Refund,
            Self::RefundQuery(_) => CallName::RefundQuery,
        }
    }
}

impl GatewayCall {
    /// The path of the call on the gateway.
    #[must_use]
    pub fn path(&self) -> &'static str {
        match &self.request {
            Request::UnifiedOrder(_) => UnifiedOrder::PATH,
            Request::QueryOrder(_) => QueryOrder::PATH,
            Request::CloseOrder(_) => CloseOrder::PATH,
            Request::Refund(_) => wire::v2::Refund::PATH,
            Request::RefundQuery(_) => RefundQuery::PATH,
        }
    }

    /// Whether the gateway demands the merchant's client certificate (mutual TLS).
    #[must_use]
    pub fn needs_certificate(&self) -> bool {
        match &self.request {
            Request::UnifiedOrder(_) => UnifiedOrder::CLIENT_CERTIFICATE,
            Request::QueryOrder(_) => QueryOrder::CLIENT_CERTIFICATE,
            Request::CloseOrder(_) => CloseOrder::CLIENT_CERTIFICATE,
            Request::Refund(_) => wire::v2::Refund::CLIENT_CERTIFICATE,
            Request::RefundQuery(_) => RefundQuery::CLIENT_CERTIFICATE,
        }
    }

    /// The signed body to send.
    ///
    /// # Errors
    /// When a value cannot be written; report it as [`Failure::NotWritten`].
    pub fn write(&self, key: &ApiKey, nonce: &Nonce) -> Result<String, WriteError> {
        let (merchant, sign_type) = (&self.merchant, self.sign_type);
        match &self.request {
            Request::UnifiedOrder(call) => wire::v2::request(call.as_ref(), merchant, sign_type, key, nonce),
            Request::QueryOrder(call) => wire::v2::request(call, merchant, sign_type, key, nonce),
            Request::CloseOrder(call) => wire::v2::request(call, merchant, sign_type, key, nonce),
            Request::Refund(call) => wire::v2::request(call.as_ref(), merchant, sign_type, key, nonce),
            Request::RefundQuery(call) => wire::v2::request(call, merchant, sign_type, key, nonce),
        }
    }

    /// The outcome that the body of a 200 answer tells.
    #[must_use]
    pub fn read(&self, body: &[u8], key: &ApiKey) -> Outcome {
        let (merchant, sign_type) = (&self.merchant, self.sign_type);
        match &self.request {
            Request::UnifiedOrder(call) => Outcome::UnifiedOrder(
                wire::v2::answer(call.as_ref(), body, merchant, sign_type, key).map_err(Failure::Answered),
            ),
            Request::QueryOrder(call) => Outcome::QueryOrder(
                wire::v2::answer(call, body, merchant, sign_type, key).map_err(Failure::Answered),
            ),
            Request::CloseOrder(call) => Outcome::CloseOrder(
                wire::v2::answer(call, body, merchant, sign_type, key).map_err(Failure::Answered),
            ),
            Request::Refund(call) => Outcome::Refund(
                wire::v2::answer(call.as_ref(), body, merchant, sign_type, key).map_err(Failure::Answered),
            ),
            Request::RefundQuery(call) => Outcome::RefundQuery(
                wire::v2::answer(call, body, merchant, sign_type, key).map_err(Failure::Answered),
            ),
        }
    }

    /// The outcome when there is no such body.
    #[must_use]
    pub fn failed(&self, failure: Failure) -> Outcome {
        self.request.name().failed(failure)
    }
}

impl Outcome {
    /// Of which call.
    #[must_use]
    pub fn call(&self) -> CallName {
        match self {
            Self::UnifiedOrder(_) => CallName::UnifiedOrder,
            Self::QueryOrder(_) => CallName::QueryOrder,
            Self::CloseOrder(_) => CallName::CloseOrder,
            Self::Refund(_) => CallName::Refund,
            Self::RefundQuery(_) => CallName::RefundQuery,
        }
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::UnifiedOrder(result) => result.as_ref().err(),
            Self::QueryOrder(result) => result.as_ref().err(),
            Self::CloseOrder(result) => result.as_ref().err(),
            Self::Refund(result) => result.as_ref().err(),
            Self::RefundQuery(result) => result.as_ref().err(),
        }
    }
}

impl Failure {
    /// The failure in a few words, for the log.
    pub(crate) fn summary(&self) -> String {
        match self {
            Self::NoConnection => "no connection".into(),
            Self::Unknown => "no answer".into(),
            Self::Http { status, text } => http_summary(*status, text),
            Self::NotWritten(error) => format!("not written: {error}"),
            Self::Answered(CallError::Business { err_code, err_code_des }) if err_code_des.is_empty() => {
                err_code.as_str().into()
            }
            Self::Answered(CallError::Business { err_code, err_code_des }) => {
                format!("{err_code}: {}", bounded(err_code_des))
            }
            Self::Answered(error) => error.to_string(),
        }
    }

    /// The `err_code` of an authenticated refusal.
    pub(crate) fn err_code(&self) -> Option<&ErrCode> {
        match self {
            Self::Answered(error) => error.err_code(),
            Self::NoConnection | Self::Unknown | Self::Http { .. } | Self::NotWritten(_) => None,
        }
    }
}

/// The calls of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calls {
    pub(crate) last_attempt: u64,
    pub(crate) host_index: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) in_flight: Option<InFlight>,
}

/// The call in flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InFlight {
    pub(crate) attempt: u64,
    pub(crate) call: CallName,
    /// The refund that a refund call is about, by its number at the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) out_refund_no: Option<OutRefundNo>,
    /// The payment whose refunds are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refunds_of: Option<TransactionId>,
}

impl Calls {
    /// The call in flight, if this is its attempt.
    pub(crate) fn in_flight(&self, attempt: u64) -> Option<&InFlight> {
        self.in_flight.as_ref().filter(|call| call.attempt == attempt)
    }
}

/// The longest text of somebody else's that an order keeps, in characters.
const MAX_TEXT: usize = 200;

pub(crate) fn bounded(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// A page in place of an answer, in a line: its words without its markup.
fn http_summary(status: u16, text: &str) -> String {
    let mut words = String::new();
    let mut in_tag = false;
    for character in text.chars() {
        match character {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                words.push(' ');
            }
            _ if in_tag => {}
            character => words.push(character),
        }
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {}", bounded(&words)) }
}
