//! Checks for drift over the API and the pages, with a process that only looks at its files.

#![cfg(unix)]

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use feedback_server::{Analyst, DriftFiles, ReportFiles};
use serde_json::{Value, json};

use crate::help::{Options, Server};

/// An alarm, with the numbers of texts in the files.
const SCRIPT: &str = r#"
now=$(wc -l < "$1" | tr -d ' '); before=$(wc -l < "$2" | tr -d ' ')
printf '{"alarm": true, "level": 0.05, "p_value": 0.001, "n_reference": %s, "n_current": %s, "repeated": 0, "measures": [
  {"kind": "length", "reference": 7.5, "current": 9.0, "change": 1.5, "adjusted_p_value": 0.001, "moved": true}], "labels": [],
  "words": [{"name": "<refund>", "reference": 0.01, "current": 0.2, "change": 0.19, "interval": {"low": 0.1, "high": 0.3}, "moved": true}]}' "$before" "$now"
"#;

struct Scripted {
    script: &'static str,
}

impl Analyst for Scripted {
    fn command(&self, files: &ReportFiles<'_>) -> std::io::Result<Command> {
        Err(std::io::Error::other(format!(
            "no report in `{}`",
            files.folder.display()
        )))
    }

    fn drift(&self, files: &DriftFiles<'_>) -> std::io::Result<Command> {
        let mut command = Command::new("sh");
        let earlier = files.earlier.unwrap_or(files.texts);
        command
            .args(["-c", self.script, "sh"])
            .arg(files.texts)
            .arg(earlier);
        Ok(command)
    }
}

async fn server(script: &'static str, texts: usize) -> Server {
    let server = Server::with(Options {
        analyst: Some(Arc::new(Scripted { script })),
        ..Options::default()
    });
    let rows: String = (0..texts)
        .map(|number| format!("text number {number}\n"))
        .collect();
    let staged = server
        .upload("a.csv", format!("text\n{rows}").as_bytes(), Some("text"))
        .await
        .ok();
    server.ended(staged.json()["id"].as_i64().unwrap()).await;
    server
}

async fn checked(server: &Server) -> Value {
    let began = Instant::now();
    loop {
        let found = server.get("/api/v1/drift").await.ok().json();
        if found["running"] == false {
            return found["latest"].clone();
        }
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "the check does not end"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_is_shown_measured_and_removed_by_an_erasure() {
    let server = server(SCRIPT, 81).await;
    let before = server.get("/api/v1/drift").await.ok().json();
    assert_eq!(before, json!({"running": false, "latest": null}));
    assert!(
        server
            .page("/drift")
            .await
            .ok()
            .text()
            .contains("There is no result yet")
    );

    let answer = server.post("/api/v1/drift", json!({})).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let found = checked(&server).await;
    // The model has no profile, so the newer half is compared with the older one.
    assert_eq!(found["against"], "earlier");
    assert_eq!(
        (&found["result"]["n_current"], &found["result"]["n_reference"]),
        (&json!(41), &json!(40))
    );
    assert_eq!(found["result"]["words"][0]["name"], "<refund>");

    let page = server.page("/drift").await.ok();
    for expected in [
        "The newest texts differ",
        "7.5 → 9.0 tokens",
        "&lt;refund&gt;",
        "+19.0 (+10.0 to +30.0)",
    ] {
        assert!(
            page.text().contains(expected),
            "{expected} is missing: {}",
            page.text()
        );
    }
    let metrics = server.get("/metrics").await.ok();
    for line in ["feedback_drift_alarm 1.0", "feedback_drift_p_value 0.001"] {
        assert!(
            metrics.text().lines().any(|found| found == line),
            "{line} is missing"
        );
    }
    let audit = server.get("/api/v1/audit").await.ok().text().to_owned();
    assert!(audit.contains("drift.check"), "{audit}");

    server
        .post("/api/v1/erasures", json!({"text": "text number 3"}))
        .await
        .ok();
    assert_eq!(
        server.get("/api/v1/drift").await.ok().json()["latest"],
        Value::Null
    );
    assert!(
        server
            .get("/metrics")
            .await
            .ok()
            .text()
            .contains("feedback_drift_alarm 0.0")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_texts_are_a_conflict_that_says_so() {
    let server = server(SCRIPT, 59).await;
    let answer = server.post("/api/v1/drift", json!({})).await;
    assert_eq!(answer.status, 409);
    assert!(
        answer.text().contains("at least 60 texts, there are 59"),
        "{}",
        answer.text()
    );
    // The place is free again.
    assert!(
        server
            .post("/api/v1/drift", json!({}))
            .await
            .text()
            .contains("at least 60")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_check_says_why() {
    let server = server("echo 'the weights are <gone>' >&2; exit 1", 60).await;
    assert_eq!(server.post("/api/v1/drift", json!({})).await.status, 202);
    let found = checked(&server).await;
    assert_eq!(found["result"], Value::Null);
    assert!(
        found["message"]
            .as_str()
            .unwrap()
            .contains("the weights are <gone>")
    );
    assert!(
        server
            .page("/drift")
            .await
            .ok()
            .text()
            .contains("the weights are &lt;gone&gt;")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_check_at_a_time() {
    let server = server("sleep 60", 60).await;
    assert_eq!(server.post("/api/v1/drift", json!({})).await.status, 202);
    let second = server.post("/api/v1/drift", json!({})).await;
    assert_eq!(second.status, 409);
    assert!(
        server
            .page("/drift")
            .await
            .ok()
            .text()
            .contains("are being checked")
    );
    // An erasure stops the check, whose process has texts.
    server
        .post("/api/v1/erasures", json!({"text": "text number 3"}))
        .await
        .ok();
    assert_eq!(checked(&server).await, Value::Null);
}
