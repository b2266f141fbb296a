//! A training in the app: corrected, begun, stopped, taken up, promoted.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::{Answer, get, post, send};
use super::process::Serve;

/// As much of a browser as a form needs.
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

    /// Sends a form; returns where it leads.
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

#[test]
fn a_training_is_begun_stopped_taken_up_and_promoted() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::new();
    for index in 0..80 {
        rows += &format!("{{\"text\": \"it crashes on page {index}\", \"label\": \"bug\"}}\n");
        rows += &format!("{{\"text\": \"i love the look of page {index}\", \"label\": \"praise\"}}\n");
    }
    let data = folder.path().join("data.jsonl");
    fs_err::write(&data, rows).unwrap();
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
        "data=0&base=scratch:tiny&pooling=cls&num_train_epochs=30&seed=7",
    );
    browser.wait_for(&path, "<path class=\"line l1\"");
    browser.submit(&format!("{path}/stop"), "");
    let stopped = browser.wait_for(&path, "Go on");
    assert!(stopped.contains("stopped after step"), "{stopped}");
    browser.submit(&format!("{path}/resume"), "");
    let done = browser.wait_for(&path, "Promote");
    assert!(done.contains("goes on after step"), "{done}");
    assert!(
        done.contains("1 corrections were trained on, 0 left out"),
        "{done}"
    );
    let trained_on = state_dir.join(format!(
        "trainings/{}/data/train-with-corrections.jsonl",
        path.rsplit('/').next().unwrap()
    ));
    assert!(fs_err::read_to_string(trained_on).unwrap().contains("what a joy"));

    let models = get(&serve.addr, "/api/v1/models").unwrap().json();
    let candidate = |model: &&Value| model["state"] == "candidate";
    let id = models.as_array().unwrap().iter().find(candidate).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    browser.submit(&format!("/models/{id}/promote"), "");
    let answer = post(
        &serve.addr,
        "/api/v1/classify",
        &json!({ "text": "it crashes on page 999" }),
    )
    .unwrap()
    .json();
    assert_eq!(answer["model"], id.as_str());
    assert_eq!(answer["predictions"][0]["scores"].as_array().unwrap().len(), 2);
    serve.terminate();
}
