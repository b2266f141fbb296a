//! `GET /openapi.json`: the description of the API for programs.

use crate::openapi::{ApiDocument, Guarded};
use axum::{Extension, Json};
use serde_json::Value;

/// This OpenAPI document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "operation",
    responses(
        (status = 200, description = "OpenAPI 3.1.", body = Object),
        Guarded,
    ),
)]
pub(super) async fn openapi(Extension(ApiDocument(document)): Extension<ApiDocument>) -> Json<Value> {
    Json(Value::clone(&document))
}
