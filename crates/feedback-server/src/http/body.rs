//! Reads request bodies, with limits on size and time.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use crate::admission::Allowance;
use crate::auth::Visitor;
use crate::problem::{Code, PageError, Problem};
use crate::state::Shared;

/// Maximum number of fields of a form. The forms of this server have at most a dozen. A field takes far more memory than its bytes.
const MAX_FIELDS: usize = 100;

/// A JSON body.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, Problem> {
        Ok(Self(json(&json_bytes(request, state).await?)?))
    }
}

/// Reads the body of a request whose content type is JSON. Refuses other content types.
pub(crate) async fn json_bytes(request: Request, state: &Shared) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "expected `Content-Type: application/json`",
        ));
    }
    read(request, state).await
}

/// Parses JSON.
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde_json stops at a depth of 128, so deep nesting causes an error and not a stack overflow.
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        Problem::new(Code::InvalidJson, format!("{place}: {}", reason(&error)))
    })
}

/// The fields of a form that a page of this server sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// Decodes `application/x-www-form-urlencoded`.
    fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.iter().filter(|byte| **byte == b'&').count() >= MAX_FIELDS {
            return Err(Problem::new(Code::TooLarge, "the form has too many fields"));
        }
        Ok(Self {
            fields: form_urlencoded::parse(bytes).into_owned().collect(),
        })
    }

    /// Returns the value of a field; empty if the field is missing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// Returns the values of a field that may be given any number of times, as check boxes are.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let found = self.fields.iter().filter(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    /// Returns the value of a field; `None` if the field is missing.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl FromRequest<Shared> for Form {
    type Rejection = PageError;

    /// Reads the form. Refuses it if it does not contain this visitor's token.
    async fn from_request(request: Request, state: &Shared) -> Result<Self, PageError> {
        let visitor = request.extensions().get::<Visitor>().cloned();
        let bytes = read(request, state).await?;
        let form = Self::parse(&bytes)?;
        if visitor.is_some_and(|visitor| visitor.sent(form.get("csrf"), &state.secret)) {
            Ok(form)
        } else {
            Err(stale_form().into())
        }
    }
}

/// Creates the problem for a form that does not contain this visitor's token.
pub(crate) fn stale_form() -> Problem {
    Problem::new(
        Code::CrossSite,
        "the form has expired, or cookies are off; reload the page and send the form again",
    )
}

/// Reads the complete body of a request, within the limits.
pub(crate) async fn read(request: Request, state: &Shared) -> Result<Bytes, Problem> {
    let deadline = state.config.body_deadline;
    match tokio::time::timeout(deadline, collect(request, state.config.max_body_bytes)).await {
        Ok(read) => read,
        Err(_) => Err(Problem::new(
            Code::RequestTimeout,
            format!("the body took longer than {} s to arrive", deadline.as_secs()),
        )),
    }
}

async fn collect(request: Request, most: usize) -> Result<Bytes, Problem> {
    let allowance = request.extensions().get::<Allowance>().cloned();
    let mut body = request.into_body();
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::invalid("the body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > most {
            let detail = format!("the body is larger than {most} bytes");
            return Err(Problem::new(Code::TooLarge, detail));
        }
        if let Some(allowance) = &allowance {
            allowance.grow(data.len())?;
        }
        read.extend_from_slice(&data);
    }
    Ok(read.into())
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
}

/// Returns serde's message without the values that it quotes, which may be feedback text.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    match message.find(": string \"") {
        Some(at) => {
            let expected = message
                .rsplit_once(", expected ")
                .map_or("", |(_, expected)| expected);
            format!("{}: a string, expected {expected}", &message[..at])
        }
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let form = Form::parse(b"text=a+b%26c%C3%A9&empty=&alone&text=second").unwrap();
        assert_eq!(
            ["text", "empty", "alone", "missing"].map(|name| form.get(name)),
            ["a b&c\u{e9}", "", "", ""]
        );
        assert_eq!(form.all("text"), ["a b&c\u{e9}", "second"]);
        assert!(form.all("missing").is_empty());
    }

    #[test]
    fn a_form_with_a_million_fields_is_refused() {
        let problem = Form::parse("a&".repeat(1_000_000).as_bytes()).unwrap_err();
        assert_eq!(problem.code, Code::TooLarge);
    }

    #[test]
    fn values_are_not_quoted_in_messages() {
        let error = serde_json::from_str::<Vec<u8>>("\"a secret\"").unwrap_err();
        let reason = reason(&error);
        assert!(!reason.contains("secret"), "{reason}");
        assert!(reason.contains("a sequence"), "{reason}");
    }
}
