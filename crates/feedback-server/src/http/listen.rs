//! Accepts connections, limits their number, and closes slow ones.

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
use crate::problem::{Code, Problem};
use crate::quota::{Bound, Permit, Quota};

/// Maximum number of open connections, if the system allows that many open files. It should be larger than the number of texts
/// that may wait for the model, so that clients get an error response and not a closed connection.
const MAX_CONNECTIONS: u64 = 8192;
/// Number of open files that are reserved for the store, uploads and models.
#[cfg(unix)]
const OTHER_FILES: u64 = 256;
/// Time limit for receiving the head of a request.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 16 << 10;
/// How long a client may pause in reading a response.
const WRITE_DEADLINE: Duration = Duration::from_secs(20);
/// Extra connections, on which only probes, metrics and the login are served.
const RESERVE: Bound = Bound::new(64, 16);
/// How long requests in progress may take to finish when the server shuts down.
const GRACE: Duration = Duration::from_secs(3);

/// Raises the limit of open files as far as needed and allowed. Returns the number of connections that are then possible.
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
    /// Connections for all requests.
    all: Arc<Quota>,
    /// Connections for probes, metrics and the login only, used if `all` is exhausted for the client or in total.
    reserve: Arc<Quota>,
}

impl Connections {
    fn new(most: usize) -> Self {
        Self {
            all: Quota::new("connections", Bound::new(most, most.div_ceil(2))),
            reserve: Quota::new("connections", RESERVE),
        }
    }

    /// Returns a permit, and whether it is from the reserve; `None` if the reserve is exhausted too.
    fn admit(&self, client: IpAddr) -> Option<(Permit, bool)> {
        let client = network(client);
        let usual = self.all.take(client, 1).ok().map(|permit| (permit, false));
        usual.or_else(|| Some((self.reserve.take(client, 1).ok()?, true)))
    }
}

/// Returns whether an address is served on a connection from the reserve.
fn is_essential(path: &str) -> bool {
    matches!(path, "/livez" | "/readyz" | "/metrics" | "/login")
}

/// Serves until `shutdown` completes. Then requests in progress have three seconds to finish.
///
/// One client may use half of the connections. Above this limit or the total, a few more connections are accepted, on which only
/// probes, metrics and the login are served. A connection is closed if the client does not send the head of a request within ten
/// seconds, or does not read a response for twenty seconds.
///
/// Event streams end only when [`crate::AppState::begin_shutdown`] is called.
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
                // Usually there are no free file descriptors: wait until some connections have ended.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some((permit, is_reserve)) = connections.admit(address.ip()) else {
            continue;
        };
        // Responses are written in one piece, so Nagle's algorithm would only delay them.
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
            // Connection errors are caused by clients and need no handling.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// Returns the service for one connection.
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
    fn a_client_gets_half_of_the_connections_and_a_reserve_for_probes() {
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
