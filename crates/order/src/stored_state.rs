//! How states are read from their stored form.
//!
//! The form is an object whose field `name` says which state it is, with that state's fields beside it. What
//! serde derives for such an enum first reads any JSON into a tree and then reads the tree: a tenth of the
//! Worker's module, and slow. Here one struct has the fields of all states.

use gateway::TransactionId;
use serde::Deserialize;

use crate::state::{CloseReason, ClosingStep, FailureCause, NativeCode, PlacingStep, State};

/// A field is missing.
#[derive(Debug, thiserror::Error)]
#[error("missing field `{0}`")]
pub(crate) struct Missing(&'static str);

fn there<T>(field: Option<T>, name: &'static str) -> Result<T, Missing> {
    field.ok_or(Missing(name))
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateName {
    Placing,
    AwaitingPayment,
    Closing,
    Paid,
    Stray,
    Closed,
    Failed,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Ordering,
    Asking,
    AskingIfTaken,
    Checking,
    Closing,
}

#[derive(Deserialize)]
pub(crate) struct StoredState {
    name: StateName,
    step: Option<Step>,
    tries: Option<u32>,
    suspicion: Option<FailureCause>,
    code: Option<NativeCode>,
    reason: Option<CloseReason>,
    since_ms: Option<i64>,
    transaction_id: Option<TransactionId>,
    at_ms: Option<i64>,
    cause: Option<FailureCause>,
}

impl TryFrom<StoredState> for State {
    type Error = Missing;

    fn try_from(stored: StoredState) -> Result<Self, Missing> {
        let at_ms = there(stored.at_ms, "at_ms");
        let tries = there(stored.tries, "tries");
        Ok(match stored.name {
            StateName::Placing => Self::Placing {
                step: placing_step(stored.step)?,
                tries: tries?,
                suspicion: there(stored.suspicion, "suspicion")?,
            },
            StateName::AwaitingPayment => Self::AwaitingPayment { code: there(stored.code, "code")? },
            StateName::Closing => Self::Closing {
                reason: there(stored.reason, "reason")?,
                step: closing_step(stored.step)?,
                tries: tries?,
                since_ms: there(stored.since_ms, "since_ms")?,
            },
            StateName::Paid => {
                Self::Paid { transaction_id: there(stored.transaction_id, "transaction_id")?, at_ms: at_ms? }
            }
            StateName::Stray => Self::Orphan { at_ms: at_ms? },
            StateName::Closed => Self::Closed { reason: there(stored.reason, "reason")?, at_ms: at_ms? },
            StateName::Failed => Self::Failed { cause: there(stored.cause, "cause")?, at_ms: at_ms? },
        })
    }
}

fn placing_step(step: Option<Step>) -> Result<PlacingStep, Missing> {
    match step {
        Some(Step::Ordering) => Ok(PlacingStep::Ordering),
        Some(Step::Asking) => Ok(PlacingStep::Asking),
        Some(Step::AskingIfTaken) => Ok(PlacingStep::AskingIfTaken),
        Some(Step::Checking | Step::Closing) | None => Err(Missing("step")),
    }
}

fn closing_step(step: Option<Step>) -> Result<ClosingStep, Missing> {
    match step {
        Some(Step::Checking) => Ok(ClosingStep::Checking),
        Some(Step::Asking) => Ok(ClosingStep::Asking),
        Some(Step::Closing) => Ok(ClosingStep::Closing),
        Some(Step::Ordering | Step::AskingIfTaken) | None => Err(Missing("step")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReasonName {
    Expired,
    Cancelled,
    Failed,
}

#[derive(Deserialize)]
pub(crate) struct StoredReason {
    name: ReasonName,
    cause: Option<FailureCause>,
}

impl TryFrom<StoredReason> for CloseReason {
    type Error = Missing;

    fn try_from(stored: StoredReason) -> Result<Self, Missing> {
        Ok(match stored.name {
            ReasonName::Expired => Self::Expired,
            ReasonName::Cancelled => Self::Cancelled,
            ReasonName::Failed => Self::Failed { cause: there(stored.cause, "cause")? },
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum CauseName {
    Unreachable,
    Misconfigured,
    Refused,
    PaymentFailed,
    ClosedElsewhere,
    UnexpectedTrade,
}

#[derive(Deserialize)]
pub(crate) struct StoredCause {
    name: CauseName,
    code: Option<String>,
    text: Option<String>,
}

impl TryFrom<StoredCause> for FailureCause {
    type Error = Missing;

    fn try_from(StoredCause { name, code, text }: StoredCause) -> Result<Self, Missing> {
        let code = || there(code, "code");
        Ok(match name {
            CauseName::Unreachable => Self::Unreachable,
            CauseName::Misconfigured => Self::Misconfigured { code: code()?, text },
            CauseName::Refused => Self::Refused { code: code()?, text },
            CauseName::PaymentFailed => Self::PaymentFailed,
            CauseName::ClosedElsewhere => Self::ClosedElsewhere,
            CauseName::UnexpectedTrade => Self::UnexpectedTrade,
        })
    }
}

#[cfg(test)]
mod tests {
    use gateway::{CodeUrl, Mismatch, TransactionId};

    use super::*;

    fn causes() -> Vec<FailureCause> {
        let code = || "NOAUTH".to_owned();
        vec![
            FailureCause::Unreachable,
            FailureCause::Misconfigured { code: code(), text: None },
            FailureCause::Misconfigured { code: code(), text: Some("no rights".into()) },
            FailureCause::Refused { code: code(), text: None },
            FailureCause::PaymentFailed,
            FailureCause::ClosedElsewhere,
            FailureCause::UnexpectedTrade,
        ]
    }

    fn reasons() -> Vec<CloseReason> {
        let failed = causes().into_iter().map(|cause| CloseReason::Failed { cause });
        [CloseReason::Expired, CloseReason::Cancelled].into_iter().chain(failed).collect()
    }

    fn states() -> Vec<State> {
        let code_url = CodeUrl::new("weixin://wxpay/bizpayurl?pr=abc").unwrap();
        let mut states = vec![
            State::AwaitingPayment { code: NativeCode { code_url, since_ms: 5 } },
            State::Paid { transaction_id: TransactionId::new("4200001").unwrap(), at_ms: 6 },
            State::Orphan { at_ms: 7 },
        ];
        for suspicion in causes() {
            for step in [PlacingStep::Ordering, PlacingStep::Asking, PlacingStep::AskingIfTaken] {
                states.push(State::Placing { step, tries: 2, suspicion: suspicion.clone() });
            }
            states.push(State::Failed { cause: suspicion, at_ms: 8 });
        }
        for reason in reasons() {
            for step in [ClosingStep::Checking, ClosingStep::Asking, ClosingStep::Closing] {
                states.push(State::Closing { reason: reason.clone(), step, tries: 3, since_ms: 9 });
            }
            states.push(State::Closed { reason, at_ms: 10 });
        }
        states
    }

    #[test]
    fn every_state_comes_back_as_it_was_stored() {
        for state in states() {
            let stored = serde_json::to_string(&state).unwrap();
            assert_eq!(serde_json::from_str::<State>(&stored).unwrap(), state, "{stored}");
        }
    }

    #[test]
    fn a_state_without_one_of_its_fields_is_not_read() {
        for state in states() {
            let serde_json::Value::Object(stored) = serde_json::to_value(&state).unwrap() else { panic!() };
            for field in stored.keys() {
                let mut less = stored.clone();
                less.remove(field);
                assert!(
                    serde_json::from_str::<State>(&serde_json::to_string(&less).unwrap()).is_err(),
                    "{state:?} {field}"
                );
            }
        }
    }

    #[test]
    fn every_difference_of_a_payment_comes_back_as_it_was_stored() {
        let money = gateway::Money::new(100, gateway::Currency::HKD);
        for mismatch in [
            Mismatch::Merchant,
            Mismatch::OrderNumber { claimed: "A1".into() },
            Mismatch::TradeType { claimed: "JSAPI".into() },
            Mismatch::Attach,
            Mismatch::Currency { claimed: money },
            Mismatch::Amount { claimed: money },
        ] {
            let stored = serde_json::to_string(&mismatch).unwrap();
            assert_eq!(serde_json::from_str::<Mismatch>(&stored).unwrap(), mismatch, "{stored}");
        }
        for wrong in [r#"{"in":"amount"}"#, r#"{"in":"amount","claimed":"1"}"#, r#"{"in":"order_number"}"#] {
            assert!(serde_json::from_str::<Mismatch>(wrong).is_err(), "{wrong}");
        }
    }
}
