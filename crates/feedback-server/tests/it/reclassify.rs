//! Stored texts are classified again with the model that serves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use feedback_bert::DeviceChoice;
use feedback_inference::{Classifier, Encoding};
use feedback_server::{Model, ModelLoader, Prediction};
use serde_json::{Value, json};

use crate::help::{Options, Server, recalibrated};

const STATE: &str = "/api/v1/models/reclassification";

/// A classifier that, if it is the second model, cannot read `???`, and waits while `waits` is set.
struct Second {
    classifier: Classifier,
    is_second: bool,
    waits: Arc<AtomicBool>,
}

impl Model for Second {
    fn labels(&self) -> &[String] {
        self.classifier.labels()
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        if self.is_second && texts.iter().any(|text| text == "???") {
            return Err(feedback_inference::Error::EmptyText {
                position: 1,
                count: texts.len(),
            });
        }
        self.classifier.encode(texts)
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        while self.is_second && self.waits.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Model::predict(&self.classifier, encodings)
    }
}

fn options(waits: &Arc<AtomicBool>) -> Options {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let waits = Arc::clone(waits);
    let loader: ModelLoader = Arc::new(move |path| {
        let classifier = Classifier::load(path, &device)?;
        Ok(Arc::new(Second {
            is_second: (classifier.manifest().temperature - 2.0).abs() < 1e-9,
            classifier,
            waits: Arc::clone(&waits),
        }) as _)
    });
    Options {
        loader,
        ..Options::default()
    }
}

async fn promoted(server: &Server) -> String {
    let folder = tempfile::tempdir().unwrap();
    let second = server
        .state
        .models()
        .add(&recalibrated(folder.path()))
        .await
        .unwrap();
    server
        .post(
            &format!("/api/v1/models/{second}/promote?accept_worse=true"),
            json!({}),
        )
        .await
        .ok();
    second
}

async fn ended(server: &Server) -> Value {
    for _ in 0..2_000 {
        let found = server.get(STATE).await.ok().json();
        if found["state"] != "running" {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the texts are not reclassified");
}

async fn history(server: &Server) -> Vec<Value> {
    let found = server.get("/api/v1/history?limit=200").await.ok().json();
    found["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_texts_get_the_label_of_the_serving_model() {
    let waits = Arc::default();
    let server = Server::with(options(&waits));
    server.post(STATE, json!({})).await.problem(409, "conflict");
    server.delete(STATE).await.problem(409, "conflict");
    let page = server.page("/models").await.ok();
    assert!(!page.text().contains("Texts of earlier models"));

    // More texts than one page of the job, one of which the second model cannot read.
    let texts: Vec<String> = (0..150).map(|n| format!("it crashes after {n} steps")).collect();
    let csv = format!("text\n{}\n", texts.join("\n"));
    server
        .upload("feedback.csv", csv.as_bytes(), Some("text"))
        .await
        .ok();
    server.ended(1).await;
    server
        .post("/api/v1/classify", json!({"texts": ["???", "so slow"]}))
        .await
        .ok();
    server
        .post(
            "/api/v1/corrections",
            json!({"prediction_id": 3, "label": "praise"}),
        )
        .await
        .ok();
    let before = history(&server).await;
    assert_eq!(before.len(), 152);

    let second = promoted(&server).await;
    let page = server.page("/").await.ok();
    assert!(
        page.text()
            .contains("152 texts have the label of an earlier model")
    );
    server.submit("/models", "/models/reclassify", &[]).await;
    let found = ended(&server).await;
    assert_eq!(
        (
            &found["state"],
            &found["model"],
            &found["done"],
            &found["waiting"],
            &found["failed"]
        ),
        (&json!("done"), &json!(second), &json!(151), &json!(1), &json!(1))
    );
    assert_eq!(found["failures"][0]["id"], 151);

    let after = history(&server).await;
    for (before, after) in before.iter().zip(&after) {
        for kept in ["id", "text", "at", "source", "fields", "corrected_label"] {
            assert_eq!(before[kept], after[kept], "{kept}");
        }
        let is_kept = before["id"] == 151;
        assert_eq!(after["model"] == second.as_str(), !is_kept);
        let confidence = |item: &Value| item["confidence"].as_f64().unwrap();
        assert!(
            is_kept || confidence(after) < confidence(before),
            "a higher temperature lowers it"
        );
    }
    let again = server
        .post("/api/v1/classify", json!({"text": texts[0]}))
        .await
        .ok()
        .json();
    let first = after.iter().find(|item| item["id"] == 1).unwrap();
    assert_eq!(first["confidence"], again["predictions"][0]["confidence"]);

    let page = server.page("/models").await.ok();
    for says in [
        "All texts were looked at: 151 were reclassified.",
        "1 could not be classified",
        "text 151",
        "Reclassify 1 text",
    ] {
        assert!(page.text().contains(says), "{says}");
    }
    let audit = server.get("/api/v1/audit").await.ok().json();
    assert_eq!(
        (&audit[0]["action"], &audit[0]["subject"], &audit[0]["detail"]),
        (&json!("texts.reclassify"), &json!(second), &json!("152 texts"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_after_a_restart_and_ends_when_asked() {
    let waits = Arc::new(AtomicBool::new(false));
    let server = Server::with(options(&waits));
    let texts: Vec<String> = (0..300).map(|n| format!("it crashes after {n} steps")).collect();
    let csv = format!("text\n{}\n", texts.join("\n"));
    server
        .upload("feedback.csv", csv.as_bytes(), Some("text"))
        .await
        .ok();
    server.ended(1).await;
    promoted(&server).await;
    waits.store(true, Ordering::SeqCst);
    let started = server.post(STATE, json!({})).await;
    assert_eq!(started.status.as_u16(), 202);
    server.post(STATE, json!({})).await.problem(409, "conflict");
    let page = server.page("/models").await.ok();
    assert!(page.text().contains("0 texts are reclassified, 300 are left"));

    // The server ends in the middle; the job that it noted goes on.
    waits.store(false, Ordering::SeqCst);
    let server = server.restarted(options(&waits));
    let found = ended(&server).await;
    assert_eq!((&found["state"], &found["waiting"]), (&json!("done"), &json!(0)));
    let server = server.restarted(options(&waits));
    assert_eq!(server.get(STATE).await.ok().json()["state"], "idle");

    // Back to the first model, and again to the second one.
    server.post("/api/v1/models/roll-back", json!({})).await.ok();
    server.post(STATE, json!({})).await;
    assert_eq!(ended(&server).await["done"], 300);
    server.post("/api/v1/models/roll-back", json!({})).await.ok();
    waits.store(true, Ordering::SeqCst);
    server.post(STATE, json!({})).await;
    assert_eq!(server.delete(STATE).await.status.as_u16(), 202);
    waits.store(false, Ordering::SeqCst);
    let found = ended(&server).await;
    assert_eq!(found["state"], "cancelled");
    let (done, waiting) = (
        found["done"].as_u64().unwrap(),
        found["waiting"].as_u64().unwrap(),
    );
    assert!(
        done <= 128 && done + waiting == 300,
        "what is done stays: {found}"
    );
    let server = server.restarted(options(&waits));
    assert_eq!(
        server.get(STATE).await.ok().json()["state"],
        "idle",
        "it does not go on"
    );
}
