//! Refund query, `POST /pay/refundquery` (protocol §7.5): the truth about refunds.

use crate::call::message_of;
use crate::coupon::{Coupon, CouponNames, read_coupons};
use crate::read::Reading;
use crate::xml::MAX_FIELDS;
use crate::{
    Call, Fields, Malformed, Merchant, Message, Money, OutRefundNo, OutTradeNo, RefundAccount, RefundId,
    TransactionId, Unknown, WriteError, WxTime,
};

/// Asks for one refund, or page by page for those of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RefundQuery {
    /// Which.
    pub by: RefundRef,
    /// How many refunds of the order to pass over; the gateway answers ten at a time.
    pub offset: Option<u32>,
}

/// Names refunds. With more than twenty of one order ask by a number of the refund.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RefundRef {
    /// The gateway's number of the refund.
    RefundId(RefundId),
    /// The merchant's number of the refund.
    OutRefundNo(OutRefundNo),
    /// All of the payment.
    TransactionId(TransactionId),
    /// All of the order.
    OutTradeNo(OutTradeNo),
}

/// An order's refunds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundQueryAnswer {
    /// The gateway's number of the payment.
    pub transaction_id: TransactionId,
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// The amount of the order.
    pub total: Money,
    /// `settlement_total_fee`, in the order's currency.
    pub settlement_total_minor: Option<u64>,
    /// What the payer had paid.
    pub cash: Option<Money>,
    /// `total_refund_count`: how many refunds the order has in all.
    pub total_refund_count: Option<u64>,
    /// Those of this page.
    pub refunds: Vec<RefundRecord>,
    /// Fields no document names.
    pub unknown: Unknown,
}

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RefundRecord {
    /// The merchant's number.
    pub out_refund_no: OutRefundNo,
    /// The gateway's number.
    pub refund_id: RefundId,
    /// The amount, in the order's currency.
    pub refund: Money,
    /// How far it is.
    pub status: RefundStatus,
    /// `refund_channel_$n`: `ORIGINAL`, `BALANCE`, `OTHER_BALANCE`, `OTHER_BANKCARD`.
    pub channel: Option<Box<str>>,
    /// Which account pays it back.
    pub account: Option<RefundAccount>,
    /// `refund_recv_accout_$n` (spelt so): where the money goes, as text.
    pub receiving_account: Option<Box<str>>,
    /// When it was done.
    pub success_time: Option<WxTime>,
    /// `settlement_refund_fee_$n`, in the order's currency.
    pub settlement_refund_minor: Option<u64>,
    /// `cash_refund_fee_$n`: what the payer gets back, in the payer's currency.
    pub cash_refund_minor: Option<u64>,
    /// `coupon_refund_fee_$n`, in the order's currency.
    pub coupon_refund_minor: Option<u64>,
    /// The coupons one by one.
    pub coupons: Vec<Coupon>,
}

/// `refund_status`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// Done.
    Success,
    /// Closed: the money stays with the merchant.
    Closed,
    /// The card or account refuses it: to be handled in the merchant platform.
    Change,
    /// Under way.
    Processing,
    /// Another one.
    Other(Box<str>),
}

impl Call for RefundQuery {
    const PATH: &'static str = "/pay/refundquery";
    type Answer = RefundQueryAnswer;

    fn message(&self, merchant: &Merchant) -> Result<Message, WriteError> {
        let mut message = message_of(merchant)?;
        match &self.by {
            RefundRef::RefundId(number) => message.set("refund_id", number.as_str())?,
            RefundRef::OutRefundNo(number) => message.set("out_refund_no", number.as_str())?,
            RefundRef::TransactionId(number) => message.set("transaction_id", number.as_str())?,
            RefundRef::OutTradeNo(number) => message.set("out_trade_no", number.as_str())?,
        }
        .set_some("offset", self.offset.map(|offset| offset.to_string()))?;
        Ok(message)
    }

    fn read(fields: &Fields<'_>) -> Result<RefundQueryAnswer, Malformed> {
        let mut reading = Reading::of(fields);
        reading.text("device_info");
        let total = reading.money("total_fee", "fee_type")?;
        let mut refunds = Vec::new();
        // There cannot be more of them than fields.
        for number in 0..MAX_FIELDS {
            if !reading.has(&format!("out_refund_no_{number}")) {
                break;
            }
            refunds.push(RefundRecord::read(&mut reading, number, total)?);
        }
        let counted: Option<usize> = reading.parse_optional("refund_count")?;
        if counted.is_some_and(|counted| counted != refunds.len()) {
            return Err(Malformed::invalid("refund_count"));
        }
        Ok(RefundQueryAnswer {
            transaction_id: reading.parse("transaction_id")?,
            out_trade_no: reading.parse("out_trade_no")?,
            total,
            settlement_total_minor: reading.informative_amount("settlement_total_fee"),
            cash: reading.informative_money("cash_fee", "cash_fee_type"),
            total_refund_count: reading.informative_amount("total_refund_count"),
            refunds,
            unknown: reading.rest(),
        })
    }
}

impl RefundRecord {
    /// Reads the refund with number `n`, whose fields end in `_n`.
    fn read(reading: &mut Reading<'_, '_>, n: usize, total: Money) -> Result<Self, Malformed> {
        let name = |stem: &str| format!("{stem}_{n}");
        reading.informative_amount(&name("coupon_refund_count"));
        Ok(Self {
            out_refund_no: reading.parse(name("out_refund_no"))?,
            refund_id: reading.parse(name("refund_id"))?,
            refund: Money { minor: reading.amount(name("refund_fee"))?, currency: total.currency },
            status: RefundStatus::new(reading.required(name("refund_status"))?),
            channel: reading.text(&name("refund_channel")),
            account: reading.informative_by(&name("refund_account"), RefundAccount::new),
            receiving_account: reading.text(&name("refund_recv_accout")),
            success_time: reading
                .informative_by(&name("refund_success_time"), |text| WxTime::parse_dashed(text).ok()),
            settlement_refund_minor: reading.informative_amount(&name("settlement_refund_fee")),
            cash_refund_minor: reading.informative_amount(&name("cash_refund_fee")),
            coupon_refund_minor: reading.informative_amount(&name("coupon_refund_fee")),
            coupons: read_coupons(reading, &CouponNames::of_listed_refund(n)),
        })
    }
}

impl RefundStatus {
    /// Reads the text of the wire.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text {
            "SUCCESS" => Self::Success,
            "REFUNDCLOSE" => Self::Closed,
            "CHANGE" => Self::Change,
            "PROCESSING" => Self::Processing,
            _ => Self::Other(text.into()),
        }
    }

    /// The text of the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Closed => "REFUNDCLOSE",
            Self::Change => "CHANGE",
            Self::Processing => "PROCESSING",
            Self::Other(text) => text,
        }
    }
}

impl std::fmt::Display for RefundStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for RefundStatus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for RefundStatus {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        Ok(Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AppId, MchId};

    const TWO: &str = "<xml><transaction_id>42</transaction_id><out_trade_no>A1</out_trade_no>\
        <total_fee>8800</total_fee><fee_type>HKD</fee_type><refund_count>2</refund_count>\
        <total_refund_count>12</total_refund_count>\
        <out_refund_no_0>R1</out_refund_no_0><refund_id_0>50</refund_id_0><refund_fee_0>3300</refund_fee_0>\
        <refund_status_0>SUCCESS</refund_status_0><refund_success_time_0>2026-03-02 10:05:11</refund_success_time_0>\
        <coupon_refund_count_0>1</coupon_refund_count_0><coupon_refund_id_0_0>C</coupon_refund_id_0_0>\
        <out_refund_no_1>R2</out_refund_no_1><refund_id_1>51</refund_id_1><refund_fee_1>1100</refund_fee_1>\
        <refund_status_1>PROCESSING</refund_status_1><refund_account_1>ELSEWHERE</refund_account_1></xml>";

    fn read(body: &str) -> Result<RefundQueryAnswer, Malformed> {
        RefundQuery::read(&Fields::parse(body.as_bytes()).unwrap())
    }

    #[test]
    fn numbered_refunds_become_a_list_each_with_its_coupons() {
        let answer = read(TWO).unwrap();
        assert_eq!(answer.total_refund_count, Some(12));
        let [first, second] = &answer.refunds[..] else { panic!("two refunds") };
        assert_eq!((first.refund.minor, &first.status), (3300, &RefundStatus::Success));
        assert_eq!(first.success_time, Some("20260302100511".parse().unwrap()));
        assert_eq!(first.coupons.len(), 1);
        assert_eq!((second.refund.minor, &second.status), (1100, &RefundStatus::Processing));
        assert_eq!((second.account, second.coupons.len()), (None, 0));
        assert_eq!(answer.unknown.iter().collect::<Vec<_>>(), [("refund_account_1", "ELSEWHERE")]);
    }

    #[test]
    fn a_count_that_disagrees_with_the_list_is_malformed() {
        assert_eq!(read(&TWO.replace(">2<", ">3<")), Err(Malformed::invalid("refund_count")));
        assert_eq!(
            read(&TWO.replace("<refund_id_1>51</refund_id_1>", "")),
            Err(Malformed::missing("refund_id_1"))
        );
        let no_count = TWO.replace("<refund_count>2</refund_count>", "");
        assert_eq!(read(&no_count).unwrap().refunds.len(), 2);
    }

    #[test]
    fn a_query_names_what_it_asks_for() {
        let merchant = Merchant::common(AppId::new("wx1").unwrap(), MchId::new("1").unwrap());
        for (by, name, value) in [
            (RefundRef::RefundId(RefundId::new("50").unwrap()), "refund_id", "50"),
            (RefundRef::OutRefundNo(OutRefundNo::new("R1").unwrap()), "out_refund_no", "R1"),
            (RefundRef::TransactionId(TransactionId::new("42").unwrap()), "transaction_id", "42"),
            (RefundRef::OutTradeNo(OutTradeNo::new("A1").unwrap()), "out_trade_no", "A1"),
        ] {
            let message = RefundQuery { by, offset: Some(10) }.message(&merchant).unwrap();
            assert_eq!((message.get(name), message.get("offset")), (Some(value), Some("10")));
            assert_eq!(message.iter().count(), 4);
        }
    }

    #[test]
    fn statuses_keep_their_text() {
        for text in ["SUCCESS", "REFUNDCLOSE", "CHANGE", "PROCESSING", "NEW"] {
            assert_eq!(RefundStatus::new(text).to_string(), text);
        }
        assert_eq!(RefundStatus::new("NEW"), RefundStatus::Other("NEW".into()));
    }
}
