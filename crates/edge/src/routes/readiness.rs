//! `/healthz`, for anybody: whether the Worker can sell. `/admin/api/readiness`, for the merchant: everything
//! that was checked, what was seen, and how to mend it.

use std::rc::Rc;

use web_sys::Request;
use worker::Env;

use crate::config::{Config, Mistakes};
use crate::failure::Failure;
use crate::platform::environment;
use crate::platform::http::{self, Answer, Response};
use crate::readiness;
use crate::routes::route::AdminRoute;

/// `GET /healthz`: 200 or 503. A stranger does not learn why; the log says it.
pub(super) async fn health(env: &Env, config: Result<Rc<Config>, Mistakes>) -> Result<Response, Failure> {
    let why = match config {
        Ok(config) => readiness::can_sell(env, &config).await,
        Err(mistakes) => mistakes.0,
    };
    if why.is_empty() {
        return Ok(Answer::new(200).text("application/json", r#"{"ready":true}"#));
    }
    worker::console_error!("the Worker is not ready: {}", why.join(" "));
    Ok(Answer::new(503).text("application/json", r#"{"ready":false}"#))
}

/// `GET` or `POST /admin/api/readiness`, for a request that is admitted.
pub(super) async fn answer(
    request: &Request,
    env: &Env,
    config: Result<&Config, &Mistakes>,
    sends_event: bool,
) -> Result<Response, Failure> {
    Answer::new(200).json(&readiness::report(env, config, &request.url(), sends_event).await)
}

/// The same while the configuration has mistakes: it tells them to a request that carries `ADMIN_TOKEN`, if
/// that one is right. Every other request learns only that something must be mended.
pub(super) async fn despite(
    request: &Request,
    env: &Env,
    mistakes: Mistakes,
    route: &AdminRoute<'_>,
) -> Result<Response, Failure> {
    let token = Config::admin_token_alone(&|name| environment::text(env, name));
    let authorization = http::header(request, "authorization");
    let may = token.is_some_and(|token| token.authorises(authorization.as_deref()));
    match route {
        AdminRoute::Readiness { sends_event } if may => {
            answer(request, env, Err(&mistakes), *sends_event).await
        }
        _ => Err(mistakes.into()),
    }
}
