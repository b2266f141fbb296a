//! What the descriptions of all routes share: problems by status, security, and the document as a whole.
//!
//! Each handler of the API carries its own description, and the types of its query, body and answer theirs. The router
//! is built from the same handlers, so that neither can have a route that the other lacks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr};

use crate::problem::Code;

/// The document of the API, as OpenAPI 3.1.
#[derive(Debug, Clone)]
pub(crate) struct ApiDocument(pub(crate) Arc<Value>);

/// Groups of problems, by status.
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
    /// Problems of every route but the probes.
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
    /// Problems of texts and of the model.
    Classifying: "422" Unprocessable, "504" TooLate;
    /// Something that the address names does not exist.
    NotFound: "404" NotFound;
    /// The current state does not allow it.
    Conflict: "409" Conflict;
    /// Problems of signed requests.
    Signed: "401" NotSigned, "421" WrongHost, "429" TooMany, "503" Unavailable;
    /// Problems that reach clients of text-embeddings-inference in our own form.
    Foreign: "401" Unauthorized, "403" Forbidden, "421" WrongHost;
}

/// The problems that the groups name: name, description, codes.
const PROBLEMS: [(&str, &str, &[Code]); 16] = [
    (
        "BadRequest",
        "The request is invalid.",
        &[Code::InvalidRequest, Code::InvalidJson],
    ),
    ("Unauthorized", "A key is required.", &[Code::Unauthorized]),
    (
        "NotSigned",
        "The signature is missing, wrong or too old; or webhooks are off, and a key is required.",
        &[Code::InvalidSignature, Code::Unauthorized],
    ),
    (
        "Forbidden",
        "The request came from a page of another site, or its key may not do this.",
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
        "The name in `Host` is not this server's.",
        &[Code::WrongHost],
    ),
    (
        "Unprocessable",
        "A text cannot be classified.",
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

/// A string that is one of these.
pub(crate) fn one_of(values: &[&str]) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(values.iter().copied()))
        .build()
}

/// Completes the document that the router's handlers make.
pub(crate) fn document(routes: OpenApi) -> ApiDocument {
    // A document is maps and strings, which JSON always has.
    let mut document = serde_json::to_value(routes).unwrap_or_default();
    document["info"] = json!({
        "title": "Feedback classifier",
        "version": "1.0.0",
        "description": "Classify feedback, look at what was classified, correct it, and manage the models that do it. \
                        Failures are problem documents (RFC 9457) with a stable `code`.",
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
        schemas["EraseRequest"]["oneOf"] =
            json!([{ "required": ["text"] }, { "required": ["source"] }, { "required": ["batch_id"] }]);
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
            "Retry-After": { "description": "Seconds.", "schema": { "type": "integer" } },
        });
    }
    (name.to_owned(), response)
}

/// Objects have the properties that are named and no others, except where clients of another server may send more.
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
