//! What the refusals and the unproven answers of API v3 mean.

use wire::v3::{CallError, CallName, Code, NotGenuine, Refusal as WireRefusal, Reply, hearsay};

use crate::http_answer::{self, bounded};
use crate::{Failure, Meaning, Oddity, Refusal, Unclear};

/// What an answer that is not genuine means: nothing about the order. Its text only helps the merchant.
pub(super) fn unproven(call: CallName, reply: &Reply<'_>, why: NotGenuine) -> Failure {
    let Reply { status, .. } = *reply;
    let said = match hearsay(call, reply) {
        Some(refusal) => format!("HTTP {status}: {}, {why}", said(&refusal)),
        None if status == 200 || status == 204 => format!("HTTP {status}: {why}"),
        None => format!("{}, {why}", http_answer::summary(status, &beginning(reply.body))),
    };
    // A wrong clock, or a key that the configuration does not have, looks like this. A signature that is
    // wrong only now and then is one of the gateway's probes.
    let ours = matches!(why, NotGenuine::Window { .. } | NotGenuine::Key(_) | NotGenuine::RefreshFirst);
    let misconfigured = ours || http_answer::hints_at_the_configuration(status);
    Failure::Unclear(Unclear {
        misconfigured: misconfigured.then(|| said.clone().into()),
        why: said.into(),
        oddity: None,
    })
}

/// A page's first part, for the log.
fn beginning(body: &[u8]) -> String {
    const MOST: usize = 1_024;
    String::from_utf8_lossy(body.get(..MOST).unwrap_or(body)).into_owned()
}

/// What a genuine answer that is no success means.
pub(super) fn failure(error: CallError) -> Failure {
    let summary = error.to_string();
    match error {
        CallError::Refused(refusal) => refused(&refusal),
        CallError::Unclear { status, refusal: Some(refusal) } => {
            Failure::unclear(format!("HTTP {status}: {}", said(&refusal)))
        }
        CallError::ForeignMerchant(_) | CallError::AboutSomethingElse(_) => {
            odd(summary, Oddity::AboutSomethingElse)
        }
        CallError::Malformed(_) | CallError::NotGenuine(NotGenuine::Json(_)) => {
            odd(summary, Oddity::Unreadable)
        }
        CallError::Unclear { refusal: None, .. } | CallError::NotGenuine(_) => Failure::unclear(summary),
    }
}

fn odd(why: String, oddity: Oddity) -> Failure {
    Failure::Unclear(Unclear { why: why.into(), misconfigured: None, oddity: Some(oddity) })
}

fn refused(refusal: &WireRefusal) -> Failure {
    let said = said(refusal);
    if refusal.code == Code::SignError {
        // Nothing can be concluded about the order.
        let misconfigured = Some(said.clone().into());
        return Failure::Unclear(Unclear { why: said.into(), misconfigured, oddity: None });
    }
    match meaning(&refusal.code, refusal.call, refusal.status) {
        Some(meaning) => Failure::Refused(Refusal {
            meaning,
            code: refusal.code.as_str().into(),
            text: (!refusal.message.is_empty()).then(|| bounded(&refusal.message).into()),
        }),
        None => Failure::unclear(said),
    }
}

/// Code and text in one line.
fn said(refusal: &WireRefusal) -> String {
    match &*refusal.message {
        "" => refusal.code.to_string(),
        message => format!("{}: {}", refusal.code, bounded(message)),
    }
}

/// What a code of API v3 means for a call (protocol §9.11). `None`: the code does not say whether the call
/// took effect.
pub(super) fn meaning(code: &Code, call: CallName, status: u16) -> Option<Meaning> {
    Some(match (code, call) {
        (
            Code::SystemError
            | Code::ServiceUnavailable
            | Code::BizErrNeedRetry
            | Code::SignError
            | Code::UserPaying
            | Code::BankError
            | Code::OpenIdMismatch,
            _,
        ) => return None,
        (Code::OrderPaid, _) => Meaning::Paid,
        (Code::OrderClosed, _) => Meaning::Closed,
        (Code::OrderNotExist, _) => Meaning::NoSuchOrder,
        // The refund was not accepted, or not yet: repeat it with the same number.
        (Code::ResourceNotExists, CallName::Refund) => Meaning::NotNow,
        (Code::ResourceNotExists, CallName::RefundQuery | CallName::RefundsOfOrder) => Meaning::NoSuchRefund,
        (Code::ResourceNotExists, _) => Meaning::Unknown,
        (Code::RefundNotExist | Code::RefundNotExists, _) => Meaning::NoSuchRefund,
        // The number is in use with other values. A query says by what.
        (Code::OutTradeNoUsed | Code::OutRefundNoUsed, _) => Meaning::NumberTaken,
        (Code::InvalidRequest, _) => Meaning::NumberTakenOrMalformed,
        (Code::NotEnough, _) => Meaning::NotEnough,
        (
            Code::FrequencyLimited
            | Code::RateLimited
            | Code::RateLimitExceeded
            | Code::NoStatementExist
            | Code::StatementCreating,
            _,
        ) => Meaning::NotNow,
        (Code::RuleLimit | Code::TradeError | Code::TradeOverdue, _) => Meaning::Never,
        (
            Code::RefundFeeMismatch
            | Code::ParamError
            | Code::AppIdMchIdNotMatch
            | Code::MchNotExists
            | Code::AccountError
            | Code::NoAuth
            | Code::UserAccountAbnormal
            | Code::InvalidTransactionId,
            _,
        ) => Meaning::Operator,
        // The status decides about an unknown code.
        (Code::Other(_), _) => match status {
            429 => Meaning::NotNow,
            403 => Meaning::Operator,
            _ => Meaning::Unknown,
        },
    })
}
