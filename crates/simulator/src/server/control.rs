//! The control interface: what happened, the switches, and the clock.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use simulator::gateway::{FaultName, Switches};

use super::document::{Document, refused};
use super::server_state::ServerState;

pub(crate) async fn health() -> &'static str {
    "ok\n"
}

pub(crate) async fn orders(State(server): State<Arc<ServerState>>) -> Response {
    let now_ms = server.clock.now_ms();
    Json(server.gateway().orders(now_ms)).into_response()
}

pub(crate) async fn order(
    State(server): State<Arc<ServerState>>,
    number: Result<Path<String>, PathRejection>,
) -> Response {
    let now_ms = server.clock.now_ms();
    // A path that cannot be read as text is not the number of any order.
    match number.ok().and_then(|Path(out_trade_no)| server.gateway().order(now_ms, &out_trade_no)) {
        Some(order) => Json(order).into_response(),
        None => refused(StatusCode::NOT_FOUND, "no order has this number"),
    }
}

pub(crate) async fn exchanges(State(server): State<Arc<ServerState>>) -> Response {
    let exchanges: Vec<_> = server.gateway().exchanges().cloned().collect();
    Json(exchanges).into_response()
}

pub(crate) async fn notifications(State(server): State<Arc<ServerState>>) -> Response {
    let notifications = server.gateway().notifications().to_vec();
    Json(notifications).into_response()
}

/// The names of all faults, each with a sentence.
pub(crate) async fn fault_names() -> Response {
    let names = FaultName::ALL.iter().map(|name| json!({ "name": name, "what": name.what() }));
    Json(names.collect::<Vec<_>>()).into_response()
}

pub(crate) async fn faults(State(server): State<Arc<ServerState>>) -> Response {
    Json(server.gateway().switches()).into_response()
}

/// Sets the named switches. The others go back to how the program was started.
pub(crate) async fn set_faults(
    State(server): State<Arc<ServerState>>,
    Document(named): Document<Map<String, Value>>,
) -> Response {
    match with_named(&server.configured, named) {
        Ok(switches) => {
            server.gateway().switch(switches.clone());
            server.changed();
            Json(switches).into_response()
        }
        Err(problem) => refused(StatusCode::UNPROCESSABLE_ENTITY, &problem),
    }
}

pub(crate) async fn reset_faults(State(server): State<Arc<ServerState>>) -> Response {
    server.gateway().switch(server.configured.clone());
    server.changed();
    StatusCode::NO_CONTENT.into_response()
}

/// Puts the named switches over others. An unknown name is refused, not ignored.
pub(crate) fn with_named(switches: &Switches, named: Map<String, Value>) -> Result<Switches, String> {
    let mut document = serde_json::to_value(switches).map_err(|error| error.to_string())?;
    for (name, value) in named {
        document[name] = value;
    }
    let switches: Switches = serde_json::from_value(document).map_err(|error| error.to_string())?;
    switches.check()?;
    Ok(switches)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Advance {
    advance_ms: u32,
}

pub(crate) async fn clock(State(server): State<Arc<ServerState>>) -> Response {
    Json(json!({ "now_ms": server.clock.now_ms(), "ahead_ms": server.clock.ahead_ms() })).into_response()
}

pub(crate) async fn advance_clock(
    State(server): State<Arc<ServerState>>,
    Document(advance): Document<Advance>,
) -> Response {
    server.clock.advance(advance.advance_ms);
    server.changed();
    clock(State(server)).await
}
