//! Reports over the API and the pages, with a process that only looks at its files.

#![cfg(unix)]

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use feedback_server::{Analyst, DriftFiles, ReportFiles};
use serde_json::{Value, json};

use crate::help::{Options, Server};

/// A report whose only headline is the first text, with the arguments of the command in its title.
pub(crate) const SCRIPT: &str = r#"
printf '{"title": "%s", "summary": "%s texts", "headlines": [{"text": "<b>up", "quotes": [{"text": "slow", "line": 1}]}], "unknown": [{"text": "nothing"}]}' \
  "$3 $4" "$(wc -l < "$1" | tr -d ' ')" > "$2/insight.json"
cp "$1" "$2/insight.md"
echo '<html>' > "$2/insight.html"
echo 'PK' > "$2/insight.xlsx"
"#;

pub(crate) struct Scripted {
    pub(crate) script: &'static str,
}

impl Analyst for Scripted {
    fn command(&self, files: &ReportFiles<'_>) -> std::io::Result<Command> {
        let mut command = Command::new("sh");
        command
            .args(["-c", self.script, "sh"])
            .arg(files.texts)
            .arg(files.folder)
            .args([files.period.unwrap_or("automatic"), files.compare])
            .arg(files.fields.answered.unwrap_or_default())
            .arg(
                files
                    .audits
                    .map(|(n, right)| format!("{right} of {n}"))
                    .unwrap_or_default(),
            );
        Ok(command)
    }

    fn drift(&self, files: &DriftFiles<'_>) -> std::io::Result<Command> {
        Err(std::io::Error::other(format!(
            "no drift of `{}`",
            files.texts.display()
        )))
    }
}

async fn server(script: &'static str) -> Server {
    let server = Server::with(Options {
        analyst: Some(Arc::new(Scripted { script })),
        ..Options::default()
    });
    let csv = "text,date,stars,plan\nslow,2025-03-01,1,pro\nnice,2025-03-02,5,free\nbroken,,2,pro\n";
    let staged = server.upload("a.csv", csv.as_bytes(), Some("text")).await.ok();
    server.ended(staged.json()["id"].as_i64().unwrap()).await;
    server
}

async fn ended(server: &Server, id: &str) -> Value {
    let began = Instant::now();
    loop {
        let report = server.get(&format!("/api/v1/reports/{id}")).await.ok().json();
        if report["state"] != "running" {
            return report;
        }
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "the report does not end"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn made(server: &Server, path: &str, request: Value) -> Value {
    let answer = server.post(path, request).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    ended(server, answer.json()["id"].as_str().unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_made_of_the_texts_that_match() {
    let server = server(SCRIPT).await;
    let report = made(
        &server,
        "/api/v1/reports?field[plan]=pro",
        json!({"period": "month"}),
    )
    .await;
    let id = report["id"].as_str().unwrap();
    assert_eq!(
        (
            &report["state"],
            &report["texts"],
            &report["matching"],
            &report["message"]
        ),
        (&json!("done"), &json!(2), &json!(2), &Value::Null)
    );
    let file = server.get(&format!("/api/v1/reports/{id}/insight.md")).await.ok();
    let rows: Vec<Value> = file
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (
            &rows[0]["feedback:id"],
            &rows[0]["feedback:text"],
            &rows[0]["feedback:date"]
        ),
        (&json!(1), &json!("slow"), &json!("2025-03-01T00:00:00Z"))
    );
    assert_eq!(
        (&rows[1]["feedback:date"], &rows[1]["stars"]),
        (&Value::Null, &json!("2"))
    );
    let workbook = server.get(&format!("/report/{id}/insight.xlsx")).await.ok();
    assert!(
        workbook.header("content-type").contains("spreadsheetml"),
        "{workbook:?}"
    );
    let html = server.get(&format!("/report/{id}/insight.html")).await.ok();
    assert!(
        html.header("content-security-policy")
            .contains("style-src 'unsafe-inline'")
    );
    assert!(!html.header("content-security-policy").contains("script"));
    let page = server.page(&format!("/report/{id}")).await.ok();
    assert!(
        page.text().contains("month previous") && page.text().contains("2 texts"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("&lt;b&gt;up") && page.text().contains("field[plan] = pro"));
    let folder = server.state_dir().join("reports").join(id);
    assert!(
        !folder.join("texts.jsonl").exists(),
        "the texts are not kept twice"
    );
    let list = server.page("/report").await.ok();
    assert!(list.text().contains(&format!("/report/{id}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_started_on_its_page() {
    let server = server(SCRIPT).await;
    let fields = [
        ("filter", "field%5Bplan%5D=pro"),
        ("period", ""),
        ("compare", "year-before"),
    ];
    let started = server.submit("/report", "/report", &fields).await;
    assert_eq!(started.status, 303, "{started:?}");
    let path = started.header("location").to_owned();
    ended(&server, path.strip_prefix("/report/").unwrap()).await;
    let page = server.page(&path).await.ok();
    assert!(
        page.text().contains("automatic year-before") && page.text().contains("2 texts"),
        "{}",
        page.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_are_refused() {
    let server = server(SCRIPT).await;
    let start = |path: &'static str, request: Value| server.post(path, request);
    start("/api/v1/reports", json!({"period": "decade"}))
        .await
        .problem(400, "invalid_request");
    start("/api/v1/reports", json!({"compare": "next"}))
        .await
        .problem(400, "invalid_request");
    start("/api/v1/reports?q=absent", json!({}))
        .await
        .problem(409, "conflict");
    assert_eq!(server.get("/api/v1/reports").await.ok().json(), json!([]));
    for path in ["1", "..", "1/insight.json", "%2e%2e/insight.json"] {
        let answer = server.get(&format!("/api/v1/reports/{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let report = made(&server, "/api/v1/reports", json!({})).await;
    let id = report["id"].as_str().unwrap();
    for name in ["job.json", "output.log", "..%2F..%2Ffeedback.sqlite"] {
        let answer = server.get(&format!("/api/v1/reports/{id}/{name}")).await;
        assert_eq!(answer.status, 404, "{name}");
    }
    let without = Server::new();
    without.get("/api/v1/reports").await.problem(404, "not_found");
    assert!(
        without
            .page("/report")
            .await
            .ok()
            .text()
            .contains("not available")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_report_says_why() {
    let server = server("echo 'no dates' >&2; exit 1").await;
    let report = made(&server, "/api/v1/reports", json!({})).await;
    assert_eq!(report["state"], "failed");
    let message = report["message"].as_str().unwrap();
    assert!(
        message.contains("no dates") && message.contains("exit status: 1"),
        "{message}"
    );
    let id = report["id"].as_str().unwrap();
    let page = server.page(&format!("/report/{id}")).await.ok();
    assert!(page.text().contains("no dates"));
    let lying = self::server("exit 0").await;
    let report = made(&lying, "/api/v1/reports", json!({})).await;
    assert_eq!(
        report["state"], "failed",
        "a report without its files is not done"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_stops_and_removes_reports() {
    let server = server("sleep 60").await;
    let running = server.post("/api/v1/reports", json!({})).await.json();
    assert_eq!(running["state"], "running");
    server
        .post("/api/v1/reports", json!({}))
        .await
        .problem(409, "conflict");
    let folder = server.state_dir().join("reports");
    assert!(folder.exists());
    let began = Instant::now();
    server.delete("/api/v1/history/1").await.ok();
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(!folder.exists());
    assert_eq!(server.get("/api/v1/reports").await.ok().json(), json!([]));
    // Another can be started.
    assert_eq!(server.post("/api/v1/reports", json!({})).await.status, 202);
}

/// A report with the texts, and the further fields and audits in its title.
const MEASURED: &str = r#"
printf '{"title": "%s", "summary": "", "headlines": [], "unknown": []}' "$5, $6" > "$2/insight.json"
cp "$1" "$2/insight.md"
touch "$2/insight.html" "$2/insight.xlsx"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_report_knows_answers_in_time_and_audits() {
    let server = server(MEASURED).await;
    let texts = [
        "There is a smell of gas in your shop",
        "There is a smell of gas in your hall",
        "There is a smell of gas in your lift",
    ];
    server
        .post("/api/v1/classify", json!({"texts": texts}))
        .await
        .ok();
    let began = Instant::now();
    while server.get("/api/v1/inbox").await.ok().json()["total"] != 3 {
        assert!(began.elapsed() < Duration::from_secs(30), "the inbox stays empty");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for (id, due, state) in [
        (1, "2025-01-01T00:00:00Z", "done"),
        (2, "2199-01-01T00:00:00Z", "waiting"),
        (3, "2199-01-01T00:00:00Z", "open"),
    ] {
        server
            .patch(
                &format!("/api/v1/inbox/{id}"),
                json!({"due_at": due, "state": state}),
            )
            .await
            .ok();
    }
    let first = server.get("/api/v1/review?why=random&limit=2").await.ok().json();
    for (place, label) in [(0, "predicted"), (1, "other")] {
        let prediction = &first["items"][place]["prediction"];
        let predicted = prediction["predicted_label"].as_str().unwrap();
        let other = if predicted == "bug" { "praise" } else { "bug" };
        let label = if label == "other" { other } else { predicted };
        let body = json!({"prediction_id": prediction["id"], "label": label});
        assert_eq!(server.post("/api/v1/corrections", body).await.status, 201);
    }
    let report = made(&server, "/api/v1/reports", json!({})).await;
    let id = report["id"].as_str().unwrap();
    let json = server
        .get(&format!("/api/v1/reports/{id}/insight.json"))
        .await
        .ok()
        .json();
    assert_eq!(json["title"], "Answered in time (inbox), 1 of 2");
    let rows = server.get(&format!("/api/v1/reports/{id}/insight.md")).await.ok();
    let rows: Vec<Value> = rows
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let answered: Vec<&Value> = rows.iter().map(|row| &row["Answered in time (inbox)"]).collect();
    assert_eq!(
        answered,
        [
            &Value::Null,
            &Value::Null,
            &Value::Null,
            &json!("no"),
            &json!("yes"),
            &Value::Null
        ]
    );
    let biased = made(&server, "/api/v1/reports?label=bug", json!({})).await;
    let id = biased["id"].as_str().unwrap();
    let json = server
        .get(&format!("/api/v1/reports/{id}/insight.json"))
        .await
        .ok()
        .json();
    assert!(json["title"].as_str().unwrap().ends_with(", "), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_of_people_count_only_if_all_texts_have_them() {
    let server = server(SCRIPT).await;
    let correct = async |id: i64, label: &str| {
        let body = json!({"prediction_id": id, "label": label});
        assert_eq!(server.post("/api/v1/corrections", body).await.status, 201);
    };
    let predicted = server.get("/api/v1/history/1").await.ok().json()["predicted_label"].clone();
    let other = if predicted == "bug" { "praise" } else { "bug" };
    correct(1, other).await;
    let label_of_first = async || {
        let report = made(&server, "/api/v1/reports", json!({})).await;
        let path = format!("/api/v1/reports/{}/insight.md", report["id"].as_str().unwrap());
        let file = server.get(&path).await.ok();
        let first: Value = serde_json::from_str(file.text().lines().next().unwrap()).unwrap();
        (
            report["labels_left_out"].clone(),
            first["feedback:label"].clone(),
            first["feedback:confidence"].is_null(),
        )
    };
    assert_eq!(
        label_of_first().await,
        (json!(1), predicted, false),
        "one period may have more of them than the other"
    );
    correct(2, "bug").await;
    correct(3, "bug").await;
    assert_eq!(label_of_first().await, (json!(0), json!(other), true));
}
