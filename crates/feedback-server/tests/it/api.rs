//! The HTTP API as seen by a program.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header;
use feedback_bert::DeviceChoice;
use feedback_inference::{Classifier, ExplainMethod, Explanation};
use feedback_testkit::{fixture, workspace};
use serde_json::json;

use crate::help::{Options, Server, keys, recalibrated, request};

#[tokio::test(flavor = "multi_thread")]
async fn one_text_and_several_texts_are_classified() {
    let server = Server::new();
    let one = server
        .post("/api/v1/classify", json!({ "text": "the app crashes" }))
        .await
        .ok()
        .json();
    let prediction = &one["predictions"][0];
    assert_eq!(prediction["scores"].as_array().unwrap().len(), 8);
    assert_eq!(prediction["predicted_label"], prediction["scores"][0]["label"]);
    assert_eq!(prediction["confidence"], prediction["scores"][0]["score"]);
    assert_eq!(prediction["truncated"], false);
    assert_eq!(prediction["unknown_share"], 0.0);
    assert!(prediction["id"].is_i64());
    assert_eq!(one["model"].as_str().unwrap().len(), 12);

    let body = json!({ "texts": ["a", "the app crashes", "b"], "top_k": 2, "store": false });
    let many = server.post("/api/v1/classify", body).await.ok().json();
    assert_eq!(many["predictions"].as_array().unwrap().len(), 3);
    let same = &many["predictions"][1];
    assert_eq!(same["scores"].as_array().unwrap().len(), 2);
    assert_eq!(same["id"], serde_json::Value::Null);
    let difference = same["confidence"].as_f64().unwrap() - prediction["confidence"].as_f64().unwrap();
    assert!(difference.abs() < 1e-5);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_stored_unless_the_request_opts_out() {
    let server = Server::new();
    let classify = |body| server.post("/api/v1/classify", body);
    classify(json!({ "text": "keep me" })).await.ok();
    classify(json!({ "text": "forget me", "store": false }))
        .await
        .ok();
    classify(json!({ "texts": ["mail one", "mail two"], "source": "mail" }))
        .await
        .ok();
    let history = server.get("/api/v1/history").await.ok().json();
    let texts: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["text"])
        .collect();
    assert_eq!(texts, ["mail two", "mail one", "keep me"]);
    assert_eq!(history["next"], serde_json::Value::Null);
    let mail = server
        .get("/api/v1/history?source=mail&limit=1")
        .await
        .ok()
        .json();
    assert_eq!(mail["items"].as_array().unwrap().len(), 1);
    let next = mail["next"].as_i64().unwrap();
    let rest = server
        .get(&format!("/api/v1/history?source=mail&limit=1&before={next}"))
        .await
        .ok()
        .json();
    assert_eq!(rest["items"][0]["text"], "mail one");
    let id = rest["items"][0]["id"].as_i64().unwrap();
    let one = server.get(&format!("/api/v1/history/{id}")).await.ok().json();
    assert_eq!(one["text"], "mail one");
}

/// The server and the library give the same explanation, although the server sends the variants through the shared queue.
#[tokio::test(flavor = "multi_thread")]
async fn explanations_equal_those_of_the_library() {
    let server = Server::new();
    let text = "the app crashes, again and again";
    let body = json!({ "text": text, "explain": true, "store": false });
    let answer = server.post("/api/v1/classify", body).await.ok().json();
    let found: Explanation = serde_json::from_value(answer["predictions"][0]["explanation"].clone()).unwrap();
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let classifier = Classifier::load(&fixture("tiny-bert"), &device).unwrap();
    let expected = classifier.explain(text, ExplainMethod::Occlusion).unwrap();
    assert_eq!(found.label, expected.label);
    assert_eq!(found.words.len(), expected.words.len());
    for (found, expected) in found.words.iter().zip(&expected.words) {
        assert_eq!(
            (&found.word, found.byte_start),
            (&expected.word, expected.byte_start)
        );
        assert!((found.score - expected.score).abs() < 1e-5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_that_costs_too_much_is_refused_and_the_page_shows_the_label_alone() {
    let server = Server::with(Options {
        config: |config| config.engine.max_explain_tokens = 40,
        ..Options::default()
    });
    let text = "eight words are too many for this one";
    let body = json!({ "text": text, "explain": true });
    server
        .post("/api/v1/classify", body)
        .await
        .problem(422, "explain_not_available");
    let page = server.submit("/", "/analyze", &[("text", text)]).await.ok();
    assert!(
        page.text()
            .contains("No explanation: leaving out each of 8 words")
    );
    assert!(page.text().contains("Scores of all labels"));
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_requests_get_error_codes() {
    let server = Server::new();
    let classify = |body| server.post("/api/v1/classify", body);
    classify(json!({})).await.problem(400, "invalid_request");
    classify(json!({ "text": "a", "texts": ["b"] }))
        .await
        .problem(400, "invalid_request");
    classify(json!({ "texts": [] }))
        .await
        .problem(400, "invalid_request");
    classify(json!({ "text": "a", "top_k": 0 }))
        .await
        .problem(400, "invalid_request");
    classify(json!({ "text": "a", "unknown": 1 }))
        .await
        .problem(400, "invalid_json");
    classify(json!({ "text": 5 })).await.problem(400, "invalid_json");
    classify(json!({ "text": " \n" }))
        .await
        .problem(422, "empty_text");
    classify(json!({ "texts": ["fine", ""] }))
        .await
        .problem(422, "empty_text");
    classify(json!({ "texts": vec!["a"; 257] }))
        .await
        .problem(422, "too_many_texts");
    classify(json!({ "texts": ["a", "b"], "explain": true }))
        .await
        .problem(422, "too_many_texts");
    server
        .post_raw("/api/v1/classify", "text/plain", "hi")
        .await
        .problem(415, "unsupported_media_type");
    server
        .get("/api/v1/classify")
        .await
        .problem(405, "method_not_allowed");
    server.get("/api/v1/nothing").await.problem(404, "not_found");
    server.get("/api/v1/history/999").await.problem(404, "not_found");
    server.get("/api/v1/history/x").await.problem(404, "not_found");
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "from=soon",
        "min_confidence=2",
        "corrected=maybe",
        "before=-1",
    ] {
        server
            .get(&format!("/api/v1/history?{query}"))
            .await
            .problem(400, "invalid_request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_are_made_listed_and_taken_back() {
    let server = Server::new();
    let made = server
        .post("/api/v1/classify", json!({ "text": "so slow" }))
        .await
        .ok()
        .json();
    let id = made["predictions"][0]["id"].as_i64().unwrap();
    let correct = |label: &str| {
        server.post(
            "/api/v1/corrections",
            json!({ "prediction_id": id, "label": label }),
        )
    };
    let correction = correct("usage_tip").await;
    assert_eq!(correction.status, 201);
    assert_eq!(correction.json()["label"], "usage_tip");
    let correction = correction.json()["id"].as_i64().unwrap();
    correct("no such label").await.problem(400, "invalid_request");
    let unknown = json!({ "prediction_id": 999, "label": "bug" });
    server
        .post("/api/v1/corrections", unknown)
        .await
        .problem(404, "not_found");
    let listed = server.get("/api/v1/corrections").await.ok().json();
    assert_eq!(listed["items"][0]["text"], "so slow");
    let item = server.get(&format!("/api/v1/history/{id}")).await.json();
    assert_eq!(item["corrected_label"], "usage_tip");
    let labelled = server
        .get("/api/v1/history?label=usage_tip&corrected=true")
        .await
        .json();
    assert_eq!(labelled["items"].as_array().unwrap().len(), 1);
    // A correction is taken back by its own id, not by the id of its prediction.
    let path = format!("/api/v1/corrections/{correction}");
    server
        .delete("/api/v1/corrections/999")
        .await
        .problem(404, "not_found");
    assert_eq!(server.delete(&path).await.status, 204);
    server.delete(&path).await.problem(409, "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_with_a_repeated_idempotency_key_is_stored_once() {
    let server = Server::new();
    let made = server
        .post("/api/v1/classify", json!({ "text": "so slow" }))
        .await
        .ok()
        .json();
    let id = made["predictions"][0]["id"].as_i64().unwrap();
    let mut ids = Vec::new();
    for label in ["bug", "bug", "praise"] {
        let request = request("POST", "/api/v1/corrections")
            .header("idempotency-key", "k1")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(
                json!({ "prediction_id": id, "label": label }).to_string(),
            ));
        let answer = server.send(request.unwrap()).await;
        if label == "praise" {
            answer.problem(409, "conflict");
        } else {
            ids.push(answer.ok().json()["id"].as_i64().unwrap());
        }
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_text_embeddings_inference_work() {
    let server = Server::new();
    let one = server
        .post("/predict", json!({ "inputs": "it crashes" }))
        .await
        .ok()
        .json();
    let scores: Vec<f64> = one
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["score"].as_f64().unwrap())
        .collect();
    assert_eq!(scores.len(), 8);
    assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(one[0]["label"].is_string());
    let options = json!({ "inputs": ["it crashes"], "raw_scores": false, "truncate": true });
    assert_eq!(server.post("/predict", options).await.ok().json(), one);
    let two = server
        .post("/predict", json!({ "inputs": [["it crashes"], ["thanks"]] }))
        .await
        .ok()
        .json();
    assert_eq!(two.as_array().unwrap().len(), 2);
    assert_eq!(two[0][0]["label"], one[0]["label"]);
    let long = json!({ "inputs": "slow ".repeat(3000), "truncate": false });
    let refused = server.post("/predict", long).await;
    assert_eq!(refused.status, 413);
    assert_eq!(refused.json()["error_type"], "Validation");
    let stored = server.get("/api/v1/history?q=slow").await.ok().json();
    assert!(
        stored["items"].as_array().unwrap().is_empty(),
        "a refused text is not stored"
    );
    let pair = server.post("/predict", json!({ "inputs": ["a", "b"] })).await;
    assert_eq!(pair.status, 422);
    assert_eq!(pair.json()["error_type"], "Validation");
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_metrics_and_documents() {
    let server = Server::new();
    assert_eq!(server.get("/livez").await.ok().text(), "ok\n");
    assert_eq!(server.get("/readyz").await.ok().text(), "ok\n");
    server
        .post("/api/v1/classify", json!({ "text": "a secret complaint" }))
        .await
        .ok();
    server.get("/api/v1/history/12345").await;
    let metrics = server.get("/metrics").await.ok();
    assert!(
        metrics
            .header("content-type")
            .starts_with("application/openmetrics-text; version=1.0.0")
    );
    let text = metrics.text();
    assert!(
        text.contains(
            "feedback_requests_total{method=\"POST\",route=\"/api/v1/classify\",status=\"200\"} 1\n"
        )
    );
    assert!(text.contains("route=\"/api/v1/history/{id}\""), "{text}");
    assert!(text.contains("\nfeedback_texts_total 1\n"));
    assert!(!text.contains("secret") && !text.contains("12345"));
    let document = server.get("/openapi.json").await.ok().json();
    assert_eq!(document["openapi"], "3.1.0");
    let page = server.page("/docs").await.ok();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.text().contains(path), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scraped_metric_is_documented_and_every_documented_one_is_scraped() {
    let server = Server::new();
    server
        .post("/api/v1/classify", json!({ "texts": ["it crashes", "nice"] }))
        .await
        .ok();
    server
        .post(
            "/api/v1/corrections",
            json!({ "prediction_id": 1, "label": "bug" }),
        )
        .await
        .ok();
    let scraped = server.get("/metrics").await.ok();
    let scraped = scraped.text();
    let page = fs_err::read_to_string(workspace().join("docs/server.md")).unwrap();
    let documented: BTreeSet<(String, String)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `feedback_"))
        .map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            (
                format!("feedback_{}", cells[0].trim_matches('`')),
                cells[1].to_owned(),
            )
        })
        .collect();
    // OpenMetrics names the family of a counter without `_total`, and that of an info without `_info`.
    let found: BTreeSet<(String, String)> = scraped
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .map(|line| {
            let (name, kind) = line.split_once(' ').unwrap();
            let end = match kind {
                "counter" => "_total",
                "info" => "_info",
                _ => "",
            };
            (format!("{name}{end}"), kind.to_owned())
        })
        .collect();
    assert_eq!(found, documented);
    assert!(scraped.contains("\nfeedback_audits 1.0\n"), "{scraped}");
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_listed_promoted_and_rolled_back() {
    let server = Server::new();
    let models = server.get("/api/v1/models").await.ok().json();
    let first = models[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(models[0]["state"], "serving");
    assert_eq!(models[0]["labels"].as_array().unwrap().len(), 8);
    server
        .post("/api/v1/models/roll-back", json!({}))
        .await
        .problem(409, "conflict");
    server
        .post("/api/v1/models/absent/promote", json!({}))
        .await
        .problem(404, "not_found");

    let folder = tempfile::tempdir().unwrap();
    let other = recalibrated(folder.path());
    let second = server.state.models().add(&other).await.unwrap();
    drop(folder); // the server keeps its own copy
    let before = server
        .post("/api/v1/classify", json!({ "text": "it crashes" }))
        .await
        .ok()
        .json();
    let promoted = server
        .post(
            &format!("/api/v1/models/{second}/promote?accept_worse=true"),
            json!({}),
        )
        .await
        .ok()
        .json();
    assert_eq!(promoted["id"], second.as_str());
    let after = server
        .post("/api/v1/classify", json!({ "text": "it crashes" }))
        .await
        .ok()
        .json();
    assert_eq!(after["model"], second.as_str());
    let confidence = |answer: &serde_json::Value| answer["predictions"][0]["confidence"].as_f64().unwrap();
    assert!(
        confidence(&after) < confidence(&before),
        "a higher temperature must lower the confidence"
    );

    // A promoted model also serves after a restart, regardless of --model.
    let server = server.restarted(Options::default());
    let models = server.get("/api/v1/models").await.ok().json();
    let serving = models
        .as_array()
        .unwrap()
        .iter()
        .find(|model| model["state"] == "serving")
        .unwrap();
    assert_eq!(serving["id"], second.as_str());
    let back = server
        .post("/api/v1/models/roll-back", json!({}))
        .await
        .ok()
        .json();
    assert_eq!(back["id"], first.as_str());
    let audit = server.get("/api/v1/audit").await.ok().json();
    assert_eq!(audit[0]["action"], "model.roll_back");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_valid_key_gives_access_to_the_api() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with(Options {
        keys: Some(keys(folder.path(), "a-key-of-this-test")),
        ..Options::default()
    });
    server.get("/api/v1/models").await.problem(401, "unauthorized");
    assert_eq!(server.get("/livez").await.status, 200);
    for (name, value, status) in [
        ("authorization", "Bearer a-key-of-this-test", 200),
        ("x-api-key", "a-key-of-this-test", 200),
        ("authorization", "Bearer a-key-of-this-tesT", 401),
        ("authorization", "Basic a-key-of-this-test", 401),
        ("x-api-key", "", 401),
        ("cookie", "feedback_login=99999999999999.00", 401),
    ] {
        let request = request("GET", "/api/v1/models").header(name, value);
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
    let page = server.page("/").await;
    assert_eq!((page.status.as_u16(), page.header("location")), (303, "/login"));
    let wrong = server.submit("/login", "/login", &[("key", "wrong")]).await;
    assert_eq!(wrong.status, 401);
    let right = server
        .submit("/login", "/login", &[("key", "a-key-of-this-test")])
        .await;
    assert_eq!(right.status, 303);
    let cookie = right.cookie("feedback_login").unwrap();
    let request = request("GET", "/")
        .header("accept", "text/html")
        .header("cookie", cookie);
    let page = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, 200);
}

/// The ids of corrections differ from the ids of their predictions.
#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_taken_back_by_its_own_id() {
    let server = Server::new();
    let made = server
        .post("/api/v1/classify", json!({ "texts": ["one", "two", "three"] }))
        .await
        .ok()
        .json();
    let ids: Vec<i64> = (0..3)
        .map(|place| made["predictions"][place]["id"].as_i64().unwrap())
        .collect();
    let mut corrections = Vec::new();
    for id in ids.iter().rev() {
        let correction = json!({ "prediction_id": id, "label": "bug" });
        corrections.push(
            server.post("/api/v1/corrections", correction).await.ok().json()["id"]
                .as_i64()
                .unwrap(),
        );
    }
    assert_ne!(corrections[0], ids[2]);
    server
        .delete(&format!("/api/v1/corrections/{}", corrections[0]))
        .await
        .ok();
    let left = server.get("/api/v1/corrections").await.ok().json();
    let left: Vec<i64> = left["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["prediction_id"].as_i64().unwrap())
        .collect();
    assert!(
        left.contains(&ids[0]) && left.contains(&ids[1]) && !left.contains(&ids[2]),
        "{left:?}"
    );
}
