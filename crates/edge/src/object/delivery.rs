//! Hands one message of the outbox over: a webhook to the merchant, a row to the index.
//!
//! A receiver that is not configured counts as having accepted: a row nobody waits for would wake the
//! object for ever.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use js_sys::Promise;
use order::{Delivery, DeliveryResult, Message, OutboxRow, Webhook};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};
use worker::Env;

use crate::config::{Config, WebhookReceiver};
use crate::http::PlatformFailure;
use crate::index::Index;
use crate::object::runner::now_ms;
use crate::timer::{TimeLimit, Timer};
use crate::webhook;

/// How long a receiver may take to accept a webhook.
const TIME_LIMIT_MS: u32 = 10_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    fn global_fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// Delivers one row, within a time limit of its own, and says what became of it.
pub(crate) async fn deliver(row: &OutboxRow, env: &Env, config: &Config) -> Delivery {
    let delivered = match &row.message {
        Message::Index(index_row) => match Index::of(env) {
            Some(index) => within(TIME_LIMIT_MS, index.write(index_row)).await,
            None => Ok(()),
        },
        Message::Webhook(webhook) => match &config.webhook {
            Some(receiver) => send(row, webhook, receiver).await,
            None => Ok(()),
        },
    };
    let result = match delivered {
        Ok(()) => DeliveryResult::Accepted,
        Err(failure) => {
            worker::console_warn!("{} was not accepted (try {}): {failure}", row.id, row.tries);
            DeliveryResult::Refused { why: failure.to_string(), retry_after_ms: None }
        }
    };
    Delivery { id: row.id.clone(), result }
}

/// Waits for work, but not for ever.
async fn within(
    limit_ms: u32,
    work: impl Future<Output = Result<(), PlatformFailure>>,
) -> Result<(), PlatformFailure> {
    let (over, _timer) = Timer::promise(limit_ms);
    let (mut work, mut over) = (pin!(work), pin!(JsFuture::from(over)));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(done),
        Poll::Pending => over
            .as_mut()
            .poll(context)
            .map(|_| Err(PlatformFailure(format!("no answer within {limit_ms} ms")))),
    })
    .await
}

async fn send(row: &OutboxRow, webhook: &Webhook, receiver: &WebhookReceiver) -> Result<(), PlatformFailure> {
    let body = webhook::body(webhook, row.at_ms).map_err(|error| PlatformFailure(error.to_string()))?;
    let timestamp_s = now_ms().checked_div(1000).unwrap_or(0);
    let signature = receiver
        .secret
        .sign(&row.id, timestamp_s, &body)
        .ok_or_else(|| PlatformFailure("the webhook could not be signed".into()))?;
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    headers.set("webhook-id", &row.id)?;
    headers.set("webhook-timestamp", &timestamp_s.to_string())?;
    headers.set("webhook-signature", &signature)?;
    let limit = TimeLimit::of(TIME_LIMIT_MS)?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&body.into());
    init.set_signal(Some(&limit.signal()));
    let response: Response = JsFuture::from(global_fetch(&receiver.url, &init)?).await?.unchecked_into();
    if response.ok() {
        Ok(())
    } else {
        Err(PlatformFailure(format!("the receiver answered {}", response.status())))
    }
}
