//! The shared parts of the OpenAPI document: problem responses by status, security, and the document itself.
//!
//! Each handler of the API has its own description, and so have the types of its query, body and response. The router is built
//! from the same handlers, so the document and the router always have the same routes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr};

use crate::problem::Code;

/// The OpenAPI 3.1 document of the API.
#[derive(Debug, Clone)]
pub(crate) struct ApiDocument(pub(crate) Arc<Value>);

/// Defines groups of problem responses, by HTTP status.
macro_rules! problems {
    ($($(#[$doc:meta])* $group:ident: $($status:literal $name:ident),+;)+) => {$(
        $(#[$doc])*
        pub(crate) struct $group;

        impl IntoResponses for $group {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                let problems = [$(($status, stringify!($name))),+];
                problems.map(|(status, name)| (status.to_owned(), Ref::from_response_name(name).into())).into()
            }
        }
    )+};
}

problems! {
    /// Problems of all routes except the probes.
    Guarded: "401" Unauthorized, "403" Forbidden, "421" WrongHost, "429" TooMany, "503" Unavailable;
    /// Problems of the probes.
    Probed: "421" WrongHost;
    /// Problems of routes that read the store or the model.
    Failing: "500" Failed, "503" Unavailable;
    /// Problems of routes that may need space in the store.
    Stored: "507" StorageFull;
    /// Problems of routes that change something.
    Changing: "403" Forbidden;
    /// Problems of routes with a query or a body.
    Checked: "400" BadRequest;
    /// Problems of routes with a body.
    WithBody: "400" BadRequest, "408" RequestTimeout, "413" TooLarge, "415" UnsupportedMediaType;
    /// Problems of routes that classify texts.
    Classifying: "422" Unprocessable, "504" TooLate;
    /// Problems of routes with an id that may not exist.
    NotFound: "404" NotFound;
    /// Problems of routes that may conflict with the current state.
    Conflict: "409" Conflict;
    /// Problems of signed requests.
    Signed: "401" NotSigned, "421" WrongHost, "429" TooMany, "503" Unavailable;
    /// Problems that `POST /predict` returns as problem JSON, not in the error format of text-embeddings-inference.
    Foreign: "401" Unauthorized, "403" Forbidden, "421" WrongHost;
}

/// The problem responses that the groups refer to: name, description, codes.
const PROBLEMS: [(&str, &str, &[Code]); 16] = [
    (
        "BadRequest",
        "The request is invalid.",
        &[Code::InvalidRequest, Code::InvalidJson],
    ),
    ("Unauthorized", "A key is required.", &[Code::Unauthorized]),
    (
        "NotSigned",
        "The signature is missing, wrong or too old; or webhooks are off and a key is required.",
        &[Code::InvalidSignature, Code::Unauthorized],
    ),
    (
        "Forbidden",
        "The request came from a page of another site, or the key lacks the required role or scope.",
        &[Code::CrossSite, Code::Forbidden],
    ),
    ("NotFound", "Not found.", &[Code::NotFound]),
    (
        "RequestTimeout",
        "The body took too long to arrive.",
        &[Code::RequestTimeout],
    ),
    ("Conflict", "Conflict with the current state.", &[Code::Conflict]),
    ("TooLarge", "The body is too large.", &[Code::TooLarge]),
    (
        "UnsupportedMediaType",
        "Bodies or files of this type are not supported.",
        &[Code::UnsupportedMediaType],
    ),
    (
        "WrongHost",
        "The `Host` header does not name this server.",
        &[Code::WrongHost],
    ),
    (
        "Unprocessable",
        "The texts cannot be classified or explained.",
        &[Code::EmptyText, Code::TooManyTexts, Code::ExplainNotAvailable],
    ),
    (
        "TooMany",
        "Too many requests.",
        &[Code::RateLimited, Code::Overloaded],
    ),
    (
        "Failed",
        "The server or the model failed.",
        &[Code::Internal, Code::ModelFailed],
    ),
    (
        "Unavailable",
        "The server is busy or shutting down, or its database cannot be reached.",
        &[Code::Busy, Code::ShuttingDown, Code::StorageUnavailable],
    ),
    ("TooLate", "The deadline has passed.", &[Code::DeadlineExceeded]),
    (
        "StorageFull",
        "The server's disk is full; nothing was stored.",
        &[Code::StorageFull],
    ),
];

/// Returns the schema of a string that must be one of these values.
pub(crate) fn one_of(values: &[&str]) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(values.iter().copied()))
        .build()
}

/// Like [`one_of`], with what the value selects. For parameters with such a schema, their documentation is not in the document.
pub(crate) fn choice(values: &[&str], description: &str) -> Object {
    let mut choice = one_of(values);
    choice.description = Some(description.to_owned());
    choice
}

/// Completes the document that is generated from the handlers.
pub(crate) fn document(routes: OpenApi) -> ApiDocument {
    // This cannot fail: the document consists of maps, lists and strings.
    let mut document = serde_json::to_value(routes).unwrap_or_default();
    document["info"] = json!({
        "title": "Feedback classifier",
        "version": "1.0.0",
        "description": "Classify feedback, browse and correct predictions, and manage the models. \
                        Errors are problem documents (RFC 9457) with a stable `code`.",
    });
    document["security"] = json!([{}, { "key": [] }, { "header": [] }]);
    let components = &mut document["components"];
    components["securitySchemes"] = json!({
        "key": { "type": "http", "scheme": "bearer" },
        "header": { "type": "apiKey", "in": "header", "name": "X-API-Key" },
    });
    components["responses"] = Value::Object(PROBLEMS.map(problem_response).into_iter().collect());
    if let Some(schemas) = components["schemas"].as_object_mut() {
        close(schemas);
        // Exactly one of all properties.
        let properties = schemas["EraseRequest"]["properties"].as_object();
        let names: Vec<String> = properties
            .into_iter()
            .flat_map(|all| all.keys().cloned())
            .collect();
        schemas["EraseRequest"]["oneOf"] = names.iter().map(|name| json!({ "required": [name] })).collect();
        for name in ["ClassifyRequest", "WebhookRequest"] {
            schemas[name]["oneOf"] = json!([{ "required": ["text"] }, { "required": ["texts"] }]);
        }
    }
    ApiDocument(Arc::new(document))
}

fn problem_response((name, description, codes): (&str, &str, &[Code])) -> (String, Value) {
    let codes: Vec<&str> = codes.iter().map(|code| code.name()).collect();
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/Problem" }, { "properties": { "code": { "enum": codes } } }],
    });
    let mut response = json!({
        "description": format!("{description} Code: `{}`.", codes.join("`, `")),
        "content": { "application/problem+json": { "schema": schema } },
    });
    if name == "TooMany" {
        response["headers"] = json!({
            "Retry-After": { "description": "Seconds to wait before the next attempt.", "schema": { "type": "integer" } },
        });
    }
    (name.to_owned(), response)
}

/// Forbids additional properties in all schemas except `TeiRequest`: clients of text-embeddings-inference may send more fields.
fn close(schemas: &mut Map<String, Value>) {
    for (name, schema) in schemas {
        if name != "TeiRequest" {
            close_objects(schema);
        }
    }
}

fn close_objects(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close_objects);
            if fields.contains_key("properties") {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close_objects),
        _ => {}
    }
}
