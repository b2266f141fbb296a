//! Reports that are made at set times and sent.

#![cfg(unix)]

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use feedback_server::{Analyst, DriftFiles, ReportConfig, ReportFiles};
use serde_json::{Value, json};

use crate::alerts::{Receiver, SECRET, some_looks};
use crate::help::{Options, Server, now_s};
use crate::reports::{SCRIPT, Scripted};
use crate::webhooks::secrets;

fn options(at: Option<&str>, webhook: Option<&Receiver>, slack: Option<&Receiver>) -> Options {
    let url = |receiver: &Receiver| receiver.address.parse().unwrap();
    Options {
        config: |config| config.webhook_secrets = Some(secrets(SECRET)),
        reports: ReportConfig {
            at: at.map(|at| at.parse().unwrap()),
            url: webhook.map(url),
            slack_url: slack.map(url),
            every: Duration::from_millis(50),
        },
        analyst: Some(Arc::new(Scripted { script: SCRIPT })),
        ..Options::default()
    }
}

/// Returns a server with two texts that was down when a report was due.
async fn missed(options: Options) -> Server {
    let server = Server::new();
    for text in ["slow", "a confidential text"] {
        server
            .post("/api/v1/classify", json!({ "text": text }))
            .await
            .ok();
    }
    let earlier = server.state_dir().join("reports/1");
    fs_err::create_dir_all(&earlier).unwrap();
    let job = json!({
        "created_at": 1, "filter": [], "period": "day", "compare": "previous", "model": "m", "matching": 1, "texts": 1, "due_at": 1
    });
    fs_err::write(earlier.join("job.json"), job.to_string()).unwrap();
    server.restarted(options)
}

async fn list(server: &Server, n: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = server.get("/api/v1/reports").await.ok().json();
        let items = found.as_array().unwrap().clone();
        if items.len() == n && items.iter().all(|item| item["state"] != "running") {
            return items;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{found:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_report_is_made_and_sent_once() {
    let (webhook, slack) = (
        Receiver::new(&[503, 200], Duration::ZERO).await,
        Receiver::new(&[200], Duration::ZERO).await,
    );
    let both = || options(Some("daily 00:00"), Some(&webhook), Some(&slack));
    let mut server = missed(both()).await;
    let made = list(&server, 2).await;
    assert_eq!(
        (&made[0]["period"], &made[0]["compare"]),
        (&json!("day"), &json!("previous"))
    );

    let got = webhook.wait_for(2).await;
    assert_eq!(got[0].body, got[1].body, "sent again after a failure");
    let header = |name: &str| got[1].headers[name].to_str().unwrap();
    let timestamp: i64 = header("webhook-timestamp").parse().unwrap();
    assert!((now_s() - timestamp).abs() < 60);
    let id = made[0]["id"].as_str().unwrap();
    assert_eq!(header("webhook-id"), format!("report_{id}"));
    let signature = header("webhook-signature");
    assert!(secrets(SECRET).verifies(header("webhook-id"), timestamp, got[1].body.as_bytes(), signature));
    let body: Value = serde_json::from_str(&got[1].body).unwrap();
    let data = &body["data"];
    assert_eq!(body["type"], "feedback.report");
    assert_eq!(
        (&data["report"], &data["path"], &data["findings"]),
        (&json!(id), &json!(format!("/report/{id}")), &json!(["<b>up"]))
    );
    assert_eq!(
        data["text"],
        format!("day previous\n\n2 texts\n\n- <b>up\n\nThe report with its evidence: /report/{id}\n")
    );
    let told: Value = serde_json::from_str(&slack.wait_for(1).await[0].body).unwrap();
    assert!(told["text"].as_str().unwrap().contains("- &lt;b&gt;up"), "{told}");
    assert!(got.iter().all(|one| !one.body.contains("confidential")));

    some_looks().await;
    server = server.restarted(both());
    some_looks().await;
    assert_eq!((webhook.got().len(), slack.got().len()), (2, 1));
    assert_eq!(list(&server, 2).await.len(), 2, "no further report is due");
}

/// Cannot start its first report.
#[derive(Default)]
struct FailsOnce {
    asked: AtomicUsize,
}

impl Analyst for FailsOnce {
    fn command(&self, files: &ReportFiles<'_>) -> std::io::Result<Command> {
        match self.asked.fetch_add(1, Ordering::SeqCst) {
            0 => Err(std::io::Error::other("no more processes")),
            _ => Scripted { script: SCRIPT }.command(files),
        }
    }

    fn drift(&self, files: &DriftFiles<'_>) -> std::io::Result<Command> {
        Scripted { script: SCRIPT }.drift(files)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_could_not_start_is_made_later() {
    let analyst = Arc::new(FailsOnce::default());
    let server = missed(Options {
        analyst: Some(Arc::clone(&analyst) as Arc<dyn Analyst>),
        ..options(Some("daily 00:00"), None, None)
    })
    .await;
    assert_eq!(list(&server, 2).await[0]["state"], "done");
    some_looks().await;
    assert_eq!(analyst.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_server_makes_no_report_of_the_past() {
    let webhook = Receiver::new(&[200], Duration::ZERO).await;
    let server = Server::with(options(Some("monthly 00:00"), Some(&webhook), None));
    server
        .post("/api/v1/classify", json!({ "text": "slow" }))
        .await
        .ok();
    some_looks().await;
    assert!(list(&server, 0).await.is_empty() && webhook.got().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_a_time_is_refused() {
    let webhook = Receiver::new(&[200], Duration::ZERO).await;
    let folder = tempfile::tempdir().unwrap();
    let error = Server::try_open(options(None, Some(&webhook), None), &folder).unwrap_err();
    assert!(error.to_string().contains("such as `monday 07:00`"), "{error}");
}
