//! The HTTP API, version 1. Every route is also in `openapi.json`, which a test holds against [`ROUTES`].

pub(crate) mod batches;
mod classify;
pub(crate) mod corrections;
mod digest;
mod docs;
mod events;
mod health;
mod history;
mod models;
mod tei;
mod trainings;
mod webhooks;

use axum::Router;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::routing::{MethodRouter, delete, get, post};
use serde::de::DeserializeOwned;

use crate::problem::{Code, Problem};
use crate::state::Shared;

pub(crate) use history::{HistoryQuery, encoded};
pub(crate) use webhooks::PATH as WEBHOOK_PATH;

/// The document of the API.
pub(crate) const OPENAPI: &str = include_str!("openapi.json");

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
/// [`ROUTES`].
pub(crate) fn router() -> Router<Shared> {
    ROUTES.iter().fold(Router::new(), |router, (method, path)| {
        match handler(method, path) {
            Some(handler) => router.route(path, handler),
            None => router,
        }
    })
}

fn handler(method: &str, path: &str) -> Option<MethodRouter<Shared>> {
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
        ("GET", "/docs") => get(docs::page),
        _ => return None,
    })
}

/// The query of an address; what cannot be read is a problem with a code.
pub(crate) struct ApiQuery<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(Problem::invalid(rejection.body_text())),
        }
    }
}

/// The number in an address; anything else is an address that does not exist.
pub(crate) struct Id(pub(crate) i64);

impl FromRequestParts<Shared> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(id)| id.parse().ok());
        id.map(Self)
            .ok_or_else(|| Problem::new(Code::NotFound, "the id in the address must be a number"))
    }
}

/// How many items a list may have, with a default of 50.
pub(crate) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(50),
        Some(limit @ 1..=500) => Ok(limit),
        Some(_) => Err(Problem::invalid("`limit` must be 1 to 500")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_a_handler_and_a_description_and_no_other_is_described() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
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
            assert!(handler(method, path).is_some(), "{method} {path} has no handler");
            routes.push(((*method).into(), (*path).into()));
        }
        described.sort();
        routes.sort();
        assert_eq!(described, routes);
    }
}
