//! Why a call did not succeed, and what to do next (protocol §1.3, §3.7).

use thiserror::Error;

use crate::v2::{AnswerMismatch, ErrCode, Malformed, SignatureError, XmlError};

/// What to do about a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// The outcome is unknown, or the gateway asks to repeat: repeat the same call with the same number after
    /// a pause.
    RepeatSame,
    /// Query the order (or refund) before anything else.
    Query,
    /// A person must act: configuration, contract, or another way to pay back.
    Operator,
    /// This call will not succeed. Show a generic failure.
    Refuse,
}

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CallError {
    /// The body is not a message, for instance a proxy's page or a truncated answer. The outcome is unknown.
    #[error("the gateway's answer was not understood: {0}")]
    NotUnderstood(#[from] XmlError),
    /// `return_code` is SUCCESS but there is no signature. The outcome is unknown.
    #[error("the gateway's answer is not signed")]
    Unsigned,
    /// The signature does not verify. The outcome is unknown.
    #[error("the gateway's answer is not genuine: {0}")]
    BadSignature(SignatureError),
    /// `return_code` is FAIL: the gateway refused before processing. The answer is not authenticated, so
    /// never change an order because of it.
    #[error("the gateway refused the call before processing it: {return_msg}")]
    RefusedBeforeProcessing {
        /// The gateway's text.
        return_msg: Box<str>,
    },
    /// `result_code` is FAIL, and the answer is signed.
    #[error("the gateway refused: {err_code} ({err_code_des})")]
    Business {
        /// The code to act on.
        err_code: ErrCode,
        /// The gateway's text, Chinese or English. Do not parse it.
        err_code_des: Box<str>,
    },
    /// A genuine answer lacks a required field, or the field is malformed. The answers about bills and
    /// settlements are not signed, and can be malformed too.
    #[error("the gateway's answer is incomplete: {0}")]
    Malformed(#[from] Malformed),
    /// A genuine answer that names another merchant.
    #[error("the gateway's answer is about another merchant: {0}")]
    ForeignMerchant(Box<AnswerMismatch>),
    /// A genuine answer, a success or a refusal, about another order, refund or amount. It says nothing about
    /// what was asked, so the outcome is unknown.
    #[error("the gateway's answer is about something else: {0}")]
    AboutSomethingElse(#[from] Box<AnswerMismatch>),
}

impl From<SignatureError> for CallError {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Missing => Self::Unsigned,
            SignatureError::Odd
            | SignatureError::OtherSignType
            | SignatureError::FieldNamedKey
            | SignatureError::Wrong => Self::BadSignature(error),
        }
    }
}

/// Parts of the texts of temporary refusals: the gateway is busy, or we are too fast. Such a refusal has no
/// code, and the call may be repeated.
const TEMPORARY_REFUSALS: [&str; 8] = [
    "SYSTEMERROR",
    "Bill Creating",
    "CompressGZip Error",
    "system busy",
    "frequency",
    "频率",
    "系统繁忙",
    "系统超时",
];

impl CallError {
    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::NotUnderstood(_) | Self::Unsigned | Self::BadSignature(_) => Advice::RepeatSame,
            Self::RefusedBeforeProcessing { return_msg } => {
                if TEMPORARY_REFUSALS.iter().any(|part| return_msg.contains(part)) {
                    Advice::RepeatSame
                } else {
                    Advice::Operator
                }
            }
            Self::Business { err_code, .. } => err_code.advice(),
            Self::Malformed(_) | Self::ForeignMerchant(_) | Self::AboutSomethingElse(_) => Advice::Operator,
        }
    }

    /// The code of a business refusal.
    #[must_use]
    pub const fn err_code(&self) -> Option<&ErrCode> {
        match self {
            Self::Business { err_code, .. } => Some(err_code),
            Self::NotUnderstood(_)
            | Self::Unsigned
            | Self::BadSignature(_)
            | Self::RefusedBeforeProcessing { .. }
            | Self::Malformed(_)
            | Self::ForeignMerchant(_)
            | Self::AboutSomethingElse(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_proves_nothing_leaves_the_outcome_unknown() {
        for unknown in [
            CallError::NotUnderstood(XmlError::WrongRoot),
            CallError::from(SignatureError::Missing),
            CallError::from(SignatureError::Wrong),
        ] {
            assert_eq!(unknown.advice(), Advice::RepeatSame);
            assert_eq!(unknown.err_code(), None);
        }
        assert_eq!(CallError::from(SignatureError::Missing), CallError::Unsigned);
        assert_eq!(CallError::from(SignatureError::Odd), CallError::BadSignature(SignatureError::Odd));
    }

    #[test]
    fn a_refusal_before_processing_needs_a_person_unless_it_is_temporary() {
        let advice = |text: &str| CallError::RefusedBeforeProcessing { return_msg: text.into() }.advice();
        assert_eq!(advice("签名错误"), Advice::Operator);
        assert_eq!(advice("系统繁忙，请稍后再试"), Advice::RepeatSame);
        assert_eq!(advice("exceeds the calling frequency limit"), Advice::RepeatSame);
    }

    #[test]
    fn a_business_refusal_is_judged_by_its_code_and_a_defect_needs_a_person() {
        let paid = CallError::Business { err_code: ErrCode::OrderPaid, err_code_des: "order paid".into() };
        assert_eq!((paid.advice(), paid.err_code()), (Advice::Query, Some(&ErrCode::OrderPaid)));
        let another = AnswerMismatch { field: "mch_id".into(), asked: "1".into(), answered: "2".into() };
        assert_eq!(CallError::ForeignMerchant(Box::new(another)).advice(), Advice::Operator);
        assert_eq!(CallError::from(Malformed::missing("code_url")).advice(), Advice::Operator);
    }
}
