//! Similar texts, and the vectors by which they are found.

use std::sync::Arc;

use feedback_bert::DeviceChoice;
use feedback_inference::{Classifier, Encoding};
use feedback_server::{EncoderLoader, Model, ModelLoader, Prediction};
use feedback_testkit::fixture;
use serde_json::{Value, json};

use crate::help::{Options, Server};

async fn with_texts() -> Server {
    let server = Server::new();
    for (text, source) in [
        ("it crashes when I open it", "mail"),
        ("it crashes when I open it", "survey"),
        ("thank you", "mail"),
        ("IT crashes when I open it", "survey"),
        ("where is my parcel", "mail"),
    ] {
        let body = json!({ "text": text, "source": source });
        server.post("/api/v1/classify", body).await.ok();
    }
    server.compared(5).await;
    server
}

fn ids(found: &Value) -> Vec<i64> {
    let items = found["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["prediction"]["id"].as_i64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_folds_texts_that_say_the_same() {
    let server = with_texts().await;
    let found = server.get("/api/v1/history?group=similar").await.ok().json();
    let same: Vec<(i64, Option<i64>)> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["id"].as_i64().unwrap(), item["same_as"].as_i64()))
        .collect();
    let expected = [(5, None), (4, None), (3, None), (2, Some(4)), (1, Some(4))];
    assert_eq!(same, expected);
    let plain = server.get("/api/v1/history").await.ok().json();
    assert!(plain["items"][3].get("same_as").is_none());
    let page = server.get("/history?group=similar").await.ok().text().to_owned();
    assert!(
        page.contains("<summary>and 2 that say the same</summary>"),
        "{page}"
    );
    assert_eq!(page.matches("<blockquote>").count(), 5);
    assert!(
        !server
            .get("/history")
            .await
            .ok()
            .text()
            .contains("that say the same")
    );
    server
        .get("/api/v1/history?group=theme")
        .await
        .problem(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_file_folds_texts_that_say_the_same() {
    let server = Server::new();
    let file = b"text\nit crashes when I open it\nthank you\nIT crashes when I open it\n";
    let batch = server.upload("a.csv", file, Some("text")).await.ok().json();
    server.ended(batch["id"].as_i64().unwrap()).await;
    server.compared(3).await;
    let page = server
        .page(&format!("/batches/{}", batch["id"]))
        .await
        .ok()
        .text()
        .to_owned();
    let (before, folded) = page
        .split_once("<summary>and 1 that say the same</summary>")
        .unwrap();
    assert!(
        before.contains("it crashes when I open it") && folded.contains("Row 3, "),
        "{page}"
    );
    assert_eq!(page.matches("<td class=\"text\">").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_say_the_same_are_counted_and_listed() {
    let server = with_texts().await;
    let found = server
        .get("/api/v1/similar?id=2&min_similarity=0.999")
        .await
        .ok()
        .json();
    assert_eq!(found["text"], "it crashes when I open it");
    // The model ignores case, so all three have the same vector; the lower id comes first.
    assert_eq!((&found["count"], ids(&found)), (&json!(3), vec![1, 2, 4]));
    assert!(found["items"][2]["similarity"].as_f64().unwrap() > 0.999);

    let all = server.get("/api/v1/similar?text=it%20crashes%20when%20I%20open%20it&min_similarity=0&k=4");
    let all = all.await.ok().json();
    assert_eq!(ids(&all)[..3], [1, 2, 4]);
    assert_eq!(all["items"].as_array().unwrap().len(), 4);
    let filtered = server.get("/api/v1/similar?id=1&min_similarity=0.999&source=survey&k=1");
    let filtered = filtered.await.ok().json();
    assert_eq!((&filtered["count"], ids(&filtered)), (&json!(2), vec![2]));
    // Nothing is classified or stored.
    assert_eq!(
        server.get("/api/v1/history").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        5
    );

    for wrong in [
        "",
        "?text=a&id=1",
        "?id=x",
        "?id=0",
        "?text=a&k=0",
        "?text=a&k=201",
        "?text=a&min_similarity=2",
        "?text=a&before=3",
        "?text=a&labl=bug",
        "?text=a&text=b",
    ] {
        let answer = server.get(&format!("/api/v1/similar{wrong}")).await;
        answer.problem(400, "invalid_request");
    }
    server
        .get("/api/v1/similar?id=99")
        .await
        .problem(404, "not_found");
    server
        .get("/api/v1/similar?text=%20")
        .await
        .problem(422, "empty_text");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_counts_without_scripts() {
    let server = with_texts().await;
    let history = server.page("/history").await.ok();
    assert!(
        history.text().contains("href=\"/similar?id=4\""),
        "{}",
        history.text()
    );
    let page = server
        .page("/similar?id=1&min_similarity=0.9&source=survey")
        .await
        .ok();
    assert!(
        page.text().contains("<span class=\"big\">2</span>"),
        "{}",
        page.text()
    );
    assert!(!page.text().contains("thank you"));
    let empty = server.page("/similar").await.ok();
    assert!(empty.text().contains("Count similar texts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_survive_a_restart_and_torn_ones_are_computed_again() {
    let server = with_texts().await;
    let path = server.state_dir().join("vectors.f16");
    let before = fs_err::read(&path).unwrap();
    let server = server.restarted(Options::default());
    server.compared(5).await;
    assert_eq!(fs_err::read(&path).unwrap(), before);
    let server = server.restarted_after(|state_dir| {
        let path = state_dir.join("vectors.f16");
        let mut bytes = fs_err::read(&path).unwrap();
        bytes.truncate(bytes.len() - 9);
        bytes[200] ^= 1;
        fs_err::write(&path, bytes).unwrap();
    });
    server.compared(5).await;
    let found = server
        .get("/api/v1/similar?id=2&min_similarity=0.999")
        .await
        .ok()
        .json();
    assert_eq!(found["count"], 3);
    let server =
        server.restarted_after(|state_dir| fs_err::write(state_dir.join("vectors.f16"), "text").unwrap());
    server.compared(5).await;
}

/// A classifier whose vectors are others, or missing.
struct Other {
    inner: Classifier,
    has_vectors: bool,
}

impl Model for Other {
    fn labels(&self) -> &[String] {
        self.inner.labels()
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        self.inner.encode(texts)
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        Model::predict(&self.inner, encodings)
    }

    fn vectors_of(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Option<Vec<f32>>> {
        let mut vectors = self.inner.vectors_of(encodings)?;
        vectors.reverse();
        vectors.rotate_left(1);
        Ok(self.has_vectors.then_some(vectors))
    }
}

fn other(has_vectors: bool) -> ModelLoader {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    Arc::new(move |path| {
        let inner = Classifier::load(path, &device)?;
        Ok(Arc::new(Other { inner, has_vectors }) as Arc<dyn Model>)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn another_encoder_computes_all_vectors_again() {
    let server = with_texts().await;
    let path = server.state_dir().join("vectors.f16");
    let before = fs_err::read(&path).unwrap();
    let server = server.restarted(Options {
        loader: other(true),
        ..Options::default()
    });
    server.compared(5).await;
    let after = fs_err::read(&path).unwrap();
    assert!(before[16..80] != after[16..80], "the name of the encoder");

    // A model without vectors: the other model is used, and nothing is computed again if its vectors are the same.
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let encoder: EncoderLoader = Arc::new(move || {
        let inner = Classifier::load(&fixture("tiny-bert"), &device)?;
        let has_vectors = true;
        Ok(Arc::new(Other { inner, has_vectors }) as Arc<dyn Model>)
    });
    let server = server.restarted(Options {
        loader: other(false),
        encoder: Some(encoder),
        ..Options::default()
    });
    server.compared(5).await;
    assert_eq!(fs_err::read(&path).unwrap(), after);

    let server = server.restarted(Options {
        loader: other(false),
        ..Options::default()
    });
    server.get("/api/v1/similar?id=1").await.problem(409, "conflict");
}

/// A restored database may have other texts under the same ids.
#[tokio::test(flavor = "multi_thread")]
async fn vectors_of_texts_that_are_not_stored_are_removed() {
    let server = with_texts().await;
    let server = server.restarted_after(|state_dir| {
        for ending in ["", "-wal", "-shm"] {
            let file = state_dir.join(format!("feedback.sqlite{ending}"));
            if file.exists() {
                fs_err::remove_file(file).unwrap();
            }
        }
    });
    server
        .post("/api/v1/classify", json!({ "text": "thank you" }))
        .await
        .ok();
    server.compared(1).await;
    let found = server
        .get("/api/v1/similar?text=thank%20you&min_similarity=0")
        .await
        .ok()
        .json();
    assert_eq!(ids(&found), [1]);
    assert!(
        found["items"][0]["similarity"].as_f64().unwrap() > 0.999,
        "{found}"
    );
}
