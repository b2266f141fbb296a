//! The HTTP API, version 1. To add a route, write a handler with its description and add it to [`router`].

pub(crate) mod batches;
mod bulk_labels;
mod classify;
mod corrections;
mod digest;
mod docs;
mod drift;
mod erasures;
mod events;
mod explore;
mod health;
mod history;
pub(crate) mod inbox;
mod labels;
mod models;
mod reclassify;
pub(crate) mod reports;
mod review;
mod rules;
mod similar;
mod tei;
mod themes;
mod trainings;
mod views;
mod webhooks;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Shared;

/// Returns all routes, with their descriptions.
pub(crate) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(classify::classify))
        .routes(routes!(history::list))
        .routes(routes!(history::one, history::erase))
        .routes(routes!(similar::list))
        .routes(routes!(themes::list))
        .routes(routes!(themes::refit))
        .routes(routes!(themes::change))
        .routes(routes!(themes::label, themes::unlabel))
        .routes(routes!(inbox::list))
        .routes(routes!(inbox::one, inbox::change))
        .routes(routes!(rules::current, rules::save))
        .routes(routes!(rules::trial))
        .routes(routes!(explore::fields))
        .routes(routes!(explore::breakdown))
        .routes(routes!(review::shares))
        .routes(routes!(views::list, views::save, views::remove))
        .routes(routes!(review::review))
        .routes(routes!(review::agreed))
        .routes(routes!(erasures::list, erasures::erase))
        .routes(routes!(corrections::list, corrections::correct))
        .routes(routes!(corrections::undo))
        .routes(routes!(labels::list, labels::add, labels::remove))
        .routes(routes!(bulk_labels::list, bulk_labels::give))
        .routes(routes!(bulk_labels::undo))
        .routes(routes!(batches::list, batches::create))
        .routes(routes!(batches::one, batches::remove))
        .routes(routes!(batches::preview))
        .routes(routes!(batches::start))
        .routes(routes!(batches::cancel))
        .routes(routes!(batches::results))
        .routes(routes!(batches::bad_rows))
        .routes(routes!(models::list))
        .routes(routes!(reclassify::state, reclassify::start, reclassify::end))
        .routes(routes!(models::one, models::change))
        .routes(routes!(models::promote))
        .routes(routes!(models::roll_back))
        .routes(routes!(trainings::list, trainings::start))
        .routes(routes!(trainings::one))
        .routes(routes!(trainings::questions))
        .routes(routes!(trainings::answer))
        .routes(routes!(reports::list, reports::start))
        .routes(routes!(reports::one))
        .routes(routes!(reports::file))
        .routes(routes!(drift::latest, drift::start))
        .routes(routes!(models::audit))
        .routes(routes!(digest::digest))
        .routes(routes!(webhooks::receive))
        .routes(routes!(tei::predict))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .routes(routes!(events::events))
        .routes(routes!(docs::openapi))
}
