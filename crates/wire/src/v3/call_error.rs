//! Why a call did not succeed, and what to do next (protocol §9.11).

use thiserror::Error;

use crate::v2::{Advice, AnswerMismatch, Malformed};
use crate::v3::call::CallName;
use crate::v3::{NotGenuine, Refusal, Stage};

/// Why a call did not succeed.
///
/// Only [`Refused`](CallError::Refused) says that the call had no effect. After any other error the call may
/// have had its effect.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CallError {
    /// The answer is not proven: unsigned, badly signed, stale, or no JSON. The outcome is unknown.
    #[error("the gateway's answer proves nothing: {0}")]
    NotGenuine(#[from] NotGenuine),
    /// A genuine answer whose status leaves the outcome unknown: 202, 5xx, a 429 to a refund, or a status
    /// that the call does not have.
    #[error("the gateway answered {status}, which leaves the outcome unknown")]
    Unclear {
        /// The HTTP status.
        status: u16,
        /// What it says, if it says something.
        refusal: Option<Box<Refusal>>,
    },
    /// A genuine refusal: the call had no effect.
    #[error("the gateway refused: {} ({})", .0.code, .0.message)]
    Refused(Box<Refusal>),
    /// A genuine answer lacks a field that decides, or the field is malformed.
    #[error("the gateway's answer is incomplete: {0}")]
    Malformed(#[from] Malformed),
    /// A genuine answer that names another merchant.
    #[error("the gateway's answer is about another merchant: {0}")]
    ForeignMerchant(Box<AnswerMismatch>),
    /// A genuine answer about another order, refund or amount.
    #[error("the gateway's answer is about something else: {0}")]
    AboutSomethingElse(#[from] Box<AnswerMismatch>),
}

impl CallError {
    /// The stage that refused the answer; `None` for a genuine, well-formed refusal or an unclear status.
    #[must_use]
    pub const fn stage(&self) -> Option<Stage> {
        match self {
            Self::NotGenuine(error) => Some(error.stage()),
            Self::Unclear { .. } | Self::Refused(_) => None,
            Self::Malformed(_) => Some(Stage::Fields),
            Self::ForeignMerchant(_) | Self::AboutSomethingElse(_) => Some(Stage::Business),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::NotGenuine(_) | Self::Unclear { refusal: None, .. } => Advice::RepeatSame,
            Self::Unclear { refusal: Some(refusal), .. } | Self::Refused(refusal) => refusal.advice(),
            Self::Malformed(_) | Self::ForeignMerchant(_) | Self::AboutSomethingElse(_) => Advice::Operator,
        }
    }

    /// Whether the call is known to have had no effect.
    #[must_use]
    pub const fn had_no_effect(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::NotGenuine(_)
            | Self::Unclear { .. }
            | Self::Malformed(_)
            | Self::ForeignMerchant(_)
            | Self::AboutSomethingElse(_) => false,
        }
    }
}

/// What a genuine answer that is no success means.
pub(crate) fn unsuccessful(call: CallName, status: u16, refusal: Option<Refusal>) -> CallError {
    let decided = match status {
        429 => call != CallName::Refund,
        400..=499 => true,
        _ => false,
    };
    match refusal.map(Box::new) {
        Some(refusal) if decided => CallError::Refused(refusal),
        refusal => CallError::Unclear { status, refusal },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v3::{Code, Reply};

    fn error(call: CallName, status: u16, code: &str) -> CallError {
        let body = format!("{{\"code\":\"{code}\"}}");
        let reply = Reply { status, headers: &[], body: body.as_bytes() };
        unsuccessful(call, status, Refusal::read(call, &reply))
    }

    #[test]
    fn only_a_genuine_4xx_with_a_code_says_that_the_call_had_no_effect() {
        for (call, status, code, refused, advice) in [
            (CallName::Close, 400, "ORDER_PAID", true, Advice::Query),
            (CallName::Query, 404, "ORDERNOTEXIST", true, Advice::Query),
            (CallName::Native, 403, "RULE_LIMIT", true, Advice::Refuse),
            (CallName::Native, 429, "RATE_LIMITED", true, Advice::RepeatSame),
            (CallName::Refund, 429, "RATE_LIMITED", false, Advice::RepeatSame),
            (CallName::Refund, 403, "NOT_ENOUGH", true, Advice::RepeatSame),
            (CallName::Query, 202, "USERPAYING", false, Advice::Query),
            (CallName::Native, 500, "SYSTEM_ERROR", false, Advice::RepeatSame),
            (CallName::Native, 503, "SERVICE_UNAVAILABLE", false, Advice::RepeatSame),
            (CallName::Native, 200, "X", false, Advice::RepeatSame),
            (CallName::Native, 302, "X", false, Advice::RepeatSame),
            (CallName::Native, 499, "X", true, Advice::Refuse),
        ] {
            let error = error(call, status, code);
            assert_eq!(error.had_no_effect(), refused, "{status} {code}");
            assert_eq!(error.advice(), advice, "{status} {code}");
            assert_eq!(error.stage(), None);
        }
        let silent = unsuccessful(CallName::Native, 400, None);
        assert_eq!(silent, CallError::Unclear { status: 400, refusal: None });
        assert_eq!(silent.advice(), Advice::RepeatSame);
    }

    #[test]
    fn what_proves_nothing_leaves_the_outcome_unknown_and_a_defect_needs_a_person() {
        let unproven = CallError::from(NotGenuine::Signature);
        assert_eq!((unproven.advice(), unproven.had_no_effect()), (Advice::RepeatSame, false));
        assert_eq!(unproven.stage(), Some(Stage::Signature));
        let another =
            || Box::new(AnswerMismatch { field: "a".into(), asked: "1".into(), answered: "2".into() });
        for (error, stage) in [
            (CallError::from(Malformed::missing("code_url")), Stage::Fields),
            (CallError::ForeignMerchant(another()), Stage::Business),
            (CallError::AboutSomethingElse(another()), Stage::Business),
        ] {
            assert_eq!((error.advice(), error.had_no_effect()), (Advice::Operator, false));
            assert_eq!(error.stage(), Some(stage));
        }
        let refused = error(CallName::Close, 400, "ORDER_PAID");
        assert_eq!(refused.to_string(), "the gateway refused: ORDERPAID ()");
        assert!(matches!(refused, CallError::Refused(refusal) if refusal.code == Code::OrderPaid));
    }
}
