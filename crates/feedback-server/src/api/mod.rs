//! The HTTP API, version 1. Every route is also in `openapi.json`, which a test holds against [`ROUTES`].

pub(crate) mod batches;
mod classify;
mod corrections;
mod digest;
pub(crate) mod docs;
mod events;
mod health;
mod history;
mod models;
mod tei;
mod trainings;
mod webhooks;

use axum::Router;
use axum::routing::{MethodRouter, delete, get, post};

use crate::state::Shared;

/// Every route of the API: method, path.
pub const ROUTES: &[(&str, &str)] = &[
    ("POST", "/api/v1/classify"),
    ("GET", "/api/v1/history"),
    ("GET", "/api/v1/history/{id}"),
    ("GET", "/api/v1/corrections"),
    ("POST", "/api/v1/corrections"),
    ("DELETE", "/api/v1/corrections/{id}"),
    ("GET", "/api/v1/batches"),
    ("POST", "/api/v1/batches"),
    ("GET", "/api/v1/batches/{id}"),
    ("DELETE", "/api/v1/batches/{id}"),
    ("POST", "/api/v1/batches/{id}/start"),
    ("POST", "/api/v1/batches/{id}/cancel"),
    ("GET", "/api/v1/batches/{id}/results"),
    ("GET", "/api/v1/batches/{id}/bad-rows"),
    ("GET", "/api/v1/models"),
    ("GET", "/api/v1/models/{id}"),
    ("POST", "/api/v1/models/{id}/promote"),
    ("POST", "/api/v1/models/roll-back"),
    ("GET", "/api/v1/trainings"),
    ("POST", "/api/v1/trainings"),
    ("GET", "/api/v1/trainings/{id}"),
    ("GET", "/api/v1/trainings/{id}/questions"),
    ("POST", "/api/v1/trainings/{id}/answers"),
    ("GET", "/api/v1/audit"),
    ("GET", "/api/v1/digest"),
    ("POST", "/api/v1/webhooks/feedback"),
    ("POST", "/predict"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/events"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
];

/// Routes without their handlers would document nothing, and handlers without their routes serve nobody: both come from
/// [`ROUTES`]. `docs` shows the description to people.
pub(crate) fn router(docs: &MethodRouter<Shared>) -> Router<Shared> {
    ROUTES.iter().fold(Router::new(), |router, (method, path)| {
        match handler(method, path, docs) {
            Some(handler) => router.route(path, handler),
            None => router,
        }
    })
}

fn handler(method: &str, path: &str, docs: &MethodRouter<Shared>) -> Option<MethodRouter<Shared>> {
    Some(match (method, path) {
        ("POST", "/api/v1/classify") => post(classify::classify),
        ("GET", "/api/v1/history") => get(history::list),
        ("GET", "/api/v1/history/{id}") => get(history::one),
        ("GET", "/api/v1/corrections") => get(corrections::list),
        ("POST", "/api/v1/corrections") => post(corrections::correct),
        ("DELETE", "/api/v1/corrections/{id}") => delete(corrections::undo),
        ("GET", "/api/v1/batches") => get(batches::list),
        ("POST", "/api/v1/batches") => post(batches::create),
        ("GET", "/api/v1/batches/{id}") => get(batches::one),
        ("DELETE", "/api/v1/batches/{id}") => delete(batches::remove),
        ("POST", "/api/v1/batches/{id}/start") => post(batches::start),
        ("POST", "/api/v1/batches/{id}/cancel") => post(batches::cancel),
        ("GET", "/api/v1/batches/{id}/results") => get(batches::results),
        ("GET", "/api/v1/batches/{id}/bad-rows") => get(batches::bad_rows),
        ("GET", "/api/v1/models") => get(models::list),
        ("GET", "/api/v1/models/{id}") => get(models::one),
        ("POST", "/api/v1/models/{id}/promote") => post(models::promote),
        ("POST", "/api/v1/models/roll-back") => post(models::roll_back),
        ("GET", "/api/v1/trainings") => get(trainings::list),
        ("POST", "/api/v1/trainings") => post(trainings::start),
        ("GET", "/api/v1/trainings/{id}") => get(trainings::one),
        ("GET", "/api/v1/trainings/{id}/questions") => get(trainings::questions),
        ("POST", "/api/v1/trainings/{id}/answers") => post(trainings::answer),
        ("GET", "/api/v1/audit") => get(models::audit),
        ("GET", "/api/v1/digest") => get(digest::digest),
        ("POST", "/api/v1/webhooks/feedback") => post(webhooks::receive),
        ("POST", "/predict") => post(tei::predict),
        ("GET", "/livez") => get(health::live),
        ("GET", "/readyz") => get(health::ready),
        ("GET", "/metrics") => get(health::metrics),
        ("GET", "/events") => get(events::events),
        ("GET", "/openapi.json") => get(docs::openapi),
        ("GET", "/docs") => docs.clone(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_a_handler_and_a_description_and_no_other_is_described() {
        let document: serde_json::Value = serde_json::from_str(docs::OPENAPI).unwrap();
        let mut described: Vec<(String, String)> = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if method == "parameters" {
                    continue;
                }
                assert!(operation["summary"].is_string(), "{method} {path} has no summary");
                assert!(
                    operation["operationId"].is_string(),
                    "{method} {path} has no operationId"
                );
                described.push((method.to_uppercase(), path.clone()));
            }
        }
        let mut routes: Vec<(String, String)> = Vec::new();
        for (method, path) in ROUTES {
            assert!(
                handler(method, path, &MethodRouter::new()).is_some(),
                "{method} {path} has no handler"
            );
            routes.push(((*method).into(), (*path).into()));
        }
        described.sort();
        routes.sort();
        assert_eq!(described, routes);
    }
}
