//! The API documentation as an HTML page.

use axum::Extension;
use axum::response::Response;
use maud::html;

use super::layout::Frame;
use crate::openapi::{ApiDocument, Guarded};

/// Shows the OpenAPI document as an HTML page.
#[utoipa::path(
    get,
    path = "/docs",
    operation_id = "docs",
    tag = "operation",
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        Guarded,
    ),
)]
pub(crate) async fn docs(frame: Frame, Extension(ApiDocument(document)): Extension<ApiDocument>) -> Response {
    let empty = serde_json::Map::new();
    let paths = document["paths"].as_object().unwrap_or(&empty);
    let content = html! {
        h1 { "HTTP API" }
        p { (document["info"]["description"].as_str().unwrap_or_default()) }
        p { "Machine-readable: " a href="/openapi.json" { "/openapi.json" } " (OpenAPI 3.1)." }
        @for (path, item) in paths {
            @for (method, operation) in item.as_object().unwrap_or(&empty).iter().filter(|(key, _)| *key != "parameters") {
                section.card {
                    h2 { span.tag { (method.to_uppercase()) } " " code { (path) } }
                    p { (operation["summary"].as_str().unwrap_or_default()) }
                    @if let Some(text) = operation["description"].as_str() { p { (text) } }
                    @let parameters = item["parameters"].as_array().into_iter().flatten().chain(operation["parameters"].as_array().into_iter().flatten());
                    ul {
                        @for parameter in parameters {
                            li { code { (parameter["name"].as_str().unwrap_or_default()) } " (" (parameter["in"].as_str().unwrap_or_default()) ") " (parameter["description"].as_str().unwrap_or_default()) }
                        }
                    }
                    @if let Some(example) = operation["requestBody"]["content"]["application/json"].get("example") {
                        p { "Example body:" }
                        pre.scroll tabindex="0" { code { (serde_json::to_string_pretty(example).unwrap_or_default()) } }
                    }
                    p { "Responses: " @for (status, _) in operation["responses"].as_object().unwrap_or(&empty) { span.tag { (status) } " " } }
                }
            }
        }
    };
    frame.page(None, "HTTP API", &content)
}
