//! Who may use the merchant's routes, and the audit log of each use.
//!
//! Every use is a line of the log: the name of the key, what was asked, the order, the HTTP status, the
//! address. A use that may change something, and one that the key's roles forbid, is also a row of the index,
//! because a log is kept for days and a row for ever. A wrong key is a line alone, and only as many lines as
//! the rate limit lets through: a stranger writes nothing into the database.
//!
//! A change never waits for the audit to be possible: money must not depend on the index. Each order's own
//! history names the key of each change, and is stored with the change itself. The table is an index of that.

use api::{Problem, ProblemCode};
use serde::Serialize;
use web_sys::Request;
use worker::Env;

use crate::config::Config;
use crate::failure::Failure;
use crate::index::audit::Noted;
use crate::index::sharded::Index;
use crate::platform::clock::now_ms;
use crate::platform::http::{self, Answer, Response};
use crate::platform::timer::TimeLimit;
use crate::routes::admission;
use crate::routes::route::AdminRoute;
use crate::secret::admin_key::Role;

/// How long an answer waits for its row of the audit log. After that the row is lost, and the line remains.
const PATIENCE_MS: u32 = 3_000;

/// One use of the merchant's routes.
#[derive(Serialize)]
pub(crate) struct Use {
    /// What was asked for; see `AdminRoute::about`.
    audit: &'static str,
    /// The key's name. A wrong key has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// The order that the path names.
    #[serde(skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<String>,
    /// The HTTP status of the answer.
    status: u16,
    /// Where the request came from.
    address: String,
    #[serde(skip)]
    is_kept: bool,
}

impl Use {
    /// The name of the key.
    pub(crate) fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// Writes the use down, with how it ended.
    pub(crate) async fn note(mut self, status: u16, env: &Env) {
        self.status = status;
        let line = serde_json::to_string(&self).unwrap_or_default();
        let refused = matches!(status, 401 | 403);
        if refused {
            worker::console_warn!("{line}")
        } else {
            worker::console_log!("{line}")
        }
        let Some(index) = Index::of(env).filter(|_| self.is_kept || (refused && self.key.is_some())) else {
            return;
        };
        let noted = Noted {
            key: self.key(),
            action: self.audit,
            out_trade_no: self.out_trade_no.as_deref(),
            status,
            address: &self.address,
        };
        let written = TimeLimit::of(PATIENCE_MS).within(index.note_use(now_ms(), &noted)).await;
        match written {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => worker::console_error!("the audit log has no row of this: {line}: {failure}"),
            Err(_) => {
                worker::console_error!("the audit log may have no row of this: {line}: the index is slow")
            }
        }
    }
}

/// Lets a request in whose key may do this. Otherwise makes the answer that says what is missing.
pub(crate) async fn admit(
    request: &Request,
    env: &Env,
    config: &Config,
    route: &AdminRoute<'_>,
) -> Result<Use, Result<Response, Failure>> {
    let about = route.about();
    let authorization = http::header(request, "authorization");
    let key = config.admin_keys.of(authorization.as_deref());
    let used = Use {
        audit: about.action,
        key: key.map(|key| key.name().to_owned()),
        out_trade_no: about.order.and_then(http::decode_part),
        status: 0,
        address: admission::address_of(request),
        is_kept: about.role != Role::Read,
    };
    match key {
        Some(key) if key.may(about.role) => Ok(used),
        Some(key) => {
            let (key, role) = (key.name(), about.role.name());
            let detail = format!(
                "The key `{key}` does not have the role `{role}`, which this route needs. Use a key that has it, or make one: npx wechatpay-edge key <name> --role {role}."
            );
            used.note(403, env).await;
            Err(http::problem(&Problem::new(ProblemCode::RoleRequired, detail)))
        }
        None => {
            if let Err(problem) = admission::may_fail(request, env).await {
                return Err(http::problem(&problem));
            }
            used.note(401, env).await;
            Err(no_key(authorization.is_some(), config.admin_keys.is_empty()))
        }
    }
}

/// The answer to a request without a key of this Worker.
#[inline(never)]
fn no_key(is_wrong: bool, has_none: bool) -> Result<Response, Failure> {
    let (challenge, detail) = match (has_none, is_wrong) {
        (true, _) => (
            "Bearer",
            "This Worker has no keys for the merchant's systems. Make one by `npx wechatpay-edge key`, and store the line that it prints as the secret ADMIN_KEYS.",
        ),
        (false, true) => (
            "Bearer error=\"invalid_token\"",
            "The header Authorization has no key of this Worker. Send `Authorization: Bearer <key>` with a whole key, as `npx wechatpay-edge key` printed it; ADMIN_KEYS has only its hash.",
        ),
        (false, false) => {
            ("Bearer", "Send the header `Authorization: Bearer <key>` with a key of this Worker.")
        }
    };
    let problem = Problem::new(ProblemCode::KeyRequired, detail);
    http::problem_in(Answer::new(problem.status).header("www-authenticate", challenge), &problem)
}
