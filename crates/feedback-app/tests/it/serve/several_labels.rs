//! A model that gives each text any number of labels: served, corrected, retrained from the corrections, promoted.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::{get, post};
use super::process::Serve;
use crate::place::Place;
use crate::several_labels::{TRAIN, write_rows};

#[test]
fn a_model_with_several_labels_is_corrected_retrained_and_promoted() {
    let place = Place::with_model();
    write_rows(&place);
    place.run(TRAIN);
    let rows = place.path("rows.csv");
    let more = ["--train-data", rows.to_str().unwrap(), "--label-separator", ";"];
    let serve = Serve::start_model(&place.path("model"), &place.path("state"), &more);
    let send = |path: &str, body: &Value| post(&serve.addr, path, body).unwrap();
    let classify = |text: &str| {
        let answer = send("/api/v1/classify", &json!({ "text": text })).json();
        (answer["predictions"][0].clone(), answer["model"].clone())
    };

    let (found, first) = classify("page 3 crashes and love it");
    assert_eq!(found["scores"].as_array().unwrap().len(), 2);
    assert!(found["predicted_labels"].is_array());
    // A label that no training row has together with the other one, and a text of the test rows, which must not be trained on.
    let held_out = place.json_lines("run/data/test.jsonl")[0]["text"]
        .as_str()
        .unwrap()
        .to_owned();
    for (text, labels) in [
        ("what a joy, but it freezes", json!(["bug", "praise"])),
        (&*held_out, json!([])),
    ] {
        let (found, _) = classify(text);
        let correction = json!({ "prediction_id": found["id"], "labels": labels });
        assert_eq!(send("/api/v1/corrections", &correction).status, 201);
    }
    let asking = send("/api/v1/trainings", &json!({ "ask_people": true }));
    assert_eq!(asking.status, 400, "{asking:?}");

    let started = send(
        "/api/v1/trainings",
        &json!({ "base": "scratch:tiny", "num_train_epochs": 1 }),
    );
    assert_eq!(started.status, 202, "{started:?}");
    let id = started.json()["id"].as_str().unwrap().to_owned();
    let done = wait(&serve, &id);
    let model = done["model"].as_str().unwrap().to_owned();
    let training = format!("state/trainings/{id}");
    let trained_on = place.json_lines(&format!("{training}/data/train-with-corrections.jsonl"));
    let new: Vec<&Value> = trained_on
        .iter()
        .filter(|row| row["source"] == "correction")
        .collect();
    assert_eq!(new.len(), 1, "{new:?}");
    assert_eq!(
        (&new[0]["text"], &new[0]["label"]),
        (&json!("what a joy, but it freezes"), &json!(["bug", "praise"]))
    );
    let audit = place.read(&format!("{training}/corrections-audit.jsonl"));
    assert!(
        audit.contains("\"new\":\"bug; praise\"") && audit.contains("the same text is in test"),
        "{audit}"
    );
    let outcome = place.json(&format!("{training}/result.json"));
    assert_eq!(
        (
            &outcome["corrections"]["used"],
            &outcome["corrections"]["held_out"]
        ),
        (&json!(1), &json!(1))
    );
    assert!(outcome["test"]["subset_accuracy"].is_number() && outcome["serving"]["micro"]["f1"].is_number());

    let page = get(&serve.addr, &format!("/train/{id}")).unwrap().body;
    assert!(
        page.contains("All labels right") && page.contains("1 corrections were trained on, 1 left out"),
        "{page}"
    );
    let promoted = send(
        &format!("/api/v1/models/{model}/promote?accept_worse=true"),
        &json!({}),
    );
    assert!(promoted.status < 300, "{promoted:?}");
    let (found, second) = classify("page 3 crashes and love it");
    assert_ne!(first, second);
    assert_eq!(second, model.as_str());
    assert!(found["predicted_labels"].is_array());
    let config = place.json(&format!("state/models/{model}/config.json"));
    assert_eq!(config["problem_type"], "multi_label_classification");
    serve.terminate();
}

/// Waits until a training is done.
pub(super) fn wait(serve: &Serve, id: &str) -> Value {
    let began = Instant::now();
    loop {
        let all = get(&serve.addr, "/api/v1/trainings").unwrap().json();
        let training = all
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["id"] == id)
            .unwrap();
        if training["state"] == "done" {
            return training.clone();
        }
        let log = get(&serve.addr, &format!("/train/{id}")).unwrap().body;
        assert_ne!(training["state"], "failed", "{log}");
        assert!(began.elapsed() < Duration::from_secs(240), "{log}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
