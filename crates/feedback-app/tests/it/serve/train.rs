//! A training in the web app: a text is corrected; the training is started, stopped and resumed; its model is promoted.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::{Answer, get, post, send};
use super::process::Serve;

/// A minimal browser: stores the cookie and sends forms.
struct Browser<'a> {
    serve: &'a Serve,
    cookie: String,
}

impl<'a> Browser<'a> {
    fn new(serve: &'a Serve) -> Self {
        let page = send(&serve.addr, "GET", "/", &[("Accept", "text/html")], b"").unwrap();
        let cookie = page
            .head
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .unwrap();
        Self {
            serve,
            cookie: cookie.split(';').next().unwrap().to_owned(),
        }
    }

    fn page(&self, path: &str) -> Answer {
        let headers = [("Accept", "text/html"), ("Cookie", &*self.cookie)];
        send(&self.serve.addr, "GET", path, &headers, b"").unwrap()
    }

    /// Sends a form; returns the path that the answer redirects to.
    fn submit(&self, path: &str, fields: &str) -> String {
        let page = self.page("/").body;
        let token = page
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let headers = [
            ("Accept", "text/html"),
            ("Cookie", &*self.cookie),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let body = format!("csrf={token}&{fields}");
        let answer = send(&self.serve.addr, "POST", path, &headers, body.as_bytes()).unwrap();
        assert_eq!(answer.status, 303, "{answer:?}");
        let to = answer
            .head
            .lines()
            .find_map(|line| line.strip_prefix("location: "))
            .unwrap();
        to.to_owned()
    }

    fn wait_for(&self, path: &str, sign: &str) -> String {
        let began = Instant::now();
        loop {
            let page = self.page(path).body;
            if page.contains(sign) {
                return page;
            }
            let failed = page.contains("<span class=\"tag\">failed</span>");
            assert!(!failed && began.elapsed() < Duration::from_secs(240), "{page}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Writes labelled rows about crashes and praise. Some crashes are mislabelled, so that there is always a row to ask about.
pub(crate) fn labelled_file(folder: &Path) -> PathBuf {
    let mut rows = String::new();
    for index in 0..80 {
        rows += &format!("{{\"text\": \"it crashes on page {index}\", \"label\": \"bug\"}}\n");
        rows += &format!("{{\"text\": \"i love the look of page {index}\", \"label\": \"praise\"}}\n");
    }
    for index in 80..92 {
        rows += &format!("{{\"text\": \"it crashes on page {index}\", \"label\": \"praise\"}}\n");
        // The same tokens with the right label, twice: no model can learn the wrong one, however long it is trained.
        rows += &format!("{{\"text\": \"It crashes on page {index}\", \"label\": \"bug\"}}\n");
        rows += &format!("{{\"text\": \"IT CRASHES on page {index}\", \"label\": \"bug\"}}\n");
    }
    let path = folder.join("data.jsonl");
    fs_err::write(&path, rows).unwrap();
    path
}

/// Returns the states of all models, newest first.
pub(crate) fn state_of_models(models: &Value) -> Vec<&str> {
    let models = models.as_array().unwrap().iter();
    models.map(|model| model["state"].as_str().unwrap()).collect()
}

/// Answers a question about a mislabelled row through the API, with the label `bug`; returns the row id.
fn answer_a_question(serve: &Serve, id: &str) -> String {
    let path = format!("/api/v1/trainings/{id}");
    let began = Instant::now();
    let row = loop {
        let asked = get(&serve.addr, &format!("{path}/questions")).unwrap().json();
        let rows = asked["rows"].as_array().unwrap();
        let crash =
            |row: &&Value| row["label"] == "praise" && row["text"].as_str().unwrap().contains("crashes");
        if let Some(row) = rows.iter().find(crash) {
            assert_eq!(asked["labels"], json!(["bug", "praise"]));
            break row["row"].as_str().unwrap().to_owned();
        }
        assert!(began.elapsed() < Duration::from_secs(240), "{asked}");
        std::thread::sleep(Duration::from_millis(50));
    };
    let say = |reply: Value| {
        post(&serve.addr, &format!("{path}/answers"), &reply)
            .unwrap()
            .status
    };
    assert_eq!(say(json!({ "row": row, "label": "no such label" })), 400);
    assert_eq!(
        say(json!({ "row": "test:1", "label": "bug" })),
        400,
        "the id of a test row is refused"
    );
    assert_eq!(say(json!({ "row": row })), 400);
    assert_eq!(say(json!({ "row": row, "label": "bug", "drop": true })), 400);
    assert_eq!(say(json!({ "row": row, "label": "bug" })), 204);
    row
}

#[test]
fn a_training_is_started_stopped_and_resumed_and_its_model_promoted() {
    let folder = tempfile::tempdir().unwrap();
    let data = labelled_file(folder.path());
    let state_dir = folder.path().join("state");
    let serve = Serve::start_with(&state_dir, &["--train-data", data.to_str().unwrap()]);

    let classified = post(&serve.addr, "/api/v1/classify", &json!({ "text": "what a joy" }))
        .unwrap()
        .json();
    let correction = json!({ "prediction_id": classified["predictions"][0]["id"], "label": "praise" });
    assert_eq!(
        post(&serve.addr, "/api/v1/corrections", &correction)
            .unwrap()
            .status,
        201
    );

    let browser = Browser::new(&serve);
    let path = browser.submit(
        "/train",
        "data=0&base=scratch:tiny&pooling=cls&num_train_epochs=30&seed=7&ask_people=yes",
    );
    browser.wait_for(&path, "<polyline class=\"line stroke-1\"");
    let id = path.rsplit('/').next().unwrap();
    let row = answer_a_question(&serve, id);
    let asked = browser.page(&path).body;
    assert!(
        !asked.contains(&format!("aria-label=\"Row {row}\"")),
        "an answered row is not asked about again"
    );
    browser.submit(&format!("{path}/stop"), "");
    let stopped = browser.wait_for(&path, "Resume");
    assert!(stopped.contains("stopped after step"), "{stopped}");
    browser.submit(&format!("{path}/resume"), "");
    let done = browser.wait_for(&path, "Promote");
    assert!(done.contains("resumed after step"), "{done}");
    assert!(
        done.contains("1 corrections were trained on, 0 left out"),
        "{done}"
    );
    let training = state_dir.join("trainings").join(id);
    let audit = fs_err::read_to_string(training.join("run/corrections/audit.jsonl")).unwrap();
    let decided = audit
        .lines()
        .find(|line| line.contains(&format!("\"id\":\"{row}\"")))
        .unwrap();
    assert!(
        decided.contains("the web app") && !decided.contains("refused"),
        "{decided}"
    );
    let trained_on = training.join("data/train-with-corrections.jsonl");
    assert!(fs_err::read_to_string(trained_on).unwrap().contains("what a joy"));

    let models = get(&serve.addr, "/api/v1/models").unwrap().json();
    let candidate = |model: &&Value| model["state"] == "candidate";
    let model = models.as_array().unwrap().iter().find(candidate).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    browser.submit(&format!("/models/{model}/promote"), "accept_worse=1");
    let answer = post(
        &serve.addr,
        "/api/v1/classify",
        &json!({ "text": "it crashes on page 999" }),
    )
    .unwrap()
    .json();
    assert_eq!(answer["model"], model.as_str());
    assert_eq!(answer["predictions"][0]["scores"].as_array().unwrap().len(), 2);
    serve.terminate();
}
