//! Refund, `POST /v3/global/refunds` or `/v3/refund/domestic/refunds` (protocol §9.8). It needs no client
//! certificate.

use crate::v2::OrderRef;
use crate::v3::call::{about, mismatch, read_object, same, same_numbers, write_merchant};
use crate::v3::draft::Parts;
use crate::v3::json::{JsonFields, JsonWriter};
use crate::v3::query::{same_money, same_transaction};
use crate::v3::target::Target;
use crate::v3::{
    Account, Call, CallError, CallName, Edition, GenuineAnswer, RefundReason, RefundReport, RefundStatus,
    WriteError,
};
use crate::{Currency, MchId, Money, NotifyUrl, OutRefundNo, OutTradeNo};

/// Pays a payment back, wholly or in part. Repeating it with the same values is safe: one number refunds
/// once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The order that was paid.
    pub order: OrderRef,
    /// The merchant's number of the refund.
    pub out_refund_no: OutRefundNo,
    /// The amount of the payment.
    pub total: Money,
    /// The amount to pay back.
    pub refund: Money,
    /// The reason.
    pub reason: Option<RefundReason>,
    /// Which account pays; `None`: what is not settled yet.
    pub source: Option<RefundSource>,
    /// Where the notification goes.
    pub notify_url: Option<NotifyUrl>,
}

/// Which account of the merchant pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundSource {
    /// The takings that are not settled yet.
    Unsettled,
    /// The available balance (global: what was topped up).
    Available,
}

/// WeChat Pay accepted the refund. The global edition's answer has no state, and none means that the money is
/// back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAnswer {
    /// The refund.
    pub report: RefundReport,
    /// Its state, in the mainland edition.
    pub status: Option<RefundStatus>,
}

impl RefundSource {
    /// The text of the wire.
    #[must_use]
    pub const fn as_str(self, edition: Edition) -> &'static str {
        match (self, edition) {
            (Self::Unsettled, Edition::Global) => "REFUND_SOURCE_UNSETTLED_FUNDS",
            (Self::Available, Edition::Global) => "REFUND_SOURCE_RECHARGE_FUNDS",
            (Self::Unsettled, Edition::Mainland) => "UNSETTLED",
            (Self::Available, Edition::Mainland) => "AVAILABLE",
        }
    }
}

impl Call for Refund {
    const NAME: CallName = CallName::Refund;
    type Answer = RefundAnswer;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        let out_of_range = |name, rule| Err(WriteError::OutOfRange { name, rule });
        if !self.total.is_payable() || !self.refund.is_payable() {
            return out_of_range("amount", "positive and 32-bit");
        }
        if self.refund.currency != self.total.currency {
            return out_of_range("amount.currency", "that of the payment");
        }
        if self.refund.minor > self.total.minor {
            return out_of_range("amount.refund", "at most the amount of the payment");
        }
        let mut body = JsonWriter::new();
        let source = self.source.map(|source| source.as_str(account.edition));
        match account.edition {
            Edition::Global => {
                write_merchant(&mut body, account);
                self.write(&mut body);
                body.some("source", source)
                    .some("notify_url", self.notify_url.as_ref().map(NotifyUrl::as_str));
            }
            Edition::Mainland => {
                if self.total.currency != Currency::CNY {
                    return out_of_range("amount.currency", "CNY in the mainland edition");
                }
                // The caller is who signs: the body names only a merchant under it.
                body.some("sub_mchid", account.merchant.sub_mch_id.as_ref().map(MchId::as_str));
                self.write(&mut body);
                body.some("notify_url", self.notify_url.as_ref().map(NotifyUrl::as_str))
                    .some("funds_account", source);
            }
        }
        let mut amount = JsonWriter::new();
        amount
            .number("refund", self.refund.minor)
            .number("total", self.total.minor)
            .text("currency", self.total.currency.as_str());
        body.object("amount", amount);
        Ok(Parts::post(refunds(account.edition).finish(), body.finish()))
    }

    fn read(&self, answer: &GenuineAnswer<'_>, account: &Account) -> Result<RefundAnswer, CallError> {
        read_object(answer, |fields| {
            same_numbers(&fields, account)?;
            about(same(&fields, "out_refund_no", Some(self.out_refund_no.as_str()))?)?;
            about_refund(&fields, &self.order, Some(self.refund))?;
            same_money(&fields.object("amount")?, "total", self.total)?;
            let status = fields.optional("status")?.map(RefundStatus::new);
            Ok(RefundAnswer { report: RefundReport::read(&fields, account.edition)?, status })
        })
    }
}

impl Refund {
    fn write(&self, body: &mut JsonWriter) {
        match &self.order {
            OrderRef::OutTradeNo(number) => body.text("out_trade_no", number.as_str()),
            OrderRef::TransactionId(number) | OrderRef::Both { transaction_id: number, .. } => {
                body.text("transaction_id", number.as_str())
            }
        };
        body.text("out_refund_no", self.out_refund_no.as_str())
            .some("reason", self.reason.as_ref().map(RefundReason::as_str));
    }
}

/// The path under which an edition's refunds lie.
pub(crate) fn refunds(edition: Edition) -> Target {
    Target::of(match edition {
        Edition::Global => "/v3/global/refunds",
        Edition::Mainland => "/v3/refund/domestic/refunds",
    })
}

/// Compares the order and the amount of a refund, as far as the answer names them.
pub(crate) fn about_refund(
    fields: &JsonFields<'_, '_>,
    order: &OrderRef,
    refund: Option<Money>,
) -> Result<(), CallError> {
    about(same(fields, "out_trade_no", order.out_trade_no().map(OutTradeNo::as_str))?)?;
    same_transaction(order, fields.parse_optional("transaction_id")?)?;
    match refund {
        Some(refund) => same_money(&fields.object("amount")?, "refund", refund),
        None => Ok(()),
    }
}

/// The refund that was asked for must be the one that is answered, whatever else the answer says.
pub(crate) fn same_number<T: PartialEq + AsRef<str>>(
    name: &'static str,
    asked: &T,
    answered: &T,
) -> Result<(), CallError> {
    if asked == answered { Ok(()) } else { about(Some(mismatch(name, asked.as_ref(), answered.as_ref()))) }
}
