//! Texts that are unlike those that the model was trained on are kept, found and exported as such.

use std::sync::Arc;

use feedback_bert::DeviceChoice;
use feedback_inference::{Classifier, Encoding};
use feedback_server::{Model, ModelLoader, Prediction};
use serde_json::{Value, json};

use crate::help::{Options, Server};
use crate::inbox::classify;

/// A classifier that finds long texts unfamiliar.
struct Measuring(Classifier);

impl Model for Measuring {
    fn labels(&self) -> &[String] {
        self.0.labels()
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        self.0.encode(texts)
    }

    fn has_unfamiliarity(&self) -> bool {
        true
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        let mut predictions = Model::predict(&self.0, encodings)?;
        for (prediction, encoding) in predictions.iter_mut().zip(encodings) {
            let share = if encoding.len() > 12 { 0.99 } else { 0.25 };
            prediction.unfamiliarity = Some(share);
            prediction.unfamiliar = Some(share > 0.95);
        }
        Ok(predictions)
    }
}

const LONG: &str = "the quarterly report of the board of the society of friends of the opera was read aloud";

fn server() -> Server {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let loader: ModelLoader =
        Arc::new(move |path| Ok(Arc::new(Measuring(Classifier::load(path, &device)?)) as _));
    Server::with(Options {
        loader,
        ..Options::default()
    })
}

fn texts(found: &Value) -> Vec<&str> {
    let items = found["items"].as_array().unwrap();
    items.iter().map(|item| item["text"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_finds_unfamiliar_texts() {
    let server = server();
    classify(&server, &["It crashes", LONG], json!({})).await;
    let all = server.get("/api/v1/history").await.ok().json();
    assert_eq!(all["items"][1]["unfamiliarity"], 0.25);
    let found = server.get("/api/v1/history?unfamiliar=true").await.ok().json();
    assert_eq!(texts(&found), [LONG]);
    server
        .get("/api/v1/history?unfamiliar=yes")
        .await
        .problem(400, "invalid_request");
    let page = server
        .get("/history?unfamiliar=true")
        .await
        .ok()
        .text()
        .to_owned();
    assert!(page.contains(LONG) && !page.contains("It crashes"), "{page}");
    assert!(page.contains("unfamiliar · "), "{page}");
    let themes = server.get("/themes").await.ok().text().to_owned();
    assert!(
        themes.contains("<a href=\"/history?unfamiliar=true\">1 text is</a>"),
        "{themes}"
    );
    let csv = server
        .get("/history/export?format=csv&unfamiliar=true")
        .await
        .ok();
    let lines: Vec<&str> = csv.text().lines().collect();
    assert!(
        lines.len() == 2 && lines[0].contains("confidence,unfamiliarity,") && lines[1].contains(",0.99,"),
        "{lines:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_results_of_a_file_say_how_unfamiliar_each_text_is() {
    let server = server();
    let file = format!("text\nIt crashes\n{LONG}\n");
    let staged = server.upload("a.csv", file.as_bytes(), None).await.ok().json();
    let id = staged["id"].as_i64().unwrap();
    server
        .post(&format!("/api/v1/batches/{id}/start"), json!({}))
        .await
        .ok();
    server.ended(id).await;
    let csv = server
        .get(&format!("/api/v1/batches/{id}/results?format=csv"))
        .await
        .ok();
    let lines: Vec<&str> = csv.text().lines().collect();
    assert!(
        lines[0].ends_with(",truncated,unfamiliarity,unfamiliar"),
        "{lines:?}"
    );
    assert!(
        lines[1].ends_with(",0.25,false") && lines[2].ends_with(",0.99,true"),
        "{lines:?}"
    );
}
