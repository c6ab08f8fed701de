//! Why a request failed through no fault of the one who sent it: the platform, the configuration, or a defect
//! of ours.
//!
//! The answer to the request is the same in each case: something failed here. The log says which it was.
//!
//! Every call of the platform may fail, so the way to a failure is kept out of the code around it (`cold`,
//! never inlined): inlined everywhere, it makes the Worker two kilobytes larger.

use order::{HolderError, Rejected, SnapshotError, TermsError};
use wasm_bindgen::JsValue;

/// Whose fault it is. Small, since every result carries room for it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Cloudflare refused or lost something. The same request may be repeated.
    #[error(transparent)]
    Platform(Box<PlatformFailure>),
    /// The operator has to mend the configuration.
    #[error("the Worker is misconfigured: {0}")]
    Misconfigured(Box<Misconfiguration>),
    /// The stored order cannot be read by this version of the Worker. It is left as it is.
    #[error(transparent)]
    StoredOrder(Box<SnapshotError>),
    /// This Worker is wrong.
    #[error("a defect of this Worker: {0}")]
    Defect(Box<Defect>),
}

/// What is wrong with the configuration, in sentences.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Misconfiguration(pub(crate) String);

/// What Cloudflare did not do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlatformFailure {
    /// The Worker was deployed without it.
    #[error("the binding {0} is missing in wrangler.toml")]
    NoBinding(&'static str),
    /// An object's storage or the database of the index. What was to be written is not written, or not known
    /// to be.
    #[error("the storage failed: {0}")]
    Storage(String),
    /// Any other call: `fetch`, a header, a socket.
    #[error("the platform refused a call: {0}")]
    Call(String),
}

/// What cannot happen unless this Worker is wrong. Each is logged, and changes nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Defect {
    /// A value of ours that serde refuses.
    #[error("a value cannot be written as JSON: {0}")]
    NotWritten(serde_json::Error),
    /// Values that cannot be given to a statement of the index.
    #[error("a value cannot be given to the index: {0}")]
    NotBound(String),
    /// A text of ours that a formatter refuses.
    #[error("a page could not be written")]
    PageNotWritten,
    /// An event in the storage that is no JSON, though only JSON is stored.
    #[error("a stored event is no JSON: {0}")]
    EventNotRead(serde_json::Error),
    /// No key derives a number or a token.
    #[error("no {0} could be made")]
    NotDerived(&'static str),
    /// A route asked an object for what it does not know, or in a form that it cannot read
    /// (`object/protocol.rs`).
    #[error("{0}")]
    Misread(String),
    /// Routes bound what they read, so an object never gets more.
    #[error("a route sent too much")]
    RequestTooLarge,
    /// The route has verified a message that its object does not verify.
    #[error("an object does not verify what its route has verified: {0}")]
    NotVerifiedAgain(wire::v2::notification::NotificationError),
    /// The order refused an input that it takes in every state.
    #[error("the order rejected an input: {0}")]
    Rejected(Rejected),
    /// The order was there a moment ago.
    #[error("an order vanished")]
    OrderVanished,
    /// A step began before the one around it had ended.
    #[error("the order is in use further up the stack")]
    OrderInUse,
    /// An order was to be made under a number that has or had one.
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

/// The words of something that JavaScript threw.
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
