//! Query order, `POST /pay/orderquery` (protocol §4). Query the same order at most once in ten seconds.

use crate::v2::call::message_of;
use crate::v2::field_reader::FieldReader;
use crate::v2::{
    AnswerMismatch, Call, Fields, Malformed, Message, PaymentReport, Subject, UnknownFields, WriteError,
};
use crate::{Merchant, Money, OutTradeNo, TransactionId};

/// Asks for the state of an order.
///
/// An answer about another order is [`AboutSomethingElse`](crate::v2::CallError::AboutSomethingElse). There
/// is one exception: a *payment* of another amount is real money, so the answer returns it. The caller
/// compares it with [`Expected::check`](crate::Expected::check).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct QueryOrder {
    /// Which order.
    pub order: OrderRef,
    /// The order's amount. An unpaid or closed order of another amount is another order.
    pub total: Money,
}

/// Names an order by its known numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum OrderRef {
    /// The merchant's number.
    OutTradeNo(OutTradeNo),
    /// The gateway's number.
    TransactionId(TransactionId),
    /// Both. The request uses the gateway's number. The answer must agree with both, as far as it names them.
    Both {
        /// The merchant's number.
        out_trade_no: OutTradeNo,
        /// The gateway's number.
        transaction_id: TransactionId,
    },
}

/// The state of the queried order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryAnswer {
    /// The order.
    pub out_trade_no: OutTradeNo,
    /// The state of the order at the gateway.
    pub trade_state: TradeState,
    /// The gateway's text on the state.
    pub trade_state_desc: Option<Box<str>>,
    /// The payment. The states `SUCCESS` and `REFUND` have one, no other state has.
    pub payment: Option<PaymentReport>,
    /// Received fields that have no place in this type.
    pub unknown: UnknownFields,
}

/// `trade_state` (protocol §4.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TradeState {
    /// Paid.
    Success,
    /// Paid, and later partly or fully refunded.
    Refund,
    /// Not paid.
    NotPay,
    /// Closed.
    Closed,
    /// Reversed (quick pay only).
    Revoked,
    /// The payer is entering the password (quick pay only).
    UserPaying,
    /// The payment failed, e.g. by the bank. Unpaid.
    PayError,
    /// Waiting for deduction (entrusted deduction only).
    Accept,
    /// Another one. Treat it as not paid and not final.
    Other(Box<str>),
}

impl OrderRef {
    pub(crate) fn write<'m>(&self, message: &'m mut Message) -> Result<&'m mut Message, WriteError> {
        match self {
            Self::OutTradeNo(number) => message.set("out_trade_no", number.as_str()),
            Self::TransactionId(number) | Self::Both { transaction_id: number, .. } => {
                message.set("transaction_id", number.as_str())
            }
        }
    }

    /// The merchant's number, if known.
    #[must_use]
    pub const fn out_trade_no(&self) -> Option<&OutTradeNo> {
        match self {
            Self::OutTradeNo(number) | Self::Both { out_trade_no: number, .. } => Some(number),
            Self::TransactionId(_) => None,
        }
    }

    /// The gateway's number, if known.
    #[must_use]
    pub const fn transaction_id(&self) -> Option<&TransactionId> {
        match self {
            Self::TransactionId(number) | Self::Both { transaction_id: number, .. } => Some(number),
            Self::OutTradeNo(_) => None,
        }
    }
}

impl Call for QueryOrder {
    const PATH: &'static str = "/pay/orderquery";
    type Answer = QueryAnswer;

    fn message(&self, merchant: &Merchant) -> Result<Message, WriteError> {
        let mut message = message_of(merchant)?;
        self.order.write(&mut message)?;
        Ok(message)
    }

    fn subject(&self) -> Subject<'_> {
        Subject::of_order(&self.order)
    }

    fn check(&self, fields: &Fields<'_>) -> Result<(), AnswerMismatch> {
        let was_paid = fields.get("trade_state").is_some_and(|state| TradeState::new(state).was_paid());
        let subject = if was_paid { self.subject() } else { self.subject().with_total(self.total) };
        subject.check(fields)
    }

    fn read(&self, fields: &Fields<'_>) -> Result<QueryAnswer, Malformed> {
        let mut reader = FieldReader::of(fields);
        let trade_state = TradeState::new(reader.required("trade_state")?);
        let out_trade_no = reader.parse("out_trade_no")?;
        let trade_state_desc = reader.text("trade_state_desc");
        let payment = if trade_state.was_paid() {
            Some(PaymentReport::read(&mut reader)?)
        } else {
            // An unpaid order echoes these.
            for echo in ["attach", "device_info", "total_fee", "fee_type", "trade_type"] {
                reader.text(echo);
            }
            None
        };
        Ok(QueryAnswer { out_trade_no, trade_state, trade_state_desc, payment, unknown: reader.rest() })
    }
}

impl TradeState {
    /// Reads the text of the wire.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text {
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "NOTPAY" => Self::NotPay,
            "CLOSED" => Self::Closed,
            "REVOKED" => Self::Revoked,
            "USERPAYING" => Self::UserPaying,
            "PAYERROR" => Self::PayError,
            "ACCEPT" => Self::Accept,
            _ => Self::Other(text.into()),
        }
    }

    /// The text of the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::NotPay => "NOTPAY",
            Self::Closed => "CLOSED",
            Self::Revoked => "REVOKED",
            Self::UserPaying => "USERPAYING",
            Self::PayError => "PAYERROR",
            Self::Accept => "ACCEPT",
            Self::Other(text) => text,
        }
    }

    /// Whether money arrived. A refunded order *was* paid.
    #[must_use]
    pub const fn was_paid(&self) -> bool {
        match self {
            Self::Success | Self::Refund => true,
            Self::NotPay
            | Self::Closed
            | Self::Revoked
            | Self::UserPaying
            | Self::PayError
            | Self::Accept
            | Self::Other(_) => false,
        }
    }

    /// Whether another query can bring nothing new about the payment. (A paid order may still become
    /// refunded.) Only one edition calls `PAYERROR` final, so it is not final here: close the order.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Success | Self::Refund | Self::Closed | Self::Revoked => true,
            Self::NotPay | Self::UserPaying | Self::PayError | Self::Accept | Self::Other(_) => false,
        }
    }
}

impl std::fmt::Display for TradeState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAID: &str = "<xml><trade_state>SUCCESS</trade_state><trade_state_desc>d</trade_state_desc>\
        <out_trade_no>A1</out_trade_no><transaction_id>42</transaction_id><total_fee>8800</total_fee>\
        <fee_type>HKD</fee_type><trade_type>NATIVE</trade_type><openid>o1</openid><time_end>20260301120345</time_end>\
        <cash_fee>x</cash_fee><new>n</new></xml>";

    fn query() -> QueryOrder {
        QueryOrder {
            order: OrderRef::OutTradeNo(OutTradeNo::new("A1").unwrap()),
            total: Money::new(8800, crate::Currency::HKD),
        }
    }

    fn read(body: &str) -> Result<QueryAnswer, Malformed> {
        query().read(&Fields::parse(body.as_bytes()).unwrap())
    }

    #[test]
    fn an_unpaid_order_of_another_amount_is_another_order_and_a_payment_of_another_amount_is_money() {
        let checked = |body: &str| query().check(&Fields::parse(body.as_bytes()).unwrap());
        for state in ["SUCCESS", "REFUND"] {
            let other_amount = PAID.replace("SUCCESS", state).replace("8800", "1");
            assert_eq!(checked(&other_amount), Ok(()));
            assert!(checked(&other_amount.replace("A1", "A2")).is_err());
        }
        for state in ["NOTPAY", "CLOSED", "PAYERROR", "NEW"] {
            let unpaid = PAID.replace("SUCCESS", state);
            assert_eq!(checked(&unpaid), Ok(()));
            assert!(checked(&unpaid.replace("8800", "1")).is_err(), "{state}");
            assert!(checked(&unpaid.replace("HKD", "JPY")).is_err(), "{state}");
            assert_eq!(checked(&unpaid.replace("<fee_type>HKD</fee_type>", "")), Ok(()), "{state}");
        }
    }

    #[test]
    fn an_order_with_both_numbers_is_queried_by_the_gateways_and_compared_by_both() {
        let both = QueryOrder {
            order: OrderRef::Both {
                out_trade_no: OutTradeNo::new("A1").unwrap(),
                transaction_id: TransactionId::new("42").unwrap(),
            },
            ..query()
        };
        let merchant = Merchant::common("wx1".parse().unwrap(), "1".parse().unwrap());
        let message = both.message(&merchant).unwrap();
        assert_eq!((message.get("transaction_id"), message.get("out_trade_no")), (Some("42"), None));
        let checked = |body: &str| both.check(&Fields::parse(body.as_bytes()).unwrap());
        assert_eq!(checked(PAID), Ok(()));
        assert!(checked(&PAID.replace("A1", "A2")).is_err() && checked(&PAID.replace("42", "43")).is_err());
    }

    #[test]
    fn a_payment_without_a_payer_or_a_currency_is_a_payment() {
        let bare = PAID.replace("<openid>o1</openid>", "").replace("<fee_type>HKD</fee_type>", "");
        let payment = read(&bare).unwrap().payment.unwrap();
        assert_eq!((payment.openid, payment.total.minor, payment.total.currency), (None, 8800, None));
    }

    #[test]
    fn a_paid_order_has_its_payment_even_if_an_informative_field_is_malformed() {
        let answer = read(PAID).unwrap();
        let payment = answer.payment.unwrap();
        assert_eq!((payment.total.minor, payment.cash), (8800, None));
        assert_eq!(answer.unknown.iter().collect::<Vec<_>>(), [("cash_fee", "x"), ("new", "n")]);
        assert!(read(&PAID.replace("SUCCESS", "REFUND")).unwrap().payment.is_some());
    }

    #[test]
    fn a_paid_order_without_a_deciding_field_is_malformed() {
        for field in ["transaction_id", "total_fee", "trade_type", "time_end", "out_trade_no"] {
            let renamed =
                PAID.replace(&format!("<{field}>"), "<zz>").replace(&format!("</{field}>"), "</zz>");
            assert_eq!(read(&renamed), Err(Malformed::missing(field)), "{field}");
        }
        assert_eq!(read(&PAID.replace("8800", "88.00")), Err(Malformed::invalid("total_fee")));
        assert_eq!(read(&PAID.replace("HKD", "hkd")), Err(Malformed::invalid("fee_type")));
        assert_eq!(read(&PAID.replace("20260301120345", "2026")), Err(Malformed::invalid("time_end")));
        assert_eq!(read("<xml/>"), Err(Malformed::missing("trade_state")));
    }

    #[test]
    fn an_unpaid_order_has_no_payment_whatever_else_it_says() {
        for state in ["NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR", "ACCEPT", "NEW"] {
            let answer = read(&PAID.replace("SUCCESS", state)).unwrap();
            assert_eq!((answer.trade_state.as_str(), answer.payment), (state, None));
        }
    }

    #[test]
    fn states_say_whether_they_are_paid_and_final() {
        let facts = |text| (TradeState::new(text).was_paid(), TradeState::new(text).is_final());
        for (text, expected) in [
            ("SUCCESS", (true, true)),
            ("REFUND", (true, true)),
            ("CLOSED", (false, true)),
            ("REVOKED", (false, true)),
            ("NOTPAY", (false, false)),
            ("USERPAYING", (false, false)),
            ("PAYERROR", (false, false)),
            ("ACCEPT", (false, false)),
            ("NEW", (false, false)),
        ] {
            assert_eq!(facts(text), expected, "{text}");
            assert_eq!(TradeState::new(text).to_string(), text);
        }
    }
}
