//! The API's own description, for programs.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// The document of the API.
pub(crate) const OPENAPI: &str = include_str!("openapi.json");

pub(super) async fn openapi() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], OPENAPI).into_response()
}
