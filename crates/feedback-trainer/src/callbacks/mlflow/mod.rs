//! A run in MLflow, over its REST API.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::{BoxError, Callback, CallbackResult, Control, LogEntry, LogKind, Metrics, TrainState};

/// Figures and parameters that one request may carry; MLflow refuses more.
const MOST_METRICS: usize = 1000;
const MOST_PARAMETERS: usize = 100;
/// Figures kept for a server that does not answer; beyond it the oldest are lost.
const MOST_WAITING: usize = 100_000;
/// A server that takes longer than this to answer holds training up no further.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends parameters, every figure of the log and those of the test set to an MLflow tracking server, without TLS.
///
/// Where the server cannot be reached when training begins, training ends with an error: then the address is wrong. Where
/// it goes away later, training goes on; figures wait and are sent with the next ones, and
/// [`on_trouble`](Self::on_trouble) is told. A run that ends in an error or with a loss that is no number is
/// marked `FAILED`, an interrupted one `KILLED`; one that is taken up again from a checkpoint goes on under the same id, and figures of steps that are done again stand there twice.
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
    agent: ureq::Agent,
    address: String,
    experiment: String,
    run_name: Option<String>,
    parameters: Vec<(String, String)>,
    run_id: Option<String>,
    ended: bool,
    waiting: Vec<Value>,
    trouble: Box<dyn FnMut(&str)>,
}

impl Mlflow {
    /// A run of `experiment`, which is made where it is missing, on the server at `tracking_uri`.
    ///
    /// # Errors
    ///
    /// Where the address does not begin with `http://`.
    pub fn new(tracking_uri: &str, experiment: &str) -> Result<Self, BoxError> {
        let address = tracking_uri.trim_end_matches('/');
        if !address.starts_with("http://") {
            return Err(format!(
                "the tracking address is `{tracking_uri}`, expected one that begins with `http://`\n\
                 hint: for a server behind TLS, run a local proxy"
            )
            .into());
        }
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false) // the body says why
            .build();
        Ok(Self {
            agent: config.into(),
            address: address.to_owned(),
            experiment: experiment.to_owned(),
            run_name: None,
            parameters: Vec::new(),
            run_id: None,
            ended: false,
            waiting: Vec::new(),
            trouble: Box::new(|_| ()),
        })
    }

    /// The run's name; MLflow makes one up otherwise.
    #[must_use]
    pub fn with_run_name(mut self, name: &str) -> Self {
        self.run_name = Some(name.to_owned());
        self
    }

    /// Parameters to show with the run, such as the training arguments.
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

    /// What to do with a message about a server that no longer answers as it should. Nothing by default.
    #[must_use]
    pub fn on_trouble(mut self, tell: impl FnMut(&str) + 'static) -> Self {
        self.trouble = Box::new(tell);
        self
    }

    /// The run's id, once training has begun.
    pub fn run_id(&self) -> Option<&str> {
        self.run_id.as_deref()
    }

    fn begin(&mut self) -> Result<(), BoxError> {
        let experiment_id = self.experiment_id()?;
        let mut run = json!({"experiment_id": experiment_id, "start_time": now_ms()});
        if let Some(name) = &self.run_name {
            run["run_name"] = name.as_str().into();
        }
        let made = self.post("runs/create", &run)?;
        let run_id = made["run"]["info"]["run_id"].as_str();
        let run_id = run_id
            .ok_or("`runs/create` answered without a `run_id`")?
            .to_owned();
        let parameters: Vec<Value> = self
            .parameters
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect();
        for parameters in parameters.chunks(MOST_PARAMETERS) {
            self.post("runs/log-batch", &json!({"run_id": run_id, "params": parameters}))?;
        }
        self.run_id = Some(run_id);
        Ok(())
    }

    fn experiment_id(&self) -> Result<String, BoxError> {
        let id = |value: &Value| value.as_str().map(str::to_owned);
        let response = self
            .agent
            .get(self.url("experiments/get-by-name"))
            .query("experiment_name", &self.experiment)
            .call()
            .map_err(|error| self.unreachable(&error))?;
        if response.status() != 404 {
            let found = answer("experiments/get-by-name", response)?;
            return Ok(id(&found["experiment"]["experiment_id"])
                .ok_or("`experiments/get-by-name` answered without an `experiment_id`")?);
        }
        let made = self.post("experiments/create", &json!({"name": self.experiment}))?;
        Ok(id(&made["experiment_id"]).ok_or("`experiments/create` answered without an `experiment_id`")?)
    }

    /// Sends what waits. What cannot be sent waits on.
    fn send(&mut self) {
        let Some(run_id) = self.run_id.clone() else { return };
        while !self.waiting.is_empty() {
            let number = self.waiting.len().min(MOST_METRICS);
            let batch = json!({"run_id": run_id, "metrics": self.waiting[..number]});
            match self.post("runs/log-batch", &batch) {
                Ok(_) => drop(self.waiting.drain(..number)),
                Err(error) => {
                    (self.trouble)(&format!(
                        "{} figures wait to be sent: {error}",
                        self.waiting.len()
                    ));
                    let too_many = self.waiting.len().saturating_sub(MOST_WAITING);
                    self.waiting.drain(..too_many);
                    return;
                }
            }
        }
    }

    fn figures(&mut self, prefix: &str, step: usize, values: &Metrics) -> CallbackResult {
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
        if let Err(error) = self.post("runs/update", &update) {
            (self.trouble)(&format!("the run could not be marked {status}: {error}"));
        }
    }

    fn post(&self, method: &str, body: &Value) -> Result<Value, BoxError> {
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
        format!(
            "the MLflow server at `{}` cannot be reached: {error}\nhint: start it with `mlflow server`",
            self.address
        )
        .into()
    }
}

fn answer(method: &str, mut response: ureq::http::Response<ureq::Body>) -> Result<Value, BoxError> {
    let status = response.status();
    let text = response.body_mut().read_to_string()?;
    if !status.is_success() {
        let told: Value = serde_json::from_str(&text).unwrap_or_default(); // a proxy answers in HTML
        let told = told["message"].as_str().unwrap_or(&text).to_owned();
        return Err(format!("MLflow answered {status} to `{method}`: {told}").into());
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_str(&text)?)
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
            Some(run_id) => drop(self.post("runs/update", &json!({"run_id": run_id, "status": "RUNNING"}))?),
            None => self.begin()?,
        }
        Ok(Control::CONTINUE)
    }

    fn on_log(&mut self, _state: &TrainState, entry: &LogEntry) -> CallbackResult {
        let prefix = match entry.kind {
            LogKind::Train => "train",
            LogKind::Eval => "eval",
        };
        self.figures(prefix, entry.global_step, &entry.values)
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
        self.figures("test", state.global_step, metrics)
    }
}

impl Drop for Mlflow {
    /// A run that has not ended by now has failed.
    fn drop(&mut self) {
        self.send();
        self.finish("FAILED");
    }
}

/// Numbers that JSON has not go as words, as protocol buffers' JSON has them.
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
    since.map_or(0, |since| since.as_millis() as u64) // a clock before 1970 is 0
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::rc::Rc;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A server that answers what it is told to and keeps what it was asked.
    struct Fake {
        address: String,
        asked: Arc<Mutex<Vec<(String, Value)>>>,
    }

    impl Fake {
        fn new(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            let asked = Arc::new(Mutex::new(Vec::new()));
            let kept = Arc::clone(&asked);
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    let mut stream = BufReader::new(stream.unwrap());
                    let mut first = String::new();
                    stream.read_line(&mut first).unwrap();
                    let mut length = 0;
                    loop {
                        let mut line = String::new();
                        stream.read_line(&mut line).unwrap();
                        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                            length = value.trim().parse().unwrap();
                        }
                        if line.trim().is_empty() {
                            break;
                        }
                    }
                    let mut body = vec![0; length];
                    stream.read_exact(&mut body).unwrap();
                    let path = first.split(' ').nth(1).unwrap().to_owned();
                    let (status, text) = answer(&path);
                    let body = serde_json::from_slice(&body).unwrap_or_default();
                    kept.lock().unwrap().push((path, body));
                    write!(
                        stream.get_mut(),
                        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{text}",
                        text.len()
                    )
                    .unwrap();
                }
            });
            Self { address, asked }
        }

        fn asked(&self) -> Vec<(String, Value)> {
            let asked = self.asked.lock().unwrap();
            let short = |path: &str| path.rsplit_once("mlflow/").unwrap().1.to_owned();
            asked
                .iter()
                .map(|(path, body)| (short(path), body.clone()))
                .collect()
        }
    }

    fn usual(path: &str) -> (u16, String) {
        if path.contains("get-by-name") {
            (404, r#"{"error_code": "RESOURCE_DOES_NOT_EXIST"}"#.into())
        } else if path.contains("experiments/create") {
            (200, r#"{"experiment_id": "7"}"#.into())
        } else {
            (200, r#"{"run": {"info": {"run_id": "abc"}}}"#.into())
        }
    }

    fn entry(step: usize, value: f64) -> LogEntry {
        LogEntry {
            kind: LogKind::Train,
            global_step: step,
            epoch: 0.5,
            values: [("loss".to_owned(), value)].into(),
        }
    }

    #[test]
    fn a_run_is_made_filled_and_ended() {
        let server = Fake::new(usual);
        let state = TrainState::default();
        let mut callback = Mlflow::new(&server.address, "my feedback")
            .unwrap()
            .with_run_name("first")
            .with_parameters([("learning_rate", "0.1")]);
        callback.on_train_begin(&state).unwrap();
        assert_eq!(callback.run_id(), Some("abc"));
        callback.on_log(&state, &entry(3, f64::NAN)).unwrap();
        callback.on_train_end(&state).unwrap();
        drop(callback); // an ended run is not marked again

        let asked = server.asked();
        let paths: Vec<&str> = asked.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "experiments/get-by-name?experiment_name=my%20feedback",
                "experiments/create",
                "runs/create",
                "runs/log-batch",
                "runs/log-batch",
                "runs/update"
            ]
        );
        assert_eq!(asked[2].1["experiment_id"], "7");
        assert_eq!(asked[2].1["run_name"], "first");
        assert_eq!(
            asked[3].1["params"],
            json!([{"key": "learning_rate", "value": "0.1"}])
        );
        let metric = &asked[4].1["metrics"][0];
        assert_eq!(
            (&metric["key"], &metric["value"], &metric["step"]),
            (&json!("train/loss"), &json!("NaN"), &json!(3))
        );
        assert_eq!(asked[5].1["status"], "FINISHED");
    }

    #[test]
    fn figures_wait_for_a_server_that_fails_and_a_dropped_run_has_failed() {
        let broken = Arc::new(Mutex::new(false));
        let seen = Arc::clone(&broken);
        let server = Fake::new(move |path| {
            if *seen.lock().unwrap() {
                (500, r#"{"message": "disk full"}"#.into())
            } else {
                usual(path)
            }
        });
        let state = TrainState::default();
        let messages = Rc::new(RefCell::new(Vec::new()));
        let told = Rc::clone(&messages);
        let mut callback = Mlflow::new(&server.address, "e")
            .unwrap()
            .on_trouble(move |message| told.borrow_mut().push(message.to_owned()));
        callback.on_train_begin(&state).unwrap();
        *broken.lock().unwrap() = true;
        callback.on_log(&state, &entry(1, 0.5)).unwrap();
        assert!(
            messages.borrow()[0].contains("1 figures wait") && messages.borrow()[0].contains("disk full")
        );
        *broken.lock().unwrap() = false;
        callback.on_log(&state, &entry(2, 0.4)).unwrap();
        drop(callback);
        let asked = server.asked();
        let sent = asked[asked.len() - 2].1["metrics"].as_array().unwrap();
        assert_eq!(sent.len(), 2);
        assert_eq!(asked.last().unwrap().1["status"], "FAILED");
    }

    #[test]
    fn a_run_that_is_taken_up_again_keeps_its_id() {
        let server = Fake::new(usual);
        let state = TrainState::default();
        let mut callback = Mlflow::new(&server.address, "e").unwrap();
        callback
            .load_state(json!({"run_id": "old", "waiting": []}))
            .unwrap();
        callback.on_train_begin(&state).unwrap();
        callback.on_train_end(&state).unwrap();
        let asked = server.asked();
        let updates: Vec<&Value> = asked.iter().map(|(_, body)| &body["status"]).collect();
        assert_eq!(updates, ["RUNNING", "FINISHED"]);
        assert!(asked.iter().all(|(_, body)| body["run_id"] == "old"));
    }

    #[test]
    fn the_status_says_how_a_run_ended() {
        for (stopped_by, status) in [
            (Some("completed"), "FINISHED"),
            (Some("early_stopping"), "FINISHED"),
            (Some("interrupted"), "KILLED"),
            (Some("loss_not_finite"), "FAILED"),
        ] {
            let server = Fake::new(usual);
            let mut callback = Mlflow::new(&server.address, "e").unwrap();
            let mut state = TrainState::default();
            callback.on_train_begin(&state).unwrap();
            state.stopped_by = stopped_by.map(str::to_owned);
            callback.on_train_end(&state).unwrap();
            assert_eq!(server.asked().last().unwrap().1["status"], status);
        }
    }

    #[test]
    fn an_address_without_a_server_or_with_tls_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let mut callback = Mlflow::new(&address, "e").unwrap();
        let error = callback.on_train_begin(&TrainState::default()).unwrap_err();
        assert!(error.to_string().contains("cannot be reached"), "{error}");
        assert!(Mlflow::new("https://mlflow.example.org", "e").is_err());
    }
}
