//! Why a call did not succeed, and what that means for an order.

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// There was no connection, or it broke before an answer began: the platform does not tell these apart.
    /// The next host may work. A call that moves money may have taken effect.
    NoConnection,
    /// The call was sent, and no signed message says what happened. It may have taken effect.
    Unclear(Unclear),
    /// The request could not be written, because the order's terms are defective. Nothing was sent.
    NotWritten(Box<str>),
    /// The gateway refused, and signed the refusal.
    Refused(Refusal),
}

/// A call whose effect is unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Unclear {
    /// What was seen, in a few words, for the log.
    pub why: Box<str>,
    /// What looks wrong with the merchant's configuration, in words for the merchant: a wrong key, a missing
    /// certificate. Nobody signed it, so it decides nothing. The merchant learns of it when all tries have
    /// failed.
    pub misconfigured: Option<Box<str>>,
    /// The gateway signed this message, but it does not answer the question. A person must look at it.
    pub oddity: Option<Oddity>,
}

/// Why a genuine message does not answer the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// It is about another merchant, order, refund or amount.
    AboutSomethingElse,
    /// A field that decides is missing or malformed.
    Unreadable,
}

/// A refusal that the gateway signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What it means.
    pub meaning: Meaning,
    /// The gateway's code, for logs and people.
    pub code: Box<str>,
    /// What the gateway says about the code, if anything. Do not parse it.
    pub text: Option<Box<str>>,
}

/// What a refusal means for the order or refund of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The order is paid.
    Paid,
    /// The order is closed, and its number cannot be used again.
    Closed,
    /// There is no such order, or it is not visible yet.
    NoSuchOrder,
    /// There is no such refund, or it is not visible yet.
    NoSuchRefund,
    /// The number is in use with other values.
    NumberTaken,
    /// The number is in use with other values, or a value is malformed. The gateway has one code for both.
    NumberTakenOrMalformed,
    /// The state of the order does not allow the call.
    StateForbids,
    /// Only the text gives the reason, for instance that the refund was made already.
    SeeText,
    /// The merchant's balance does not cover the refund now.
    NotEnough,
    /// Not done yet: the calls came too fast, or the order is not ready. Repeat the same call later.
    NotNow,
    /// A person must change something: the configuration, the contract, or the way to pay back.
    Operator,
    /// This call can never succeed.
    Never,
    /// A code that the dialect does not know.
    Unknown,
}

impl Failure {
    /// The call was sent, and no answer came: a timeout, or a broken connection.
    #[must_use]
    pub fn no_answer() -> Self {
        Self::unclear("no answer")
    }

    /// The call was sent, and `why` is all that is known.
    #[must_use]
    pub fn unclear(why: impl Into<Box<str>>) -> Self {
        Self::Unclear(Unclear { why: why.into(), misconfigured: None, oddity: None })
    }

    /// The call was sent or not, and `why` says what looks wrong with the configuration.
    #[must_use]
    pub fn misconfigured(why: impl Into<Box<str>>) -> Self {
        let why = why.into();
        Self::Unclear(Unclear { misconfigured: Some(why.clone()), why, oddity: None })
    }

    /// The failure in a few words, for the log.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::NoConnection => "no connection".into(),
            Self::Unclear(unclear) => unclear.why.to_string(),
            Self::NotWritten(why) => format!("not written: {why}"),
            Self::Refused(refusal) => match &refusal.text {
                Some(text) => format!("{}: {text}", refusal.code),
                None => refusal.code.to_string(),
            },
        }
    }

    /// What a refusal means, if the gateway refused.
    #[must_use]
    pub fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Refused(refusal) => Some(refusal.meaning),
            Self::NoConnection | Self::Unclear(_) | Self::NotWritten(_) => None,
        }
    }
}
