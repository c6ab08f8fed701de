//! `/admin/api/…`: what the merchant's own systems may ask, with `Authorization: Bearer <ADMIN_TOKEN>`.
//!
//! Without that secret the routes do not exist: they answer as any unknown route does.

use api::{Code, Problem};
use subtle::ConstantTimeEq;
use web_sys::{Request, Response};
use wire::OutTradeNo;
use worker::Env;

use crate::config::Config;
use crate::http::{self, Answer, Body, PlatformFailure};
use crate::index::Index;
use crate::platform::{self, ToObject};
use crate::route::AdminRoute;

/// A refund's JSON fits many times over.
const MAX_BODY_BYTES: usize = 4 * 1024;
/// How many orders one page of the list has.
const PAGE: u32 = 50;

/// The merchant's own bearer token (`ADMIN_TOKEN`). No Debug, no Display.
pub(crate) struct AdminToken(Vec<u8>);

impl AdminToken {
    /// Takes a random text of at least 32 characters.
    pub(crate) fn new(text: &str) -> Result<Self, &'static str> {
        if text.len() >= 32 {
            Ok(Self(text.as_bytes().to_vec()))
        } else {
            Err("it must have at least 32 characters")
        }
    }

    fn opens(&self, authorization: Option<&str>) -> bool {
        let token = authorization.and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default();
        bool::from(self.0.ct_eq(token.as_bytes()))
    }
}

/// Answers one request of the merchant's.
pub(crate) async fn serve(
    request: &Request,
    env: &Env,
    config: &Config,
    route: AdminRoute<'_>,
) -> Result<Response, PlatformFailure> {
    let authorization = http::header(request, "authorization");
    if !config.admin_token.as_ref().is_some_and(|token| token.opens(authorization.as_deref())) {
        return http::problem(&Problem::new(Code::NotFound, "This Worker has no such route."));
    }
    match route {
        AdminRoute::List => list(request, env).await,
        AdminRoute::Order(id) => forward(env, id, "GET", "/history", None).await,
        AdminRoute::QueryNow(id) => forward(env, id, "POST", "/query", None).await,
        AdminRoute::Cancel(id) => forward(env, id, "POST", "/withdraw", None).await,
        AdminRoute::Refund(id) => match http::body(request, MAX_BODY_BYTES).await? {
            Body::Read(body) => forward(env, id, "POST", "/refund", Some(&body)).await,
            Body::TooLarge => http::problem(&Problem::new(
                Code::BodyTooLarge,
                format!("A refund has at most {MAX_BODY_BYTES} bytes."),
            )),
        },
    }
}

/// The newest orders; `?before_ms=…` pages on with the `placed_at_ms` of the last one seen.
async fn list(request: &Request, env: &Env) -> Result<Response, PlatformFailure> {
    let Some(index) = Index::of(env) else {
        return http::problem(&Problem::new(
            Code::Misconfigured,
            "This Worker has no index: add the D1 binding INDEX to wrangler.toml.",
        ));
    };
    let url = request.url();
    let before_ms = url
        .split_once("before_ms=")
        .and_then(|(_, rest)| rest.split('&').next())
        .and_then(|text| text.parse().ok())
        // The greatest time a JavaScript date has.
        .unwrap_or(8_640_000_000_000_000);
    Answer::new(200)?.json(&index.newest(before_ms, PAGE).await?)
}

async fn forward(
    env: &Env,
    id: &str,
    method: &str,
    path: &str,
    body: Option<&[u8]>,
) -> Result<Response, PlatformFailure> {
    match OutTradeNo::new(id) {
        Ok(number) => {
            platform::ask_order(env, &number, ToObject { method, path, body, if_none_match: None }).await
        }
        Err(_) => crate::orders::not_found(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_opens() {
        let token = AdminToken::new("a token of the tests, of 36 characters").unwrap();
        assert!(token.opens(Some("Bearer a token of the tests, of 36 characters")));
        for bad in [
            None,
            Some(""),
            Some("Bearer "),
            Some("Bearer a token"),
            Some("a token of the tests, of 36 characters"),
        ] {
            assert!(!token.opens(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_token_that_could_be_guessed_is_refused() {
        assert!(AdminToken::new("admin").is_err());
    }
}
