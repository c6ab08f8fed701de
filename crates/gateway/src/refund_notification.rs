//! A notification of a refund that was verified. Only API v3 signs them: in API v2 a refund's notification is
//! a hint, and no more than its number is used.

use wire::StatedMoney;

use crate::{
    Currency, ListedRefund, MchId, Merchant, Money, OutRefundNo, OutTradeNo, RefundId, RefundStanding,
    TransactionId,
};

/// A notification of a refund that the gateway signed. No unverified message has this type: a dialect makes
/// it from its own verified message, and it cannot be deserialized.
///
/// The order still has to compare it with its ledger. What the message leaves out is `None`, and then the
/// order queries the refund.
#[derive(Clone, Debug, PartialEq)]
pub struct RefundNotification {
    mch_id: MchId,
    sub_mch_id: Option<MchId>,
    out_trade_no: Option<OutTradeNo>,
    out_refund_no: OutRefundNo,
    record: Option<NotifiedRefund>,
}

/// A refund whose notification says everything that is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct NotifiedRefund {
    /// The payment.
    pub transaction_id: TransactionId,
    /// What was paid. It may name no currency, and then it is that of the payment.
    pub payment: StatedMoney,
    /// How much is refunded.
    pub amount: StatedMoney,
    /// The gateway's own number.
    pub refund_id: RefundId,
    /// The state of the refund.
    pub standing: RefundStanding,
}

impl RefundNotification {
    /// Only dialects call this, after they have verified the signature.
    pub(crate) fn verified(
        (mch_id, sub_mch_id): (MchId, Option<MchId>),
        out_trade_no: Option<OutTradeNo>,
        out_refund_no: OutRefundNo,
        record: Option<NotifiedRefund>,
    ) -> Self {
        Self { mch_id, sub_mch_id, out_trade_no, out_refund_no, record }
    }

    /// Whether it can be about an order of this merchant and number. It names no app ID.
    #[must_use]
    pub fn is_about(&self, merchant: &Merchant, out_trade_no: &OutTradeNo) -> bool {
        self.mch_id == merchant.mch_id
            && self.sub_mch_id == merchant.sub_mch_id
            && self.out_trade_no.as_ref().is_none_or(|named| named == out_trade_no)
    }

    /// The order it names, if it names one.
    #[must_use]
    pub fn out_trade_no(&self) -> Option<&OutTradeNo> {
        self.out_trade_no.as_ref()
    }

    /// The refund's number at the gateway.
    #[must_use]
    pub fn out_refund_no(&self) -> &OutRefundNo {
        &self.out_refund_no
    }

    /// What it says of the refund; `None` if a part is missing, or if it contradicts itself.
    #[must_use]
    pub fn record(&self) -> Option<&NotifiedRefund> {
        self.record.as_ref()
    }

    /// What was paid and how the refund stands, in the form of a list's entry, for a payment in this
    /// currency; `None` as for [`record`](Self::record).
    #[must_use]
    pub fn listed(&self, currency: Currency) -> Option<(Money, ListedRefund)> {
        let record = self.record.as_ref()?;
        let refund = ListedRefund {
            out_refund_no: self.out_refund_no.clone(),
            refund_id: record.refund_id.clone(),
            amount: record.amount.or_in(currency),
            standing: record.standing.clone(),
            account: None,
        };
        Some((record.payment.or_in(currency), refund))
    }
}
