//! API v2: flat XML, signed with MD5 or HMAC-SHA256 over the sorted fields.
//!
//! * **Reading.** [`Fields`] is one flat `<xml>` document, borrowed from the body and parsed strictly.
//!   [`Fields::verify`] checks the signature over *every* received field.
//! * **Writing.** [`Message`] escapes, signs, and refuses ambiguous values.
//! * **Calls.** [`UnifiedOrder`], [`QueryOrder`], [`CloseOrder`], [`Refund`], [`RefundQuery`] and the smaller
//!   ones implement [`Call`]; [`CallError::advice`] says what to do when one fails.
//! * **Notifications.** A [`VerifiedNotification`] exists only after its signature has been verified with the
//!   [`SignType`] that the caller gives: the one of the order.

pub mod bill;
mod call;
mod call_error;
mod close_order;
mod coupon;
mod err_code;
mod exchange_rate;
mod field_reader;
mod fields;
mod key;
#[cfg(test)]
pub(crate) mod lacks_trait;
mod message;
pub mod notification;
pub mod notify_reply;
mod payment_report;
mod query_order;
mod refund;
pub mod refund_notification;
mod refund_query;
mod settlement;
mod sign;
mod splice;
mod subject;
mod text;
mod time;
mod unified_order;
mod xml;

pub use bill::{BillAnswer, BillType, DownloadBill};
pub use call::{Call, answer, request};
pub use call_error::{Advice, CallError};
pub use close_order::{CloseAnswer, CloseOrder};
pub use coupon::{Coupon, CouponKind};
pub use err_code::ErrCode;
pub use exchange_rate::{ExchangeRate, ExchangeRateAnswer};
pub use field_reader::{Malformed, MalformedWhy, UnknownFields};
pub use fields::{Fields, SignatureError};
pub use key::{ApiKey, ApiKeyError};
pub use message::{Message, WriteError};
pub use notification::VerifiedNotification;
pub use payment_report::{PaymentReport, Rate};
pub use query_order::{OrderRef, QueryAnswer, QueryOrder, TradeState};
pub use refund::{Refund, RefundAccount, RefundAnswer};
pub use refund_query::{RefundQuery, RefundQueryAnswer, RefundRecord, RefundRef, RefundStatus};
pub use settlement::{SettlementAnswer, SettlementQuery, SettlementRow};
pub use sign::{SignType, UnknownSignType};
pub use splice::SpliceError;
pub use subject::{AnswerMismatch, Subject};
pub use text::{Attach, Body, Detail, DeviceInfo, GoodsTag, ProductId, RefundDesc, SceneInfo};
pub use time::{InvalidTime, WxDate, WxTime};
pub use unified_order::{LimitPay, PayerIdentity, UnifiedOrder, UnifiedOrderAnswer};
pub use xml::{MAX_BODY_BYTES, MAX_FIELDS, MAX_NAME_BYTES, XmlError};
