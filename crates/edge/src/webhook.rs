//! Webhooks to the merchant's systems: the form and the signature. Pure.
//!
//! The form is that of Standard Webhooks (standardwebhooks.com), so that any of its libraries verifies
//! them: three headers, `webhook-id` (the same over all deliveries), `webhook-timestamp` and
//! `webhook-signature`, an HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use order::{Webhook, WebhookKind};
use serde::Serialize;
use sha2::Sha256;

/// What stands before the base64 of a secret.
const SECRET_PREFIX: &str = "whsec_";
/// Standard Webhooks asks for 24 to 64 bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret shared with the merchant's systems (`WEBHOOK_SECRET`, and `WEBHOOK_SECRET_PREVIOUS` while it is changed).
/// No Debug, no Display.
pub(crate) struct WebhookSecret(Vec<u8>);

impl WebhookSecret {
    /// Takes `whsec_` and the base64 of 24 to 64 random bytes.
    pub(crate) fn new(text: &str) -> Result<Self, &'static str> {
        const RULE: &str = "it must be whsec_ and the base64 of 24 to 64 random bytes";
        let encoded = text.strip_prefix(SECRET_PREFIX).ok_or(RULE)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| RULE)?;
        if SECRET_BYTES.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(RULE) }
    }

    /// One signature: its version and the base64 of the hash.
    fn sign(&self, id: &str, timestamp_s: i64, body: &str) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("{id}.{timestamp_s}.{body}").as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// The header `webhook-signature`: one signature per secret, with spaces between them. A receiver accepts a message
/// of which one signature is right, so it may know the new secret already, or still the one before.
pub(crate) fn signatures(
    secrets: &[WebhookSecret],
    id: &str,
    timestamp_s: i64,
    body: &str,
) -> Option<String> {
    let signatures =
        secrets.iter().map(|secret| secret.sign(id, timestamp_s, body)).collect::<Option<Vec<_>>>()?;
    (!signatures.is_empty()).then(|| signatures.join(" "))
}

#[derive(Serialize)]
struct Envelope<'a> {
    r#type: WebhookKind,
    timestamp: i64,
    data: &'a Webhook,
}

/// The body: `type`, `timestamp` (ms, when it happened) and `data`.
pub(crate) fn body(webhook: &Webhook, at_ms: i64) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Envelope { r#type: webhook.kind, timestamp: at_ms, data: webhook })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_published_example_of_standard_webhooks() {
        let secret = WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_the_secret_is_changed_a_message_has_a_signature_by_each_the_new_one_first() {
        let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]
            .map(|text| WebhookSecret::new(text).unwrap());
        let each = secrets.each_ref().map(|secret| secret.sign("msg_1", 1_614_265_330, "{}").unwrap());
        assert_ne!(each[0], each[1]);
        assert_eq!(signatures(&secrets, "msg_1", 1_614_265_330, "{}").unwrap(), each.join(" "));
        assert_eq!(signatures(&[], "msg_1", 1_614_265_330, "{}"), None, "a message is never sent unsigned");
    }

    const README: &str = include_str!("../README.md");

    /// The examples of webhooks in the README, each with its type.
    fn examples() -> Vec<serde_json::Value> {
        README
            .lines()
            .filter(|line| line.starts_with(r#"{"type":"#))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn the_readme_shows_a_webhook_of_each_type_as_it_is_sent() {
        let mut shown = Vec::new();
        for example in examples() {
            let webhook: Webhook = serde_json::from_value(example["data"].clone()).unwrap();
            let sent = body(&webhook, example["timestamp"].as_i64().unwrap()).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&sent).unwrap(), example);
            shown.push(webhook.kind);
        }
        for kind in [
            WebhookKind::OrderPaid,
            WebhookKind::OrderClosed,
            WebhookKind::OrderFailed,
            WebhookKind::OrderException,
            WebhookKind::RefundUpdated,
        ] {
            assert!(shown.contains(&kind), "{kind:?}");
        }
    }

    #[test]
    fn a_secret_of_another_form_is_refused_without_repeating_it() {
        for bad in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_***"] {
            let refusal = WebhookSecret::new(bad).err().unwrap();
            assert!(refusal.contains("whsec_"));
        }
    }
}
