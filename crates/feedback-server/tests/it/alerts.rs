//! Outgoing alerts, sent to local receivers.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use feedback_server::AlertConfig;
use feedback_store::{Fields, NewPrediction, Score};
use serde_json::{Value, json};

use crate::help::{Options, Server, now_s};
use crate::webhooks::secrets;

pub(crate) const SECRET: &str = "a shared secret of enough length";
const DAY_MS: i64 = 86_400_000;

/// A request to a receiver.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A receiver that answers with these statuses in order, and then repeats the last one.
#[derive(Clone)]
pub(crate) struct Receiver {
    got: Arc<Mutex<Vec<Got>>>,
    statuses: Arc<Mutex<Vec<u16>>>,
    delay: Duration,
    pub(crate) address: String,
}

impl Receiver {
    pub(crate) async fn new(statuses: &[u16], delay: Duration) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            got: Arc::default(),
            statuses: Arc::new(Mutex::new(statuses.to_vec())),
            delay,
            address: format!("http://{}", listener.local_addr().unwrap()),
        };
        let app = Router::new().fallback(receive).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Waits until the receiver has this many requests, and returns all of them.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Got> {
        let began = Instant::now();
        while self.got().len() < count {
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", self.got());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.got()
    }
}

async fn receive(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    receiver.got.lock().unwrap().push(Got {
        path: uri.path().into(),
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    tokio::time::sleep(receiver.delay).await;
    let mut statuses = receiver.statuses.lock().unwrap();
    let status = if statuses.len() > 1 {
        statuses.remove(0)
    } else {
        statuses[0]
    };
    (
        StatusCode::from_u16(status).unwrap(),
        [("location", "/elsewhere")],
    )
}

fn options(webhook: Option<&Receiver>, slack: Option<&Receiver>) -> Options {
    let url = |receiver: &Receiver, path: &str| format!("{}{path}", receiver.address).parse().unwrap();
    let mut alerts = AlertConfig::default();
    alerts.url = webhook.map(|receiver| url(receiver, "/alerts?team=1"));
    alerts.slack_url = slack.map(|receiver| url(receiver, "/services/T0/B0/X0"));
    alerts.every = Duration::from_millis(50);
    alerts.backoff = Duration::from_millis(20);
    Options {
        config: |config| config.webhook_secrets = Some(secrets(SECRET)),
        alerts,
        ..Options::default()
    }
}

/// Stores five texts of each label on each of the 28 days before today, and `bugs_today` texts with the label `bug` today.
fn remember(server: &Server, bugs_today: usize) {
    let now = now_s() * 1000;
    let prediction = |label: &str, at: i64| NewPrediction {
        at,
        undated: false,
        text: "a confidential text".into(),
        source: "api".into(),
        labels: vec![label.into()],
        confidence: 0.9,
        margin: 0.9,
        abstained: None,
        truncated: false,
        scores: vec![Score {
            label: label.into(),
            score: 0.9,
        }],
        unfamiliarity: None,
        answers: Vec::new(),
        model: "m1".into(),
        batch: None,
        fields: Fields::default(),
    };
    let past = (1..=28).flat_map(|day| {
        ["bug", "praise"]
            .into_iter()
            .flat_map(move |label| (0..5).map(move |_| (label, now - day * DAY_MS)))
    });
    let today = (0..bugs_today).map(|_| ("bug", now));
    // In one transaction, since a check may run at any time.
    let all = past
        .chain(today)
        .map(|(label, at)| prediction(label, at))
        .collect();
    server.state.store().blocking().add_predictions(all).unwrap();
}

/// Waits long enough for several checks.
pub(crate) async fn some_looks() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spike_is_reported_once_signed_and_without_texts() {
    let (webhook, slack) = (
        Receiver::new(&[200], Duration::ZERO).await,
        Receiver::new(&[200], Duration::ZERO).await,
    );
    let mut server = Server::with(options(Some(&webhook), Some(&slack)));
    remember(&server, 40);
    let got = webhook.wait_for(1).await.remove(0);
    assert_eq!(got.path, "/alerts");
    let header = |name: &str| got.headers[name].to_str().unwrap();
    let timestamp: i64 = header("webhook-timestamp").parse().unwrap();
    assert!((now_s() - timestamp).abs() < 60);
    let signature = header("webhook-signature");
    assert!(secrets(SECRET).verifies(header("webhook-id"), timestamp, got.body.as_bytes(), signature));
    assert_eq!(header("content-type"), "application/json");
    let body: Value = serde_json::from_str(&got.body).unwrap();
    let data = &body["data"];
    assert_eq!(
        (
            &body["type"],
            &data["category"],
            &data["count"],
            &data["median"],
            &data["mad"]
        ),
        (
            &json!("feedback.spike"),
            &json!("bug"),
            &json!(40),
            &json!(5.0),
            &json!(0.0)
        )
    );
    // Computed by hand: all days have the same count, so the MAD is 0 and the unit is √5, the square root of the median.
    assert!((data["score"].as_f64().unwrap() - 35.0 / 5_f64.sqrt()).abs() < 1e-9);

    let told = slack.wait_for(1).await.remove(0);
    let message: Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(message.as_object().unwrap().len(), 1);
    let text = message["text"].as_str().unwrap();
    assert!(text.starts_with("*bug* spikes: 40 texts on "), "{text}");
    assert!(!told.headers.contains_key("webhook-signature"));
    assert!(!(got.body + &told.body).contains("confidential"));

    some_looks().await;
    server = server.restarted(options(Some(&webhook), Some(&slack)));
    some_looks().await;
    assert_eq!((webhook.got().len(), slack.got().len()), (1, 1));
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_causes_no_alert() {
    let webhook = Receiver::new(&[200], Duration::ZERO).await;
    let server = Server::with(options(Some(&webhook), None));
    remember(&server, 12); // the limit is 5 + 3.5 · √5 = 12.8
    some_looks().await;
    assert_eq!(webhook.got().len(), 0);
    remember(&server, 0); // doubles the counts of the past days and adds nothing today
    some_looks().await;
    assert_eq!(webhook.got().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_alert_is_sent_again_unchanged() {
    let webhook = Receiver::new(&[503, 500, 429, 200], Duration::ZERO).await;
    let slack = Receiver::new(&[200], Duration::ZERO).await;
    let server = Server::with(options(Some(&webhook), Some(&slack)));
    remember(&server, 40);
    slack.wait_for(1).await;
    let got = webhook.wait_for(4).await;
    for one in &got {
        assert_eq!(
            (&one.body, &one.headers["webhook-id"]),
            (&got[0].body, &got[0].headers["webhook-id"])
        );
    }
    some_looks().await;
    assert_eq!((webhook.got().len(), slack.got().len()), (4, 1));
}

/// Pending alerts are in the store. After a restart, they are sent only to the receivers that have not received them.
#[tokio::test(flavor = "multi_thread")]
async fn pending_alerts_are_sent_after_a_restart() {
    let webhook = Receiver::new(&[503], Duration::ZERO).await;
    let slack = Receiver::new(&[200], Duration::ZERO).await;
    let mut server = Server::with(options(Some(&webhook), Some(&slack)));
    remember(&server, 40);
    slack.wait_for(1).await;
    webhook.wait_for(2).await;
    let mut later = options(Some(&webhook), Some(&slack));
    *webhook.statuses.lock().unwrap() = vec![200];
    later.alerts.min_count = 1000; // nothing new is found
    server = server.restarted(later);
    some_looks().await;
    let got = webhook.got();
    assert!(got.iter().all(|one| one.body == got[0].body));
    let told = got.len();
    some_looks().await;
    assert_eq!((webhook.got().len(), slack.got().len()), (told, 1));
    let unsent = server
        .state
        .store()
        .blocking()
        .unsent_alerts("webhook", 0)
        .unwrap();
    assert_eq!(unsent, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed_and_refusals_are_final() {
    for status in [302, 307, 404] {
        let webhook = Receiver::new(&[status], Duration::ZERO).await;
        let server = Server::with(options(Some(&webhook), None));
        remember(&server, 40);
        webhook.wait_for(1).await;
        some_looks().await;
        let paths: Vec<String> = webhook.got().into_iter().map(|one| one.path).collect();
        assert_eq!(paths, ["/alerts"], "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_answer_delays_neither_requests_nor_the_shutdown() {
    let webhook = Receiver::new(&[200], Duration::from_secs(600)).await;
    let server = Server::with(options(Some(&webhook), None));
    remember(&server, 40);
    webhook.wait_for(1).await;
    let began = Instant::now();
    server
        .post("/api/v1/classify", json!({ "text": "hello" }))
        .await
        .ok();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let began = Instant::now();
    server.state.begin_shutdown();
    let state = server.state.clone();
    tokio::task::spawn_blocking(move || state.finish_shutdown())
        .await
        .unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_contains_counts_and_the_dashboard_links_to_it() {
    let server = Server::new();
    remember(&server, 40);
    let digest = server.get("/api/v1/digest").await.ok();
    assert_eq!(digest.header("content-type"), "text/markdown; charset=utf-8");
    let page = digest.text();
    assert!(page.starts_with("# Feedback digest\n"), "{page}");
    assert!(page.contains("| Texts | 70 | 70 | +0.0 % |"), "{page}");
    assert!(
        page.contains("| bug | 35 | 50.0 % | 35 | +0.0 % | +0.0 points |"),
        "{page}"
    );
    assert!(page.contains("not counted here: 40."), "{page}");
    assert!(!page.contains("confidential"));
    let weeks = server.get("/api/v1/digest?weeks=2").await.ok();
    assert!(
        weeks.text().contains("| Texts | 140 | 140 | +0.0 % |"),
        "{}",
        weeks.text()
    );
    for wrong in ["0", "53", "-1", "x"] {
        server
            .get(&format!("/api/v1/digest?weeks={wrong}"))
            .await
            .problem(400, "invalid_request");
    }
    let dashboard = server.page("/dashboard").await.ok();
    assert!(dashboard.text().contains("href=\"/api/v1/digest?weeks=1\""));
}
