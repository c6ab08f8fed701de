//! Refund, `POST /secapi/pay/refund`, over mutual TLS (protocol §7.1 to §7.4).

use crate::v2::call::message_of;
use crate::v2::coupon::{Coupon, CouponNames, read_coupons};
use crate::v2::field_reader::FieldReader;
use crate::v2::subject::RefundSubject;
use crate::v2::{Call, Fields, Malformed, Message, OrderRef, RefundDesc, Subject, UnknownFields, WriteError};
use crate::{Merchant, Money, NotifyUrl, OutRefundNo, OutTradeNo, RefundId, TransactionId};

/// Pays back a part or all of an order. If there is no answer or the call fails, repeat it with the *same*
/// `out_refund_no`: a new number is a second refund.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Refund {
    /// Which order.
    pub order: OrderRef,
    /// The merchant's number of this refund.
    pub out_refund_no: OutRefundNo,
    /// `total_fee`: the amount of the order.
    pub total: Money,
    /// `refund_fee`: the amount of this refund, in the order's currency.
    pub refund: Money,
    /// The reason; may be shown to the payer.
    pub refund_desc: Option<RefundDesc>,
    /// Which account of the merchant pays it back.
    pub refund_account: Option<RefundAccount>,
    /// Where notifications of this refund go.
    pub notify_url: Option<NotifyUrl>,
}

/// `refund_account`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RefundAccount {
    /// `REFUND_SOURCE_UNSETTLED_FUNDS`: money not settled yet; the default.
    UnsettledFunds,
    /// `REFUND_SOURCE_RECHARGE_FUNDS`: the available balance.
    RechargeFunds,
}

/// The refund is *accepted*. [`RefundQuery`](crate::v2::RefundQuery) tells whether it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAnswer {
    /// The gateway's number of the payment.
    pub transaction_id: TransactionId,
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// The merchant's number of this refund.
    pub out_refund_no: OutRefundNo,
    /// The gateway's number of this refund.
    pub refund_id: RefundId,
    /// `refund_fee` and `refund_fee_type` (else `fee_type`): the amount of this refund.
    pub refund: Money,
    /// `total_fee` and `fee_type`: the amount of the order.
    pub total: Money,
    /// `settlement_refund_fee`, in the order's currency.
    pub settlement_refund_minor: Option<u64>,
    /// `settlement_total_fee`, in the order's currency.
    pub settlement_total_minor: Option<u64>,
    /// `cash_fee` and `cash_fee_type`: what the payer had paid.
    pub cash: Option<Money>,
    /// `cash_refund_fee` and `cash_refund_fee_type`: what the payer gets back.
    pub cash_refund: Option<Money>,
    /// `coupon_refund_fee`, in the order's currency.
    pub coupon_refund_minor: Option<u64>,
    /// The coupons one by one.
    pub coupons: Vec<Coupon>,
    /// `refund_channel`, of older answers.
    pub refund_channel: Option<Box<str>>,
    /// Received fields that have no place in this type.
    pub unknown: UnknownFields,
}

impl Call for Refund {
    const PATH: &'static str = "/secapi/pay/refund";
    const CLIENT_CERTIFICATE: bool = true;
    type Answer = RefundAnswer;

    fn message(&self, merchant: &Merchant) -> Result<Message, WriteError> {
        if !self.total.is_payable() {
            return Err(WriteError::OutOfRange { name: "total_fee", rule: "positive and 32-bit" });
        }
        if !self.refund.is_payable() || self.total.checked_sub(self.refund).is_none() {
            let rule = "positive, at most total_fee, and in its currency";
            return Err(WriteError::OutOfRange { name: "refund_fee", rule });
        }
        let mut message = message_of(merchant)?;
        self.order
            .write(&mut message)?
            .set("out_refund_no", self.out_refund_no.as_str())?
            .set("total_fee", self.total.minor.to_string())?
            .set("refund_fee", self.refund.minor.to_string())?
            .set("refund_fee_type", self.refund.currency.as_str())?
            .set_some("refund_desc", self.refund_desc.as_ref().map(RefundDesc::as_str))?
            .set_some("refund_account", self.refund_account.map(RefundAccount::as_str))?
            .set_some("notify_url", self.notify_url.as_ref().map(NotifyUrl::as_str))?;
        Ok(message)
    }

    fn subject(&self) -> Subject<'_> {
        let refund = RefundSubject {
            out_refund_no: Some(&self.out_refund_no),
            refund_id: None,
            amount: Some(self.refund),
        };
        Subject::of_order(&self.order).with_total(self.total).with_refund(refund)
    }

    fn read(&self, fields: &Fields<'_>) -> Result<RefundAnswer, Malformed> {
        let mut reader = FieldReader::of(fields);
        let total = reader.money_in(self.total.currency, "total_fee", "fee_type")?;
        let refund = Money {
            minor: reader.amount("refund_fee")?,
            currency: reader.parse_optional("refund_fee_type")?.unwrap_or(total.currency),
        };
        // An echo, and a count that is not needed: the list shows how many coupons there are.
        reader.text("device_info");
        reader.informative_amount("coupon_refund_count");
        Ok(RefundAnswer {
            transaction_id: reader.parse("transaction_id")?,
            out_trade_no: reader.parse("out_trade_no")?,
            out_refund_no: reader.parse("out_refund_no")?,
            refund_id: reader.parse("refund_id")?,
            refund,
            total,
            settlement_refund_minor: reader.informative_amount("settlement_refund_fee"),
            settlement_total_minor: reader.informative_amount("settlement_total_fee"),
            cash: reader.informative_money("cash_fee", "cash_fee_type"),
            cash_refund: reader.informative_money("cash_refund_fee", "cash_refund_fee_type"),
            coupon_refund_minor: reader.informative_amount("coupon_refund_fee"),
            coupons: read_coupons(&mut reader, &CouponNames::of_refund()),
            refund_channel: reader.text("refund_channel"),
            unknown: reader.rest(),
        })
    }
}

impl RefundAccount {
    /// The text of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnsettledFunds => "REFUND_SOURCE_UNSETTLED_FUNDS",
            Self::RechargeFunds => "REFUND_SOURCE_RECHARGE_FUNDS",
        }
    }

    /// Reads the text of the wire.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        match text {
            "REFUND_SOURCE_UNSETTLED_FUNDS" => Some(Self::UnsettledFunds),
            "REFUND_SOURCE_RECHARGE_FUNDS" => Some(Self::RechargeFunds),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AppId, Currency, MchId};

    fn merchant() -> Merchant {
        Merchant::common(AppId::new("wx5c1f9e2a7d3b6048").unwrap(), MchId::new("1634117205").unwrap())
    }

    fn refund(total: Money, refund: Money) -> Refund {
        Refund {
            order: OrderRef::OutTradeNo(OutTradeNo::new("HK20260301A0001").unwrap()),
            out_refund_no: OutRefundNo::new("R20260302A0001-1").unwrap(),
            total,
            refund,
            refund_desc: Some(RefundDesc::new("one cup broken").unwrap()),
            refund_account: Some(RefundAccount::RechargeFunds),
            notify_url: Some(NotifyUrl::new("https://pay.example.com/r").unwrap()),
        }
    }

    #[test]
    fn a_partial_refund_sends_both_amounts_and_the_currency() {
        let hkd = |minor| Money::new(minor, Currency::HKD);
        let message = refund(hkd(8800), hkd(3300)).message(&merchant()).unwrap();
        for (name, value) in [
            ("out_trade_no", "HK20260301A0001"),
            ("out_refund_no", "R20260302A0001-1"),
            ("total_fee", "8800"),
            ("refund_fee", "3300"),
            ("refund_fee_type", "HKD"),
            ("refund_desc", "one cup broken"),
            ("refund_account", "REFUND_SOURCE_RECHARGE_FUNDS"),
            ("notify_url", "https://pay.example.com/r"),
        ] {
            assert_eq!(message.get(name), Some(value), "{name}");
        }
        let by_gateway = Refund {
            order: OrderRef::TransactionId(TransactionId::new("42").unwrap()),
            refund_account: Some(RefundAccount::UnsettledFunds),
            ..refund(hkd(8800), hkd(8800))
        };
        let message = by_gateway.message(&merchant()).unwrap();
        assert_eq!((message.get("transaction_id"), message.get("out_trade_no")), (Some("42"), None));
        assert_eq!(message.get("refund_account"), Some("REFUND_SOURCE_UNSETTLED_FUNDS"));
    }

    #[test]
    fn more_than_was_paid_or_another_currency_is_not_sent() {
        let hkd = |minor| Money::new(minor, Currency::HKD);
        for (total, part) in [
            (hkd(8800), hkd(8801)),
            (hkd(8800), hkd(0)),
            (hkd(0), hkd(0)),
            (hkd(8800), Money::new(1, Currency::CNY)),
            (hkd(2_147_483_648), hkd(1)),
        ] {
            assert!(matches!(refund(total, part).message(&merchant()), Err(WriteError::OutOfRange { .. })));
        }
    }

    #[test]
    fn refund_accounts_keep_their_text() {
        for account in [RefundAccount::UnsettledFunds, RefundAccount::RechargeFunds] {
            assert_eq!(RefundAccount::new(account.as_str()), Some(account));
        }
        assert_eq!(RefundAccount::new("OTHER"), None);
    }
}
