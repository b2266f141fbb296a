//! Connections: accepted, bounded, and closed in time.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// Connections that are open at a time, where the system allows so many files; more wait to be accepted. Should be
/// more than there are texts that may wait, so that what is too much is told so rather than left standing.
const MAX_CONNECTIONS: u64 = 8192;
/// Files that are left for the store, uploads and models.
#[cfg(unix)]
const OTHER_FILES: u64 = 256;
/// How long the head of a request may take to arrive.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// How long requests under way may take once the server is to end.
const GRACE: Duration = Duration::from_secs(3);

/// Raises the limit of open files as far as it may be and is of use, and says how many connections that allows.
#[cfg(unix)]
fn max_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = MAX_CONNECTIONS + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(u64::MAX).min(wanted);
    let current = limit.current.unwrap_or(u64::MAX);
    let raised = Rlimit {
        current: Some(allowed),
        maximum: limit.maximum,
    };
    let files = if current < allowed && setrlimit(Resource::Nofile, raised).is_ok() {
        allowed
    } else {
        current
    };
    let connections = files.saturating_sub(OTHER_FILES).clamp(64, MAX_CONNECTIONS);
    connections as usize
}

#[cfg(not(unix))]
fn max_connections() -> usize {
    MAX_CONNECTIONS as usize
}

/// Serves until `shutdown` completes; then lets requests under way finish, for at most three seconds.
///
/// Streams of events have to be ended by the app itself ([`crate::AppState::begin_shutdown`]).
pub async fn serve(listener: TcpListener, app: Router, shutdown: impl Future<Output = ()>) {
    let connections = Arc::new(Semaphore::new(max_connections()));
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&connections).acquire_owned() => permit,
            () = &mut shutdown => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly: let some connections end first.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Answers are written whole, so waiting for more of them only delays.
        let _ = stream.set_nodelay(true);
        let service = app
            .clone()
            .map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(ConnectInfo(address));
                request.map(axum::body::Body::new)
            });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_DEADLINE)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // How a connection breaks is the client's affair.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}
