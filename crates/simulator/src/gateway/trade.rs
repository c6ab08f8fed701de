//! One order at the gateway: its terms, its codes, its payments and refunds, and its state (protocol §11.2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::coupon::{self, Coupon};

/// A code and its prepared payment are valid for two hours (protocol §3.4).
pub(super) const CODE_LIFE_MS: i64 = 2 * 3_600_000;
/// The gateway closes an order that is unpaid after seven days (protocol §11.2).
pub(super) const UNPAID_LIFE_MS: i64 = 7 * 86_400_000;
/// The age an order must have before it may be closed (protocol §5).
pub(super) const MIN_AGE_TO_CLOSE_MS: i64 = 5 * 60_000;
/// The account that pays when a fault makes someone pay. Every payment code belongs to it as well.
pub(super) const PAYER: &str = "me";

/// Which generation and edition of the API placed an order or asked for a refund. Its notifications come in
/// the form of that one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generation {
    /// API v2: XML.
    #[default]
    V2,
    /// API v3, the global edition: `/v3/global/…`.
    V3Global,
    /// API v3, the mainland edition: `/v3/pay/…`.
    V3Mainland,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Trade {
    #[serde(default)]
    pub(super) generation: Generation,
    pub(super) appid: String,
    pub(super) mch_id: String,
    pub(super) sub_appid: Option<String>,
    pub(super) sub_mch_id: Option<String>,
    pub(super) out_trade_no: String,
    /// The algorithm of the unified order. The order's notifications use the same.
    pub(super) sign_type: String,
    pub(super) nonce_str: String,
    pub(super) body: String,
    pub(super) attach: Option<String>,
    pub(super) total_fee: u64,
    pub(super) fee_type: String,
    pub(super) notify_url: String,
    pub(super) placed_at_ms: i64,
    pub(super) expires_at_ms: Option<i64>,
    /// Every field of the unified order but the nonce and the signature, to compare when the order is placed
    /// again.
    pub(super) terms: BTreeMap<String, String>,
    /// Newest last. Only the newest can be paid.
    pub(super) codes: Vec<NativeCode>,
    /// The first account that scanned a code. Every other account is turned away (protocol §3.2).
    pub(super) payer: Option<String>,
    pub(super) progress: Progress,
    pub(super) refunds: Vec<Refund>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NativeCode {
    pub(super) code_url: String,
    pub(super) prepay_id: String,
    pub(super) made_at_ms: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Progress {
    Unpaid,
    /// The payer's bank refused.
    Failed,
    Closed,
    /// The first payment is the order's. Only the fault `second-payment` adds another.
    Paid(Vec<Payment>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Payment {
    pub(super) transaction_id: String,
    pub(super) openid: String,
    pub(super) bank_type: String,
    /// In fen: the payer pays in CNY.
    pub(super) cash_fee: u64,
    /// The rate of the merchant's settlement currency to CNY, × 10^8.
    pub(super) rate: Option<u64>,
    pub(super) paid_at_ms: i64,
    #[serde(default)]
    pub(super) coupons: Vec<Coupon>,
    /// The name of an item's promotion, from the switch `promotion-name`.
    #[serde(default)]
    pub(super) promotion: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refund {
    #[serde(default)]
    pub(super) generation: Generation,
    pub(super) out_refund_no: String,
    /// The payment that is refunded. Empty in a state saved by an earlier version, which refunded first
    /// payments only.
    #[serde(default)]
    pub(super) transaction_id: String,
    #[serde(default)]
    pub(super) source: RefundSource,
    pub(super) refund_id: String,
    pub(super) refund_fee: u64,
    pub(super) cash_refund_fee: u64,
    #[serde(default)]
    pub(super) coupons: Vec<Coupon>,
    pub(super) account: String,
    pub(super) notify_url: Option<String>,
    pub(super) accepted_at_ms: i64,
    #[serde(rename = "course")]
    pub(super) outcome: RefundOutcome,
}

/// Who asked for a refund.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum RefundSource {
    /// The merchant's program, through the API.
    #[default]
    Api,
    /// A person in the merchant platform.
    VendorPlatform,
}

impl RefundSource {
    /// As a refund notification spells it (protocol §7.6).
    pub(super) fn as_str(self) -> &'static str {
        match self {
            RefundSource::Api => "API",
            RefundSource::VendorPlatform => "VENDOR_PLATFORM",
        }
    }
}

/// How a refund ends after it was accepted, and when, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RefundOutcome {
    SucceedsAt(i64),
    ClosesAt(i64),
    ChangesAt(i64),
    NeverEnds,
}

/// The state of an order, as a query tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TradeState {
    /// Not paid yet.
    NotPay,
    /// Paid, and nothing refunded.
    Success,
    /// Paid, and refunded in part or in full.
    Refund,
    /// Closed by the merchant, or after seven days without a payment.
    Closed,
    /// The payer's bank refused.
    PayError,
}

impl TradeState {
    /// The state as WeChat spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TradeState::NotPay => "NOTPAY",
            TradeState::Success => "SUCCESS",
            TradeState::Refund => "REFUND",
            TradeState::Closed => "CLOSED",
            TradeState::PayError => "PAYERROR",
        }
    }

    pub(super) fn description(self) -> &'static str {
        match self {
            TradeState::NotPay => "订单未支付",
            TradeState::Success => "支付成功",
            TradeState::Refund => "订单发生过退款，退款详情请查询退款单",
            TradeState::Closed => "订单已关闭",
            TradeState::PayError => "支付失败，请重新下单支付",
        }
    }
}

impl Trade {
    /// The state that a query by `out_trade_no` tells. It looks at the first payment only.
    pub(super) fn state(&self, now_ms: i64) -> TradeState {
        match &self.progress {
            Progress::Unpaid if now_ms - self.placed_at_ms >= UNPAID_LIFE_MS => TradeState::Closed,
            Progress::Unpaid => TradeState::NotPay,
            Progress::Failed => TradeState::PayError,
            Progress::Closed => TradeState::Closed,
            Progress::Paid(payments) => match payments.first() {
                Some(first) => self.state_of(first, now_ms),
                None => TradeState::NotPay,
            },
        }
    }

    /// The state that a query by `transaction_id` tells. To the gateway a second payment is an order of its
    /// own.
    pub(super) fn state_of(&self, payment: &Payment, now_ms: i64) -> TradeState {
        if self.counted_refunds(payment, now_ms).next().is_some() {
            TradeState::Refund
        } else {
            TradeState::Success
        }
    }

    /// Every payment. The order's own is the first.
    pub(super) fn payments(&self) -> &[Payment] {
        match &self.progress {
            Progress::Paid(payments) => payments,
            Progress::Unpaid | Progress::Failed | Progress::Closed => &[],
        }
    }

    /// The order's own payment: the first.
    pub(super) fn payment(&self) -> Option<&Payment> {
        self.payments().first()
    }

    /// The payment with this `transaction_id`.
    pub(super) fn payment_named(&self, transaction_id: &str) -> Option<&Payment> {
        self.payments().iter().find(|payment| payment.transaction_id == transaction_id)
    }

    /// The payment that a refund belongs to.
    pub(super) fn payment_of(&self, refund: &Refund) -> Option<&Payment> {
        self.payment_named(&refund.transaction_id).or_else(|| self.payment())
    }

    /// The refunds of a payment, in the order in which they were accepted.
    pub(super) fn refunds_of(&self, payment: &Payment) -> impl Iterator<Item = &Refund> + Clone {
        let id = payment.transaction_id.clone();
        self.refunds
            .iter()
            .filter(move |refund| self.payment_of(refund).is_some_and(|of| of.transaction_id == id))
    }

    /// The refunds of a payment that are not closed. Their money counts as refunded.
    pub(super) fn counted_refunds(
        &self,
        payment: &Payment,
        now_ms: i64,
    ) -> impl Iterator<Item = &Refund> + Clone {
        self.refunds_of(payment).filter(move |refund| refund.status(now_ms) != RefundStatus::Closed)
    }

    /// How much of a payment is refunded or on its way back.
    pub(super) fn refunded_of(&self, payment: &Payment, now_ms: i64) -> u64 {
        self.counted_refunds(payment, now_ms).map(|refund| refund.refund_fee).sum()
    }

    pub(super) fn newest_code(&self) -> Option<&NativeCode> {
        self.codes.last()
    }

    /// How long the newest code can be paid: until `time_expire` or until the code is two hours old,
    /// whichever is earlier.
    pub(super) fn payable_until_ms(&self) -> i64 {
        let code_ends = self.newest_code().map_or(self.placed_at_ms, |code| code.made_at_ms) + CODE_LIFE_MS;
        self.expires_at_ms.map_or(code_ends, |expires| expires.min(code_ends))
    }

    /// A field of the unified order, unless it was absent or empty.
    pub(super) fn term(&self, name: &str) -> Option<&str> {
        self.terms.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// What the merchant gets for a payment: the price without the coupons that nobody settles.
    pub(super) fn settled_fee(&self, payment: &Payment) -> u64 {
        self.total_fee.saturating_sub(coupon::unsettled(&payment.coupons))
    }

    /// How much of all payments is refunded or on its way back.
    pub(super) fn refunded_fee(&self, now_ms: i64) -> u64 {
        let counted = self.refunds.iter().filter(|refund| refund.status(now_ms) != RefundStatus::Closed);
        counted.map(|refund| refund.refund_fee).sum()
    }
}

/// The status of a refund, as a refund query tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefundStatus {
    Processing,
    Success,
    Closed,
    /// The payer's card or account refuses the money. The merchant must refund in another way, in the
    /// merchant platform.
    Change,
}

impl RefundStatus {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            RefundStatus::Processing => "PROCESSING",
            RefundStatus::Success => "SUCCESS",
            RefundStatus::Closed => "REFUNDCLOSE",
            RefundStatus::Change => "CHANGE",
        }
    }
}

impl Refund {
    /// What the merchant pays for a refund: the refund without the coupons that nobody settled.
    pub(super) fn settled_fee(&self) -> u64 {
        self.refund_fee.saturating_sub(coupon::unsettled(&self.coupons))
    }

    pub(super) fn status(&self, now_ms: i64) -> RefundStatus {
        match self.outcome {
            RefundOutcome::SucceedsAt(at_ms) if now_ms >= at_ms => RefundStatus::Success,
            RefundOutcome::ClosesAt(at_ms) if now_ms >= at_ms => RefundStatus::Closed,
            RefundOutcome::ChangesAt(at_ms) if now_ms >= at_ms => RefundStatus::Change,
            RefundOutcome::SucceedsAt(_)
            | RefundOutcome::ClosesAt(_)
            | RefundOutcome::ChangesAt(_)
            | RefundOutcome::NeverEnds => RefundStatus::Processing,
        }
    }

    pub(super) fn success_at_ms(&self, now_ms: i64) -> Option<i64> {
        match self.outcome {
            RefundOutcome::SucceedsAt(at_ms) if now_ms >= at_ms => Some(at_ms),
            RefundOutcome::SucceedsAt(_)
            | RefundOutcome::ClosesAt(_)
            | RefundOutcome::ChangesAt(_)
            | RefundOutcome::NeverEnds => None,
        }
    }
}
