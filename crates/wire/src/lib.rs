//! WeChat Pay on the wire: Native (QR code) payment.
//!
//! This crate only turns bytes into typed values and back. It uses no clock, no randomness and no IO. The
//! caller makes the nonce, sends the text of [`v2::request`] to one of the [`host`]s, and passes the body of
//! the reply to [`v2::answer`].
//!
//! The root holds what every generation of the API shares: ids, money, the merchant, the payment, and the
//! check that it is the payment an order [expects](Expected). [`v2`] holds the messages of API v2 (global
//! edition),
//! [`v3`] those of API v3 (both editions).
//!
//! The example places an order. It trusts the notification only after it has checked the signature and the
//! amount:
//!
//! ```
//! use wire::v2::notification::Unverified;
//! use wire::v2::*;
//! use wire::{Currency, Expected, Merchant, Money, host};
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
//!         let expected = Expected {
//!             merchant: &merchant,
//!             out_trade_no: &order.out_trade_no,
//!             total: order.total,
//!             attach: None,
//!         };
//!         println!("{:?}", verified.check(&expected));
//!     }
//!     Err(error) => println!("refused at {}: {error}", error.stage()),
//! }
//! # Ok(()) }
//! ```
//!
//! `protocol §2.1` means section 2.1 of `docs/protocol/`, the protocol reference.

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

mod bounded;
mod compare_payment;
pub mod host;
mod ids;
mod merchant;
mod money;
mod payment;
mod stage;
pub mod v2;
pub mod v3;

pub use bounded::InvalidText;
pub use compare_payment::{Expected, Mismatch};
pub use ids::{
    AppId, CodeUrl, MchId, Nonce, NotifyUrl, OpenId, OutRefundNo, OutTradeNo, PrepayId, RefundId,
    TransactionId,
};
pub use merchant::Merchant;
pub use money::{Currency, Decimals, Money, StatedMoney};
pub use payment::{Payment, TradeType};
pub use stage::Stage;
