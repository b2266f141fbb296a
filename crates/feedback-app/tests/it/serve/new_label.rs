//! A theme becomes a label, and the next training learns it: from a file to a promoted model.

use std::time::{Duration, Instant};

use feedback_testkit::fixture;
use serde_json::{Value, json};

use super::http::{get, post, upload, wait_for_themes};
use super::process::Serve;
use super::several_labels::wait;
use crate::place::Place;

const LABEL: &str = "crashes after updates";

#[test]
fn a_theme_becomes_a_label_that_the_next_training_learns() {
    let place = Place::new();
    let rows = fs_err::read_to_string(fixture("feedback.jsonl")).unwrap();
    let some: Vec<&str> = rows.lines().step_by(4).collect();
    place.write("labelled.jsonl", some.join("\n"));
    let data = place.path("labelled.jsonl");
    let more = ["--train-data", data.to_str().unwrap()];
    let serve = Serve::start_model("builtin".as_ref(), &place.path("state"), &more);
    let file = fs_err::read_to_string(fixture("reviews.csv")).unwrap();
    let id = upload(&serve.addr, "reviews.csv", "Review", &file)
        .unwrap()
        .json()["id"]
        .clone();
    until_classified(&serve, &id);
    wait_for_themes(&serve.addr, 400);

    // The planted theme of this file.
    let themes = get(&serve.addr, "/api/v1/themes").unwrap().json();
    let all = themes["groups"][0]["themes"].as_array().unwrap();
    let text = |theme: &Value| theme["quotes"].to_string().to_lowercase();
    let theme = all.iter().find(|theme| text(theme).contains("crash")).unwrap();
    let made = post(
        &serve.addr,
        &format!("/api/v1/themes/{}/label", theme["id"]),
        &json!({ "label": LABEL }),
    );
    let made = made.unwrap();
    assert_eq!(made.status, 201, "{made:?}");

    let asked = json!({ "base": "builtin", "num_train_epochs": 2 });
    let started = post(&serve.addr, "/api/v1/trainings", &asked).unwrap();
    assert_eq!(started.status, 202, "{started:?}");
    let done = wait(&serve, started.json()["id"].as_str().unwrap());
    let model = done["model"].as_str().unwrap();
    let config = place.json(&format!("state/models/{model}/config.json"));
    let labels = config["id2label"].as_object().unwrap();
    assert!(labels.values().any(|label| label == LABEL), "{config}");
    let promote = format!("/api/v1/models/{model}/promote?accept_worse=true");
    let promoted = post(&serve.addr, &promote, &json!({})).unwrap();
    assert!(promoted.status < 300, "{promoted:?}");
    let ask = json!({ "texts": ["since the last update the app keeps crashing", "i love the new design, thank you"] });
    let found = post(&serve.addr, "/api/v1/classify", &ask).unwrap().json();
    let predicted: Vec<&Value> = found["predictions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["predicted_label"])
        .collect();
    assert_eq!(predicted[0], LABEL, "{found}");
    assert_ne!(predicted[1], LABEL, "{found}");
    serve.terminate();
}

fn until_classified(serve: &Serve, id: &Value) {
    let began = Instant::now();
    while get(&serve.addr, &format!("/api/v1/batches/{id}")).unwrap().json()["state"] != "done" {
        assert!(began.elapsed() < Duration::from_secs(120));
        std::thread::sleep(Duration::from_millis(50));
    }
}
