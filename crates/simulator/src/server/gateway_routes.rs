//! The paths of WeChat Pay itself: passes bytes to the gateway and back, and does to the connection what
//! faults ask.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use simulator::gateway::{Call, Exchange, Reply, Request as Asked, Transmission};

use super::listen::{ByTls, Dropped};
use super::server_state::ServerState;
use super::v3_routes;

/// On the port without TLS this header takes the place of a client certificate. Any value that is not empty
/// will do.
pub(crate) const CERTIFICATE_HEADER: &str = "simulator-client-certificate";
/// More than the gateway reads, so that the gateway itself answers a call that is a little too long. The
/// server refuses a body above this limit.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

pub(crate) async fn call(State(server): State<Arc<ServerState>>, request: Request) -> Response {
    if v3_routes::is_v3(request.uri().path()) {
        return v3_routes::call(server, request).await;
    }
    let Some(call) = Call::at(request.uri().path()) else { return unknown_path() };
    let method = request.method().clone();
    let client_certificate = match request.extensions().get::<ByTls>() {
        Some(by_tls) => by_tls.client_certificate,
        None => has_certificate(request.headers()),
    };
    let Ok(body) = to_bytes(request.into_body(), MAX_BODY_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long").into_response();
    };
    let now_ms = server.clock.now_ms();
    let asked = Asked { method: method.as_str(), body: &body, client_certificate };
    let (reply, exchange) = {
        let mut gateway = server.gateway();
        let reply = gateway.call(now_ms, call, &asked);
        (reply, gateway.exchanges().next_back().cloned())
    };
    answered(&server, reply, exchange).await
}

/// Logs an exchange and sends its reply, held back as long as the gateway says.
pub(crate) async fn answered(server: &ServerState, reply: Reply, exchange: Option<Exchange>) -> Response {
    server.log("exchange", &exchange);
    server.changed();
    if reply.hold_ms > 0 {
        tokio::time::sleep(Duration::from_millis(u64::from(reply.hold_ms))).await;
    }
    sent(reply)
}

fn has_certificate(headers: &HeaderMap) -> bool {
    headers.get(CERTIFICATE_HEADER).is_some_and(|value| !value.is_empty())
}

fn sent(reply: Reply) -> Response {
    let body = Bytes::from(reply.body);
    let mut response = match reply.transmission {
        Transmission::Sent | Transmission::Dropped => Response::new(Body::from(body)),
        Transmission::Begun => Response::new(Body::new(Unending { beginning: Some(body) })),
    };
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    if !reply.content_type.is_empty() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    }
    for (name, value) in reply.headers {
        // This always works: the gateway makes the names and the values.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    // This always works: the switches accept only what fits into a header line.
    if let Some(location) = reply.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    if reply.transmission == Transmission::Dropped {
        response.extensions_mut().insert(Dropped);
    }
    response
}

/// A body that begins and never ends. It lives until the caller hangs up or the program stops.
struct Unending {
    beginning: Option<Bytes>,
}

impl HttpBody for Unending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.beginning.take() {
            Some(beginning) => Poll::Ready(Some(Ok(Frame::data(beginning)))),
            None => Poll::Pending,
        }
    }
}

fn unknown_path() -> Response {
    let paths: Vec<&str> = Call::ALL.into_iter().map(Call::path).collect();
    let text = format!(
        "nothing here. WeChat Pay answers at {} and, in API v3, below /v3/; the phone is at /phone, the live view at /.\n",
        paths.join(", ")
    );
    (StatusCode::NOT_FOUND, text).into_response()
}
