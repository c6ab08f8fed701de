//! The merchants that may call: their keys, and the currency they settle in (protocol §1.4, §1.5).

use std::fmt;
use std::str::FromStr;

use wire::v2::{ApiKey, SignType};

/// A merchant known to the gateway. It holds the key, so it has neither `Debug` nor `Serialize`.
#[derive(Clone)]
pub struct Merchant {
    /// `wx` and 16 letters or digits. WeChat's own are hexadecimal.
    pub appid: String,
    /// 8 to 10 digits.
    pub mch_id: String,
    /// The name that the phone shows.
    pub name: String,
    /// The key that signs answers and notifications and verifies calls.
    pub key: MerchantKey,
    /// The settlement currency. Orders are priced in it or in CNY, and in no other.
    pub fee_type: String,
    /// The only algorithm that calls may be signed with, where a call leaves the choice; `None` allows both.
    pub sign_type: Option<SignType>,
    /// The address set in the merchant platform, for notifications of refunds that name no `notify_url`.
    pub(super) refund_notify_url: Option<String>,
    /// Whether calls must name a `sub_mch_id`, and which ones exist.
    pub mode: Mode,
    /// What API v3 needs. Without it, calls of API v3 are not authorized.
    pub v3: Option<AccountV3>,
}

/// A merchant's settings for API v3. It holds a key, so it has neither `Debug` nor `Serialize`.
#[derive(Clone)]
pub struct AccountV3 {
    /// The APIv3 key, 32 bytes: it seals notifications and certificates.
    pub(super) key: [u8; 32],
    /// The serial number of the merchant's certificate, in upper-case hexadecimal digits.
    pub(super) serial: String,
    /// The public key of that certificate: PKCS#1 in DER.
    #[cfg(feature = "v3")]
    pub(super) public_key: Vec<u8>,
}

impl AccountV3 {
    /// The APIv3 key as text, and the serial number of the certificate, for the start-up message.
    #[must_use]
    pub fn reveal(&self) -> (String, String) {
        (String::from_utf8_lossy(&self.key).into_owned(), self.serial.clone())
    }
}

/// How a merchant is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `appid` and `mch_id` are the merchant's own.
    Common,
    /// An institution: calls name one of its merchants. A bill and the sandbox key may leave it out.
    Institution {
        /// The `sub_mch_id`s of the institution's merchants.
        sub_mch_ids: Vec<String>,
    },
}

/// The key twice: as the checked key of `wire`, and as text, because the gateway also explains why a
/// signature does not verify.
#[derive(Clone)]
pub struct MerchantKey {
    text: String,
    checked: ApiKey,
}

impl MerchantKey {
    /// Takes the API key of the merchant platform: 32 characters.
    pub fn new(text: &str) -> Result<MerchantKey, BadMerchant> {
        let checked =
            ApiKey::new(text).map_err(|_| BadMerchant("the API key must be 32 characters".to_owned()))?;
        Ok(MerchantKey { text: text.to_owned(), checked })
    }

    pub(super) fn checked(&self) -> &ApiKey {
        &self.checked
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The key as text, for the start-up message of the server. Nothing else shows a key.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

/// Why a merchant cannot be configured, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadMerchant(pub String);

impl fmt::Display for BadMerchant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for BadMerchant {}

impl Merchant {
    /// A directly connected merchant that settles in Hong Kong dollars and may use both algorithms.
    pub fn new(appid: &str, mch_id: &str, key: &str) -> Result<Merchant, BadMerchant> {
        let appid_is_well_formed = appid.len() == 18
            && appid
                .strip_prefix("wx")
                .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if !appid_is_well_formed {
            return Err(BadMerchant(format!("appid {appid:?} must be `wx` and 16 letters or digits")));
        }
        if !(8..=10).contains(&mch_id.len()) || !mch_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadMerchant(format!("mch_id {mch_id:?} must be 8 to 10 digits")));
        }
        Ok(Merchant {
            appid: appid.to_owned(),
            mch_id: mch_id.to_owned(),
            name: "Example Tea House".to_owned(),
            key: MerchantKey::new(key)?,
            fee_type: "HKD".to_owned(),
            sign_type: None,
            refund_notify_url: None,
            mode: Mode::Common,
            v3: None,
        })
    }
}

impl Merchant {
    /// Sets the address for notifications of refunds that name no address.
    pub fn set_refund_notify_url(&mut self, url: &str) -> Result<(), BadMerchant> {
        if !is_full_address(url) {
            return Err(BadMerchant(format!(
                "the refund notify address {url:?} must be a full http or https address without a query string"
            )));
        }
        self.refund_notify_url = Some(url.to_owned());
        Ok(())
    }

    /// The address for notifications of refunds that name no address.
    #[must_use]
    pub fn refund_notify_url(&self) -> Option<&str> {
        self.refund_notify_url.as_deref()
    }
}

/// Reads `MD5` or `HMAC-SHA256`.
pub fn sign_type(text: &str) -> Result<SignType, BadMerchant> {
    SignType::from_str(text)
        .map_err(|_| BadMerchant(format!("sign type {text:?} must be MD5 or HMAC-SHA256")))
}

/// Whether this is a full http or https address without a query (protocol §3.5). Plain http is for a laptop.
pub(super) fn is_full_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && !text.contains(['?', '#'])
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}
