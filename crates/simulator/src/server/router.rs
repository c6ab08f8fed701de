//! Every path of the server.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::server_state::ServerState;
use super::{control, control_actions, gateway_routes, live, phone};

/// A photograph of a screen fits.
const PICTURE_LIMIT_BYTES: usize = 16 * 1024 * 1024;

pub(crate) fn router(server: Arc<ServerState>) -> Router {
    Router::new()
        .route("/", get(live::html))
        .route("/live.css", get(live::css))
        .route("/live.js", get(live::script))
        .route("/phone", get(phone::html))
        .route("/phone/phone.css", get(phone::css))
        .route("/phone/phone.js", get(phone::script))
        .route("/phone/texts.js", get(phone::texts))
        .route("/phone/scan", post(phone::scan))
        .route("/phone/pay", post(phone::pay))
        .route("/phone/refuse", post(phone::refuse))
        .route("/phone/decode", post(phone::decode).layer(DefaultBodyLimit::max(PICTURE_LIMIT_BYTES)))
        .route("/control/orders", get(control::orders))
        .route("/control/orders/{out_trade_no}", get(control::order))
        .route("/control/exchanges", get(control::exchanges))
        .route("/control/notifications", get(control::notifications))
        .route("/control/faults", get(control::faults).put(control::set_faults).delete(control::reset_faults))
        .route("/control/overview", get(live::overview))
        .route("/control/hostile", post(control_actions::hostile))
        .route("/control/refund", post(control_actions::refund))
        .route("/control/replay", post(control_actions::replay))
        .route("/control/fault-names", get(control::fault_names))
        .route("/control/clock", get(control::clock).post(control::advance_clock))
        .route("/healthz", get(control::health))
        .fallback(gateway_routes::call)
        .with_state(server)
}
