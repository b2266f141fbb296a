//! Errors as clients see them: problem JSON (RFC 9457) with a stable code.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use feedback_store::Error as StoreError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::serving::ServingError;

/// The code of an error. Codes are a stable part of the API; messages may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// A field is missing, has the wrong type or is out of range.
    InvalidRequest,
    /// The body is not valid JSON, or does not have the expected fields.
    InvalidJson,
    /// A text is empty.
    EmptyText,
    /// The request has more texts than allowed.
    TooManyTexts,
    /// `explain` was requested, but the model does not support it, or the text is too long for it.
    ExplainNotAvailable,
    /// The key is missing or wrong.
    Unauthorized,
    /// The key lacks the required role or scope.
    Forbidden,
    /// A webhook's signature is missing, wrong or too old.
    InvalidSignature,
    /// The request came from another site, or the form's token is not valid.
    CrossSite,
    /// There is nothing at this address.
    NotFound,
    /// The address exists, but does not support the method.
    MethodNotAllowed,
    /// The request took too long to arrive.
    RequestTimeout,
    /// The request conflicts with the current state.
    Conflict,
    /// The body, a row or a field is too large.
    TooLarge,
    /// The content type of the body is not supported.
    UnsupportedMediaType,
    /// The `Host` header does not name this server.
    WrongHost,
    /// This client sends too many requests.
    RateLimited,
    /// More texts are waiting than the model can classify in time.
    Overloaded,
    /// The server has too many concurrent requests.
    Busy,
    /// The model failed on this text.
    ModelFailed,
    /// An internal error of the server.
    Internal,
    /// The server is shutting down.
    ShuttingDown,
    /// The deadline passed before the texts were classified.
    DeadlineExceeded,
    /// The disk is full.
    StorageFull,
    /// The database is damaged or cannot be reached.
    StorageUnavailable,
}

impl Code {
    /// Returns the name in the `code` field.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidJson => "invalid_json",
            Self::EmptyText => "empty_text",
            Self::TooManyTexts => "too_many_texts",
            Self::ExplainNotAvailable => "explain_not_available",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::InvalidSignature => "invalid_signature",
            Self::CrossSite => "cross_site",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::RequestTimeout => "request_timeout",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::WrongHost => "wrong_host",
            Self::RateLimited => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::Busy => "busy",
            Self::ModelFailed => "model_failed",
            Self::Internal => "internal",
            Self::ShuttingDown => "shutting_down",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::StorageFull => "storage_full",
            Self::StorageUnavailable => "storage_unavailable",
        }
    }

    /// Returns the HTTP status.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest | Self::InvalidJson => StatusCode::BAD_REQUEST,
            Self::EmptyText | Self::TooManyTexts | Self::ExplainNotAvailable => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Unauthorized | Self::InvalidSignature => StatusCode::UNAUTHORIZED,
            Self::CrossSite | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::RateLimited | Self::Overloaded => StatusCode::TOO_MANY_REQUESTS,
            Self::ModelFailed | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::ShuttingDown | Self::StorageUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
            Self::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The request is invalid",
            Self::InvalidJson => "The body is not the expected JSON",
            Self::EmptyText => "A text is empty",
            Self::TooManyTexts => "Too many texts",
            Self::ExplainNotAvailable => "Explanation not available",
            Self::Unauthorized => "A key is required",
            Self::Forbidden => "The key does not permit this",
            Self::InvalidSignature => "The signature is not valid",
            Self::CrossSite => "The request is not from this server, or the form has expired",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::RequestTimeout => "The request took too long to arrive",
            Self::Conflict => "Conflict with the current state",
            Self::TooLarge => "Too large",
            Self::UnsupportedMediaType => "Unsupported content type",
            Self::WrongHost => "Wrong host",
            Self::RateLimited => "Too many requests",
            Self::Overloaded => "Too much work is waiting",
            Self::Busy => "The server is busy",
            Self::ModelFailed => "The model failed on this text",
            Self::Internal => "Internal error",
            Self::ShuttingDown => "The server is shutting down",
            Self::DeadlineExceeded => "The deadline has passed",
            Self::StorageFull => "No space left on the server's disk",
            Self::StorageUnavailable => "The database cannot be used",
        }
    }
}

/// An error as the client sees it.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// The error code.
    pub(crate) code: Code,
    /// What happened, in one sentence without any feedback text.
    pub(crate) detail: String,
    /// Number of seconds after which the client may try again; `None` if that would not help.
    pub(crate) retry_after: Option<u64>,
}

/// What a service or a handler returns.
pub(crate) type ServiceResult<T> = std::result::Result<T, Problem>;

impl Problem {
    /// Creates a problem with a sentence about it.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// Creates the problem that no `what` has this id.
    pub(crate) fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("there is no {what} `{id}`"))
    }

    /// Creates the problem for an invalid value in the request.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, detail)
    }

    /// Creates the problem of an internal error. The cause may contain paths, so it is logged and not sent.
    fn internal(cause: &dyn std::error::Error, hint: Option<String>) -> Self {
        tracing::error!(error = %cause, hint, "a request failed");
        Self::new(Code::Internal, "see the server's log for the cause")
    }

    /// Returns the title of the code.
    pub(crate) fn title(&self) -> &'static str {
        self.code.title()
    }

    /// Adds the headers of the problem, `Retry-After` and `WWW-Authenticate`, to a response.
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

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDto {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    /// The error code. It is stable, so programs may rely on it.
    code: &'static str,
    detail: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemDto {
            kind: "about:blank",
            title: self.code.title(),
            status: self.code.status().as_u16(),
            code: self.code.name(),
            detail: self.detail.clone(),
        };
        let mut response = (self.code.status(), Json(body)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        self.with_headers(response)
    }
}

/// The result of a page handler.
pub(crate) type PageResult = Result<Response, PageError>;

/// An error that is shown as a page.
#[derive(Debug)]
pub(crate) struct PageError(Problem);

impl<E: Into<Problem>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    /// Returns a response with only the status and the attached problem. The layer `pages::problems`, which knows the visitor,
    /// renders the page.
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        response.extensions_mut().insert(PageProblem(self.0));
        response
    }
}

/// A problem that is attached to a response, to be rendered as a page.
#[derive(Debug, Clone)]
pub(crate) struct PageProblem(pub(crate) Problem);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::StorageFull => Self::new(Code::StorageFull, "nothing was stored; try again later"),
            Error::NotFound { .. } => Self::new(Code::NotFound, error.to_string()),
            Error::Conflict(detail) => Self::new(Code::Conflict, detail),
            Error::Invalid(detail) => Self::new(Code::InvalidRequest, detail),
            Error::ShuttingDown => Self::new(Code::ShuttingDown, error.to_string()),
            Error::Store(error) => error.into(),
            other => Self::internal(&other, other.hint()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::StorageFull => Error::StorageFull.into(),
            StoreError::NotFound { .. } => Self::new(Code::NotFound, error.to_string()),
            StoreError::Conflict(conflict) => Self::new(Code::Conflict, conflict.to_string()),
            StoreError::ReadOnly { .. } => damaged(),
            StoreError::Damaged { .. } => {
                tracing::error!(%error, hint = error.hint(), "a request failed");
                damaged()
            }
            StoreError::Closed => Error::ShuttingDown.into(),
            StoreError::Unreachable { .. } => {
                tracing::error!(%error, hint = error.hint(), "a request failed");
                Self {
                    retry_after: Some(5),
                    ..Self::new(Code::StorageUnavailable, "try again in a moment")
                }
            }
            other => Self::internal(&other, other.hint().map(str::to_owned)),
        }
    }
}

/// Creates the problem for a damaged database, in which nothing can be stored. The cause names files, so it is shown only in the
/// log and on the page System.
pub(crate) fn damaged() -> Problem {
    let detail =
        "the database is damaged and read-only; restore a backup, or classify with `\"store\": false`";
    Problem::new(Code::StorageUnavailable, detail)
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
            ServingError::UnknownLabel(_) => Self::invalid(detail),
            ServingError::DeadlineExceeded => Self::new(Code::DeadlineExceeded, detail),
            ServingError::ExplainNotAvailable(_) => Self::new(Code::ExplainNotAvailable, detail),
            ServingError::ShuttingDown => Self::new(Code::ShuttingDown, detail),
            ServingError::ModelFailed(cause) => {
                tracing::error!(error = %cause, "the model failed on a text");
                Self::new(Code::ModelFailed, "see the server's log for the cause")
            }
        }
    }
}
