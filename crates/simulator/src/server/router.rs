//! Every path of the server.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::server_state::ServerState;
use super::{control, control_actions, gateway_routes, live_view, phone_routes, static_files, v3_routes};

/// Large enough for a photograph of a screen.
const MAX_PICTURE_BYTES: usize = 16 * 1024 * 1024;

pub(crate) fn router(server: Arc<ServerState>) -> Router {
    Router::new()
        .route("/", get(static_files::live_html))
        .route("/live.css", get(static_files::live_css))
        .route("/live.js", get(static_files::live_script))
        .route("/phone", get(static_files::phone_html))
        .route("/phone/phone.css", get(static_files::phone_css))
        .route("/phone/phone.js", get(static_files::phone_script))
        .route("/phone/texts.js", get(static_files::phone_texts))
        .route("/phone/scan", post(phone_routes::scan))
        .route("/phone/pay", post(phone_routes::pay))
        .route("/phone/refuse", post(phone_routes::refuse))
        .route("/phone/decode", post(phone_routes::decode).layer(DefaultBodyLimit::max(MAX_PICTURE_BYTES)))
        .route("/control/orders", get(control::orders))
        .route("/control/orders/{out_trade_no}", get(control::order))
        .route("/control/exchanges", get(control::exchanges))
        .route("/control/notifications", get(control::notifications))
        .route("/control/faults", get(control::faults).put(control::set_faults).delete(control::reset_faults))
        .route("/control/overview", get(live_view::overview))
        .route("/control/hostile", post(control_actions::hostile))
        .route("/control/refund", post(control_actions::refund))
        .route("/control/v3/keys", get(v3_routes::keys))
        .route("/control/v3/rotation", post(v3_routes::rotate))
        .route("/control/replay", post(control_actions::replay))
        .route("/control/fault-names", get(control::fault_names))
        .route("/control/clock", get(control::clock).post(control::advance_clock))
        .route("/healthz", get(control::health))
        .fallback(gateway_routes::call)
        .with_state(server)
}
