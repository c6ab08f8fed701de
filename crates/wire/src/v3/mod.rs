//! API v3: JSON, signed with RSA; notifications sealed with AES-GCM (protocol §9).
//!
//! * **Writing.** [`draft`] makes a [`Draft`] of a call. The caller's cryptography signs its
//!   [text](Draft::text), and [`Draft::signed`] gives the [`Request`] to send.
//! * **Reading.** [`Reply::claim`] and [`Delivery::claim`] check size, headers, window and serial. The
//!   [`KeyRing`] says with which key to verify, or that the certificates must be refreshed first. The
//!   caller's cryptography verifies the [`Check`], and `judge` turns the claim into a [`GenuineAnswer`] or a
//!   [`GenuineNotification`]. No genuine type has another origin, but that a notification may be
//!   [handed over](GenuineNotification::handed_over) within a program by the verdict on a keyed hash.
//! * **Calls.** [`NativeOrder`], [`QueryOrder`], [`CloseOrder`], [`Refund`], [`RefundQuery`] and the smaller
//!   ones implement [`Call`] for both [editions](Edition), for a merchant alone and under an institution.
//!   [`answer`] reads a genuine answer for its call; [`CallError::advice`] says what to do when one fails.
//! * **Notifications.** [`SealedNotice`] is opened by the caller's cryptography; a [`Notice`] is a payment
//!   or a refund, to be checked against what is expected.
//!
//! This crate does no cryptography of API v3: RSA and AES-GCM are the platform's (WebCrypto in a Worker),
//! with keys that cannot be exported. Bytes go out, and a yes, a no or bytes come in.
//!
//! ```
//! use wire::v3::*;
//! use wire::{Currency, Merchant, Money};
//!
//! # fn sign(_: &[u8]) -> Vec<u8> { vec![0; 256] }
//! # fn verify(_: &Check) -> bool { false }
//! # fn send(_: &Request) -> (u16, Vec<(&'static str, &'static str)>, Vec<u8>) { (502, vec![], vec![]) }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let account = Account {
//!     edition: Edition::Global,
//!     merchant: Merchant::common("wx5c1f9e2a7d3b6048".parse()?, "1634117205".parse()?),
//!     certificate: "1A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D".parse()?,
//!     answers_with: None,
//!     user_agent: "example/1.0".parse()?,
//! };
//! let ring = KeyRing::refreshed(vec![])?;
//! let order = NativeOrder {
//!     category: Some("5499".parse()?),
//!     ..NativeOrder::new(
//!         "HK20260301A0001".parse()?,
//!         "Example Tea House - gift set".parse()?,
//!         Money::new(8800, Currency::HKD),
//!         "https://pay.example.com/notify/wechat/v3".parse()?,
//!     )
//! };
//!
//! let draft = draft(&order, &account, 1_772_337_600, &"ibuaiVcKdpRxkhJA".parse()?)?;
//! let signature = sign(draft.text().as_bytes());
//! let (status, headers, body) = send(&draft.signed(&signature)?);
//!
//! let reply = Reply { status, headers: &headers, body: &body };
//! match reply.claim(1_772_337_601, &ring) {
//!     Ok(claim) => {
//!         let valid = verify(claim.check());
//!         let genuine = claim.judge(Verdict::of(valid))?;
//!         println!("draw {}", answer(&order, &genuine, &account)?.code_url);
//!     }
//!     // The order may have been placed: repeat it unchanged, or query it.
//!     Err(error) => println!("refused at {}: {error}", error.stage()),
//! }
//! # Ok(()) }
//! ```

mod account;
mod api_v3_key;
mod authorization;
mod bill;
mod call;
mod call_error;
mod certificate;
mod certificates;
mod claim;
mod close;
mod code;
mod day_bill;
mod der;
mod draft;
mod edition;
pub mod gateways_side;
mod headers;
mod json;
mod key_ring;
mod merchant_key;
mod native;
pub mod notification;
pub mod notify_reply;
mod payment_report;
mod pem;
mod platform_key;
mod promotion;
mod public_key;
mod query;
mod refund;
mod refund_query;
mod refund_report;
mod refusal;
mod reply;
mod rfc3339;
mod sealed;
mod serial;
mod settlement;
mod stage;
mod target;
mod text;
mod write_error;

pub use crate::v2::{Advice, AnswerMismatch, LimitPay, Malformed, OrderRef, Rate, TradeState};
pub use account::{Account, UserAgent};
pub use api_v3_key::{ApiV3Key, ApiV3KeyError};
pub use authorization::{Authorization, AuthorizationError};
pub use bill::{
    BillFile, BillHash, BillHasher, BillKind, BillLink, BillLinkQuery, GenuineBill, LinkError, Statement,
    StatementClaim,
};
pub use call::{Call, CallName, answer, draft};
pub use call_error::CallError;
pub use certificate::{Certificate, CertificateError};
pub use certificates::{Certificates, CertificatesClaim, CertificatesError, SealedCertificates};
pub use claim::{Check, MAX_BODY_BYTES, NotGenuine, Verdict};
pub use close::{CloseAnswer, CloseOrder};
pub use code::Code;
pub use day_bill::{DayBill, DayBillAnswer};
pub use der::DerError;
pub use draft::{Draft, Method, Parts, Request, SignatureLength};
pub use edition::Edition;
pub use headers::{HeaderError, WINDOW_SECONDS};
pub use json::{JsonError, MAX_DEPTH, MAX_VALUES};
pub use key_ring::{
    Choice, FIRST_PAUSE_SECONDS, KEPT_UNLISTED_SECONDS, KeyRefusal, KeyRing, KeyRingError, MAX_KEYS,
    REFRESH_EVERY_SECONDS, REFRESH_PAUSE_SECONDS,
};
pub use merchant_key::{MerchantKey, MerchantKeyError};
pub use native::{NativeAnswer, NativeOrder};
pub use notification::{
    Delivery, ExpectedRefund, GenuineNotification, Hint, Notice, NotificationClaim, NotificationError,
    PaymentNotice, RefundNotice, SealedHint, SealedNotice,
};
pub use payment_report::PaymentReport;
pub use pem::PemError;
pub use platform_key::{PlatformKey, Validity};
pub use promotion::Promotion;
pub use public_key::{MODULUS_BITS, PublicKey, PublicKeyError};
pub use query::{QueryAnswer, QueryOrder};
pub use refund::{Refund, RefundAnswer, RefundSource};
pub use refund_query::{
    MAX_REFUNDS_OF_A_PAGE, RefundQuery, RefundQueryAnswer, RefundRef, RefundsOfOrder, RefundsOfOrderAnswer,
};
pub use refund_report::{RefundReport, RefundStatus};
pub use refusal::{Refusal, SignedText, hearsay};
pub use reply::{AnswerClaim, GenuineAnswer, Reply};
pub use rfc3339::{Instant, InvalidInstant};
pub use sealed::{NONCE_BYTES, Sealed, TAG_BYTES};
pub use serial::Serial;
pub use settlement::{MAX_SETTLEMENTS_OF_A_PAGE, SettleState, Settlement, Settlements, SettlementsAnswer};
pub use stage::Stage;
pub use text::{Attach, CategoryCode, Description, GoodsTag, RefundReason};
pub use write_error::WriteError;
