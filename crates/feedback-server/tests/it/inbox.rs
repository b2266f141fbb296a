//! The inbox: urgent texts enter it, and people work on them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header;
use feedback_bert::DeviceChoice;
use feedback_inference::{Answer as ModelAnswer, Classifier, Encoding, Score};
use feedback_server::{Model, ModelLoader, Prediction};
use serde_json::{Value, json};

use crate::help::{Options, Server, keys, request};

pub(crate) const GAS: &str = "There is a smell of gas in the hall of your shop";
/// A classifier that finds every text with “broken” urgent, and negative.
struct Answering(Classifier);

impl Model for Answering {
    fn labels(&self) -> &[String] {
        self.0.labels()
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        self.0.encode(texts)
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        let broken = &self.0.encode(&["broken".to_owned()])?[0].input_ids;
        let broken = &broken[1..broken.len() - 1];
        let mut predictions = Model::predict(&self.0, encodings)?;
        for (prediction, encoding) in predictions.iter_mut().zip(encodings) {
            let is_broken = encoding.input_ids.windows(broken.len()).any(|ids| ids == broken);
            let answer = |question: &str, label: &str, score: f64| ModelAnswer {
                question: question.into(),
                labels: vec![Score {
                    label: label.into(),
                    score,
                }],
            };
            prediction.answers = match is_broken {
                true => vec![
                    answer("sentiment", "negative", 0.9),
                    answer("urgency", "soon", 0.8),
                ],
                false => vec![answer("sentiment", "neutral", 0.9), answer("urgency", "now", 0.4)],
            };
        }
        Ok(predictions)
    }
}

pub(crate) fn options() -> Options {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let loader: ModelLoader =
        Arc::new(move |path| Ok(Arc::new(Answering(Classifier::load(path, &device)?)) as _));
    Options {
        loader,
        ..Options::default()
    }
}

pub(crate) async fn classify(server: &Server, texts: &[&str], fields: Value) -> Vec<i64> {
    let body = json!({ "texts": texts, "fields": fields });
    let answer = server.post("/api/v1/classify", body).await.ok().json();
    let predictions = answer["predictions"].as_array().unwrap();
    predictions
        .iter()
        .map(|one| one["id"].as_i64().unwrap())
        .collect()
}

/// Waits until the inbox has so many entries.
pub(crate) async fn entries(server: &Server, n: u64) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = server.get("/api/v1/inbox?state=all").await.ok().json();
        if found["total"] == n {
            return found["items"].as_array().unwrap().clone();
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{found:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn urgent_texts_enter_whatever_their_category() {
    let server = Server::with(options());
    let texts = [
        GAS,
        "I like the colours of it very much",
        "The export is broken",
        "Das Passwort wird nicht angenommen, bitte löschen Sie mein Konto",
    ];
    let ids = classify(&server, &texts, json!({})).await;
    let found = entries(&server, 3).await;
    let gas = &found[0];
    assert_eq!(
        (&gas["prediction_id"], &gas["urgency"]),
        (&json!(ids[0]), &json!("now"))
    );
    assert_eq!(
        gas["reasons"],
        json!([{"kind": "safety", "words": "smell of gas"}])
    );
    assert_eq!(
        (&gas["state"], &gas["owner"], &gas["rule"], &gas["other_language"]),
        (&json!("open"), &json!(""), &Value::Null, &Value::Null)
    );
    assert_eq!(found[1]["text"], texts[2]);
    assert_eq!(
        found[1]["reasons"],
        json!([{"kind": "model", "words": "soon, 80 %"}])
    );
    assert_eq!(
        (&found[2]["text"], &found[2]["other_language"]),
        (&json!(texts[3]), &json!("de"))
    );

    // Home and the page show them.
    let home = server.page("/").await;
    assert!(
        home.text().contains(
            "Who needs an answer today?</a> <strong>1</strong> of <a href=\"/inbox\">3 in the inbox</a>"
        ),
        "{}",
        home.text()
    );
    let page = server.page("/inbox").await;
    for part in [
        "▲ now",
        "safety, “smell of gas”",
        "the model says “soon” (80 %)",
        "Another language (de).",
        "3 entries that are not done",
    ] {
        assert!(page.text().contains(part), "{part}\n{}", page.text());
    }
    let today = server.page("/inbox?state=open&when=today").await;
    assert!(today.text().contains(GAS) && !today.text().contains(texts[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_work_on_entries_and_the_audit_log_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with(Options {
        keys: Some(keys(
            folder.path(),
            "a-key-for-rita-1 role=read name=rita\na-key-for-lars-1 role=label name=lars\na-key-for-olga-1 name=olga\n",
        )),
        ..options()
    });
    let send = |key: &'static str, method: &'static str, path: String, body: Value| {
        let request = request(method, &path)
            .header(header::AUTHORIZATION, format!("bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json");
        server.send(request.body(Body::from(body.to_string())).unwrap())
    };
    let (rita, lars, olga) = ("a-key-for-rita-1", "a-key-for-lars-1", "a-key-for-olga-1");
    send(lars, "POST", "/api/v1/classify".into(), json!({ "text": GAS }))
        .await
        .ok();
    let began = Instant::now();
    let id = loop {
        let found = send(rita, "GET", "/api/v1/inbox".into(), json!({}))
            .await
            .ok()
            .json();
        if let Some(id) = found["items"][0]["id"].as_i64() {
            break id;
        }
        assert!(began.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let path = format!("/api/v1/inbox/{id}");
    let change = json!({
        "state": "waiting", "owner": " Lars ", "team": "safety", "priority": "high",
        "due_at": "2020-01-02T03:04:05Z", "tags": ["gas"], "note": "rang the SECRET number",
    });
    send(rita, "PATCH", path.clone(), change.clone())
        .await
        .problem(403, "forbidden");
    let changed = send(lars, "PATCH", path.clone(), change).await.ok().json();
    assert_eq!(
        changed,
        send(rita, "GET", path.clone(), json!({})).await.ok().json()
    );
    for (key, value) in [
        ("state", "waiting"),
        ("owner", "Lars"),
        ("team", "safety"),
        ("priority", "high"),
        ("due_at", "2020-01-02T03:04:05Z"),
    ] {
        assert_eq!(changed[key], value, "{key}");
    }
    assert_eq!(
        (&changed["tags"], &changed["notes"][0]["by"]),
        (&json!(["gas"]), &json!("lars"))
    );
    assert_eq!(changed["notes"][0]["text"], "rang the SECRET number");
    for (query, n) in [
        ("when=overdue", 1),
        ("team=safety&owner=Lars", 1),
        ("owner=-", 0),
        ("team=-", 0),
        ("state=open", 0),
        ("state=waiting", 1),
        ("skip=1", 0),
    ] {
        let found = send(rita, "GET", format!("/api/v1/inbox?{query}"), json!({}))
            .await
            .ok()
            .json();
        assert_eq!(found["items"].as_array().unwrap().len(), n, "{query}");
        assert_eq!(
            (&found["teams"], &found["owners"]),
            (&json!(["safety"]), &json!(["Lars"]))
        );
    }
    let done = send(
        olga,
        "PATCH",
        path.clone(),
        json!({ "state": "done", "due_at": null }),
    )
    .await
    .ok()
    .json();
    assert_eq!((&done["state"], &done["due_at"]), (&json!("done"), &Value::Null));
    let audit = send(olga, "GET", "/api/v1/audit".into(), json!({}))
        .await
        .ok()
        .json();
    assert_eq!(
        (
            &audit[0]["actor"],
            &audit[0]["action"],
            &audit[0]["subject"],
            &audit[0]["detail"]
        ),
        (
            &json!("olga"),
            &json!("inbox.change"),
            &json!(id.to_string()),
            &json!("state done, no due time")
        )
    );
    assert_eq!(
        (&audit[1]["actor"], &audit[1]["detail"]),
        (
            &json!("lars"),
            &json!(
                "state waiting, owner `Lars`, team `safety`, priority high, due 2020-01-02 03:04, tags, a note"
            )
        )
    );
    assert!(!audit.to_string().contains("SECRET"));

    for (change, status) in [
        (json!({}), 400),
        (json!({ "state": "gone" }), 400),
        (json!({ "priority": "top" }), 400),
        (json!({ "due_at": "soon" }), 400),
        (json!({ "owner": "x".repeat(81) }), 400),
        (json!({ "tags": vec!["x"; 21] }), 400),
        (json!({ "note": "x".repeat(2001) }), 400),
        (json!({ "colour": "red" }), 400),
    ] {
        assert_eq!(
            send(lars, "PATCH", path.clone(), change.clone()).await.status,
            status,
            "{change}"
        );
    }
    for n in 1..100 {
        let note = json!({ "note": format!("note {n}") });
        send(lars, "PATCH", path.clone(), note).await.ok();
    }
    send(lars, "PATCH", path.clone(), json!({ "note": "one too many" }))
        .await
        .problem(409, "conflict");
    send(
        lars,
        "PATCH",
        "/api/v1/inbox/999".into(),
        json!({ "state": "done" }),
    )
    .await
    .problem(404, "not_found");
    send(rita, "GET", "/api/v1/inbox?state=gone".into(), json!({}))
        .await
        .problem(400, "invalid_request");
    send(lars, "PUT", "/api/v1/rules".into(), json!({ "toml": "" }))
        .await
        .problem(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_and_tags_of_an_entry_have_a_limit() {
    let server = Server::with(options());
    classify(&server, &[GAS], json!({})).await;
    let id = entries(&server, 1).await[0]["id"].as_i64().unwrap();
    let path = format!("/api/v1/inbox/{id}");
    for note in 0..100 {
        let body = json!({ "note": format!("note {note}") });
        server.patch(&path, body).await.ok();
    }
    let refused = server.patch(&path, json!({"note": "one more"})).await;
    refused.problem(409, "conflict");
    let tags = |n: usize| -> Vec<String> { (0..n).map(|tag| format!("tag {tag}")).collect() };
    server
        .patch(&path, json!({ "tags": tags(21) }))
        .await
        .problem(400, "invalid_request");
    let entry = server.patch(&path, json!({ "tags": tags(20) })).await.ok().json();
    assert_eq!(entry["notes"].as_array().unwrap().len(), 100);
    assert_eq!(entry["tags"].as_array().unwrap().len(), 20);
}
