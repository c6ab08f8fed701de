//! Genuine, signed answers that are about something else, or that lack a field.

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::call::Call;
use super::super::fault::FaultName;
use super::super::hostile::invented_payment;
use super::super::mismatched_answers::{
    ANOTHER_APP, ANOTHER_MERCHANT, ANOTHER_ORDER, ANOTHER_REFUND, ANOTHER_REFUND_ID, ANOTHER_SUB_MERCHANT,
    ANOTHER_TRANSACTION,
};
use super::super::reply::CallRecord;
use super::super::trade::TradeState;
use super::Edition;
use super::caller::Caller;
use super::query;
use super::route::Number;

/// The faults that leave a field out of an answer or a notification.
pub(super) const WITHOUT: [(FaultName, &str); 3] = [
    (FaultName::WithoutOpenid, "/payer"),
    (FaultName::WithoutFeeType, "/amount/currency"),
    (FaultName::WithoutBankType, "/bank_type"),
];

/// The faults that put another value into an answer, and where. `id` is a transaction in a query and a refund
/// in an answer about refunds.
const ANOTHER: [(FaultName, &[&str]); 9] = [
    (FaultName::AnotherMerchant, &["/mchid", "/sp_mchid"]),
    (FaultName::AnotherApp, &["/appid", "/sp_appid"]),
    (FaultName::AnotherSubMerchant, &["/sub_mchid"]),
    (FaultName::AnotherOrder, &["/out_trade_no", "/transaction_id", "/id"]),
    (FaultName::AnotherTransaction, &["/transaction_id", "/id"]),
    (FaultName::AnotherRefund, &["/out_refund_no", "/refund_id", "/id"]),
    (FaultName::AnotherAmount, &["/amount/total"]),
    (FaultName::AnotherRefundAmount, &["/amount/refund"]),
    (FaultName::AnotherCurrency, &["/amount/currency"]),
];

impl Gateway {
    /// A query's answer about another order in another state.
    pub(super) fn another_order_v3(
        &mut self,
        now_ms: i64,
        edition: Edition,
        caller: &Caller,
        number: &Number,
        record: &mut CallRecord,
    ) -> Option<Value> {
        let trade_index = self.order_v3(caller, number)?;
        let states = [
            (FaultName::AnotherOrderPaid, TradeState::Success),
            (FaultName::AnotherOrderRefunded, TradeState::Refund),
            (FaultName::AnotherOrderClosed, TradeState::Closed),
            (FaultName::AnotherOrderUnpaid, TradeState::NotPay),
        ];
        let (_, state) =
            states.into_iter().find(|(name, _)| self.strikes(*name, Call::QueryOrder, record).is_some())?;
        let mut another = self.ledger.at(trade_index).clone();
        ANOTHER_ORDER.clone_into(&mut another.out_trade_no);
        let is_paid = matches!(state, TradeState::Success | TradeState::Refund);
        let payment = is_paid.then(|| invented_payment(&another, now_ms));
        Some(query::view(edition, &self.switches, &another, payment.as_ref(), state))
    }

    /// Changes and removes fields of an answer as faults and switches ask, before it is signed.
    pub(super) fn substitute_v3(&mut self, answer: &mut Value, call: Option<Call>, record: &mut CallRecord) {
        let of_refund = matches!(call, Some(Call::Refund | Call::RefundQuery));
        for (fault, pointers) in ANOTHER {
            let fits = |pointer: &&&str| match (**pointer, fault) {
                ("/id", FaultName::AnotherRefund) => of_refund,
                ("/id", _) => !of_refund,
                _ => true,
            };
            let there: Vec<&str> = pointers
                .iter()
                .filter(fits)
                .copied()
                .filter(|pointer| answer.pointer(pointer).is_some())
                .collect();
            // A fault that would change nothing has not struck.
            if there.is_empty() || self.strikes(fault, call, record).is_none() {
                continue;
            }
            for pointer in there {
                if let Some(value) = answer.pointer_mut(pointer) {
                    *value = another(fault, pointer, value);
                }
            }
        }
        for (fault, pointer) in WITHOUT {
            if answer.pointer(pointer).is_some() && self.strikes(fault, call, record).is_some() {
                remove(answer, pointer);
            }
        }
        self.leave_out_v3(answer);
    }

    /// Removes the fields that the switch names: by their name at the top or within `amount`.
    pub(super) fn leave_out_v3(&self, value: &mut Value) {
        for name in &self.switches.left_out {
            remove(value, &format!("/{name}"));
            remove(value, &format!("/amount/{name}"));
        }
    }
}

fn another(fault: FaultName, pointer: &str, value: &Value) -> Value {
    match (fault, pointer) {
        (FaultName::AnotherMerchant, _) => json!(ANOTHER_MERCHANT),
        (FaultName::AnotherApp, _) => json!(ANOTHER_APP),
        (FaultName::AnotherSubMerchant, _) => json!(ANOTHER_SUB_MERCHANT),
        (FaultName::AnotherRefund, "/out_refund_no") => json!(ANOTHER_REFUND),
        (FaultName::AnotherRefund, _) => json!(ANOTHER_REFUND_ID),
        (FaultName::AnotherOrder, "/out_trade_no") => json!(ANOTHER_ORDER),
        (FaultName::AnotherAmount, _) => json!(value.as_u64().unwrap_or(0) + 1),
        (FaultName::AnotherRefundAmount, _) => {
            json!(value.as_u64().filter(|minor| *minor > 1).map_or(2, |minor| minor - 1))
        }
        (FaultName::AnotherCurrency, _) => json!(if value == "JPY" { "HKD" } else { "JPY" }),
        _ => json!(ANOTHER_TRANSACTION),
    }
}

/// Removes what a pointer names, if it is there.
pub(super) fn remove(value: &mut Value, pointer: &str) {
    let Some((within, name)) = pointer.rsplit_once('/') else { return };
    if let Some(Value::Object(fields)) = value.pointer_mut(within) {
        fields.remove(name);
    }
}
