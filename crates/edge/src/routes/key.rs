//! `GET /admin/api/key`: what the key of this request is called and may do, and the shop's time zone. The
//! back office asks it first.

use crate::config::Config;
use crate::failure::Failure;
use crate::platform::http::{Answer, Response};

/// The key of this name.
pub(crate) fn answer(config: &Config, key: &str) -> Result<Response, Failure> {
    // Neither the name of a key nor that of a zone has a character that JSON would escape.
    let (roles, zone) = (config.admin_keys.roles_of(key).join("\",\""), &config.time_zone);
    let body = format!(r#"{{"name":"{key}","roles":["{roles}"],"time_zone":"{zone}"}}"#);
    Ok(Answer::new(200).text("application/json", body))
}
