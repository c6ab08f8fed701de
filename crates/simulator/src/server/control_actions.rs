//! Control routes that make something happen: refunds by hand, hostile messages, and replays of recorded
//! calls.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use simulator::gateway::{ByHand, Call, Harm, NotMade, Receipt, Request};

use super::delivery;
use super::document::{Document, refused};
use super::server_state::ServerState;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostileRequest {
    out_trade_no: String,
    /// The name of one message. Left out: every message that a receiver must not accept.
    name: Option<String>,
}

/// Sends hostile messages about an order to its `notify_url`, one after another, and lists the replies.
pub(crate) async fn hostile(
    State(server): State<Arc<ServerState>>,
    Document(asked): Document<HostileRequest>,
) -> Response {
    let now_ms = server.clock.now_ms();
    let (found, content_type) = {
        let mut gateway = server.gateway();
        match gateway.hostile_v3(now_ms, &asked.out_trade_no) {
            Some(of_v3) => (Some(of_v3), "application/json"),
            None => (gateway.hostile(now_ms, &asked.out_trade_no), "text/xml"),
        }
    };
    let Some((url, mut messages)) = found else {
        return refused(StatusCode::NOT_FOUND, "no order has this number");
    };
    let names: Vec<&str> = messages.iter().map(|message| message.name).collect();
    match &asked.name {
        Some(name) => messages.retain(|message| message.name == name),
        None => messages.retain(|message| message.harm == Harm::Hole),
    }
    if messages.is_empty() {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, &format!("there are: {}", names.join(", ")));
    }
    let mut replies: Vec<Value> = Vec::new();
    for message in messages {
        let receipt = {
            let head = delivery::Head { content_type, headers: &message.headers };
            delivery::post(&server.http, &url, "HOSTILE", head, message.body).await
        };
        replies.push(match receipt {
            Receipt::Replied { status, body, took_ms } => json!({
                "name": message.name, "what": message.what, "status": status, "took_ms": took_ms,
                "reply": String::from_utf8_lossy(&body),
            }),
            Receipt::Nothing { why } => {
                json!({ "name": message.name, "what": message.what, "no_reply": why })
            }
        });
    }
    server.log("hostile", &replies);
    Json(replies).into_response()
}

/// Refunds as a person does in the merchant platform.
pub(crate) async fn refund(
    State(server): State<Arc<ServerState>>,
    Document(asked): Document<ByHand>,
) -> Response {
    let now_ms = server.clock.now_ms();
    let made = server.gateway().refund_by_hand(now_ms, &asked);
    server.changed();
    match made {
        Ok(made) => {
            server.log("refund-by-hand", &made);
            Json(made).into_response()
        }
        Err(NotMade::UnknownOrder) => refused(StatusCode::NOT_FOUND, "no order has this number"),
        Err(NotMade::Refused(why)) => refused(StatusCode::CONFLICT, &why),
    }
}

/// A recorded call: either `call` and `request` from a line of the log, or its `number` in this run.
#[derive(Debug, Deserialize)]
pub(crate) struct Recorded {
    number: Option<u64>,
    call: Option<Call>,
    request: Option<String>,
}

/// Makes a recorded call again and shows today's answer. The replay always has the client certificate.
pub(crate) async fn replay(
    State(server): State<Arc<ServerState>>,
    Document(recorded): Document<Recorded>,
) -> Response {
    let (call, body) = match recorded {
        Recorded { call: Some(call), request: Some(request), .. } => (call, request),
        Recorded { number: Some(number), .. } => {
            let gateway = server.gateway();
            let known = gateway.exchanges().find(|exchange| exchange.number == number);
            let found = known.and_then(|exchange| {
                let call = Call::ALL.into_iter().find(|call| call.name() == exchange.call)?;
                Some((call, exchange.request.clone()))
            });
            let Some(found) = found else {
                return refused(StatusCode::NOT_FOUND, "no exchange that is kept has this number");
            };
            found
        }
        Recorded { .. } => {
            let needed = "give the number of an exchange of this run, or call and request as a log has them";
            return refused(StatusCode::UNPROCESSABLE_ENTITY, needed);
        }
    };
    let now_ms = server.clock.now_ms();
    let request = Request { method: "POST", body: body.as_bytes(), client_certificate: true };
    let exchange = {
        let mut gateway = server.gateway();
        gateway.call(now_ms, call, &request);
        gateway.exchanges().next_back().cloned()
    };
    server.log("exchange", &exchange);
    server.changed();
    Json(exchange).into_response()
}
