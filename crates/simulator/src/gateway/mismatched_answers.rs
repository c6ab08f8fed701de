//! Genuine, signed answers that are about something else, or that lack a field.
//!
//! Caches and proxies mix up answers, merchants use numbers twice, and a repeated refund number finds another
//! order's refund. A caller must compare every name in an answer with its call. So each name can be a wrong
//! one here.

use super::Gateway;
use super::call::Call;
use super::check::Accepted;
use super::fault::FaultName;
use super::hostile::invented_payment;
use super::message::Fields;
use super::query_order;
use super::reply::CallRecord;
use super::trade::TradeState;

pub(super) const ANOTHER_ORDER: &str = "ANOTHER-ORDER";
pub(super) const ANOTHER_TRANSACTION: &str = "4200009999202001010000000001";
pub(super) const ANOTHER_REFUND: &str = "ANOTHER-REFUND";
pub(super) const ANOTHER_REFUND_ID: &str = "50300999992020010100000000001";
pub(super) const ANOTHER_MERCHANT: &str = "1999999999";
pub(super) const ANOTHER_APP: &str = "wx0000000000000000";
pub(super) const ANOTHER_SUB_MERCHANT: &str = "1999999998";

/// The faults that leave a field out of an answer or a notification.
const WITHOUT: [(FaultName, &str); 3] = [
    (FaultName::WithoutOpenid, "openid"),
    (FaultName::WithoutFeeType, "fee_type"),
    (FaultName::WithoutBankType, "bank_type"),
];

/// How a fault changes an answer.
struct Substitution {
    fault: FaultName,
    /// The fields that change, with their numbered siblings.
    fields: &'static [&'static str],
    /// The field that is added to answers of these calls, which otherwise have no such field.
    added: Option<(&'static str, &'static [Call])>,
    /// From the name of a field and its value to a wrong value.
    new_value: fn(&str, &str) -> String,
}

const ECHOLESS: &[Call] = &[Call::UnifiedOrder, Call::CloseOrder];
const ENVELOPED: &[Call] =
    &[Call::UnifiedOrder, Call::QueryOrder, Call::CloseOrder, Call::Refund, Call::RefundQuery];

/// Changes to the envelope, which refusals have as well.
const OF_ENVELOPE: [Substitution; 3] = [
    Substitution {
        fault: FaultName::AnotherMerchant,
        fields: &["mch_id"],
        added: None,
        new_value: |_, _| ANOTHER_MERCHANT.to_owned(),
    },
    Substitution {
        fault: FaultName::AnotherApp,
        fields: &["appid"],
        added: None,
        new_value: |_, _| ANOTHER_APP.to_owned(),
    },
    Substitution {
        fault: FaultName::AnotherSubMerchant,
        fields: &["sub_mch_id"],
        added: Some(("sub_mch_id", ENVELOPED)),
        new_value: |_, _| ANOTHER_SUB_MERCHANT.to_owned(),
    },
];

/// Changes to the answer itself.
const OF_SUCCESS: [Substitution; 6] = [
    Substitution {
        fault: FaultName::AnotherOrder,
        fields: &["out_trade_no", "transaction_id"],
        added: Some(("out_trade_no", ECHOLESS)),
        new_value: |name, _| {
            if name == "transaction_id" { ANOTHER_TRANSACTION } else { ANOTHER_ORDER }.to_owned()
        },
    },
    Substitution {
        fault: FaultName::AnotherTransaction,
        fields: &["transaction_id"],
        added: None,
        new_value: |_, _| ANOTHER_TRANSACTION.to_owned(),
    },
    Substitution {
        fault: FaultName::AnotherRefund,
        fields: &["out_refund_no", "refund_id"],
        added: None,
        new_value: |name, _| if name == "refund_id" { ANOTHER_REFUND_ID } else { ANOTHER_REFUND }.to_owned(),
    },
    Substitution {
        fault: FaultName::AnotherAmount,
        fields: &["total_fee"],
        added: Some(("total_fee", &[Call::UnifiedOrder])),
        new_value: |_, value| value.parse().map_or(1_u64, |minor: u64| minor.saturating_add(1)).to_string(),
    },
    Substitution {
        fault: FaultName::AnotherRefundAmount,
        fields: &["refund_fee"],
        added: None,
        // Less than was asked for, so that it stays a part of the order. An amount of 1 becomes 2.
        new_value: |_, value| {
            if value == "1" { 2 } else { value.parse().unwrap_or(2_u64).saturating_sub(1) }.to_string()
        },
    },
    Substitution {
        fault: FaultName::AnotherCurrency,
        fields: &["fee_type", "refund_fee_type"],
        added: Some(("fee_type", &[Call::UnifiedOrder])),
        new_value: |_, value| if value == "JPY" { "HKD" } else { "JPY" }.to_owned(),
    },
];

impl Gateway {
    /// A query's answer about another order in another state, instead of the answer about this order.
    pub(super) fn answer_about_another_order(
        &mut self,
        now_ms: i64,
        accepted: &Accepted,
        record: &mut CallRecord,
    ) -> Option<Fields> {
        let trade_index = self.ledger.order_asked_for(&accepted.merchant.mch_id, &accepted.asked)?;
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
        let payment = match state {
            TradeState::Success | TradeState::Refund => Some(invented_payment(&another, now_ms)),
            TradeState::NotPay | TradeState::Closed | TradeState::PayError => None,
        };
        Some(query_order::answer(&another, payment.as_ref(), state))
    }

    /// Changes and removes fields as faults and switches ask, before the answer is signed.
    pub(super) fn substitute_fields(
        &mut self,
        fields: &mut Fields,
        call: Call,
        accepted: &Accepted,
        succeeded: bool,
        record: &mut CallRecord,
    ) {
        let of_success = OF_SUCCESS.iter().filter(|_| succeeded);
        for substitution in OF_ENVELOPE.iter().chain(of_success) {
            let added = substitution.added.filter(|(name, calls)| calls.contains(&call) && !fields.has(name));
            let has_some = substitution.fields.iter().any(|name| fields.change(name, str::to_owned));
            // A fault that would change nothing has not struck.
            if !has_some && added.is_none() || self.strikes(substitution.fault, call, record).is_none() {
                continue;
            }
            for name in substitution.fields {
                fields.change(name, |value| (substitution.new_value)(name, value));
            }
            if let Some((name, _)) = added {
                let value = (substitution.new_value)(name, accepted.asked.get(name).unwrap_or_default());
                fields.replace(name, &value);
            }
        }
        for (fault, name) in WITHOUT {
            if fields.has(name) && self.strikes(fault, call, record).is_some() {
                fields.remove(name);
            }
        }
        self.leave_out(fields);
    }

    /// Removes fields of a notification as faults and switches ask, before it is signed.
    pub(super) fn leave_out_of_notification(&mut self, fields: &mut Fields, out_trade_no: &str) {
        for (fault, name) in WITHOUT {
            if fields.has(name) && self.faults.strikes(fault, None, Some(out_trade_no)).is_some() {
                fields.remove(name);
            }
        }
        self.leave_out(fields);
    }

    fn leave_out(&self, fields: &mut Fields) {
        for name in &self.switches.left_out {
            fields.remove(name);
        }
    }
}
