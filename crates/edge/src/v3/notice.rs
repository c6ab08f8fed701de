//! A notification of API v3, from what came to what it says (protocol §9.10).
//!
//! The route reads it first, because the order's number is inside the seal. It hands headers and body to the
//! order's object as they came, and the object verifies and opens them again before it believes them.

use gateway::{Notification, OutTradeNo, RefundNotification};
use wire::v3::notification::Delivery;
use wire::v3::{Notice, NotificationError, SealedHint};

use crate::config::{Config, V3};
use crate::platform::crypto;
use crate::v3::keys;

/// The headers that are read, in the order in which they travel.
const HEADERS: [&str; 5] = [
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Serial",
    "Wechatpay-Signature",
    "Wechatpay-Signature-Type",
];

/// What came to the notify address, judged by nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivered {
    headers: [Option<String>; HEADERS.len()],
    /// As it came.
    pub(crate) body: Vec<u8>,
}

/// A notification that WeChat Pay signed.
pub(crate) struct GenuineNotice {
    /// The order it names, if it names one.
    pub(crate) number: Option<OutTradeNo>,
    /// What it says, or why that cannot be read.
    pub(crate) says: Result<Says, String>,
}

/// What a notification says.
pub(crate) enum Says {
    /// Of a payment.
    Payment(Notification),
    /// Of a refund.
    Refund(RefundNotification),
}

impl Delivered {
    /// Takes the body, and the headers by their names.
    pub(crate) fn new(header: impl Fn(&str) -> Option<String>, body: Vec<u8>) -> Self {
        Self { headers: HEADERS.map(header), body }
    }

    /// How it travels to an order's object: a line for each header, then the body.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for header in self.headers {
            bytes.extend(header.unwrap_or_default().into_bytes());
            bytes.push(b'\n');
        }
        bytes.extend(self.body);
        bytes
    }

    /// Reads what travelled.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut parts = bytes.splitn(HEADERS.len().saturating_add(1), |byte| *byte == b'\n');
        let mut headers = HEADERS.map(|_| None);
        for header in &mut headers {
            let text = std::str::from_utf8(parts.next()?).ok()?;
            *header = (!text.is_empty()).then(|| text.to_owned());
        }
        Some(Self { headers, body: parts.next()?.to_vec() })
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        HEADERS
            .iter()
            .zip(&self.headers)
            .filter_map(|(name, value)| Some((*name, value.as_deref()?)))
            .collect()
    }
}

/// Verifies, opens and reads it.
///
/// # Errors
/// [`NotificationError`]; it may be genuine all the same, and not open.
pub(crate) async fn read(
    delivered: &Delivered,
    config: &Config,
    account: &V3,
) -> Result<GenuineNotice, NotificationError> {
    let headers = delivered.headers();
    let delivery = Delivery { headers: &headers, body: &delivered.body };
    let claim = keys::claim(config, account, |now_seconds, ring| delivery.claim(now_seconds, ring)).await?;
    let verdict = crypto::verify(claim.check()).await;
    let sealed = claim.judge(verdict)?.sealed()?;
    let plaintext = crypto::open(&account.api_v3_key, sealed.resource()).await;
    let says = match sealed.opened(plaintext.as_deref(), account.edition) {
        Ok(Notice::Payment(notice)) => Ok(Says::Payment((*notice).into())),
        Ok(Notice::Refund(notice)) => Ok(Says::Refund((*notice).into())),
        // It has been opened, so its order can still be found.
        Err(NotificationError::Malformed(why)) => Err(why.to_string()),
        Err(error) => return Err(error),
    };
    let number = match &says {
        Ok(Says::Payment(notification)) => Some(notification.out_trade_no().clone()),
        Ok(Says::Refund(notification)) => notification.out_trade_no().cloned(),
        Err(_) => {
            SealedHint::read(&delivery)?.opened(plaintext.as_deref()).ok().and_then(|hint| hint.out_trade_no)
        }
    };
    Ok(GenuineNotice { number, says })
}

/// The order that an unverified delivery names, if the API v3 key opens it: the reason to query that order,
/// and no more. It may be a replay, or signed by a certificate that could not be downloaded.
pub(crate) async fn hint(delivered: &Delivered, account: &V3) -> Option<OutTradeNo> {
    let headers = delivered.headers();
    let sealed = SealedHint::read(&Delivery { headers: &headers, body: &delivered.body }).ok()?;
    let plaintext = crypto::open(&account.api_v3_key, sealed.resource()).await;
    sealed.opened(plaintext.as_deref()).ok()?.out_trade_no
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_travels_as_it_came() {
        let header = |name: &str| (name != "Wechatpay-Signature-Type").then(|| format!("of {name}"));
        for body in ["", "{}", "{\n\"a\": 1}\n\n"] {
            let delivered = Delivered::new(header, body.into());
            let bytes = delivered.clone().into_bytes();
            assert_eq!(Delivered::from_bytes(&bytes), Some(delivered));
        }
        assert_eq!(Delivered::from_bytes(b"a\nb\nc\nd\n"), None);
        assert_eq!(Delivered::from_bytes(b"\xff\n\n\n\n\n{}"), None);
    }
}
