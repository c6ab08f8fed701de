//! Faults by name: where each strikes, how often, and on which order (protocol §11.3).

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::mint::Mint;

/// One thing that goes wrong, everywhere or for one order, always, some times, or by chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// What goes wrong.
    pub name: FaultName,
    /// Only in this call; otherwise in every call in which it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// Only for this order.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "out_trade_no")]
    pub order: Option<String>,
    /// So many times, then never again; otherwise without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// 0 to 1; otherwise always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Repeats the dice of `probability`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// How long a delay is, for the faults that are one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u32>,
}

/// The names of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultName {
    /// The connection ends before the call has had an effect.
    DropBefore,
    /// The call has its effect, then the connection ends without an answer.
    DropAfter,
    /// The answer comes after `delay_ms` (3000).
    Slow,
    /// A proxy's page with status 502; no effect.
    #[serde(rename = "html-502")]
    Html502,
    /// The answer stops in the middle; the effect stands.
    Truncated,
    /// The answer carries no `sign`.
    Unsigned,
    /// The answer's `sign` is wrong.
    WronglySigned,
    /// `SYSTEMERROR`; no effect.
    SystemError,
    /// A query does not see the order yet: `ORDERNOTEXIST`.
    NotVisible,
    /// Refund only: `NOTENOUGH`; no effect.
    NotEnough,
    /// Refund only: `BIZERR_NEED_RETRY`; no effect.
    BizerrNeedRetry,
    /// Refund only: `FREQUENCY_LIMITED`; no effect.
    FrequencyLimited,
    /// Refund only: accepted, and never leaves `PROCESSING`.
    RefundStuck,
    /// Refund only: accepted, and ends as `REFUNDCLOSE`.
    RefundClosed,
    /// Close only: the shopper pays a moment before, so that the answer is `ORDERPAID`.
    PaidBeforeClose,
    /// Unified order only: paid and notified before the answer, which comes after `delay_ms` (2000).
    PaidBeforeAnswer,
    /// A second payment, with its own `transaction_id` and notification, follows the first.
    SecondPayment,
    /// The notification is on its way for ever: the delivery counts as unanswered.
    NotificationLost,
    /// The notification is sent twice at once, as from two servers.
    NotificationTwice,
    /// The notification leaves `delay_ms` (10000) after the payment.
    NotificationLate,
    /// One digit of the notification's signature is wrong.
    NotificationWronglySigned,
    /// The notification names another amount, validly signed.
    NotificationWrongAmount,
    /// The notification names another currency, validly signed.
    NotificationWrongCurrency,
    /// The notification names another merchant, validly signed.
    NotificationWrongMerchant,
    /// The notification names an order nobody placed, validly signed.
    NotificationUnknownOrder,
}

impl FaultName {
    /// The name as configuration and exchanges spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FaultName::DropBefore => "drop-before",
            FaultName::DropAfter => "drop-after",
            FaultName::Slow => "slow",
            FaultName::Html502 => "html-502",
            FaultName::Truncated => "truncated",
            FaultName::Unsigned => "unsigned",
            FaultName::WronglySigned => "wrongly-signed",
            FaultName::SystemError => "system-error",
            FaultName::NotVisible => "not-visible",
            FaultName::NotEnough => "not-enough",
            FaultName::BizerrNeedRetry => "bizerr-need-retry",
            FaultName::FrequencyLimited => "frequency-limited",
            FaultName::RefundStuck => "refund-stuck",
            FaultName::RefundClosed => "refund-closed",
            FaultName::PaidBeforeClose => "paid-before-close",
            FaultName::PaidBeforeAnswer => "paid-before-answer",
            FaultName::SecondPayment => "second-payment",
            FaultName::NotificationLost => "notification-lost",
            FaultName::NotificationTwice => "notification-twice",
            FaultName::NotificationLate => "notification-late",
            FaultName::NotificationWronglySigned => "notification-wrongly-signed",
            FaultName::NotificationWrongAmount => "notification-wrong-amount",
            FaultName::NotificationWrongCurrency => "notification-wrong-currency",
            FaultName::NotificationWrongMerchant => "notification-wrong-merchant",
            FaultName::NotificationUnknownOrder => "notification-unknown-order",
        }
    }
}

/// The faults in force and what is left of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    fault: Fault,
    left: Option<u32>,
    dice: Mint,
}

impl Faults {
    pub(super) fn new(faults: &[Fault]) -> Faults {
        let rule = |fault: &Fault| Rule {
            fault: fault.clone(),
            left: fault.times,
            dice: Mint::new(fault.seed.unwrap_or(0)),
        };
        Faults { rules: faults.iter().map(rule).collect() }
    }

    /// Whether the fault strikes now, and if so its delay; a strike uses up one of its times.
    pub(super) fn strikes(
        &mut self,
        name: FaultName,
        call: Option<Call>,
        order: Option<&str>,
    ) -> Option<Strike> {
        self.rules.iter_mut().find_map(|rule| rule.strikes(name, call, order))
    }
}

/// A fault that struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strike {
    delay_ms: Option<u32>,
}

impl Strike {
    pub(super) fn delay_ms(self, otherwise: u32) -> u32 {
        self.delay_ms.unwrap_or(otherwise)
    }
}

impl Rule {
    fn strikes(&mut self, name: FaultName, call: Option<Call>, order: Option<&str>) -> Option<Strike> {
        let fits = self.fault.name == name
            && self.fault.call.is_none_or(|only| Some(only) == call)
            && self.fault.order.as_deref().is_none_or(|only| Some(only) == order)
            && self.left != Some(0);
        if !fits || !self.fault.probability.is_none_or(|probability| self.dice.chance(probability)) {
            return None;
        }
        self.left = self.left.map(|left| left - 1);
        Some(Strike { delay_ms: self.fault.delay_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> Faults {
        Faults::new(&[serde_json::from_str(json).unwrap()])
    }

    fn strikes(faults: &mut Faults, order: &str) -> bool {
        faults.strikes(FaultName::SystemError, Some(Call::QueryOrder), Some(order)).is_some()
    }

    #[test]
    fn a_fault_with_times_strikes_so_often_and_then_never_again() {
        let mut faults = fault(r#"{"name":"system-error","times":2}"#);
        assert_eq!([(); 4].map(|()| strikes(&mut faults, "A")), [true, true, false, false]);
    }

    #[test]
    fn a_fault_of_one_order_leaves_the_others_alone() {
        let mut faults = fault(r#"{"name":"system-error","order":"B"}"#);
        assert!(!strikes(&mut faults, "A"));
        assert!(strikes(&mut faults, "B"));
    }

    #[test]
    fn a_fault_of_one_call_leaves_the_others_alone() {
        let mut faults = fault(r#"{"name":"system-error","call":"refund"}"#);
        assert!(!strikes(&mut faults, "A"));
    }

    #[test]
    fn chance_repeats_with_its_seed() {
        let json = r#"{"name":"system-error","probability":0.5,"seed":7}"#;
        let (mut first, mut second) = (fault(json), fault(json));
        let throws = |faults: &mut Faults| [(); 32].map(|()| strikes(faults, "A"));
        let thrown = throws(&mut first);
        assert_eq!(thrown, throws(&mut second));
        assert!(thrown.contains(&true) && thrown.contains(&false));
    }
}
