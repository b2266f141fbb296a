//! Connections: accepted, bounded, and closed in time.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::client::network;
use super::patience::Patience;
use super::quota::{Bound, Permit, Quota};
use crate::problem::{Code, Problem};

/// Connections that are open at a time, where the system allows so many files. Should be more than there are texts that may
/// wait, so that what is too much is told so rather than closed.
const MAX_CONNECTIONS: u64 = 8192;
/// Files that are left for the store, uploads and models.
#[cfg(unix)]
const OTHER_FILES: u64 = 256;
/// How long the head of a request may take to arrive.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 16 << 10;
/// How long a client may read nothing of an answer.
const WRITE_DEADLINE: Duration = Duration::from_secs(20);
/// Connections beyond all others, on which only probes, metrics and the login are answered.
const RESERVE: Bound = Bound::new(64, 16);
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

/// The connections of all clients.
struct Connections {
    /// For every request.
    all: Arc<Quota>,
    /// For probes and the login only, once a client or all together have too many others.
    reserve: Arc<Quota>,
}

impl Connections {
    fn new(most: usize) -> Self {
        Self {
            all: Quota::new("connections", Bound::new(most, most.div_ceil(2))),
            reserve: Quota::new("connections", RESERVE),
        }
    }

    /// A permit, and whether it is one of the reserve; `None` if there is nothing left at all.
    fn admit(&self, client: IpAddr) -> Option<(Permit, bool)> {
        let client = network(client);
        let usual = self.all.take(client, 1).ok().map(|permit| (permit, false));
        usual.or_else(|| Some((self.reserve.take(client, 1).ok()?, true)))
    }
}

/// What is answered on a connection of the reserve.
fn is_essential(path: &str) -> bool {
    matches!(path, "/livez" | "/readyz" | "/metrics" | "/login")
}

/// Serves until `shutdown` completes; then lets requests under way finish, for at most three seconds.
///
/// A client may have half of the connections. Beyond that, and if there are too many altogether, a few more connections are
/// taken on which only probes, metrics and the login are answered. A connection ends if its client does not send the head of a
/// request within ten seconds, or does not read for twenty.
///
/// Streams of events have to be ended by the app itself ([`crate::AppState::begin_shutdown`]).
pub async fn serve(listener: TcpListener, app: Router, shutdown: impl Future<Output = ()>) {
    let connections = Connections::new(max_connections());
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
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
        let Some((permit, is_reserve)) = connections.admit(address.ip()) else {
            continue;
        };
        // Answers are written whole, so waiting for more of them only delays.
        let _ = stream.set_nodelay(true);
        let service = service(app.clone(), address, is_reserve);
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_DEADLINE)
            .max_buf_size(MAX_HEAD)
            .keep_alive(!is_reserve)
            .serve_connection(
                TokioIo::new(Patience::new(stream, WRITE_DEADLINE)),
                TowerToHyperService::new(service),
            );
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

/// The app for one connection.
fn service(
    app: Router,
    address: SocketAddr,
    is_reserve: bool,
) -> impl tower::Service<
    hyper::Request<hyper::body::Incoming>,
    Response = Response,
    Error = Infallible,
    Future: Send + 'static,
> + Clone
+ Send
+ 'static {
    tower::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        let app = app.clone();
        async move {
            if is_reserve && !is_essential(request.uri().path()) {
                let problem = Problem {
                    code: Code::Busy,
                    detail: "too many connections are open".into(),
                    retry_after: Some(1),
                };
                return Ok(problem.into_response());
            }
            request.extensions_mut().insert(ConnectInfo(address));
            app.oneshot(request.map(Body::new)).await
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_half_of_the_connections_and_then_some_for_probes() {
        let connections = Connections::new(4);
        let client = |last: u8| IpAddr::from([127, 0, 0, last]);
        let mut held: Vec<(Permit, bool)> = Vec::new();
        let mut admit = |last: u8| {
            let admitted = connections.admit(client(last));
            let kind = admitted.as_ref().map(|(_, is_reserve)| *is_reserve);
            held.extend(admitted);
            kind
        };
        assert_eq!(
            [admit(1), admit(1), admit(1)],
            [Some(false), Some(false), Some(true)]
        );
        assert_eq!(
            [admit(2), admit(2), admit(3)],
            [Some(false), Some(false), Some(true)]
        );
        for _ in 1..RESERVE.per_client {
            assert_eq!(admit(1), Some(true));
        }
        assert_eq!(admit(1), None);
    }
}
