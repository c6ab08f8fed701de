//! Why a request failed through no fault of its sender: the platform, the configuration, or a defect of ours.
//!
//! The answer to the request is the same in each case: something failed here. The log says what it was.
//!
//! Every call of the platform may fail, so the code that makes a failure is `cold` and never inlined. Inlined
//! everywhere it would make the Worker two kilobytes larger.

use order::{HolderError, Rejected, SnapshotError, TermsError};
use wasm_bindgen::JsValue;

/// Whose fault it is. It is small, because every result has room for it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Cloudflare refused or lost something. The same request may be repeated.
    #[error(transparent)]
    Platform(Box<PlatformFailure>),
    /// The operator must correct the configuration.
    #[error("the Worker is misconfigured: {0}")]
    Misconfigured(Box<Misconfiguration>),
    /// This version of the Worker cannot read the stored order. The order is left as it is.
    #[error(transparent)]
    StoredOrder(Box<SnapshotError>),
    /// The Worker itself has a defect.
    #[error("a defect of this Worker: {0}")]
    Defect(Box<Defect>),
}

/// What is wrong with the configuration, in sentences.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Misconfiguration(pub(crate) String);

/// What failed on Cloudflare's side.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlatformFailure {
    /// The Worker was deployed without this binding.
    #[error("the binding {0} is missing in wrangler.toml")]
    NoBinding(&'static str),
    /// An object's storage or the database of the index failed. Either nothing was written, or we do not
    /// know.
    #[error("the storage failed: {0}")]
    Storage(String),
    /// Any other call: `fetch`, a header, a socket.
    #[error("the platform refused a call: {0}")]
    Call(String),
}

/// What cannot happen unless this Worker has a defect. It is logged, and the request fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Defect {
    /// A value of ours that serde refuses.
    #[error("a value cannot be written as JSON: {0}")]
    NotWritten(serde_json::Error),
    /// A text of ours that a formatter refuses.
    #[error("a page could not be written")]
    PageNotWritten,
    /// An event in the storage that is not JSON, although only JSON is stored.
    #[error("a stored event is no JSON: {0}")]
    EventNotRead(serde_json::Error),
    /// No number or token could be derived from a key.
    #[error("no {0} could be made")]
    NotDerived(&'static str),
    /// A route sent an object an unknown request, or one in a form that the object cannot read
    /// (`object/protocol.rs`).
    #[error("{0}")]
    Misread(String),
    /// An object's answer is one that only a request can have, and a call asked for it.
    #[error("an object cannot tell this answer to a call")]
    NotTold,
    /// A route sent an object too long a body, although routes limit what they read.
    #[error("a route sent too much")]
    RequestTooLarge,
    /// The route has verified a message, but the object cannot verify it.
    #[error("an object does not verify what its route has verified: {0}")]
    NotVerifiedAgain(wire::v2::notification::NotGenuine),
    /// The route vouches for a message of API v3, and the object does not believe it.
    #[error("an object does not believe its route about a notification: {0}")]
    NotVerifiedInV3(String),
    /// The order refused an input that it takes in every state.
    #[error("the order rejected an input: {0}")]
    Rejected(Rejected),
    /// The order existed a moment ago and now it does not.
    #[error("an order vanished")]
    OrderVanished,
    /// A step began before the one around it had ended.
    #[error("the order is in use further up the stack")]
    OrderInUse,
    /// A new order got a number that has or had an order.
    #[error("the number has an order already")]
    NumberTaken,
    /// The configuration allows terms that an order refuses.
    #[error("no order can be made on these terms: {0}")]
    Terms(TermsError),
    /// A text of ours that WeChat would refuse.
    #[error("a text of ours breaks a rule of WeChat's: {0}")]
    Text(wire::InvalidText),
}

impl PlatformFailure {
    /// A statement that the storage did not carry out.
    pub(crate) fn storage(error: impl Into<Self>) -> Self {
        match error.into() {
            Self::Call(why) => Self::Storage(why),
            other => other,
        }
    }
}

/// The message of something that JavaScript threw.
pub(crate) fn words_of(thrown: &JsValue) -> String {
    let message = js_sys::Reflect::get(thrown, &"message".into()).ok().and_then(|text| text.as_string());
    message.or_else(|| thrown.as_string()).unwrap_or_else(|| "no message".into())
}

impl From<JsValue> for PlatformFailure {
    fn from(thrown: JsValue) -> Self {
        Self::Call(words_of(&thrown))
    }
}

impl From<worker::Error> for PlatformFailure {
    fn from(error: worker::Error) -> Self {
        Self::Call(error.to_string())
    }
}

impl From<JsValue> for Failure {
    #[cold]
    #[inline(never)]
    fn from(thrown: JsValue) -> Self {
        PlatformFailure::from(thrown).into()
    }
}

impl From<worker::Error> for Failure {
    #[cold]
    #[inline(never)]
    fn from(error: worker::Error) -> Self {
        PlatformFailure::from(error).into()
    }
}

impl From<PlatformFailure> for Failure {
    #[cold]
    #[inline(never)]
    fn from(failure: PlatformFailure) -> Self {
        Self::Platform(Box::new(failure))
    }
}

impl From<Defect> for Failure {
    #[cold]
    #[inline(never)]
    fn from(defect: Defect) -> Self {
        Self::Defect(Box::new(defect))
    }
}

impl From<HolderError<Self>> for Failure {
    #[cold]
    #[inline(never)]
    fn from(error: HolderError<Self>) -> Self {
        match error {
            HolderError::Storage(failure) => failure,
            HolderError::Snapshot(error) => Self::StoredOrder(Box::new(error)),
            HolderError::Terms(error) => Defect::Terms(error).into(),
            HolderError::NumberTaken => Defect::NumberTaken.into(),
        }
    }
}

impl From<Failure> for worker::Error {
    fn from(failure: Failure) -> Self {
        Self::RustError(failure.to_string())
    }
}
