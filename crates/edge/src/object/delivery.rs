//! Delivers one message of the outbox: a webhook to the merchant, or a row to the index.
//!
//! [`webhook`] decides what a webhook looks like and what an answer to it means. If no receiver is
//! configured, the message counts as accepted; otherwise a row that nobody wants would wake the object for
//! ever.

use api::Download;
use order::{Delivery, DeliveryResult, DetailsText, IndexRow, Message, OutboxRow, Webhook};
use worker::Env;

use crate::config::{Config, WebhookReceiver};
use crate::index::sharded::Index;
use crate::object::webhook::{self, Sent};
use crate::platform::clock::now_ms;
use crate::platform::post::{Connection, NoAnswer, Post};
use crate::platform::timer::{TimeLimit, TooLate};

/// How long a receiver may take to accept a webhook. Some receivers work first and answer afterwards, so they
/// get the time that senders of Standard Webhooks usually give.
const WEBHOOK_TIME_LIMIT_MS: u32 = 15_000;
/// How long the index may take. If a row is written later, its version guards it.
const INDEX_TIME_LIMIT_MS: u32 = 10_000;

/// Delivers one row, within its own time limit, and says how that ended. The details go to the merchant with
/// each webhook, and to the index if they are given; the links to what was bought go with the webhook alone.
pub(crate) async fn deliver(
    row: &OutboxRow,
    details: Option<&DetailsText>,
    downloads: &[Download],
    env: &Env,
    config: &Config,
) -> Delivery {
    let result = match &row.message {
        Message::Index(index_row) => write(index_row, details, env).await,
        Message::Webhook(webhook) => match &config.webhook {
            Some(receiver) => send(row, webhook, details, downloads, receiver).await,
            None => DeliveryResult::Accepted,
        },
    };
    match &result {
        DeliveryResult::Accepted => {}
        DeliveryResult::Refused { why, .. } => {
            worker::console_warn!("{} was not accepted (try {}): {why}", row.id, row.tries);
        }
        DeliveryResult::Gone => {
            worker::console_warn!(
                "{} was not accepted (try {}): the receiver answered HTTP 410",
                row.id,
                row.tries
            );
        }
    }
    Delivery { id: row.id.clone(), result }
}

async fn write(row: &IndexRow, details: Option<&DetailsText>, env: &Env) -> DeliveryResult {
    let Some(index) = Index::of(env) else { return DeliveryResult::Accepted };
    match TimeLimit::of(INDEX_TIME_LIMIT_MS).within(index.write(row, details)).await {
        Ok(Ok(())) => DeliveryResult::Accepted,
        Ok(Err(failure)) => refused(format!("the index: {failure}")),
        Err(TooLate) => refused(format!("the index took longer than {INDEX_TIME_LIMIT_MS} ms")),
    }
}

async fn send(
    row: &OutboxRow,
    webhook: &Webhook,
    details: Option<&DetailsText>,
    downloads: &[Download],
    receiver: &WebhookReceiver,
) -> DeliveryResult {
    match Sent::new(webhook, details, downloads, &row.id, row.at_ms, now_ms(), &receiver.secrets) {
        Ok(sent) => post(&sent, receiver).await,
        Err(why) => refused(why.into()),
    }
}

/// Sends a webhook to the receiver, and says what its answer means.
pub(crate) async fn post(sent: &Sent, receiver: &WebhookReceiver) -> DeliveryResult {
    let now_ms = now_ms();
    let headers = sent.headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let post = Post {
        url: &receiver.url,
        headers: &headers,
        body: &sent.body,
        time_limit_ms: WEBHOOK_TIME_LIMIT_MS,
    };
    match Connection::Plain.post(&post).await {
        Ok(answer) => {
            let mut result = webhook::verdict(answer.status, answer.retry_after_ms(now_ms));
            match &mut result {
                DeliveryResult::Accepted => answer.let_finish().await,
                DeliveryResult::Refused { why, .. } => {
                    let words = answer.beginning().await;
                    if !words.is_empty() {
                        why.push_str(": ");
                        why.push_str(&words);
                    }
                }
                DeliveryResult::Gone => {}
            }
            result
        }
        Err(NoAnswer::Redirected { status, to }) => refused(format!(
            "the receiver answered HTTP {status}, a redirect to {to}. Redirects are not followed: put the last address into WEBHOOK_URL"
        )),
        Err(no_answer) => refused(format!("the receiver: {no_answer}")),
    }
}

fn refused(why: String) -> DeliveryResult {
    DeliveryResult::Refused { why, retry_after_ms: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_has_fifteen_seconds_and_is_given_up_before_the_order_sends_it_again() {
        assert_eq!(WEBHOOK_TIME_LIMIT_MS, 15_000);
        for limit_ms in [WEBHOOK_TIME_LIMIT_MS, INDEX_TIME_LIMIT_MS] {
            assert!(i64::from(limit_ms) < order::DELIVERY_DEADLINE_MS);
        }
    }
}
