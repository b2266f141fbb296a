//! Texts that are unlike those that the model was trained on are kept, found and exported as such.

use std::sync::Arc;

use feedback_bert::DeviceChoice;
use feedback_inference::{Classifier, Encoding};
use feedback_server::{Model, ModelLoader, Prediction};
use serde_json::{Value, json};

use crate::help::{Options, Server, token_counts};
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

    fn vectors_of(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Option<Vec<f32>>> {
        Ok(Some(token_counts(encodings)))
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

#[tokio::test(flavor = "multi_thread")]
async fn themes_of_unfamiliar_texts_are_candidates_for_labels() {
    let server = server();
    let opera = |n: usize| format!("{LONG} for the {n} time, and everybody was very tired at the end of it");
    let garden = |n: usize| {
        format!(
            "my neighbours planted {n} roses beside the old wall behind their house and watered them each day"
        )
    };
    let known = |n: usize| format!("it crashes {n}");
    let texts: Vec<String> = (0..20).flat_map(|n| [opera(n), garden(n), known(n)]).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    classify(&server, &texts, json!({})).await;
    server.compared(60).await;
    let group = |themes: &Value| -> Value {
        let groups = themes["groups"].as_array().unwrap();
        groups
            .iter()
            .find(|group| group["label"] == "unlike the training texts")
            .cloned()
            .unwrap_or_default()
    };
    refit(&server).await;
    let found = group(&server.get("/api/v1/themes").await.ok().json());
    let sizes: u64 = found["themes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|theme| theme["texts"].as_u64().unwrap())
        .sum();
    assert!((30..=40).contains(&sizes), "{found}");
    let page = server.page("/themes").await.ok();
    assert!(page.text().contains("What are they about?"), "{}", page.text());
    let page = server
        .page("/themes?label=unlike%20the%20training%20texts")
        .await
        .ok();
    assert!(page.text().contains("neighbours") && !page.text().contains("it crashes"));
    // What somebody has labelled is no candidate any more.
    for id in (1..=60).filter(|id| id % 3 == 1) {
        let body = json!({"prediction_id": id, "label": "praise"});
        assert_eq!(server.post("/api/v1/corrections", body).await.status, 201);
    }
    refit(&server).await;
    let left = group(&server.get("/api/v1/themes").await.ok().json());
    assert_eq!(left, Value::Null, "20 texts are too few for themes");
}

async fn refit(server: &Server) {
    server.post("/api/v1/themes/refit", json!({})).await;
    let began = std::time::Instant::now();
    while server.get("/api/v1/themes").await.ok().json()["finding"] == true {
        assert!(began.elapsed().as_secs() < 30, "the themes are not found");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
