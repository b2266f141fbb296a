use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use super::*;

/// A server that sends prepared answers and records the requests.
struct FakeServer {
    address: String,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl FakeServer {
    fn new(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&requests);
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
                recorded.lock().unwrap().push((path, body));
                write!(
                    stream.get_mut(),
                    "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{text}",
                    text.len()
                )
                .unwrap();
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> Vec<(String, Value)> {
        let requests = self.requests.lock().unwrap();
        let short = |path: &str| path.rsplit_once("mlflow/").unwrap().1.to_owned();
        requests
            .iter()
            .map(|(path, body)| (short(path), body.clone()))
            .collect()
    }
}

fn normal_answer(path: &str) -> (u16, String) {
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
fn a_run_is_created_logged_and_ended() {
    let server = FakeServer::new(normal_answer);
    let state = TrainState::default();
    let mut callback = Mlflow::new(&server.address, "my feedback")
        .unwrap()
        .with_run_name("first")
        .with_parameters([("learning_rate", "0.1")]);
    callback.on_train_begin(&state).unwrap();
    assert_eq!(callback.run_id(), Some("abc"));
    callback.on_log(&state, &entry(3, f64::NAN)).unwrap();
    callback.on_train_end(&state).unwrap();
    drop(callback); // an ended run is not updated again

    let requests = server.requests();
    let paths: Vec<&str> = requests.iter().map(|(path, _)| path.as_str()).collect();
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
    assert_eq!(requests[2].1["experiment_id"], "7");
    assert_eq!(requests[2].1["run_name"], "first");
    assert_eq!(
        requests[3].1["params"],
        json!([{"key": "learning_rate", "value": "0.1"}])
    );
    let metric = &requests[4].1["metrics"][0];
    assert_eq!(
        (&metric["key"], &metric["value"], &metric["step"]),
        (&json!("train/loss"), &json!("NaN"), &json!(3))
    );
    assert_eq!(requests[5].1["status"], "FINISHED");
}

#[test]
fn values_wait_while_the_server_fails_and_a_dropped_run_is_marked_failed() {
    let broken = Arc::new(Mutex::new(false));
    let seen = Arc::clone(&broken);
    let server = FakeServer::new(move |path| {
        if *seen.lock().unwrap() {
            (500, r#"{"message": "disk full"}"#.into())
        } else {
            normal_answer(path)
        }
    });
    let state = TrainState::default();
    let messages = Rc::new(RefCell::new(Vec::new()));
    let sink = Rc::clone(&messages);
    let mut callback = Mlflow::new(&server.address, "e")
        .unwrap()
        .on_warning(move |message| sink.borrow_mut().push(message.to_owned()));
    callback.on_train_begin(&state).unwrap();
    *broken.lock().unwrap() = true;
    callback.on_log(&state, &entry(1, 0.5)).unwrap();
    assert!(messages.borrow()[0].contains("(1 waiting)") && messages.borrow()[0].contains("disk full"));
    *broken.lock().unwrap() = false;
    callback.on_log(&state, &entry(2, 0.4)).unwrap();
    drop(callback);
    let requests = server.requests();
    let sent = requests[requests.len() - 2].1["metrics"].as_array().unwrap();
    assert_eq!(sent.len(), 2);
    assert_eq!(requests.last().unwrap().1["status"], "FAILED");
}

#[test]
fn a_resumed_run_keeps_its_id() {
    let server = FakeServer::new(normal_answer);
    let state = TrainState::default();
    let mut callback = Mlflow::new(&server.address, "e").unwrap();
    callback
        .load_state(json!({"run_id": "old", "waiting": []}))
        .unwrap();
    callback.on_train_begin(&state).unwrap();
    callback.on_train_end(&state).unwrap();
    let requests = server.requests();
    let updates: Vec<&Value> = requests.iter().map(|(_, body)| &body["status"]).collect();
    assert_eq!(updates, ["RUNNING", "FINISHED"]);
    assert!(requests.iter().all(|(_, body)| body["run_id"] == "old"));
}

#[test]
fn the_status_shows_how_a_run_ended() {
    for (stopped_by, status) in [
        (Some("completed"), "FINISHED"),
        (Some("early_stopping"), "FINISHED"),
        (Some("interrupted"), "KILLED"),
        (Some("loss_not_finite"), "FAILED"),
    ] {
        let server = FakeServer::new(normal_answer);
        let mut callback = Mlflow::new(&server.address, "e").unwrap();
        let mut state = TrainState::default();
        callback.on_train_begin(&state).unwrap();
        state.stopped_by = stopped_by.map(str::to_owned);
        callback.on_train_end(&state).unwrap();
        assert_eq!(server.requests().last().unwrap().1["status"], status);
    }
}

#[test]
fn an_address_without_a_server_or_with_tls_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut callback = Mlflow::new(&address, "e").unwrap();
    let error = callback.on_train_begin(&TrainState::default()).unwrap_err();
    assert!(error.to_string().contains("cannot be reached"), "{error}");
    assert!(Mlflow::new("https://mlflow.example.org", "e").is_err());
}
