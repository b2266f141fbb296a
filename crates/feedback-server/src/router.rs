//! Which address leads where.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::http::{guard, observe, wants_html};
use crate::pages::{self, PageError};
use crate::problem::{Code, Problem};
use crate::state::{AppState, Shared};
use crate::{api, assets};

/// The whole server as a service: hand it to [`crate::serve`], or call it in a test without any network.
pub fn app(state: AppState) -> Router {
    let state = state.inner;
    let pages = Router::new()
        .route("/", get(pages::analyze_form))
        .route("/analyze", post(pages::analyze).get(pages::analyze_form))
        .route("/about", get(pages::about))
        .route("/login", get(pages::login_form).post(pages::login))
        .route("/logout", post(pages::logout))
        .route("/batches", get(pages::batches::list).post(pages::batches::upload))
        .route("/batches/{id}", get(pages::batches::one))
        .route("/batches/{id}/start", post(pages::batches::start))
        .route("/batches/{id}/cancel", post(pages::batches::cancel))
        .route("/batches/{id}/delete", post(pages::batches::remove))
        .route("/batches/{id}/progress", get(pages::batches::progress_part))
        .route("/batches/{id}/results", get(api::batches::results))
        .route("/dashboard", get(pages::dashboard))
        .route("/history", get(pages::history::history))
        .route("/history/export", get(pages::history::export))
        .route("/history/{id}/label", post(pages::set_label))
        .route("/review", get(pages::review))
        .route("/train", get(pages::train::list).post(pages::train::start))
        .route("/train/{id}", get(pages::train::one))
        .route("/train/{id}/progress", get(pages::train::progress_part))
        .route("/train/{id}/answer", post(pages::questions::answer))
        .route("/train/{id}/stop", post(pages::train::stop))
        .route("/train/{id}/resume", post(pages::train::resume))
        .route("/models", get(pages::models::models))
        .route("/models/roll-back", post(pages::models::roll_back))
        .route("/models/{id}/promote", post(pages::models::promote))
        .route("/models/{id}/discard", post(pages::models::discard))
        .route("/logs", get(pages::logs::logs))
        .route("/logs/stream", get(pages::logs::stream))
        .route("/system", get(pages::system))
        .route("/assets/{name}", get(assets::asset));
    Router::new()
        .merge(pages)
        .merge(api::router())
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        // Bodies are bounded where they are read, each by its own limit.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Shared::clone(&state), guard))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Shared::clone(&state), observe))
        .with_state(state)
}

async fn not_found(headers: axum::http::HeaderMap) -> Response {
    answer(
        &headers,
        Problem::new(Code::NotFound, "there is nothing at this address"),
    )
}

async fn wrong_method(headers: axum::http::HeaderMap) -> Response {
    answer(
        &headers,
        Problem::new(Code::MethodNotAllowed, "this address takes another method"),
    )
}

fn answer(headers: &axum::http::HeaderMap, problem: Problem) -> Response {
    if wants_html(headers) {
        PageError::from(problem).into_response()
    } else {
        problem.into_response()
    }
}

/// The panic itself was reported where it happened.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Code::Internal, "the server's log says more").into_response()
}
