//! Tracks a run in MLflow through its REST API.

mod client;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use self::client::Client;
use crate::callback::{Callback, CallbackResult};
use crate::error::{BoxError, CallbackError};
use crate::model::Metrics;
use crate::state::{Control, LogEntry, LogKind, TrainState};

/// Maximum number of values and parameters in one request; MLflow refuses more.
const MAX_METRICS: usize = 1000;
const MAX_PARAMETERS: usize = 100;
/// Maximum number of values kept while the server does not answer; the oldest are dropped first.
const MAX_WAITING: usize = 100_000;

/// Sends parameters, all logged values and the test metrics to an MLflow tracking server, without TLS.
///
/// If the server cannot be reached when training starts, training ends with an error. If the server fails later,
/// training continues: unsent values are kept and sent with the next ones, and the function given to
/// [`on_warning`](Self::on_warning) is called. A run that ends with an error, or because a loss or gradient is
/// not finite, is marked `FAILED`; an interrupted run is marked `KILLED`. A resumed run keeps its id; the values
/// of steps that it repeats appear twice.
///
/// # Examples
///
/// ```no_run
/// use feedback_trainer::callbacks::Mlflow;
///
/// let callback = Mlflow::new("http://127.0.0.1:5000", "feedback")?
///     .with_run_name("minilm-seed-42")
///     .with_parameters([("learning_rate", "1e-4")]);
/// # Ok::<(), feedback_trainer::BoxError>(())
/// ```
///
/// # References
///
/// MLflow REST API 2.0: `experiments/get-by-name`, `experiments/create`, `runs/create`, `runs/log-batch`,
/// `runs/update`.
pub struct Mlflow {
    client: Client,
    experiment: String,
    run_name: Option<String>,
    parameters: Vec<(String, String)>,
    run_id: Option<String>,
    ended: bool,
    waiting: Vec<Value>,
    warn: Box<dyn FnMut(&str)>,
}

impl Mlflow {
    /// Logs to `experiment` on the server at `tracking_uri`. If the experiment does not exist, it is created
    /// when training begins.
    ///
    /// # Errors
    ///
    /// If the address does not begin with `http://`.
    pub fn new(tracking_uri: &str, experiment: &str) -> Result<Self, CallbackError> {
        Ok(Self {
            client: Client::new(tracking_uri)?,
            experiment: experiment.to_owned(),
            run_name: None,
            parameters: Vec::new(),
            run_id: None,
            ended: false,
            waiting: Vec::new(),
            warn: Box::new(|_| ()),
        })
    }

    /// Sets the name of the run; by default MLflow generates one.
    #[must_use]
    pub fn with_run_name(mut self, name: &str) -> Self {
        self.run_name = Some(name.to_owned());
        self
    }

    /// Adds parameters to show with the run, such as the training arguments.
    #[must_use]
    pub fn with_parameters<N: Into<String>, V: Into<String>>(
        mut self,
        parameters: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let parameters = parameters.into_iter();
        self.parameters
            .extend(parameters.map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Sets the function that is called with a message when the server fails. By default failures are ignored.
    #[must_use]
    pub fn on_warning(mut self, warn: impl FnMut(&str) + 'static) -> Self {
        self.warn = Box::new(warn);
        self
    }

    /// Returns the id of the run; `None` before training begins.
    pub fn run_id(&self) -> Option<&str> {
        self.run_id.as_deref()
    }

    fn begin(&mut self) -> Result<(), BoxError> {
        let experiment_id = self.client.experiment_id(&self.experiment)?;
        let mut run = json!({"experiment_id": experiment_id, "start_time": now_ms()});
        if let Some(name) = &self.run_name {
            run["run_name"] = name.as_str().into();
        }
        let created = self.client.post("runs/create", &run)?;
        let run_id = created["run"]["info"]["run_id"].as_str();
        let run_id = run_id
            .ok_or("`runs/create` answered without a `run_id`")?
            .to_owned();
        let parameters: Vec<Value> = self
            .parameters
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect();
        for parameters in parameters.chunks(MAX_PARAMETERS) {
            self.client
                .post("runs/log-batch", &json!({"run_id": run_id, "params": parameters}))?;
        }
        self.run_id = Some(run_id);
        Ok(())
    }

    /// Sends the waiting values. Values that cannot be sent are kept.
    fn send(&mut self) {
        let Some(run_id) = self.run_id.clone() else { return };
        while !self.waiting.is_empty() {
            let number = self.waiting.len().min(MAX_METRICS);
            let batch = json!({"run_id": run_id, "metrics": self.waiting[..number]});
            match self.client.post("runs/log-batch", &batch) {
                Ok(_) => drop(self.waiting.drain(..number)),
                Err(error) => {
                    (self.warn)(&format!(
                        "cannot send values ({} waiting): {}",
                        self.waiting.len(),
                        with_hint(&error)
                    ));
                    let too_many = self.waiting.len().saturating_sub(MAX_WAITING);
                    self.waiting.drain(..too_many);
                    return;
                }
            }
        }
    }

    fn log_values(&mut self, prefix: &str, step: usize, values: &Metrics) -> CallbackResult {
        let timestamp = now_ms();
        self.waiting.extend(values.iter().map(|(name, &value)| {
            json!({"key": format!("{prefix}/{name}"), "value": number(value), "step": step, "timestamp": timestamp})
        }));
        self.send();
        Ok(Control::CONTINUE)
    }

    fn finish(&mut self, status: &str) {
        let Some(run_id) = self.run_id.clone().filter(|_| !self.ended) else {
            return;
        };
        self.ended = true;
        let update = json!({"run_id": run_id, "status": status, "end_time": now_ms()});
        if let Err(error) = self.client.post("runs/update", &update) {
            (self.warn)(&format!(
                "the run could not be marked {status}: {}",
                with_hint(&error)
            ));
        }
    }
}

impl Callback for Mlflow {
    fn name(&self) -> &str {
        "mlflow"
    }

    fn state(&self) -> Option<Value> {
        Some(json!({"run_id": self.run_id, "waiting": self.waiting}))
    }

    fn load_state(&mut self, state: Value) -> Result<(), BoxError> {
        self.run_id = serde_json::from_value(state["run_id"].clone())?;
        self.waiting = serde_json::from_value(state["waiting"].clone())?;
        Ok(())
    }

    fn on_train_begin(&mut self, _state: &TrainState) -> CallbackResult {
        match self.run_id.clone() {
            Some(run_id) => drop(
                self.client
                    .post("runs/update", &json!({"run_id": run_id, "status": "RUNNING"}))?,
            ),
            None => self.begin()?,
        }
        Ok(Control::CONTINUE)
    }

    fn on_log(&mut self, _state: &TrainState, entry: &LogEntry) -> CallbackResult {
        let prefix = match entry.kind {
            LogKind::Train => "train",
            LogKind::Eval => "eval",
        };
        self.log_values(prefix, entry.global_step, &entry.values)
    }

    fn on_train_end(&mut self, state: &TrainState) -> CallbackResult {
        self.send();
        self.finish(match state.stopped_by.as_deref() {
            Some("interrupted") => "KILLED",
            Some("loss_not_finite") => "FAILED",
            _ => "FINISHED",
        });
        Ok(Control::CONTINUE)
    }

    fn on_predict(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        self.log_values("test", state.global_step, metrics)
    }
}

impl Drop for Mlflow {
    /// Marks a run that is dropped before training ended as failed.
    fn drop(&mut self) {
        self.send();
        self.finish("FAILED");
    }
}

/// Returns the message of an error with what to do next.
fn with_hint(error: &BoxError) -> String {
    match error.downcast_ref::<CallbackError>() {
        Some(failed) => format!("{failed}; {}", failed.hint()),
        None => error.to_string(),
    }
}

/// Returns a number as JSON. NaN and infinities are strings, as in the JSON format of protocol buffers.
fn number(value: f64) -> Value {
    match value {
        value if value.is_finite() => value.into(),
        value if value.is_nan() => "NaN".into(),
        value if value > 0.0 => "Infinity".into(),
        _ => "-Infinity".into(),
    }
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64) // 0 if the clock is before 1970
}

#[cfg(test)]
mod tests;
