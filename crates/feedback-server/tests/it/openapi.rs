//! The OpenAPI document matches the routes of the server.

use axum::body::Body;
use axum::http::StatusCode;
use feedback_testkit::workspace;
use serde_json::Value;
use tower::ServiceExt;

use crate::help::{Server, request};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Every path in the document accepts the methods that the document describes, and no others.
#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_the_methods_that_the_router_accepts() {
    let server = Server::new();
    let document = server.get("/openapi.json").await.ok().json();
    let mut described = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            let request = request(method, &path.replace("{id}", "0"));
            let request = request.body(Body::empty()).unwrap();
            // The body is not read, because the event stream never ends.
            let response = server.app.clone().oneshot(request).await.unwrap();
            let is_taken = response.status() != StatusCode::METHOD_NOT_ALLOWED;
            let is_described = item.get(method.to_lowercase()).is_some();
            assert_eq!(is_taken, is_described, "{method} {path}");
            described += u32::from(is_described);
        }
    }
    assert_eq!(
        described, 73,
        "a route was added or removed; if this is intended, change the number"
    );
}

/// Every operation has a summary and a unique id, and every reference can be resolved.
#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_complete() {
    let server = Server::new();
    let document = server.get("/openapi.json").await.ok().json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            names.push(operation["operationId"].as_str().unwrap());
        }
    }
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "two operations have the same id");
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 100, "{}", references.len());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} cannot be resolved"
        );
    }
}

fn collect_references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_str() {
                    Some(reference) if name == "$ref" => found.push(reference),
                    _ => collect_references(field, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

/// Every code of a problem is explained in `docs/troubleshooting.md`, with its status.
#[tokio::test(flavor = "multi_thread")]
async fn every_code_is_explained() {
    let server = Server::new();
    let document = server.get("/openapi.json").await.ok().json();
    let page = fs_err::read_to_string(workspace().join("docs/troubleshooting.md")).unwrap();
    let mut codes = Vec::new();
    collect_codes(&document, &mut codes);
    codes.sort_unstable();
    codes.dedup();
    assert!(codes.len() >= 24, "{codes:?}");
    for code in codes {
        assert!(page.contains(&format!("\n| `{code}` | ")), "`{code}` is missing");
    }
}

fn collect_codes<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            let listed = fields.get("code").and_then(|code| code["enum"].as_array());
            found.extend(listed.into_iter().flatten().filter_map(Value::as_str));
            fields.values().for_each(|field| collect_codes(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_codes(item, found)),
        _ => {}
    }
}
