//! The routes of the server.

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::routes;

use crate::http::guard::{guard, identify, observe, wants_html};
use crate::openapi::document;
use crate::pages::{
    about, admin, analyze, batch_columns, batches, bulk_labels, dashboard, disagreements, docs, drift,
    explore, history, home, inbox, labels, login, logs, models, problems, questions, reclassify, report,
    review, rules, similar, system, theme_labels, themes, train, train_upload, views,
};
use crate::problem::{Code, PageError, Problem};
use crate::state::{AppState, Shared};
use crate::{api, assets};

/// Returns the server as a [`Router`]. Pass it to [`crate::serve`], or call it directly in a test, without a network.
pub fn app(state: AppState) -> Router {
    let state = state.inner;
    let (api, described) = api::router().routes(routes!(docs::docs)).split_for_parts();
    Router::new()
        .merge(page_routes())
        .merge(api)
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension(document(described)))
        // The code that reads a body limits its size.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Shared::clone(&state), guard))
        .layer(from_fn_with_state(Shared::clone(&state), problems::show))
        .layer(from_fn_with_state(Shared::clone(&state), identify))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Shared::clone(&state), observe))
        .with_state(state)
}

fn page_routes() -> Router<Shared> {
    Router::new()
        .merge(model_routes())
        .route("/", get(home::home))
        .route("/sample", post(home::sample))
        .route("/analyze", post(analyze::analyze).get(analyze::analyze_form))
        .route("/about", get(about::about))
        .route("/admin", get(admin::admin))
        .route("/login", get(login::login_form).post(login::login))
        .route("/logout", post(login::logout))
        .route("/batches", get(batches::list).post(batches::upload))
        .route("/batches/{id}", get(batches::one))
        .route("/batches/paste", post(batches::paste))
        .route("/batches/{id}/check", post(batch_columns::check))
        .route("/batches/{id}/start", post(batch_columns::start))
        .route("/batches/{id}/cancel", post(batches::cancel))
        .route("/batches/{id}/delete", post(batches::remove))
        .route("/batches/{id}/labels", get(train_upload::progress_part))
        .route("/batches/{id}/progress", get(batches::progress_part))
        .route("/batches/{id}/results", get(api::batches::results))
        .route("/dashboard", get(dashboard::dashboard))
        .route("/explore", get(explore::explore))
        .route("/history", get(history::history))
        .route("/history/export", get(history::export))
        .route("/history/{id}/label", post(labels::set_label))
        .route("/labels/bulk", post(bulk_labels::give))
        .route("/labels/bulk/{id}/undo", post(bulk_labels::undo))
        .route("/history/{id}/erase", post(history::erase))
        .route("/inbox", get(inbox::page))
        .route("/inbox/{id}", post(inbox::change))
        .route("/rules", get(rules::page).post(rules::save))
        .route("/rules/try", post(rules::trial))
        .route("/report", get(report::list).post(report::start))
        .route("/report/{id}", get(report::one))
        .route("/report/{id}/progress", get(report::progress_part))
        .route("/report/{id}/{file}", get(api::reports::file))
        .route("/review", get(review::review))
        .route("/disagreements", get(disagreements::page))
        .route("/labels", post(review::change_labels))
        .route("/similar", get(similar::page))
        .route("/themes", get(themes::page))
        .route("/themes/progress", get(themes::progress_part))
        .route("/themes/refit", post(themes::refit))
        .route("/themes/{id}", post(themes::change))
        .route("/themes/{id}/label", post(theme_labels::label))
        .route("/views", post(views::change))
        .route("/assets/{name}", get(assets::asset))
}

/// The pages of models and trainings, and those of operators.
fn model_routes() -> Router<Shared> {
    Router::new()
        .route("/train", get(train::list).post(train::start))
        .route("/train/{id}", get(train::one))
        .route("/train/{id}/progress", get(train::progress_part))
        .route("/train/{id}/answer", post(questions::answer))
        .route("/train/{id}/stop", post(train::stop))
        .route("/train/{id}/resume", post(train::resume))
        .route("/drift", get(drift::drift).post(drift::start))
        .route("/drift/progress", get(drift::progress_part))
        .route("/models", get(models::models))
        .route("/models/roll-back", post(models::roll_back))
        .route(
            "/models/reclassify",
            get(reclassify::progress_part).post(reclassify::start),
        )
        .route("/models/reclassify/end", post(reclassify::end))
        .route("/models/{id}/name", post(models::name))
        .route("/models/{id}/promote", post(models::promote))
        .route("/models/{id}/discard", post(models::discard))
        .route("/logs", get(logs::logs))
        .route("/logs/stream", get(logs::stream))
        .route("/system", get(system::system))
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
        Problem::new(Code::MethodNotAllowed, "this address does not support the method"),
    )
}

fn answer(headers: &axum::http::HeaderMap, problem: Problem) -> Response {
    if wants_html(headers) {
        PageError::from(problem).into_response()
    } else {
        problem.into_response()
    }
}

/// Returns the response to a request whose handler panicked. The panic hook has already reported the panic.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Code::Internal, "see the server's log for the cause").into_response()
}
