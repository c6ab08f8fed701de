//! The paths of API v3, and what the control interface has for it: key files, and the change of the platform
//! certificate.

use std::sync::Arc;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use simulator::gateway::{RequestV3, Rotation};

use super::document::Document;
use super::gateway_routes::{MAX_BODY_BYTES, answered};
use super::listen::ByTls;
use super::server_state::ServerState;

/// Whether a path is one of API v3.
pub(crate) fn is_v3(path: &str) -> bool {
    path.starts_with("/v3/")
}

/// One call of API v3.
pub(crate) async fn call(server: Arc<ServerState>, request: Request) -> Response {
    let method = request.method().clone();
    // The caller signs these characters, so they are passed on as they came.
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let scheme = if request.extensions().get::<ByTls>().is_some() { "https" } else { "http" };
    let host = headers.iter().find(|(name, _)| name == "host").map_or("127.0.0.1", |(_, host)| host.as_str());
    let origin = format!("{scheme}://{host}");
    let Ok(body) = to_bytes(request.into_body(), MAX_BODY_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long").into_response();
    };
    let now_ms = server.clock.now_ms();
    let asked = RequestV3 {
        method: method.as_str(),
        target: &target,
        headers: &headers,
        body: &body,
        origin: &origin,
    };
    let (reply, exchange) = {
        let mut gateway = server.gateway();
        let reply = gateway.call_v3(now_ms, &asked);
        (reply, gateway.exchanges().next_back().cloned())
    };
    answered(&server, reply, exchange).await
}

/// The key files of the merchants, and WeChat Pay's public key.
pub(crate) async fn keys(State(server): State<Arc<ServerState>>) -> Response {
    let now_ms = server.clock.now_ms();
    let keys = server.gateway().keys_v3(now_ms);
    Json(keys).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotate {
    /// Left out: the next step.
    to: Option<Rotation>,
}

/// Moves the platform certificates to a step of their change.
pub(crate) async fn rotate(
    State(server): State<Arc<ServerState>>,
    Document(asked): Document<Rotate>,
) -> Response {
    let now_ms = server.clock.now_ms();
    let rotation = server.gateway().rotate(now_ms, asked.to);
    Json(json!({ "rotation": rotation })).into_response()
}
