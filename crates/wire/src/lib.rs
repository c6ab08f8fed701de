//! WeChat Pay API v2 on the wire: Native (QR code) payment, global edition.
//!
//! This crate turns bytes into typed values and back, and nothing else. It knows no clock, no randomness and no
//! IO: the caller brings the nonce, sends the text of [`request`] to one of the [`host`]s and hands the body of the
//! reply to [`answer`].
//!
//! * **Reading.** [`Fields`] is one flat `<xml>` document, borrowed from the body and parsed strictly.
//!   [`Fields::verify`] checks the signature over *every* field that was received.
//! * **Writing.** [`Message`] escapes, signs, and refuses what would be ambiguous.
//! * **Calls.** [`UnifiedOrder`], [`QueryOrder`], [`CloseOrder`], [`Refund`], [`RefundQuery`] and the smaller ones
//!   implement [`Call`]; [`CallError::advice`] says what to do when one fails.
//! * **Notifications.** [`VerifiedNotification`] exists only after its signature has been verified with the order's
//!   own [`SignType`].
//!
//! An order is placed, and its notification is believed only after its signature and its amount were checked:
//!
//! ```
//! use wire::fit::Expected;
//! use wire::notification::Unverified;
//! use wire::*;
//!
//! # fn send(_: &str, _: String) -> Vec<u8> { Vec::new() }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let merchant = Merchant::common("wx5c1f9e2a7d3b6048".parse()?, "1634117205".parse()?);
//! let key = ApiKey::new("192006250b4c09247ec02edce69f6a2d")?;
//! let sign_type = SignType::HmacSha256;
//!
//! let order = UnifiedOrder::new(
//!     "HK20260301A0001".parse()?,
//!     "Example Tea House - gift set".parse()?,
//!     Money::new(8800, Currency::HKD),
//!     "203.0.113.10".parse()?,
//!     "https://pay.example.com/notify/wechat".parse()?,
//!     "SKU-88".parse()?,
//! );
//! let nonce = "ibuaiVcKdpRxkhJA".parse()?; // from a secure source
//! let xml = request(&order, &merchant, sign_type, &key, &nonce)?;
//! let body = send(&format!("{}{}", host::HONG_KONG, UnifiedOrder::PATH), xml);
//! match answer(&order, &body, &merchant, sign_type, &key) {
//!     Ok(answer) => println!("draw {}", answer.code_url),
//!     Err(error) if error.advice() == Advice::RepeatSame => println!("{error}; repeat it unchanged"),
//!     Err(error) => println!("{error}"),
//! }
//!
//! # let notification = b"<xml><out_trade_no>HK20260301A0001</out_trade_no></xml>";
//! let unverified = Unverified::parse(notification)?;
//! assert_eq!(unverified.out_trade_no(), &order.out_trade_no); // finds the order, its algorithm and its key
//! match unverified.verify(sign_type, &[&key]) {
//!     Ok(verified) => {
//!         let expected =
//!             Expected { merchant: &merchant, out_trade_no: &order.out_trade_no, total: order.total };
//!         println!("{:?}", verified.fits(&expected));
//!     }
//!     Err(error) => println!("refused at {}: {error}", error.stage()),
//! }
//! # Ok(()) }
//! ```
//!
//! `protocol §2.1` in these pages means section 2.1 of `docs/protocol/`, the protocol reference.

#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unimplemented,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::disallowed_macros
    )
)]
#![warn(missing_docs)]

pub mod bill;
mod bounded;
mod call;
mod call_error;
mod close_order;
mod coupon;
mod err_code;
mod exchange_rate;
mod fields;
pub mod fit;
pub mod host;
mod ids;
mod key;
mod merchant;
mod message;
mod money;
pub mod notification;
pub mod notify_reply;
mod payment;
mod query_order;
mod read;
mod refund;
pub mod refund_notification;
mod refund_query;
mod settlement;
mod sign;
mod splice;
mod stage;
mod subject;
mod text;
mod time;
mod unified_order;
#[cfg(test)]
mod without;
mod xml;

pub use bill::{BillAnswer, BillType, DownloadBill};
pub use bounded::InvalidText;
pub use call::{Call, answer, request};
pub use call_error::{Advice, CallError};
pub use close_order::{CloseAnswer, CloseOrder};
pub use coupon::{Coupon, CouponKind};
pub use err_code::ErrCode;
pub use exchange_rate::{ExchangeRate, ExchangeRateAnswer};
pub use fields::{Fields, SignatureError};
pub use ids::{
    AppId, CodeUrl, MchId, Nonce, NotifyUrl, OpenId, OutRefundNo, OutTradeNo, PrepayId, RefundId,
    TransactionId,
};
pub use key::{ApiKey, ApiKeyError};
pub use merchant::Merchant;
pub use message::{Message, WriteError};
pub use money::{Currency, Decimals, Money, StatedMoney};
pub use notification::VerifiedNotification;
pub use payment::{Payment, Rate, TradeType};
pub use query_order::{OrderRef, QueryAnswer, QueryOrder, TradeState};
pub use read::{Malformed, MalformedWhy, Unknown};
pub use refund::{Refund, RefundAccount, RefundAnswer};
pub use refund_query::{RefundQuery, RefundQueryAnswer, RefundRecord, RefundRef, RefundStatus};
pub use settlement::{SettlementAnswer, SettlementQuery, SettlementRow};
pub use sign::{SignType, UnknownSignType};
pub use splice::SpliceError;
pub use stage::Stage;
pub use subject::{Elsewhere, Subject};
pub use text::{Attach, Body, Detail, DeviceInfo, GoodsTag, ProductId, RefundDesc, SceneInfo};
pub use time::{InvalidTime, WxDate, WxTime};
pub use unified_order::{LimitPay, PayerIdentity, UnifiedOrder, UnifiedOrderAnswer};
pub use xml::{MAX_BODY_BYTES, MAX_FIELDS, MAX_NAME_BYTES, XmlError};
