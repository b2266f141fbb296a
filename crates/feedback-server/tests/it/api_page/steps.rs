//! The requests, in an order in which each finds what it needs.

use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use feedback_corrections::TrainingFolder;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::page::{Page, SECRET};
use crate::help::{Answer, multipart, now_s, recalibrated, request};
use crate::webhooks::secrets;

pub(super) async fn run(page: &mut Page) {
    classify(page).await;
    batches(page).await;
    history(page).await;
    corrections(page).await;
    webhook(page).await;
    models(page).await;
    drift(page).await;
    themes(page).await;
    inbox(page).await;
    reports(page).await;
    trainings(page).await;
    erasures(page).await;
    operation(page).await;
}

async fn classify(page: &mut Page) {
    page.post(
        "/api/v1/classify",
        json!({"text": "It crashes on every start", "fields": {"plan": "pro"}}),
    )
    .await
    .ok();
    page.post(
        "/api/v1/classify",
        json!({"texts": ["I love it", "hm"], "store": false, "top_k": 1}),
    )
    .await
    .ok();
    page.post("/predict", json!({"inputs": "How do I export?"}))
        .await
        .ok();
}

async fn batches(page: &mut Page) {
    let content = "text,date,stars,plan\nIt crashes on the map,2025-11-02,1,pro\nI love the map,2025-11-03,5,free\n,2025-11-04,3,free\n";
    let (kind, body) = multipart("reviews.csv", content.as_bytes(), &[("text_field", "text")]);
    let answer = page.server.post_raw("/api/v1/batches", &kind, body).await;
    let call = format!(
        "printf '{}' > reviews.csv\ncurl -s -X POST 'http://127.0.0.1:8501/api/v1/batches' -F text_field=text -F file=@reviews.csv",
        content.replace('\n', "\\n")
    );
    page.write("POST", "/api/v1/batches", &call, &answer);
    page.server.ended(1).await;
    page.get("/api/v1/batches/1").await.ok();
    page.get("/api/v1/batches/1/preview").await.ok();
    page.get("/api/v1/batches").await.ok();
    page.get("/api/v1/batches/1/results").await.ok();
    page.get("/api/v1/batches/1/bad-rows").await.ok();
    // Without a text field, a file waits until its roles are confirmed.
    let (kind, body) = multipart("more.csv", b"review\nPlease add dark mode\n", &[]);
    page.server.post_raw("/api/v1/batches", &kind, body).await.ok();
    page.post("/api/v1/batches/2/start", json!({})).await.ok();
    page.server.ended(2).await;
    page.post("/api/v1/batches/2/cancel", json!({})).await;
    page.delete("/api/v1/batches/2").await;
}

async fn history(page: &mut Page) {
    page.get("/api/v1/history?label=bug&field[plan]=pro").await.ok();
    page.get("/api/v1/history/1").await.ok();
    page.get("/api/v1/fields").await.ok();
    let view = json!({"name": "Bugs of paying customers", "address": "/explore?label=bug&field[plan]=pro"});
    page.post("/api/v1/views", view).await.ok();
    page.get("/api/v1/views").await.ok();
    page.delete("/api/v1/views?name=Bugs%20of%20paying%20customers")
        .await
        .ok();
    page.get("/api/v1/breakdown?by=plan").await.ok();
    let path = "/api/v1/digest?weeks=1";
    let digest = page.server.get(path).await.ok();
    // The days before today.
    let lines = digest
        .text()
        .lines()
        .map(|line| match line.contains(" to ") && line.contains("UTC") {
            true => "(the last 7 days and the 7 days before them)",
            false => line,
        });
    let body = lines.collect::<Vec<_>>().join(
        "
",
    );
    let call = format!("curl -s 'http://127.0.0.1:8501{path}'");
    page.write("GET", path, &call, &with_body(&digest, body));
}

async fn corrections(page: &mut Page) {
    page.get("/api/v1/review?limit=1").await.ok();
    page.get("/api/v1/shares").await.ok();
    page.get("/api/v1/labels").await.ok();
    page.post("/api/v1/labels", json!({"label": "pricing"}))
        .await
        .ok();
    page.delete("/api/v1/labels?label=pricing").await.ok();
    page.post(
        "/api/v1/corrections",
        json!({"prediction_id": 1, "label": "complaint"}),
    )
    .await
    .ok();
    page.get("/api/v1/corrections").await.ok();
    page.get("/api/v1/agreement").await.ok();
    page.delete("/api/v1/corrections/1").await.ok();
    page.post(
        "/api/v1/labels/bulk?source=api&q=crash",
        json!({"label": "question"}),
    )
    .await
    .ok();
    page.get("/api/v1/labels/bulk").await.ok();
    page.delete("/api/v1/labels/bulk/1").await.ok();
}

async fn webhook(page: &mut Page) {
    let (path, id, at) = ("/api/v1/webhooks/feedback", "msg_1", now_s());
    let body = json!({"text": "Please add dark mode", "source": "help desk"}).to_string();
    let signature = secrets(SECRET).sign(id, at, body.as_bytes());
    let sent = request("POST", path)
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", at.to_string())
        .header("webhook-signature", signature);
    let answer = page
        .server
        .send(sent.body(body.clone().into()).unwrap())
        .await
        .ok();
    let call = format!(
        "# SIGNATURE: v1, and base64 of HMAC-SHA256(secret, \"msg_1.NOW.\" + body), as in server.md (Incoming webhooks)\n\
         curl -s -X POST 'http://127.0.0.1:8501{path}' -H 'content-type: application/json' \\\n  -H 'webhook-id: {id}' \
         -H \"webhook-timestamp: NOW\" -H \"webhook-signature: SIGNATURE\" \\\n  -d '{body}'"
    );
    page.write("POST", path, &call, &answer);
}

async fn models(page: &mut Page) {
    let all = page.get("/api/v1/models").await.ok().json();
    let first = all[0]["id"].as_str().unwrap().to_owned();
    page.get(&format!("/api/v1/models/{first}")).await.ok();
    page.patch(
        &format!("/api/v1/models/{first}"),
        json!({"name": "spring 2026", "note": "the first one"}),
    )
    .await
    .ok();
    let folder = tempfile::tempdir().unwrap();
    let other = recalibrated(folder.path());
    page.name(&other.display().to_string(), "models/other");
    let second = page.server.state.models().add(&other).await.unwrap();
    page.post(&format!("/api/v1/models/{second}/promote"), json!({}))
        .await
        .problem(409, "conflict");
    page.post(
        &format!("/api/v1/models/{second}/promote?accept_worse=true"),
        json!({}),
    )
    .await
    .ok();
    page.post("/api/v1/models/reclassification", json!({})).await.ok();
    until(page, "/api/v1/models/reclassification", |found| {
        found["state"] != "running"
    })
    .await;
    page.get("/api/v1/models/reclassification").await.ok();
    page.delete("/api/v1/models/reclassification")
        .await
        .problem(409, "conflict");
    page.post("/api/v1/models/roll-back", json!({})).await.ok();
    page.get("/api/v1/audit").await.ok();
}

/// Similar texts and themes; the texts of the step before are compared by the words that they share.
async fn themes(page: &mut Page) {
    page.server.compared(81).await;
    page.get("/api/v1/similar?text=crashes%20after%202%20steps&k=2")
        .await
        .ok();
    page.post("/api/v1/themes/refit", json!({})).await.ok();
    until(page, "/api/v1/themes", |found| found["finding"] == false).await;
    page.get("/api/v1/themes?by=plan").await.ok();
    page.patch("/api/v1/themes/1", json!({"name": "Crashes", "pinned": true}))
        .await
        .ok();
    page.post("/api/v1/themes/1/label", json!({"label": "crash"}))
        .await
        .ok();
    page.delete("/api/v1/themes/1/label").await.ok();
}

/// The inbox; an urgent text of this step enters it.
async fn inbox(page: &mut Page) {
    let rules = "[[rule]]\nname = \"Refunds\"\nwhen.words = [\"refund*\"]\nthen.team = \"billing\"\n";
    page.get("/api/v1/rules").await.ok();
    page.put("/api/v1/rules", json!({"toml": rules})).await.ok();
    let text = json!({"text": "I was charged twice, and my lawyer wants the refund tomorrow"});
    page.server.post("/api/v1/classify", text).await.ok();
    until(page, "/api/v1/inbox?team=billing", |found| found["total"] == 1).await;
    page.get("/api/v1/inbox?team=billing&when=today").await.ok();
    page.post("/api/v1/rules/try", json!({"toml": rules, "texts": 5}))
        .await
        .ok();
    page.get("/api/v1/inbox/1").await.ok();
    let change = json!({"state": "waiting", "owner": "Ann", "note": "Asked for the invoice"});
    page.patch("/api/v1/inbox/1", change).await.ok();
}

async fn drift(page: &mut Page) {
    for part in 0..3 {
        let texts: Vec<String> = (0..25)
            .map(|number| format!("It crashes after {part} of {number} steps"))
            .collect();
        page.server
            .post("/api/v1/classify", json!({"texts": texts}))
            .await
            .ok();
    }
    page.post("/api/v1/drift", json!({})).await.ok();
    until(page, "/api/v1/drift", |found| found["running"] == false).await;
    page.get("/api/v1/drift").await.ok();
}

async fn reports(page: &mut Page) {
    let started = page
        .server
        .post("/api/v1/reports?label=bug", json!({"period": "month"}))
        .await
        .ok();
    let id = started.json()["id"].as_str().unwrap().to_owned();
    page.name(&id, "1796029200000");
    let call = "curl -s -X POST 'http://127.0.0.1:8501/api/v1/reports?label=bug' -H 'content-type: application/json' \\\n  \
                -d '{\"period\":\"month\"}'";
    page.write("POST", "/api/v1/reports", call, &started);
    let path = format!("/api/v1/reports/{id}");
    until(page, &path, |found| found["state"] != "running").await;
    page.get(&path).await.ok();
    page.get("/api/v1/reports").await.ok();
    page.get(&format!("{path}/insight.md")).await.ok();
}

async fn trainings(page: &mut Page) {
    let started = page
        .server
        .post("/api/v1/trainings", json!({"ask_people": true}))
        .await
        .ok();
    let id = started.json()["id"].as_str().unwrap().to_owned();
    page.name(&id, "20261130-090000");
    let call = "curl -s -X POST 'http://127.0.0.1:8501/api/v1/trainings' -H 'content-type: application/json' \\\n  -d '{\"ask_people\":true}'";
    page.write("POST", "/api/v1/trainings", call, &started);
    let training = TrainingFolder::new(page.server.state_dir().join("trainings").join(&id));
    let corrections = training.run().join("corrections");
    fs_err::create_dir_all(&corrections).unwrap();
    training.write_labels(&["bug".into(), "praise".into()]).unwrap();
    let queue = r#"{"id":"train:12","text":"it crashes","label":"praise","predicted_label":"bug","confidence":0.9,"loss":2.3,"scores":[],"global_step":5}"#;
    fs_err::write(corrections.join("queue.jsonl"), format!("{queue}\n")).unwrap();
    let path = format!("/api/v1/trainings/{id}");
    page.get(&path).await.ok();
    page.get("/api/v1/trainings").await.ok();
    page.get(&format!("{path}/questions")).await.ok();
    page.post(
        &format!("{path}/answers"),
        json!({"row": "train:12", "label": "bug"}),
    )
    .await
    .ok();
    page.server
        .submit("/train", &format!("/train/{id}/stop"), &[])
        .await;
    until(page, &path, |found| found["state"] == "stopped").await;
}

async fn erasures(page: &mut Page) {
    page.delete("/api/v1/history/2").await.ok();
    page.post("/api/v1/erasures", json!({"text": "I love the map"}))
        .await
        .ok();
    page.get("/api/v1/erasures").await.ok();
}

async fn operation(page: &mut Page) {
    page.get("/livez").await.ok();
    page.get("/readyz").await.ok();
    let metrics = page.server.get("/metrics").await.ok();
    let shown = ["feedback_texts", "feedback_drift_alarm", "feedback_model"];
    let lines = metrics
        .text()
        .lines()
        .filter(|line| shown.iter().any(|name| line.contains(name)));
    let body = lines.collect::<Vec<_>>().join("\n");
    let call = "curl -s 'http://127.0.0.1:8501/metrics' | grep -E 'feedback_(texts|drift_alarm|model)'";
    page.write("GET", "/metrics", call, &with_body(&metrics, body));
    page.get("/docs").await.ok();
    let document = page.server.get("/openapi.json").await.ok();
    let short = json!({"openapi": document.json()["openapi"], "info": document.json()["info"]}).to_string();
    let call = "curl -s 'http://127.0.0.1:8501/openapi.json' | jq '{openapi, info}'";
    page.write("GET", "/openapi.json", call, &with_body(&document, short));
    events(page).await;
}

/// The stream never ends: prints the first event.
async fn events(page: &mut Page) {
    let sent = request("GET", "/events").body(Body::empty()).unwrap();
    let response = page.server.app.clone().oneshot(sent).await.unwrap();
    let (parts, mut body) = response.into_parts();
    page.server
        .post("/api/v1/classify", json!({"text": "hm"}))
        .await
        .ok();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let answer = Answer {
        status: parts.status,
        headers: parts.headers,
        body: frame,
    };
    page.write(
        "GET",
        "/events",
        "curl -sN 'http://127.0.0.1:8501/events'",
        &answer,
    );
}

fn with_body(answer: &Answer, body: String) -> Answer {
    Answer {
        status: answer.status,
        headers: answer.headers.clone(),
        body: body.into(),
    }
}

async fn until(page: &Page, path: &str, done: impl Fn(&Value) -> bool) {
    for _ in 0..3_000 {
        if done(&page.server.get(path).await.ok().json()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{path} does not get ready");
}
