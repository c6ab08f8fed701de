//! Close order, `POST /pay/closeorder` (protocol §5). WeChat asks not to close within five minutes of
//! ordering. Always query first.

use crate::v2::call::message_of;
use crate::v2::field_reader::FieldReader;
use crate::v2::{Call, Fields, Malformed, Message, Subject, UnknownFields, WriteError};
use crate::{Merchant, OutTradeNo};

/// Closes an unpaid order. Its QR code stops working, and its number cannot be used again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CloseOrder {
    /// The order.
    pub out_trade_no: OutTradeNo,
}

/// The order is closed.
///
/// Two refusals also settle the order: [`ErrCode::OrderPaid`](crate::v2::ErrCode::OrderPaid) means *paid*,
/// and [`ErrCode::OrderClosed`](crate::v2::ErrCode::OrderClosed) means *closed already*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseAnswer {
    /// `result_msg`, `OK`.
    pub result_msg: Option<Box<str>>,
    /// Received fields that have no place in this type.
    pub unknown: UnknownFields,
}

impl Call for CloseOrder {
    const PATH: &'static str = "/pay/closeorder";
    type Answer = CloseAnswer;

    fn message(&self, merchant: &Merchant) -> Result<Message, WriteError> {
        let mut message = message_of(merchant)?;
        message.set("out_trade_no", self.out_trade_no.as_str())?;
        Ok(message)
    }

    fn subject(&self) -> Subject<'_> {
        Subject::of_order_number(&self.out_trade_no)
    }

    fn read(&self, fields: &Fields<'_>) -> Result<CloseAnswer, Malformed> {
        let mut reader = FieldReader::of(fields);
        reader.text("out_trade_no");
        Ok(CloseAnswer { result_msg: reader.text("result_msg"), unknown: reader.rest() })
    }
}
