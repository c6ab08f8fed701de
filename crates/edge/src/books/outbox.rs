//! The webhooks about reports: signed and repeated as those of orders are.

use order::DeliveryResult;

use super::desk::Desk;
use super::store::Due;
use crate::config::WebhookReceiver;
use crate::failure::Failure;
use crate::object::delivery;
use crate::object::webhook::Sent;
use crate::platform::clock::now_ms;

/// Sends the webhooks that are due.
pub(super) async fn deliver(desk: &Desk) -> Result<(), Failure> {
    let store = desk.store()?;
    while let Some(webhook) = store.due_webhook(now_ms())? {
        let config = desk.config()?;
        let tries = webhook.tries.saturating_add(1);
        let result = match &config.webhook {
            Some(receiver) => send(&webhook, receiver).await,
            // Nobody wants it.
            None => DeliveryResult::Accepted,
        };
        let due_at_ms = match result {
            DeliveryResult::Accepted => None,
            DeliveryResult::Refused { why, retry_after_ms } => {
                worker::console_warn!("{} was not accepted (try {tries}): {why}", webhook.id);
                let pause_ms = order::webhook_pause_ms(tries);
                pause_ms.map(|pause_ms| now_ms().saturating_add(pause_ms.max(retry_after_ms.unwrap_or(0))))
            }
            DeliveryResult::Gone => {
                worker::console_warn!(
                    "{} was not accepted (try {tries}): the receiver answered HTTP 410",
                    webhook.id
                );
                None
            }
        };
        store.sent(&webhook.id, tries, due_at_ms)?;
    }
    Ok(())
}

async fn send(webhook: &Due, receiver: &WebhookReceiver) -> DeliveryResult {
    match Sent::of_body(webhook.body.clone(), &webhook.id, now_ms(), &receiver.secrets) {
        Ok(sent) => delivery::post(&sent, receiver).await,
        Err(why) => DeliveryResult::Refused { why: why.into(), retry_after_ms: None },
    }
}
