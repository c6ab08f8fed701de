//! What kind of shop this Worker serves: `GET /api/shop`.

use serde::{Deserialize, Serialize};

/// Whether real money moves here.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Shop {
    /// Real money.
    Live,
    /// The gateway is the simulator.
    Demo {
        /// The page of the simulated phone. `#code=<code_url, percent-encoded>` gives it a code.
        phone_url: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_of_both_modes_keeps_its_form() {
        assert_eq!(serde_json::to_string(&Shop::Live).unwrap(), r#"{"mode":"live"}"#);
        assert_eq!(
            serde_json::to_string(&Shop::Demo { phone_url: "http://127.0.0.1:8788/phone".into() }).unwrap(),
            r#"{"mode":"demo","phone_url":"http://127.0.0.1:8788/phone"}"#
        );
    }
}
