//! The phone's requests: a scan, a payment, a refusal by the bank, and a picture to read.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::decode;
use super::document::{Document, refused};
use super::server_state::ServerState;

/// A code that the phone has scanned.
#[derive(Debug, Deserialize)]
pub(crate) struct ScannedCode {
    code_url: String,
    /// The account that holds the phone. Only the first account that scans a code may pay it.
    #[serde(default = "owner")]
    payer: String,
}

fn owner() -> String {
    "me".to_owned()
}

pub(crate) async fn scan(
    State(server): State<Arc<ServerState>>,
    Document(scanned): Document<ScannedCode>,
) -> Response {
    let now_ms = server.clock.now_ms();
    let scan = server.gateway().scan(now_ms, scanned.code_url.trim(), &scanned.payer);
    server.changed();
    Json(scan).into_response()
}

/// Answers 200 and `result: "paid"`, or 409 and what a scan shows.
pub(crate) async fn pay(
    State(server): State<Arc<ServerState>>,
    Document(scanned): Document<ScannedCode>,
) -> Response {
    let now_ms = server.clock.now_ms();
    let paid = server.gateway().pay(now_ms, scanned.code_url.trim(), &scanned.payer);
    server.changed();
    match paid {
        Ok(paid) => with_result("paid", &paid, StatusCode::OK),
        Err(scan) => with_result("refused", &*scan, StatusCode::CONFLICT),
    }
}

pub(crate) async fn refuse(
    State(server): State<Arc<ServerState>>,
    Document(scanned): Document<ScannedCode>,
) -> Response {
    let now_ms = server.clock.now_ms();
    let scan = server.gateway().refuse(now_ms, scanned.code_url.trim(), &scanned.payer);
    server.changed();
    with_result("refused", &scan, StatusCode::OK)
}

fn with_result(result: &str, what: &impl serde::Serialize, status: StatusCode) -> Response {
    let mut document = serde_json::to_value(what).unwrap_or_else(|_| json!({}));
    document["result"] = json!(result);
    (status, Json(document)).into_response()
}

/// Reads the picture in the body. Answers `{"code_url"}`, or `{"message"}` with status 422.
pub(crate) async fn decode(picture: Result<Bytes, BytesRejection>) -> Response {
    let picture = match picture {
        Ok(picture) => picture,
        Err(rejection) => return refused(rejection.status(), "This picture is too large: 16 MiB at most."),
    };
    // Unpacking a photograph takes a while, so it runs beside the calls and notifications.
    let read = tokio::task::spawn_blocking(move || decode::decode(&picture)).await;
    match read.unwrap_or_else(|_| Err("This picture cannot be read.".to_owned())) {
        Ok(code_url) => Json(json!({ "code_url": code_url })).into_response(),
        Err(message) => refused(StatusCode::UNPROCESSABLE_ENTITY, &message),
    }
}
