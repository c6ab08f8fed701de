//! Why there is no answer that says yes, and what that means for an order.

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// No connection came about, or it broke before an answer began: the platform does not tell these apart.
    /// The next host may do. What moves money may have had its effect.
    NoConnection,
    /// It was sent, and nothing that the gateway signed says what came of it. It may have had its effect.
    Unclear(Unclear),
    /// It could not be written: a defect of the order's terms. Nothing was sent.
    NotWritten(Box<str>),
    /// The gateway refused, and signed that.
    Refused(Refusal),
}

/// A call whose effect is unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Unclear {
    /// What was seen, in a few words, for the log.
    pub why: Box<str>,
    /// What looks wrong with the merchant's configuration, in words for the merchant: a wrong key, a
    /// certificate that is missing. It decides nothing, since nobody signed it; it is told when the tries are
    /// over.
    pub misconfigured: Option<Box<str>>,
    /// The gateway signed this, and it answers nothing. A person must see it.
    pub oddity: Option<Oddity>,
}

/// A genuine message that is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// It is about another merchant, order, refund or amount.
    AboutSomethingElse,
    /// What decides is missing, or has another form.
    Unreadable,
}

/// A refusal that the gateway signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What it means.
    pub meaning: Meaning,
    /// The gateway's code, for logs and people.
    pub code: Box<str>,
    /// What the gateway says about the code, where it says anything. Not to be parsed.
    pub text: Option<Box<str>>,
}

/// What a refusal means for the order or the refund that was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The order is paid.
    Paid,
    /// The order is closed, and its number is used up.
    Closed,
    /// There is no such order; or it is not visible yet.
    NoSuchOrder,
    /// There is no such refund; or it is not visible yet.
    NoSuchRefund,
    /// The number is in use with other values.
    NumberTaken,
    /// The number is in use with other values, or a value is malformed: the gateway has one code for both.
    NumberTakenOrMalformed,
    /// The state of the order does not allow the call.
    StateForbids,
    /// Only a text says why. It may say that the refund was made already.
    SeeText,
    /// The merchant's balance does not cover the refund now.
    NotEnough,
    /// Not done, and not now: too fast, or not ready. The same call may be repeated.
    NotNow,
    /// A person must change something: the configuration, the contract, or the way to pay back.
    Operator,
    /// It will never be done.
    Never,
    /// A code that no table names.
    Unknown,
}

impl Failure {
    /// It was sent, and there was no answer: a time-out, or a connection that broke off.
    #[must_use]
    pub fn no_answer() -> Self {
        Self::unclear("no answer")
    }

    /// It was sent, and this is all that is known.
    #[must_use]
    pub fn unclear(why: impl Into<Box<str>>) -> Self {
        Self::Unclear(Unclear { why: why.into(), misconfigured: None, oddity: None })
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
