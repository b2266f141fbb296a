//! Whether the server lives, whether it is ready, and what it has done.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::problem::{Answer, Code, Problem};
use crate::state::Shared;

/// The process answers.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// Requests can be served: the server is not ending, and its store answers.
pub(super) async fn ready(State(state): State<Shared>) -> Answer<&'static str> {
    if *state.stopping.borrow() {
        return Err(Problem::new(Code::ShuttingDown, "the server is shutting down"));
    }
    state.store.run(|store| store.batch(0)).await?;
    Ok("ok\n")
}

/// Counters for Prometheus.
pub(super) async fn metrics(State(state): State<Shared>) -> Response {
    let text = state
        .metrics
        .open_metrics(state.models.engine().status(), state.started.elapsed());
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
