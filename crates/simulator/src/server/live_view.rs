//! The one document that the live view polls.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use simulator::gateway::Call;

use super::server_state::ServerState;

/// The most orders, exchanges and notifications that are shown.
const MAX_SHOWN: usize = 100;

/// Everything the live view shows, newest first.
pub(crate) async fn overview(State(server): State<Arc<ServerState>>) -> Response {
    let now_ms = server.clock.now_ms();
    let document = {
        let gateway = server.gateway();
        let orders: Vec<_> = gateway.newest_orders(now_ms, MAX_SHOWN);
        let exchanges: Vec<_> = gateway.exchanges().rev().take(MAX_SHOWN).collect();
        let notifications: Vec<_> = gateway.notifications().iter().rev().take(MAX_SHOWN).collect();
        let merchants: Vec<_> = gateway
            .merchants()
            .iter()
            .map(|merchant| {
                json!({
                    "name": merchant.name,
                    "mch_id": merchant.mch_id,
                    "fee_type": merchant.fee_type,
                    "refund_notify_url": merchant.refund_notify_url(),
                })
            })
            .collect();
        json!({
            "now_ms": now_ms,
            "ahead_ms": server.clock.ahead_ms(),
            "merchants": merchants,
            "calls": Call::ALL,
            "orders": orders,
            "exchanges": exchanges,
            "notifications": notifications,
            "switches": gateway.switches(),
        })
    };
    Json(document).into_response()
}
