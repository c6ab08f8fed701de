//! Webhooks to the merchant's systems: the form, the signature, and what an answer means. Pure.
//!
//! The form is that of Standard Webhooks (standardwebhooks.com), so that each of its libraries can verify
//! them. There are three headers: `webhook-id` (the same in all deliveries), `webhook-timestamp` and
//! `webhook-signature`, an HMAC-SHA256 of `id.timestamp.body`.

use api::Download;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use order::{DeliveryResult, DetailsText, Webhook, WebhookKind};
use serde::Serialize;

use crate::secret::WebhookSecret;

impl WebhookSecret {
    /// One signature: its version and the base64 of the hash.
    fn sign(&self, id: &str, timestamp_s: i64, body: &str) -> Option<String> {
        let mut mac = self.mac()?;
        mac.update(format!("{id}.{timestamp_s}.{body}").as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// A webhook in the form in which it is sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Names and values.
    pub(crate) headers: [(&'static str, String); 4],
    /// JSON: `type`, `timestamp` (ms, when it happened) and `data`.
    pub(crate) body: String,
}

/// The status with which a receiver says that it wants no more of these webhooks.
const GONE: u16 = 410;

impl Sent {
    /// The webhook with this id about an event at `at_ms`, sent at `now_ms`, with what was bought and said.
    /// The id is the same in all deliveries; the time in the header is the time of this delivery. Without a
    /// secret this fails, so no webhook goes out unsigned.
    pub(crate) fn new(
        webhook: &Webhook,
        details: Option<&DetailsText>,
        downloads: &[Download],
        id: &str,
        at_ms: i64,
        now_ms: i64,
        secrets: &[WebhookSecret],
    ) -> Result<Self, &'static str> {
        let body =
            body(webhook, details, downloads, at_ms).map_err(|_| "the webhook could not be written")?;
        Self::of_body(body, id, now_ms, secrets)
    }

    /// The same for a body that is written already.
    pub(crate) fn of_body(
        body: String,
        id: &str,
        now_ms: i64,
        secrets: &[WebhookSecret],
    ) -> Result<Self, &'static str> {
        let timestamp_s = now_ms.div_euclid(1000);
        let signatures =
            signatures(secrets, id, timestamp_s, &body).ok_or("the webhook could not be signed")?;
        let headers = [
            ("content-type", "application/json".into()),
            ("webhook-id", id.into()),
            ("webhook-timestamp", timestamp_s.to_string()),
            ("webhook-signature", signatures),
        ];
        Ok(Self { headers, body })
    }
}

/// The body of the event by which a merchant tries the receiver. It is about no order.
pub(crate) fn test_event(at_ms: i64) -> String {
    format!(r#"{{"type":"readiness.test","timestamp":{at_ms},"data":{{"kind":"readiness.test"}}}}"#)
}

/// What the status of the receiver's answer means. Only a 2xx means accepted; the body does not matter.
pub(crate) fn verdict(status: u16, retry_after_ms: Option<i64>) -> DeliveryResult {
    match status {
        200..300 => DeliveryResult::Accepted,
        GONE => DeliveryResult::Gone,
        _ => DeliveryResult::Refused { why: format!("the receiver answered HTTP {status}"), retry_after_ms },
    }
}

/// The header `webhook-signature`: one signature per secret, with spaces between them. A receiver accepts a
/// message if one signature is right, so it may know either the new secret or still the previous one.
fn signatures(secrets: &[WebhookSecret], id: &str, timestamp_s: i64, body: &str) -> Option<String> {
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

/// The details are added to `data`, so that they are not kept again with each webhook that waits, and are
/// gone from all of them when they are removed.
fn body(
    webhook: &Webhook,
    details: Option<&DetailsText>,
    downloads: &[Download],
    at_ms: i64,
) -> Result<String, serde_json::Error> {
    let mut json =
        serde_json::to_string(&Envelope { r#type: webhook.kind, timestamp: at_ms, data: webhook })?;
    json.pop();
    json = DetailsText::added_to(json, details);
    if !downloads.is_empty() {
        json.pop();
        json.push_str(",\"downloads\":");
        json.push_str(&serde_json::to_string(downloads)?);
        json.push('}');
    }
    json.push('}');
    Ok(json)
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

    fn secrets<const N: usize>(texts: [&str; N]) -> [WebhookSecret; N] {
        texts.map(|text| WebhookSecret::new(text).unwrap())
    }

    #[test]
    fn a_webhook_is_sent_letter_by_letter_as_receivers_know_it() {
        let paid = paid();
        let by = secrets(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]);
        let sent = Sent::new(
            &paid,
            Some(&details(examples()[0])),
            &[],
            "Hsofd-3",
            1_772_323_200_000,
            1_772_323_261_999,
            &by,
        )
        .unwrap();
        assert_eq!(
            sent.body,
            REFERENCE.lines().find(|line| line.starts_with(r#"{"type":"order.paid""#)).unwrap()
        );
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", "Hsofd-3"),
            // The time of sending, in seconds. A receiver refuses a webhook that is older than some minutes.
            ("webhook-timestamp", "1772323261"),
            // Made by openssl from `Hsofd-3.1772323261.` and the body.
            ("webhook-signature", "v1,Df4AEdqFSM1Bo8t5tftNpjBdNRqvkFPjcBqadFl19nU="),
        ];
        assert_eq!(sent.headers, headers.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn a_webhook_is_never_sent_unsigned() {
        let paid = paid();
        assert_eq!(Sent::new(&paid, None, &[], "Hsofd-3", 0, 0, &[]), Err("the webhook could not be signed"));
    }

    #[test]
    fn only_a_2xx_is_accepted_only_a_410_ends_it_and_all_else_is_sent_again() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(verdict(status, None), DeliveryResult::Accepted, "{status}");
        }
        assert_eq!(verdict(410, Some(5_000)), DeliveryResult::Gone);
        for status in [100, 199, 300, 400, 401, 404, 409, 411, 429, 500, 503, 599] {
            let why = format!("the receiver answered HTTP {status}");
            let refused = DeliveryResult::Refused { why, retry_after_ms: Some(5_000) };
            assert_eq!(verdict(status, Some(5_000)), refused, "{status}");
        }
    }

    #[test]
    fn while_the_secret_is_changed_a_message_has_a_signature_by_each_the_new_one_first() {
        let secrets =
            secrets(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]);
        let each = secrets.each_ref().map(|secret| secret.sign("msg_1", 1_614_265_330, "{}").unwrap());
        assert_ne!(each[0], each[1]);
        assert_eq!(signatures(&secrets, "msg_1", 1_614_265_330, "{}").unwrap(), each.join(" "));
        assert_eq!(signatures(&[], "msg_1", 1_614_265_330, "{}"), None, "a message is never sent unsigned");
    }

    const REFERENCE: &str = include_str!("../../../../docs/webhooks.md");

    /// What was bought and said in an example, letter by letter.
    fn details(example: &str) -> DetailsText {
        let (_, members) = example.split_once(",\"lines\":").unwrap();
        DetailsText::from_stored(format!("{{\"lines\":{}", members.strip_suffix('}').unwrap()))
    }

    #[test]
    fn a_webhook_of_an_order_without_lines_has_none() {
        let paid = paid();
        assert!(body(&paid, None, &[], 0).unwrap().ends_with(r#","lines":[]}}"#));
    }

    #[test]
    fn a_webhook_of_files_has_their_links_behind_what_was_bought() {
        let link = Download {
            name: "Book".into(),
            url: "https://pay.example.com/download/H1/1".into(),
            expires_at_ms: 5,
        };
        let json = body(&paid(), Some(&details(examples()[0])), &[link], 0).unwrap();
        let end = r#""shopper":{"email":"shopper@example.com"},"downloads":[{"name":"Book","url":"https://pay.example.com/download/H1/1","expires_at_ms":5}]}}"#;
        assert!(json.ends_with(end), "{json}");
    }

    /// The examples of webhooks in docs/webhooks.md about an order, as they are sent.
    fn examples() -> Vec<&'static str> {
        let is_of_an_order = |line: &&str| line.starts_with(r#"{"type":"#) && line.contains(r#""lines":"#);
        REFERENCE.lines().filter(is_of_an_order).collect()
    }

    /// The first example: an order is paid.
    fn paid() -> Webhook {
        let example: serde_json::Value = serde_json::from_str(examples()[0]).unwrap();
        serde_json::from_value(example["data"].clone()).unwrap()
    }

    #[test]
    fn the_test_event_is_shown_as_it_is_sent() {
        let event = test_event(1_772_323_200_000);
        assert!(REFERENCE.lines().any(|line| line == event), "{event}");
    }

    #[test]
    fn the_reference_shows_a_webhook_of_each_type_as_it_is_sent() {
        let mut shown = Vec::new();
        for text in examples() {
            let example: serde_json::Value = serde_json::from_str(text).unwrap();
            let webhook: Webhook = serde_json::from_value(example["data"].clone()).unwrap();
            let at_ms = example["timestamp"].as_i64().unwrap();
            let sent = body(&webhook, Some(&details(text)), &[], at_ms).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&sent).unwrap(), example);
            shown.push(webhook.kind);
        }
        for kind in [
            WebhookKind::OrderPaid,
            WebhookKind::OrderDelivered,
            WebhookKind::OrderClosed,
            WebhookKind::OrderFailed,
            WebhookKind::OrderException,
            WebhookKind::RefundUpdated,
        ] {
            assert!(shown.contains(&kind), "{kind:?}");
        }
    }
}
