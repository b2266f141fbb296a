//! What a caller hears when something went wrong: problem JSON (RFC 9457) with a stable code.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::Error;
use crate::serving::ServingError;

/// The stable name of a failure; the API promises these, messages may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// A field is missing, of the wrong kind or out of range.
    InvalidRequest,
    /// The body is no valid JSON of the expected shape.
    InvalidJson,
    /// A text is empty.
    EmptyText,
    /// There are more texts in one request than allowed.
    TooManyTexts,
    /// `explain` was asked for and the model cannot do it, or not for so long a text.
    ExplainNotAvailable,
    /// No key, or a wrong one.
    Unauthorized,
    /// A webhook's signature is missing, wrong or too old.
    InvalidSignature,
    /// A form came from another site, or its token is old.
    CrossSite,
    /// There is nothing at this address.
    NotFound,
    /// The address is known, the method is not.
    MethodNotAllowed,
    /// The request took too long to arrive.
    RequestTimeout,
    /// The state of things does not allow it.
    Conflict,
    /// The body, a row or a field is too large.
    TooLarge,
    /// The body is of a kind that is not read here.
    UnsupportedMediaType,
    /// The name in `Host` is not this server's.
    WrongHost,
    /// This client asks too often.
    RateLimited,
    /// There is more work than can be done in time.
    Overloaded,
    /// The model failed on this text.
    ModelFailed,
    /// A failure of the server itself.
    Internal,
    /// The server is shutting down.
    ShuttingDown,
    /// The answer would have come too late.
    DeadlineExceeded,
    /// The disk is full.
    StorageFull,
    /// The database cannot be reached.
    StorageUnavailable,
}

impl Code {
    /// The name in the `code` field.
    pub(crate) fn name(self) -> &'static str {
        self.row().1
    }

    /// The HTTP status.
    pub(crate) fn status(self) -> StatusCode {
        self.row().0
    }

    fn title(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::InvalidRequest => (S::BAD_REQUEST, "invalid_request", "The request cannot be used"),
            Self::InvalidJson => (
                S::BAD_REQUEST,
                "invalid_json",
                "The body is not the JSON expected",
            ),
            Self::EmptyText => (S::UNPROCESSABLE_ENTITY, "empty_text", "A text is empty"),
            Self::TooManyTexts => (S::UNPROCESSABLE_ENTITY, "too_many_texts", "Too many texts"),
            Self::ExplainNotAvailable => (
                S::UNPROCESSABLE_ENTITY,
                "explain_not_available",
                "This cannot be explained",
            ),
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "A key is needed"),
            Self::InvalidSignature => (S::UNAUTHORIZED, "invalid_signature", "The signature is not valid"),
            Self::CrossSite => (
                S::FORBIDDEN,
                "cross_site",
                "The form is not this server's, or is too old",
            ),
            Self::NotFound => (S::NOT_FOUND, "not_found", "There is nothing here"),
            Self::MethodNotAllowed => (
                S::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Not with this method",
            ),
            Self::RequestTimeout => (
                S::REQUEST_TIMEOUT,
                "request_timeout",
                "The request took too long to arrive",
            ),
            Self::Conflict => (S::CONFLICT, "conflict", "That does not fit the state of things"),
            Self::TooLarge => (S::PAYLOAD_TOO_LARGE, "too_large", "Too large"),
            Self::UnsupportedMediaType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "This kind of body is not read here",
            ),
            Self::WrongHost => (S::MISDIRECTED_REQUEST, "wrong_host", "This is another host"),
            Self::RateLimited => (S::TOO_MANY_REQUESTS, "rate_limited", "Too many requests"),
            Self::Overloaded => (
                S::TOO_MANY_REQUESTS,
                "overloaded",
                "More work than can be done in time",
            ),
            Self::ModelFailed => (
                S::INTERNAL_SERVER_ERROR,
                "model_failed",
                "The model failed on this text",
            ),
            Self::Internal => (
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "Something failed in the server",
            ),
            Self::ShuttingDown => (
                S::SERVICE_UNAVAILABLE,
                "shutting_down",
                "The server is shutting down",
            ),
            Self::DeadlineExceeded => (S::GATEWAY_TIMEOUT, "deadline_exceeded", "It took too long"),
            Self::StorageFull => (
                S::INSUFFICIENT_STORAGE,
                "storage_full",
                "No room is left on the server's disk",
            ),
            Self::StorageUnavailable => (
                S::SERVICE_UNAVAILABLE,
                "storage_unavailable",
                "The database cannot be reached",
            ),
        }
    }
}

/// A failure as the caller hears it.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// Which failure.
    pub(crate) code: Code,
    /// What happened, in a sentence, without any text of the feedback.
    pub(crate) detail: String,
    /// After how many seconds trying again makes sense.
    pub(crate) retry_after: Option<u64>,
}

/// What a handler returns.
pub(crate) type Answer<T> = std::result::Result<T, Problem>;

impl Problem {
    /// A problem with a sentence about it.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// There is no such thing.
    pub(crate) fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("there is no {what} `{id}`"))
    }

    /// A value that cannot be used.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, detail)
    }

    /// The title that goes with the code.
    pub(crate) fn title(&self) -> &'static str {
        self.code.title()
    }

    /// Headers that belong to the failure, on a body of any kind.
    pub(crate) fn with_headers(&self, mut response: Response) -> Response {
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let challenge = match self.code {
            Code::Unauthorized => "Bearer",
            Code::InvalidSignature => "Webhook",
            _ => return response,
        };
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.code.title(),
            "status": self.code.status().as_u16(),
            "code": self.code.name(),
            "detail": self.detail,
        });
        let mut response = (self.code.status(), Json(body)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        self.with_headers(response)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::StorageFull => Self::new(Code::StorageFull, "nothing was stored; try again later"),
            Error::NotFound { .. } => Self::new(Code::NotFound, error.to_string()),
            Error::Conflict(detail) => Self::new(Code::Conflict, detail),
            Error::Invalid(detail) => Self::new(Code::InvalidRequest, detail),
            Error::ShuttingDown => Self::new(Code::ShuttingDown, error.to_string()),
            Error::Unreachable { .. } => {
                tracing::error!(%error, "a request failed");
                Self {
                    retry_after: Some(5),
                    ..Self::new(Code::StorageUnavailable, "try again in a moment")
                }
            }
            other => {
                // The cause may name paths of the server: it belongs into the log, not into the answer.
                tracing::error!(error = %other, "a request failed");
                Self::new(Code::Internal, "the server's log says more")
            }
        }
    }
}

impl From<ServingError> for Problem {
    fn from(error: ServingError) -> Self {
        let detail = error.to_string();
        match error {
            ServingError::Overloaded { retry_after_s } => Self {
                code: Code::Overloaded,
                detail,
                retry_after: Some(retry_after_s),
            },
            ServingError::EmptyText { .. } => Self::new(Code::EmptyText, detail),
            ServingError::DeadlineExceeded => Self::new(Code::DeadlineExceeded, detail),
            ServingError::ExplainNotAvailable(_) => Self::new(Code::ExplainNotAvailable, detail),
            ServingError::ShuttingDown => Self::new(Code::ShuttingDown, detail),
            ServingError::ModelFailed(cause) => {
                tracing::error!(error = %cause, "the model failed on a text");
                Self::new(Code::ModelFailed, "the server's log says more")
            }
        }
    }
}
