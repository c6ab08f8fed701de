//! The secrets that the merchant makes for this Worker: how each is read and used. Pure.
//!
//! No secret has Debug, Display or Serialize, so no log, error or answer can show one. No refusal repeats a
//! secret's text. (WeChat's own key is `wire::v2::ApiKey`, which does not have these traits either.)
//! [`rule`] says what every secret must be, and [`admin_key`] who may use the merchant's routes.

pub(crate) mod admin_key;
pub(crate) mod rule;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;

use rule::Unfit;

/// The beginning of a webhook's secret. The base64 text follows it.
const WEBHOOK_PREFIX: &str = "whsec_";
/// Standard Webhooks asks for 24 to 64 bytes.
const WEBHOOK_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Makes order numbers and status tokens (`ORDER_SECRET`, or `ORDER_SECRET_PREVIOUS`); see
/// `number_and_token.rs`. Each read of an order uses it twice, so the hash of the key itself is made once.
pub(crate) struct OrderSecret(Hmac<Sha256>);

/// The key that signs offers (`OFFER_KEY`); see `price/jws.rs`.
pub(crate) struct OfferKey(Vec<u8>);

/// Signs the webhooks to the merchant's systems (`WEBHOOK_SECRET`, and `WEBHOOK_SECRET_PREVIOUS` while it is
/// being changed); see `object/webhook.rs`.
pub(crate) struct WebhookSecret(Vec<u8>);

impl OrderSecret {
    /// Takes a random text of at least 32 characters.
    pub(crate) fn new(text: &str) -> Result<Self, Unfit> {
        // HMAC takes a key of any length.
        mac(&bytes_of(text)?).map(Self).ok_or(Unfit::Short)
    }

    /// An HMAC-SHA256 that waits for its text.
    pub(crate) fn mac(&self) -> Hmac<Sha256> {
        self.0.clone()
    }
}

impl OfferKey {
    /// Takes a random text of at least 32 characters: HS256 asks for 32 bytes (RFC 7518 §3.2).
    pub(crate) fn new(text: &str) -> Result<Self, Unfit> {
        bytes_of(text).map(Self)
    }

    /// The key of a published example. It is not a text.
    #[cfg(test)]
    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// An HMAC-SHA256 that waits for its text.
    pub(crate) fn mac(&self) -> Option<Hmac<Sha256>> {
        mac(&self.0)
    }
}

impl WebhookSecret {
    /// Takes `whsec_` and the base64 of 24 to 64 random bytes.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        const RULE: &str = "it must be whsec_ and the base64 of 24 to 64 random bytes";
        let encoded = text.strip_prefix(WEBHOOK_PREFIX).ok_or(RULE)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| RULE)?;
        if !WEBHOOK_BYTES.contains(&bytes.len()) {
            return Err(RULE.into());
        }
        rule::check(encoded).map(|()| Self(bytes)).map_err(|unfit| unfit.to_string())
    }

    /// An HMAC-SHA256 that waits for its text.
    pub(crate) fn mac(&self) -> Option<Hmac<Sha256>> {
        mac(&self.0)
    }
}

fn bytes_of(text: &str) -> Result<Vec<u8>, Unfit> {
    rule::check(text).map(|()| text.as_bytes().to_vec())
}

/// HMAC takes a key of any length, so this is never `None`. The `Option` avoids a panic in the Worker.
fn mac(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(key).ok()
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};

    use serde::Serialize;

    use super::*;
    use crate::config::Config;
    use crate::lacks_trait::lacks;
    use crate::number_and_token::OrderSecrets;

    const TOKEN: &str = "a token of the tests, of 36 characters";

    /// Whether no trait can turn this type into a text.
    macro_rules! is_silent {
        ($type:ty) => {
            lacks!($type: Debug) && lacks!($type: Display) && lacks!($type: Serialize)
        };
    }

    #[test]
    fn no_secret_has_a_form_of_text() {
        assert!(is_silent!(wire::v2::ApiKey));
        assert!(is_silent!(OrderSecret));
        assert!(is_silent!(OrderSecrets));
        assert!(is_silent!(OfferKey));
        assert!(is_silent!(admin_key::AdminToken));
        assert!(is_silent!(admin_key::AdminKeys));
        assert!(is_silent!(WebhookSecret));
        // The configuration holds all secrets.
        assert!(is_silent!(Config));
    }

    #[test]
    fn what_can_be_written_is_found_out() {
        assert!(!is_silent!(String));
        assert!(!is_silent!(std::cell::Cell<u8>));
    }

    #[test]
    fn an_order_secret_too_short_to_protect_anything_is_refused() {
        assert!(OrderSecret::new("short").is_err());
        assert!(OrderSecret::new(&TOKEN[..31]).is_err());
    }

    #[test]
    fn an_offer_key_too_short_to_protect_anything_or_with_a_stray_line_end_is_refused() {
        assert!(OfferKey::new(&TOKEN[..31]).is_err());
        assert!(OfferKey::new(TOKEN).is_ok());
        assert!(OfferKey::new(&format!("{TOKEN}\n")).is_err());
    }

    #[test]
    fn a_webhook_secret_of_another_form_is_refused_without_repeating_it() {
        let of = |bytes: usize| {
            format!("whsec_{}", STANDARD.encode((1..=bytes).map(|n| (n * n * 7) as u8).collect::<Vec<_>>()))
        };
        for bad in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_***", &of(23), &of(65)] {
            let refusal = WebhookSecret::new(bad).err().unwrap();
            assert!(refusal.contains("whsec_"));
        }
        assert!(WebhookSecret::new(&of(24)).is_ok() && WebhookSecret::new(&of(64)).is_ok());
        let zeros = format!("whsec_{}", STANDARD.encode([0; 32]));
        assert!(WebhookSecret::new(&zeros).err().unwrap().contains("easy to guess"));
    }
}
