//! Faults by name: which call and order each strikes, and how often (protocol §11.3).

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::random::Random;

/// One thing that goes wrong: in every call or one, for every order or one, always, a number of times, or by
/// chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// What goes wrong.
    pub name: FaultName,
    /// Strikes only in this call. Left out: in every call where it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// Strikes only for the order with this `out_trade_no`. Left out: for every order.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "out_trade_no")]
    pub order: Option<String>,
    /// Strikes this many times, then never again. Left out: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Strikes with this probability, 0 to 1. Left out: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// The seed of the chances of `probability`, which repeat with it. Left out: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The length of the delay in milliseconds, for faults that delay. Left out: the fault's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u32>,
}

/// One line a fault: its name in the code, its name in configuration, and what it does.
macro_rules! fault_names {
    ($($name:ident $spelt:literal $what:literal)*) => {
        /// The names of all faults.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum FaultName {
            $(#[doc = $what] #[serde(rename = $spelt)] $name,)*
        }

        impl FaultName {
            /// Every fault, in the order of the list.
            pub const ALL: &[FaultName] = &[$(FaultName::$name,)*];

            /// The name in configuration and exchanges.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(FaultName::$name => $spelt,)* }
            }

            /// What the fault does, in one sentence.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $(FaultName::$name => $what,)* }
            }
        }
    };
}

fault_names! {
    DropBefore "drop-before" "The connection ends before the call has had an effect."
    DropAfter "drop-after" "The call has its effect, then the connection ends without an answer."
    Slow "slow" "The answer comes after `delay_ms` (3000)."
    Html200 "html-200" "A page in the place of the answer, with status 200; no effect."
    Html400 "html-400" "A proxy's page with status 400; no effect."
    Html403 "html-403" "A firewall's page with status 403; no effect."
    Html502 "html-502" "A proxy's page with status 502; no effect."
    Redirect "redirect" "Status 302 to the address of the switch `redirect-to`; no effect."
    Empty "empty" "Status 200 and no byte; the call has had its effect."
    Truncated "truncated" "The answer stops in the middle; the call has had its effect."
    NeverEnds "never-ends" "Half of the answer comes, then nothing, and the connection stays open; the call has had its effect."
    Unsigned "unsigned" "The answer carries no `sign`."
    WronglySigned "wrongly-signed" "The answer's `sign` is wrong."
    BodyChanged "body-changed" "API v3: the answer is changed after it was signed."
    Stale "stale" "API v3: the answer is exactly 300 seconds old."
    Early "early" "API v3: the answer is 300 seconds ahead of the clock."
    UnknownSerial "unknown-serial" "API v3: the answer is signed under a serial number that nothing has."
    MerchantKey "merchant-key" "API v3: the answer is signed with the merchant's key under the platform's serial number."
    Stranger "stranger" "API v3: the answer is signed by a stranger under the platform's serial number."
    ExpiredCertificate "expired-certificate" "API v3: the answer is rightly signed by a platform certificate that expired in 2024, and that the list still has."
    Probe "probe" "API v3: the answer has a signature that begins WECHATPAY/SIGNTEST/; the call has had its effect."
    HeaderMissing "header-missing" "API v3: the answer lacks `Wechatpay-Nonce`."
    SignatureType "signature-type" "API v3: the answer names another algorithm."
    RateLimited "rate-limited" "API v3: status 429 `RATELIMIT_EXCEEDED`; no effect."
    RateLimitedAccepted "rate-limited-accepted" "API v3: status 429 `RATELIMIT_EXCEEDED`; the call has had its effect."
    NotDone "not-done" "API v3: status 202: accepted, not done; no effect."
    UserPaying "user-paying" "API v3, query only: status 202 `USERPAYING`."
    NoCertificate "no-certificate" "API v3, certificates only: `RESOURCE_NOT_EXISTS`, as for a merchant that has a public key."
    Refused "refused" "Unsigned `return_code` FAIL with the text of the switch `refusal-text`; no effect."
    RefusedSignature "refused-signature" "Unsigned `return_code` FAIL: the signature is wrong; no effect."
    RefusedMerchant "refused-merchant" "Unsigned `return_code` FAIL: the merchant may not use this interface; no effect."
    RefusedProduct "refused-product" "Unsigned `return_code` FAIL: the product is not open for the merchant; no effect."
    RefusedFrequency "refused-frequency" "Unsigned `return_code` FAIL: too many calls; no effect."
    RefusedBusy "refused-busy" "Unsigned `return_code` FAIL: the system is busy; no effect."
    RefusedMchId "refused-mch-id" "Unsigned `return_code` FAIL: `mch_id` has a wrong form; no effect."
    RefusedXml "refused-xml" "Unsigned `return_code` FAIL: the XML has a wrong form; no effect."
    SystemError "system-error" "`SYSTEMERROR`; no effect."
    NoAuth "no-auth" "`NOAUTH`, the product is not open for the merchant; no effect."
    NotVisible "not-visible" "A query does not see the order yet: `ORDERNOTEXIST`."
    NotEnough "not-enough" "Refund only: `NOTENOUGH`, the balance has to be topped up; no effect."
    NotEnoughUnsettled "not-enough-unsettled" "Refund only: `NOTENOUGH`, unsettled funds are short; a refund from `REFUND_SOURCE_RECHARGE_FUNDS` goes through."
    BizerrNeedRetry "bizerr-need-retry" "Refund only: `BIZERR_NEED_RETRY`; no effect."
    FrequencyLimited "frequency-limited" "Refund only: `FREQUENCY_LIMITED`; no effect."
    InvalidReqTooMuch "invalid-req-too-much" "Refund only: `INVALID_REQ_TOO_MUCH`; no effect."
    UserAccountAbnormal "user-account-abnormal" "Refund only: `USER_ACCOUNT_ABNORMAL`; no effect."
    AlreadyRefunded "already-refunded" "Refund only: `ERROR`, the order is refunded in full; no effect."
    AddressRefused "address-refused" "Refund only: `NOAUTH`, the caller's address is not in the merchant platform's list; no effect."
    OrderNotReady "order-not-ready" "Refund only: `ORDER_NOT_READY`; no effect."
    CertError "cert-error" "Refund only: `CERT_ERROR`; no effect."
    TradeOverdue "trade-overdue" "Refund only: `TRADE_OVERDUE`; no effect."
    RefundFeeMismatch "refund-fee-mismatch" "Refund only: `REFUND_FEE_MISMATCH`, as if the number had been used before; no effect."
    RefundStuck "refund-stuck" "Refund only: accepted, and never leaves `PROCESSING`."
    RefundClosed "refund-closed" "Refund only: accepted, and ends as `REFUNDCLOSE`."
    RefundChange "refund-change" "Refund only: accepted, and ends as `CHANGE`: the payer's card refuses the money."
    BillClosed "bill-closed" "Bill only: `error_code` 20007, the merchant may not download bills."
    PaidBeforeClose "paid-before-close" "Close only: the shopper pays a moment before, so that the answer is `ORDERPAID`."
    PaidBeforeAnswer "paid-before-answer" "Unified order only: paid and notified before the answer, which comes after `delay_ms` (2000)."
    SecondPayment "second-payment" "A second payment, with its own `transaction_id` and notification, follows the first."
    AnotherOrder "another-order" "The answer, validly signed, is about another order; unified order and close name one as well."
    AnotherOrderPaid "another-order-paid" "Query only: the answer, validly signed, is about another order, which is paid."
    AnotherOrderRefunded "another-order-refunded" "Query only: the answer, validly signed, is about another order, which is refunded."
    AnotherOrderClosed "another-order-closed" "Query only: the answer, validly signed, is about another order, which is closed."
    AnotherOrderUnpaid "another-order-unpaid" "Query only: the answer, validly signed, is about another order, which is not paid."
    AnotherTransaction "another-transaction" "The answer, validly signed, names another `transaction_id`."
    AnotherRefund "another-refund" "Refund and its query: the answer, validly signed, names another `out_refund_no` and `refund_id`."
    AnotherAmount "another-amount" "The answer, validly signed, names another `total_fee`; unified order names one as well."
    AnotherRefundAmount "another-refund-amount" "Refund and its query: the answer, validly signed, names another `refund_fee`."
    AnotherCurrency "another-currency" "The answer, validly signed, names another currency; unified order names one as well."
    AnotherMerchant "another-merchant" "The answer, validly signed, names another `mch_id`."
    AnotherApp "another-app" "The answer, validly signed, names another `appid`."
    AnotherSubMerchant "another-sub-merchant" "The answer, validly signed, names another `sub_mch_id`, for an ordinary merchant, too."
    WithoutOpenid "without-openid" "An answer or notification lacks `openid`, validly signed."
    WithoutFeeType "without-fee-type" "An answer or notification lacks `fee_type`, validly signed."
    WithoutBankType "without-bank-type" "An answer or notification lacks `bank_type`, validly signed."
    NotificationLost "notification-lost" "The notification is on its way for ever: the delivery counts as unanswered."
    NotificationTwice "notification-twice" "The notification is sent twice at once, as from two servers."
    NotificationLate "notification-late" "The notification leaves `delay_ms` (10000) after the payment."
    NotificationWronglySigned "notification-wrongly-signed" "One digit of the notification's signature is wrong."
    NotificationWrongAmount "notification-wrong-amount" "The notification names another amount, validly signed."
    NotificationWrongCurrency "notification-wrong-currency" "The notification names another currency, validly signed."
    NotificationWrongMerchant "notification-wrong-merchant" "The notification names another merchant, validly signed."
    NotificationUnknownOrder "notification-unknown-order" "The notification names an order nobody placed, validly signed."
    NotificationProbe "notification-probe" "API v3: a delivery has a signature that begins WECHATPAY/SIGNTEST/; the next one is signed rightly."
    NotificationStale "notification-stale" "API v3: a delivery is exactly 300 seconds old."
    NotificationUnknownSerial "notification-unknown-serial" "API v3: a delivery is signed under a serial number that nothing has."
    NotificationExpiredCertificate "notification-expired-certificate" "API v3: a delivery is rightly signed by a platform certificate that expired in 2024."
    NotificationMerchantKey "notification-merchant-key" "API v3: a delivery is signed with the merchant's key under the platform's serial number."
    NotificationStranger "notification-stranger" "API v3: a delivery is signed by a stranger under the platform's serial number."
    NotificationHeaderMissing "notification-header-missing" "API v3: a delivery lacks `Wechatpay-Nonce`."
    NotificationGrafted "notification-grafted" "API v3: a delivery has the headers of another notification."
    NotificationLineFeed "notification-line-feed" "API v3: a line feed is added to a delivery after it was signed."
    NotificationNotPaid "notification-not-paid" "API v3: TRANSACTION.SUCCESS without, NOTPAY within, validly signed."
    NotificationAmountText "notification-amount-text" "API v3: the amount as text, validly signed."
    NotificationFraction "notification-fraction" "API v3: the amount as a fraction, validly signed."
    NotificationTradeType "notification-trade-type" "API v3: paid in another way than was ordered, validly signed."
    NotificationOtherKey "notification-other-key" "API v3: sealed with another APIv3 key, validly signed."
    NotificationAssociatedData "notification-associated-data" "API v3: `associated_data` does not fit the seal, validly signed."
    NotificationNonceLength "notification-nonce-length" "API v3: a nonce of 16 characters, validly signed."
    NotificationAlgorithm "notification-algorithm" "API v3: another algorithm of the seal is named, validly signed."
    NotificationEventType "notification-event-type" "API v3: a transaction under a refund's event type, validly signed."
}

/// The faults in force, with the number of times that each has left.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    fault: Fault,
    left: Option<u32>,
    dice: Random,
}

impl Faults {
    pub(super) fn new(faults: &[Fault]) -> Faults {
        let rule = |fault: &Fault| Rule {
            fault: fault.clone(),
            left: fault.times,
            dice: Random::new(fault.seed.unwrap_or(0)),
        };
        Faults { rules: faults.iter().map(rule).collect() }
    }

    /// The faults that can still strike, with the number of times that each has left.
    pub(super) fn left(&self) -> Vec<Fault> {
        let alive = self.rules.iter().filter(|rule| rule.left != Some(0));
        alive.map(|rule| Fault { times: rule.left, ..rule.fault.clone() }).collect()
    }

    /// Whether the fault strikes now. A strike uses up one of its times.
    pub(super) fn strikes(
        &mut self,
        name: FaultName,
        call: Option<Call>,
        order: Option<&str>,
    ) -> Option<Strike> {
        self.rules.iter_mut().find_map(|rule| rule.strikes(name, call, order))
    }
}

/// A fault that struck, with the delay it names.
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
    fn a_fault_strikes_as_often_as_its_times_and_then_never_again() {
        let mut faults = fault(r#"{"name":"system-error","times":2}"#);
        assert_eq!([(); 4].map(|()| strikes(&mut faults, "A")), [true, true, false, false]);
    }

    #[test]
    fn what_is_left_of_a_fault_can_be_seen_until_it_is_used_up() {
        let mut faults = fault(r#"{"name":"system-error","times":2}"#);
        strikes(&mut faults, "A");
        assert_eq!(faults.left()[0].times, Some(1));
        strikes(&mut faults, "A");
        assert!(faults.left().is_empty());
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
