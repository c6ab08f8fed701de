//! A notification of API v3, from what came to what it says (protocol §9.10).
//!
//! The route reads it, because the order's number is inside the seal. The order's object gets it
//! [vouched](crate::v3::vouched) for.

use gateway::OutTradeNo;
use wire::v3::notification::Delivery;
use wire::v3::{NotificationError, SealedHint};

use crate::config::{Config, V3};
use crate::platform::crypto;
use crate::v3::genuine::GenuineNotice;
use crate::v3::keys;

/// The headers that are read.
pub(crate) const HEADERS: [&str; 5] = [
    "Wechatpay-Signature",
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Serial",
    "Wechatpay-Signature-Type",
];

/// What came to the notify address, judged by nobody.
pub(crate) struct Delivered<'a> {
    headers: Vec<(&'static str, &'a str)>,
    /// As it came.
    pub(crate) body: &'a [u8],
}

impl<'a> Delivered<'a> {
    /// Takes the body, and the values of [`HEADERS`] as far as they came.
    pub(crate) fn new(values: impl Iterator<Item = Option<&'a str>>, body: &'a [u8]) -> Self {
        let headers = HEADERS.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?)));
        Self { headers: headers.collect(), body }
    }

    fn delivery(&self) -> Delivery<'_> {
        Delivery { headers: &self.headers, body: self.body }
    }
}

/// Verifies, opens and reads it.
///
/// # Errors
/// [`NotificationError`]; it may be genuine all the same, and not open.
pub(crate) async fn read(
    delivered: &Delivered<'_>,
    config: &Config,
    account: &V3,
) -> Result<GenuineNotice, NotificationError> {
    let delivery = delivered.delivery();
    let claim = keys::claim(config, account, |now_seconds, ring| delivery.claim(now_seconds, ring)).await?;
    let verdict = crypto::verify(claim.check()).await;
    let sealed = claim.judge(verdict)?.sealed()?;
    let plaintext = crypto::open(&account.api_v3_key, sealed.resource()).await;
    GenuineNotice::read(sealed, plaintext, delivered.body, account.edition)
}

/// The order that an unverified delivery names, if the API v3 key opens it: the reason to query that order,
/// and no more. It may be a replay, or signed by a certificate that could not be downloaded.
pub(crate) async fn hint(delivered: &Delivered<'_>, account: &V3) -> Option<OutTradeNo> {
    let sealed = SealedHint::read(&delivered.delivery()).ok()?;
    let plaintext = crypto::open(&account.api_v3_key, sealed.resource()).await;
    sealed.opened(plaintext.as_deref()).ok()?.out_trade_no
}
