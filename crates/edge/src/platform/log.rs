//! The events of an order in the log, and in the metrics of a Worker that has any.

use serde::Serialize;
use worker::Env;

use crate::platform::environment;
use crate::platform::js::Dataset;

/// Writes one line of JSON. Cloudflare's log can then be searched by its fields.
pub(crate) fn event(line: &impl Serialize, is_for_a_person: bool) {
    // A line that cannot be written as JSON would be a defect. The event is in the order's own log, too.
    let Ok(json) = serde_json::to_string(line) else { return };
    if is_for_a_person { worker::console_warn!("{json}") } else { worker::console_log!("{json}") }
}

/// A point, as Analytics Engine takes it.
#[derive(Serialize)]
struct Point<'a> {
    indexes: [&'a str; 1],
    blobs: [&'a str; 2],
    doubles: [i64; 1],
}

/// The metrics of a Worker that has any.
pub(crate) struct Metrics(Dataset);

impl Metrics {
    /// Those of this Worker.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        environment::metrics(env).map(Self)
    }

    /// Writes a data point into Analytics Engine. Nobody waits for it, and if the platform refuses it,
    /// nothing else is lost.
    pub(crate) fn count(&self, (name, outcome, age_ms): (&str, &str, i64)) {
        let point = Point { indexes: [name], blobs: [name, outcome], doubles: [age_ms] };
        let json = serde_json::to_string(&point).unwrap_or_default();
        if let Ok(point) = js_sys::JSON::parse(&json) {
            drop(self.0.write_data_point(&point));
        }
    }
}
