//! Refund query, `POST /pay/refundquery` (protocol §7.5). Its signed answer says what became of a refund.

use crate::v2::call::message_of;
use crate::v2::coupon::{Coupon, CouponNames, read_coupons};
use crate::v2::field_reader::FieldReader;
use crate::v2::subject::RefundSubject;
use crate::v2::xml::MAX_FIELDS;
use crate::v2::{
    Call, Fields, Malformed, Message, OrderRef, RefundAccount, Subject, UnknownFields, WriteError, WxTime,
};
use crate::{Merchant, Money, OutRefundNo, OutTradeNo, RefundId, TransactionId};

/// Asks for one refund, or for all refunds of an order, page by page.
///
/// An answer that is about another order, or lists only other refunds, is
/// [`AboutSomethingElse`](crate::v2::CallError::AboutSomethingElse).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RefundQuery {
    /// Of which order.
    pub order: OrderRef,
    /// The amount of the payment.
    pub total: Money,
    /// Which of its refunds.
    pub which: RefundRef,
    /// How many refunds of the order to skip. The gateway answers ten at a time.
    pub offset: Option<u32>,
}

/// Names refunds. If an order has more than twenty, query by a refund's number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RefundRef {
    /// One refund, by the gateway's number.
    RefundId(RefundId),
    /// One refund, by the merchant's number.
    OutRefundNo {
        /// The number. Another order of the same merchant may have used it too.
        number: OutRefundNo,
        /// The amount of the refund, in the currency of the payment.
        amount: Money,
    },
    /// All refunds of the order.
    All,
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
    /// `total_refund_count`: how many refunds the order has in total.
    pub total_refund_count: Option<u64>,
    /// The refunds of this page.
    pub refunds: Vec<RefundRecord>,
    /// Received fields that have no place in this type.
    pub unknown: UnknownFields,
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
    /// The state of the refund.
    pub status: RefundStatus,
    /// `refund_channel_$n`: `ORIGINAL`, `BALANCE`, `OTHER_BALANCE`, `OTHER_BANKCARD`.
    pub channel: Option<Box<str>>,
    /// Which account of the merchant pays it back.
    pub account: Option<RefundAccount>,
    /// `refund_recv_accout_$n` (spelt so): where the money goes, as text.
    pub receiving_account: Option<Box<str>>,
    /// When the refund was done.
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
    /// The payer's card or account refuses the money. A person must act in the merchant platform.
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
        match &self.which {
            RefundRef::RefundId(number) => message.set("refund_id", number.as_str())?,
            RefundRef::OutRefundNo { number, .. } => message.set("out_refund_no", number.as_str())?,
            RefundRef::All => self.order.write(&mut message)?,
        }
        .set_some("offset", self.offset.map(|offset| offset.to_string()))?;
        Ok(message)
    }

    fn subject(&self) -> Subject<'_> {
        let refund = match &self.which {
            RefundRef::RefundId(number) => {
                RefundSubject { out_refund_no: None, refund_id: Some(number), amount: None }
            }
            RefundRef::OutRefundNo { number, amount } => {
                RefundSubject { out_refund_no: Some(number), refund_id: None, amount: Some(*amount) }
            }
            RefundRef::All => RefundSubject { out_refund_no: None, refund_id: None, amount: None },
        };
        Subject::of_order(&self.order).with_total(self.total).with_refund(refund)
    }

    fn read(&self, fields: &Fields<'_>) -> Result<RefundQueryAnswer, Malformed> {
        let mut reader = FieldReader::of(fields);
        reader.text("device_info");
        let total = reader.money_in(self.total.currency, "total_fee", "fee_type")?;
        let mut refunds = Vec::new();
        // There cannot be more refunds than fields.
        for number in 0..MAX_FIELDS {
            if !reader.has(&format!("out_refund_no_{number}")) {
                break;
            }
            let refund = RefundRecord::read(&mut reader, number, total)?;
            // If one refund has two records, we cannot know which is right.
            if refunds.iter().any(|known: &RefundRecord| known.out_refund_no == refund.out_refund_no) {
                return Err(Malformed::invalid(format!("out_refund_no_{number}")));
            }
            refunds.push(refund);
        }
        let counted: Option<usize> = reader.parse_optional("refund_count")?;
        if counted.is_some_and(|counted| counted != refunds.len()) {
            return Err(Malformed::invalid("refund_count"));
        }
        Ok(RefundQueryAnswer {
            transaction_id: reader.parse("transaction_id")?,
            out_trade_no: reader.parse("out_trade_no")?,
            total,
            settlement_total_minor: reader.informative_amount("settlement_total_fee"),
            cash: reader.informative_money("cash_fee", "cash_fee_type"),
            total_refund_count: reader.informative_amount("total_refund_count"),
            refunds,
            unknown: reader.rest(),
        })
    }
}

impl RefundRecord {
    /// Reads the refund with number `n`, whose fields end in `_n`.
    fn read(reader: &mut FieldReader<'_, '_>, n: usize, total: Money) -> Result<Self, Malformed> {
        let name = |stem: &str| format!("{stem}_{n}");
        reader.informative_amount(&name("coupon_refund_count"));
        Ok(Self {
            out_refund_no: reader.parse(name("out_refund_no"))?,
            refund_id: reader.parse(name("refund_id"))?,
            refund: Money { minor: reader.amount(name("refund_fee"))?, currency: total.currency },
            status: RefundStatus::new(reader.required(name("refund_status"))?),
            channel: reader.text(&name("refund_channel")),
            account: reader.informative_by(&name("refund_account"), RefundAccount::new),
            receiving_account: reader.text(&name("refund_recv_accout")),
            success_time: reader
                .informative_by(&name("refund_success_time"), |text| WxTime::parse_dashed(text).ok()),
            settlement_refund_minor: reader.informative_amount(&name("settlement_refund_fee")),
            cash_refund_minor: reader.informative_amount(&name("cash_refund_fee")),
            coupon_refund_minor: reader.informative_amount(&name("coupon_refund_fee")),
            coupons: read_coupons(reader, &CouponNames::of_listed_refund(n)),
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

    fn hkd(minor: u64) -> Money {
        Money::new(minor, crate::Currency::HKD)
    }

    fn query(which: RefundRef) -> RefundQuery {
        let order = OrderRef::Both {
            out_trade_no: OutTradeNo::new("A1").unwrap(),
            transaction_id: TransactionId::new("42").unwrap(),
        };
        RefundQuery { order, total: hkd(8800), which, offset: None }
    }

    fn read(body: &str) -> Result<RefundQueryAnswer, Malformed> {
        query(RefundRef::All).read(&Fields::parse(body.as_bytes()).unwrap())
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
        for (which, name, value) in [
            (RefundRef::RefundId(RefundId::new("50").unwrap()), "refund_id", "50"),
            (own("R1", 3300), "out_refund_no", "R1"),
            (RefundRef::All, "transaction_id", "42"),
        ] {
            let message = RefundQuery { offset: Some(10), ..query(which) }.message(&merchant).unwrap();
            assert_eq!((message.get(name), message.get("offset")), (Some(value), Some("10")));
            assert_eq!(message.iter().count(), 4);
        }
    }

    fn own(number: &str, minor: u64) -> RefundRef {
        RefundRef::OutRefundNo { number: OutRefundNo::new(number).unwrap(), amount: hkd(minor) }
    }

    #[test]
    fn an_answer_about_another_order_payment_refund_or_amount_is_about_something_else() {
        let checked = |which, body: &str| {
            query(which).check(&Fields::parse(body.as_bytes()).unwrap()).map_err(|e| e.field)
        };
        assert_eq!(checked(own("R1", 3300), TWO), Ok(()));
        assert_eq!(checked(RefundRef::RefundId(RefundId::new("51").unwrap()), TWO), Ok(()));
        assert_eq!(checked(RefundRef::All, TWO), Ok(()));
        for (which, body, field) in [
            (own("R1", 3300), TWO.replace(">A1<", ">A2<"), "out_trade_no"),
            (own("R1", 3300), TWO.replace(">42<", ">43<"), "transaction_id"),
            (own("R1", 3300), TWO.replace(">8800<", ">500<"), "total_fee"),
            (own("R3", 3300), TWO.into(), "out_refund_no_0"),
            (own("R1", 3301), TWO.into(), "refund_fee_0"),
            (RefundRef::RefundId(RefundId::new("52").unwrap()), TWO.into(), "refund_id_0"),
            (RefundRef::All, TWO.replace(">A1<", ">A2<"), "out_trade_no"),
        ] {
            assert_eq!(checked(which, &body), Err(field.into()), "{body}");
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
