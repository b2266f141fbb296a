//! Liveness, readiness and metrics of the server.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::metrics::Snapshot;
use crate::openapi::{Failing, Guarded, Probed};
use crate::problem::{Code, Problem, ServiceResult, damaged};
use crate::services::audits;
use crate::state::Shared;
use crate::state_folder::database_size;
use feedback_store::Filter;

/// Whether the process responds.
#[utoipa::path(
    get,
    path = "/livez",
    operation_id = "live",
    tag = "operation",
    responses(
        (status = 200, description = "The process responds.", body = String, content_type = "text/plain"),
        Probed,
    ),
    security(),
)]
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// Whether requests can be served.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "operation",
    responses(
        (status = 200, description = "Requests can be served.", body = String, content_type = "text/plain"),
        Probed, Failing,
    ),
    security(),
)]
pub(super) async fn ready(State(state): State<Shared>) -> ServiceResult<&'static str> {
    if *state.stopping.borrow() {
        return Err(Problem::new(Code::ShuttingDown, "the server is shutting down"));
    }
    if state.store.blocking().damage().is_some() {
        return Err(damaged());
    }
    state.store.run(|store| store.batch(0)).await?;
    Ok("ok\n")
}

/// Metrics for Prometheus. They contain no feedback text.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "operation",
    responses(
        (
            status = 200,
            description = "The metrics in the OpenMetrics text format, version 1.0.0.",
            body = String,
            content_type = "application/openmetrics-text",
        ),
        Guarded,
    ),
)]
pub(super) async fn metrics(State(state): State<Shared>) -> Response {
    let engine = state.models.engine();
    let current = engine.current();
    let counted = audits::sample(&state, Filter::default(), 1).await;
    let counted = counted.map(|sample| (sample.audited.len(), sample.right()));
    let text = state.metrics.open_metrics(&Snapshot {
        engine: engine.status(),
        predictions: engine.counts(),
        model: &current.id,
        uptime: state.started.elapsed(),
        store_bytes: database_size(&state.config.state_dir),
        is_training: state
            .trainings
            .as_ref()
            .is_some_and(|trainings| trainings.is_running()),
        drift: state.drift.as_ref().and_then(|checks| checks.latest()),
        audits: state.metrics.audits(counted.ok()),
    });
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
