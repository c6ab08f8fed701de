//! Carries notifications to merchants: one POST each, within five seconds. Redirects are not followed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use http_body_util::{BodyExt, Limited};
use hyper::{Request, header};
use simulator::gateway::{Delivery, REPLY_LIMIT_MS, Receipt};
use tokio::sync::Semaphore;

use super::http_client::HttpClient;
use super::server_state::ServerState;

/// The most deliveries under way at once. The others wait for a slot.
const MAX_AT_ONCE: usize = 64;
/// The most that is read of a reply. A reply has a few hundred bytes.
const MAX_REPLY_BYTES: usize = 16 * 1024;
/// The longest sleep before the clock is read again. Someone may have moved it.
const MAX_SLEEP_MS: u64 = 60_000;

/// Delivers what is due until the task is aborted.
pub(crate) async fn run(server: Arc<ServerState>) {
    let slots = Arc::new(Semaphore::new(MAX_AT_ONCE));
    loop {
        let now_ms = server.clock.now_ms();
        let (due, next_ms) = {
            let mut gateway = server.gateway();
            (gateway.due(now_ms), gateway.next_due_at_ms())
        };
        for delivery in due {
            tokio::spawn(deliver(server.clone(), slots.clone(), delivery));
        }
        let pause_ms = next_ms.map_or(MAX_SLEEP_MS, |next| u64::try_from(next - now_ms).unwrap_or(0));
        let pause = Duration::from_millis(pause_ms.min(MAX_SLEEP_MS));
        tokio::select! {
            () = server.change() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn deliver(server: Arc<ServerState>, slots: Arc<Semaphore>, delivery: Delivery) {
    // This always gets a slot: nobody closes the semaphore.
    let _slot = slots.acquire().await;
    let notification = delivery.notification;
    let head = Head { content_type: delivery.content_type, headers: &delivery.headers };
    let receipt =
        post(&server.http, &delivery.url, &delivery.request_id, head, delivery.body.into_bytes()).await;
    let now_ms = server.clock.now_ms();
    let record = {
        let mut gateway = server.gateway();
        gateway.delivered(now_ms, notification, &receipt);
        gateway.notifications().iter().find(|known| known.id == notification).cloned()
    };
    server.log("notification", &record);
    server.changed();
}

/// The headers of a delivery.
#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) content_type: &'static str,
    pub(crate) headers: &'a [(&'static str, String)],
}

/// Sends one delivery and returns what came back.
pub(crate) async fn post(
    http: &HttpClient,
    url: &str,
    request_id: &str,
    head: Head<'_>,
    body: Vec<u8>,
) -> Receipt {
    let started = Instant::now();
    let limit = Duration::from_millis(u64::from(REPLY_LIMIT_MS));
    match tokio::time::timeout(limit, exchange(http, url, request_id, head, body)).await {
        Ok(Ok((status, body))) => {
            let took_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
            Receipt::Replied { status, body: body.to_vec(), took_ms }
        }
        Ok(Err(why)) => Receipt::Nothing { why },
        Err(_) => Receipt::Nothing { why: format!("no reply within {REPLY_LIMIT_MS} ms") },
    }
}

async fn exchange(
    http: &HttpClient,
    url: &str,
    request_id: &str,
    head: Head<'_>,
    body: Vec<u8>,
) -> Result<(u16, Bytes), String> {
    let signed =
        head.headers.iter().fold(Request::post(url), |request, (name, value)| request.header(*name, value));
    let request = signed
        .header(header::CONTENT_TYPE, head.content_type)
        .header(header::USER_AGENT, "Mozilla/4.0")
        .header("Request-ID", request_id)
        .body(Body::from(body))
        .map_err(|error| format!("notify_url cannot be used: {error}"))?;
    let response = http.request(request).await.map_err(|error| no_connection(&error))?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), MAX_REPLY_BYTES).collect().await;
    let body = body.map_err(|error| format!("the reply broke off: {error}"))?;
    Ok((status, body.to_bytes()))
}

fn no_connection(error: &dyn std::error::Error) -> String {
    let cause = innermost(error);
    let remedy = if cause.contains("certificate") {
        ". For a test certificate start the simulator with --notify-ca FILE or --notify-insecure"
    } else {
        ""
    };
    format!("no connection: {cause}{remedy}")
}

/// The innermost cause is the one a person can use, such as "Connection refused".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
