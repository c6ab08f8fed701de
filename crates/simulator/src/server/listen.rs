//! The ports: binding them, serving their connections with and without TLS, and closing them in good order.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

/// How long connections may go on after Ctrl-C to finish their answers.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);

const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// What TLS has found out about the caller of a request. Without TLS a request has none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByTls {
    /// Whether the caller has shown the merchant's client certificate, and that it has its key.
    pub(crate) client_certificate: bool,
}

/// Marks a response that must not be sent: the connection ends instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dropped;

/// Ends a connection without an answer: hyper sends nothing when the service fails.
#[derive(Debug)]
struct NoAnswer;

impl std::fmt::Display for NoAnswer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("dropped on purpose")
    }
}

impl std::error::Error for NoAnswer {}

pub(crate) async fn bind(address: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "{address} is taken by another program.\n\
             Choose another port with `--listen 127.0.0.1:8790`, or let the system choose one with `--listen 127.0.0.1:0`."
        ),
        std::io::ErrorKind::InvalidInput => {
            format!("cannot listen on {address:?}: {error}. An address and a port are needed, such as 127.0.0.1:8788.")
        }
        _ => format!("cannot listen on {address}: {error}"),
    })
}

/// Serves connections until the stop signal.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router, mut stop: Stop) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.comes() => break,
        };
        let Ok((stream, _)) = accepted else {
            // The connection went away before it was accepted, or too many are open. A short pause helps in
            // both cases.
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (router, watcher) = (router.clone(), graceful.watcher());
        let Some(acceptor) = tls.clone() else {
            let service = service_fn(move |request: Request<Incoming>| answer(router.clone(), request));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async move {
                // The connection also ends here when the caller hangs up, or when an answer is dropped on
                // purpose.
                let _ended = watcher.watch(connection).await;
            });
            continue;
        };
        tokio::spawn(async move {
            // A caller with a certificate of another authority is refused here, and one that speaks no TLS.
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let shown = stream.get_ref().1.peer_certificates();
            let by_tls = ByTls { client_certificate: shown.is_some_and(|shown| !shown.is_empty()) };
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(by_tls);
                answer(router.clone(), request)
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            let _ended = watcher.watch(connection).await;
        });
    }
    drop(listener);
    let _in_time = tokio::time::timeout(SHUTDOWN_LIMIT, graceful.shutdown()).await;
}

async fn answer(mut router: Router, request: Request<Incoming>) -> Result<Response, NoAnswer> {
    let answered = router.call(request.map(Body::new)).await;
    let Ok(response) = answered;
    if response.extensions().get::<Dropped>().is_some() { Err(NoAnswer) } else { Ok(response) }
}

/// Ctrl-C and the termination signal. Neither is missed from the moment this is made.
#[cfg(unix)]
pub(crate) struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    pub(crate) fn listen() -> Result<Stop, String> {
        use tokio::signal::unix::{SignalKind, signal};
        let listened =
            |kind| signal(kind).map_err(|error| format!("signals cannot be listened for: {error}"));
        Ok(Stop {
            interrupt: listened(SignalKind::interrupt())?,
            terminate: listened(SignalKind::terminate())?,
        })
    }

    async fn comes(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C. It is heard only while it is awaited.
#[cfg(not(unix))]
pub(crate) struct Stop;

#[cfg(not(unix))]
impl Stop {
    pub(crate) fn listen() -> Result<Stop, String> {
        Ok(Stop)
    }

    async fn comes(&mut self) {
        // Without the signal the program cannot stop in good order, but it can go on serving.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
