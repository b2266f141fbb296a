//! `POST /api/v1/webhooks/feedback`: signed feedback from another service.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use feedback_files::sha256_hex;

use crate::auth::WebhookSecrets;
use crate::clock::{now_ms, parse_past};
use crate::dto::{ClassifyResponse, WebhookRequest};
use crate::events::Event;
use crate::http::body::{json, json_bytes};
use crate::http::client::Client;
use crate::openapi::{Changing, Classifying, Conflict, Failing, NotFound, Signed, Stored, WithBody};
use crate::problem::{Code, Problem, ServiceResult};
use crate::services::classify::{Ask, classify, source, to_store};
use crate::state::Shared;
use feedback_store::{AnswerFor, Delivery, NewDelivery};

/// Maximum difference between a delivery's timestamp and the current time, in seconds.
const WINDOW_S: i64 = 5 * 60;
/// Maximum length of a delivery's id, in bytes.
const MAX_ID: usize = 200;

/// Receive signed feedback from another service.
///
/// The signature follows Standard Webhooks 1.0: `webhook-signature` is `v1,` followed by the base64 of the
/// HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` with the shared secret. A timestamp that differs by
/// more than 5 minutes from the current time is refused. If a delivery is repeated with the same `webhook-id`
/// within 30 days, it is not classified again, and the response is the same as the first one. Without
/// `--webhook-secret-file` the response is 404; with it, no key is needed for this address.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/feedback",
    operation_id = "receiveWebhook",
    tag = "classify",
    params(
        (
            "webhook-id" = String,
            Header,
            description = "The sender's id of this delivery. It must stay the same if the delivery is repeated.",
            min_length = 1,
            max_length = 200,
            pattern = "^[A-Za-z0-9_:-]+$",
        ),
        ("webhook-timestamp" = i64, Header, description = "When the delivery was sent, in seconds since 1970."),
        (
            "webhook-signature" = String,
            Header,
            description = "One or more signatures, separated by spaces.",
            pattern = "^v1,[A-Za-z0-9+/=]+( v1,[A-Za-z0-9+/=]+)*$",
        ),
    ),
    request_body(
        content = WebhookRequest,
        example = json!({"text": "The export button does nothing", "source": "zendesk", "created_at": "2025-03-01T09:30:00Z"}),
    ),
    responses(
        (
            status = 200,
            description = "A prediction for each text, in order. The predictions are stored.",
            body = ClassifyResponse,
            headers(
                ("Idempotent-Replayed" = String, description = "`true` if the delivery was received before."),
            ),
        ),
        Signed, WithBody, Changing, NotFound, Conflict, Classifying, Failing, Stored,
    ),
    security(()),
)]
pub(super) async fn receive(
    State(state): State<Shared>,
    Extension(client): Extension<Client>,
    request: Request,
) -> ServiceResult<Response> {
    let Some(secrets) = &state.config.webhook_secrets else {
        let detail = "webhooks are off: the server has no `webhook_secret_file`";
        return Err(Problem::new(Code::NotFound, detail));
    };
    let headers = request.headers().clone();
    let body = json_bytes(request, &state).await?;
    let id = verified(secrets, &headers, &body, now_ms() / 1000)?;
    let digest = sha256_hex(&body);
    let key = id.clone();
    let before = state.store.run(move |store| store.delivery(&key)).await?;
    match before {
        Some(delivery) => answer(delivery, &digest, true),
        None => answer(take(&state, client, id, &digest, &body).await?, &digest, false),
    }
}

/// Returns the delivery's id. Fails if the id, the signature or the timestamp is not valid.
fn verified(secrets: &WebhookSecrets, headers: &HeaderMap, body: &Bytes, now: i64) -> ServiceResult<String> {
    let refused = |detail: &str| Problem::new(Code::InvalidSignature, detail);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let id = text("webhook-id").unwrap_or_default();
    // No full stops: they separate the signed parts.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':');
    if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(is_plain) {
        return Err(refused(
            "expected `webhook-id` of 1 to 200 letters, digits, `_`, `-` and `:`",
        ));
    }
    let timestamp: i64 = text("webhook-timestamp")
        .and_then(|seconds| seconds.parse().ok())
        .ok_or_else(|| refused("expected `webhook-timestamp`, in seconds since 1970"))?;
    let signatures = text("webhook-signature").unwrap_or_default();
    if !secrets.verifies(id, timestamp, body, signatures) {
        return Err(refused(
            "`webhook-signature` does not match `<webhook-id>.<webhook-timestamp>.<body>` and the shared secret",
        ));
    }
    if now.saturating_sub(timestamp).saturating_abs() > WINDOW_S {
        return Err(refused(
            "`webhook-timestamp` differs by more than 5 minutes from the current time",
        ));
    }
    Ok(id.to_owned())
}

/// Classifies a new delivery, and stores its predictions and the response in one transaction.
async fn take(
    state: &Shared,
    client: Client,
    id: String,
    digest: &str,
    body: &[u8],
) -> ServiceResult<Delivery> {
    let request: WebhookRequest = json(body)?;
    let texts = match (request.text, request.texts) {
        (Some(text), None) => vec![text],
        (None, Some(texts)) => texts,
        _ => return Err(Problem::invalid("expected either `text` or `texts`")),
    };
    let texts: Vec<String> = texts.into_iter().map(|text| state.masked(text)).collect();
    let source = source(request.source.as_deref(), "webhook")?;
    let at = created_at(request.created_at.as_deref())?;
    let fields = state.masked_fields(request.fields);
    let ask = Ask {
        client,
        texts: texts.clone(),
        source,
        fields: fields.clone(),
        store: false, // stored below, together with the response
        refuse_truncated: false,
        explain: false,
        explain_label: None,
    };
    let (model, remembered) = classify(state, ask).await?;
    let count = remembered.len();
    let predictions = texts
        .into_iter()
        .zip(&remembered)
        .map(|(text, one)| to_store(text, &one.prediction, source, &model, at, fields.clone()))
        .collect();
    let answer_for: AnswerFor = Box::new(move |ids| {
        let predictions = remembered.iter().zip(ids).map(|(one, id)| {
            let mut one = one.clone();
            one.id = Some(*id);
            one.into_dto(None)
        });
        let response = ClassifyResponse {
            model: model.clone(),
            predictions: predictions.collect(),
        };
        serde_json::to_string(&response).unwrap_or_default()
    });
    let delivery = NewDelivery {
        key: id,
        digest: digest.to_owned(),
        predictions,
    };
    let delivery = state
        .store
        .run(move |store| store.add_delivery(delivery, answer_for))
        .await?;
    state.events.send(Event::Classified { count });
    Ok(delivery)
}

/// Returns when a text was written: now, if that is not stated.
fn created_at(stated: Option<&str>) -> ServiceResult<i64> {
    let Some(time) = stated else {
        return Ok(now_ms());
    };
    parse_past(time).ok_or_else(|| {
        Problem::invalid(
            "`created_at` must be a time such as 2025-03-01T09:30:00Z, not before 1970 and not in the future",
        )
    })
}

/// Returns the response to the first delivery with this id. Fails if that delivery had another body.
fn answer(delivery: Delivery, digest: &str, replayed: bool) -> ServiceResult<Response> {
    if delivery.digest != digest {
        return Err(Problem::new(
            Code::Conflict,
            "a delivery with this `webhook-id` but another body was received before",
        ));
    }
    let kind = HeaderValue::from_static("application/json");
    let mut response = ([(header::CONTENT_TYPE, kind)], delivery.answer).into_response();
    if replayed {
        response.headers_mut().insert(
            HeaderName::from_static("idempotent-replayed"),
            HeaderValue::from_static("true"),
        );
    }
    Ok(response)
}
