//! Sends a message to a receiver, without retries.

use std::time::Duration;

use ureq::Agent;

use super::message::Message;
use super::url::AlertUrl;
use crate::auth::WebhookSecrets;
use crate::clock::now_ms;
use crate::error::{Error, Result};

/// The timeout of one attempt. It is short, because a shutdown may have to wait for it.
const TIMEOUT: Duration = Duration::from_secs(4);

/// A receiver of alerts or reports.
pub(crate) struct Receiver {
    name: &'static str,
    url: AlertUrl,
    /// The secrets that sign the message; with `None`, it is sent in Slack's format.
    secrets: Option<WebhookSecrets>,
    agent: Agent,
}

/// The outcome of sending a message. The reasons contain neither the receiver's address nor its response body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The receiver accepted the message.
    Sent,
    /// The receiver will never accept the message, for this reason.
    Refused(String),
    /// The receiver may accept the message later. The attempt failed for this reason.
    Trouble(String),
}

/// Returns the receivers of `what`, such as `alerts`.
///
/// # Errors
///
/// [`Error::Invalid`] if messages must be signed, but there is no webhook secret.
pub(crate) fn receivers(
    webhook: Option<&AlertUrl>,
    slack: Option<&AlertUrl>,
    secrets: Option<&WebhookSecrets>,
    what: &str,
) -> Result<Vec<Receiver>> {
    let mut receivers = Vec::new();
    if let Some(url) = webhook {
        let secrets = secrets.cloned().ok_or_else(|| {
            Error::Invalid(format!("{what} must be signed, but there is no webhook secret"))
        })?;
        receivers.push(Receiver::webhook(url, secrets));
    }
    receivers.extend(slack.map(Receiver::slack));
    Ok(receivers)
}

impl Receiver {
    /// A receiver of signed JSON.
    pub(crate) fn webhook(url: &AlertUrl, secrets: WebhookSecrets) -> Self {
        Self::new("webhook", url, Some(secrets))
    }

    fn slack(url: &AlertUrl) -> Self {
        Self::new("slack", url, None)
    }

    fn new(name: &'static str, url: &AlertUrl, secrets: Option<WebhookSecrets>) -> Self {
        let agent = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("feedback-server/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            name,
            url: url.clone(),
            secrets,
            agent: agent.into(),
        }
    }

    /// Returns the receiver's name in the store.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Sends a message. Blocks for four seconds at most.
    pub(crate) fn send(&self, message: &Message) -> Outcome {
        let mut request = self
            .agent
            .post(self.url.as_str())
            .header("content-type", "application/json");
        let body = match &self.secrets {
            None => message.slack.to_string(),
            Some(secrets) => {
                let body = message.json.to_string();
                let (id, timestamp) = (message.id.as_str(), now_ms() / 1000);
                request = request
                    .header("webhook-signature", secrets.sign(id, timestamp, body.as_bytes()))
                    .header("webhook-timestamp", timestamp.to_string())
                    .header("webhook-id", id);
                body
            }
        };
        match request.send(body) {
            Ok(answer) => by_status(answer.status().as_u16()),
            Err(ureq::Error::RedirectFailed) => Outcome::Refused("a redirect".into()),
            Err(error) => Outcome::Trouble(reason(&error).into()),
        }
    }
}

/// Returns the outcome for a response status. After 408, 429 or 5xx, a later attempt may succeed; other errors are final. Redirects
/// are errors too: they are not followed, because the operator did not choose their target.
fn by_status(status: u16) -> Outcome {
    let why = || format!("status {status}");
    match status {
        200..=299 => Outcome::Sent,
        408 | 429 | 500.. => Outcome::Trouble(why()),
        _ => Outcome::Refused(why()),
    }
}

/// Describes an error. Its own message is not used, because it may contain the address.
fn reason(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "no answer within 4 s",
        ureq::Error::HostNotFound => "unknown host",
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed => "no connection",
        #[cfg(feature = "tls")]
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "no secure connection",
        _ => "the request failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_failures_are_tried_again() {
        let is_trouble = |status| matches!(by_status(status), Outcome::Trouble(_));
        assert_eq!(by_status(204), Outcome::Sent);
        assert!([408, 429, 500, 503, 599].into_iter().all(is_trouble));
        assert!(![301, 307, 400, 403, 404, 410].into_iter().any(is_trouble));
    }
}
