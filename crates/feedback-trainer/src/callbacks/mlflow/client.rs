//! Requests to an MLflow server.

use std::time::Duration;

use serde_json::{Value, json};

use crate::error::{BoxError, CallbackError};

/// Maximum time to wait for an answer, so that a slow server does not block training.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client of an MLflow tracking server, without TLS.
pub(super) struct Client {
    agent: ureq::Agent,
    address: String,
}

impl Client {
    /// Creates a client for the server at `tracking_uri`.
    ///
    /// # Errors
    ///
    /// If the address does not begin with `http://`.
    pub(super) fn new(tracking_uri: &str) -> Result<Self, CallbackError> {
        let address = tracking_uri.trim_end_matches('/');
        if !address.starts_with("http://") {
            return Err(CallbackError::new(
                format!("the tracking address is `{tracking_uri}`, expected one that begins with `http://`"),
                "for a server behind TLS, run a local proxy",
            ));
        }
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false) // the response body contains the reason
            .build();
        Ok(Self {
            agent: config.into(),
            address: address.to_owned(),
        })
    }

    /// Returns the id of the experiment `name`, which is created if it does not exist.
    pub(super) fn experiment_id(&self, name: &str) -> Result<String, BoxError> {
        let id = |value: &Value| value.as_str().map(str::to_owned);
        let response = self
            .agent
            .get(self.url("experiments/get-by-name"))
            .query("experiment_name", name)
            .call()
            .map_err(|error| self.unreachable(&error))?;
        if response.status() != 404 {
            let found = answer("experiments/get-by-name", response)?;
            return Ok(id(&found["experiment"]["experiment_id"])
                .ok_or("`experiments/get-by-name` answered without an `experiment_id`")?);
        }
        let created = self.post("experiments/create", &json!({"name": name}))?;
        Ok(
            id(&created["experiment_id"])
                .ok_or("`experiments/create` answered without an `experiment_id`")?,
        )
    }

    /// Calls a method of the API and returns the response.
    pub(super) fn post(&self, method: &str, body: &Value) -> Result<Value, BoxError> {
        let response = self
            .agent
            .post(self.url(method))
            .send_json(body)
            .map_err(|error| self.unreachable(&error))?;
        answer(method, response)
    }

    fn url(&self, method: &str) -> String {
        format!("{}/api/2.0/mlflow/{method}", self.address)
    }

    fn unreachable(&self, error: &ureq::Error) -> BoxError {
        let reason = format!(
            "the MLflow server at `{}` cannot be reached: {error}",
            self.address
        );
        CallbackError::new(reason, "start it with `mlflow server`").into()
    }
}

fn answer(method: &str, mut response: ureq::http::Response<ureq::Body>) -> Result<Value, BoxError> {
    let status = response.status();
    let text = response.body_mut().read_to_string()?;
    if !status.is_success() {
        let reply: Value = serde_json::from_str(&text).unwrap_or_default(); // a proxy may answer in HTML
        let message = reply["message"].as_str().unwrap_or(&text).to_owned();
        return Err(format!("MLflow answered {status} to `{method}`: {message}").into());
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_str(&text)?)
}
