//! Texts about something else: `train` keeps what it knows, and `predict` says what is unlike it.

use std::path::Path;

use feedback_testkit::shared;
use serde_json::{Value, json};

use crate::place::{Place, by_label, feedback, lines};

const ROWS: &str = "--drop-leaked --train train.jsonl --validation validation.jsonl --head-only --max-length 32 --output model --run-dir run";
const LABELS: usize = 10;

/// Questions to a bank of ten kinds: 400 to train on, 100 for validation, 100 that are to be classified.
fn with_questions(data: &Path) -> Place {
    let place = Place::new();
    let rows = by_label(&data.join("banking77/train.jsonl"));
    let part = |from: usize, n: usize| -> Vec<Value> {
        rows.values()
            .take(LABELS)
            .flat_map(|rows| rows.iter().skip(from).take(n).cloned())
            .collect()
    };
    place.write("train.jsonl", lines(&part(0, 40)));
    place.write("validation.jsonl", lines(&part(40, 10)));
    place.write("own.jsonl", lines(&part(50, 10)));
    place
}

fn unfamiliar(place: &Place, name: &str) -> usize {
    let rows = place.json_lines(name);
    let is = |row: &&Value| {
        let (score, unfamiliar) = (
            row["unfamiliarity"].as_f64().unwrap(),
            row["unfamiliar"].as_bool().unwrap(),
        );
        assert!(
            (0.0..=1.0).contains(&score) && unfamiliar == (score > 0.95),
            "{row}"
        );
        unfamiliar
    };
    rows.iter().filter(is).count()
}

#[test]
fn queries_to_an_assistant_are_unlike_questions_to_a_bank() {
    let Some(data) = shared("data") else {
        return;
    };
    let place = with_questions(&data);
    place.run(&format!("train {ROWS}"));
    let manifest = place.json("model/feedback.json");
    assert!(manifest["files"]["known_texts.safetensors"].is_string());

    place.run("predict --model model --input own.jsonl --output own-predicted.jsonl");
    let own = unfamiliar(&place, "own-predicted.jsonl");
    assert!(own <= 15, "{own} of 100 texts of the same kind: 5 % are expected");

    let queries = fs_err::read_to_string(data.join("clinc150/test.jsonl")).unwrap();
    let queries: Vec<Value> = queries
        .lines()
        .step_by(45)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let queries: Vec<Value> = queries.iter().map(|row| json!({"text": row["text"]})).collect();
    place.write("queries.jsonl", lines(&queries));
    let predicted = place.run("predict --model model --input queries.jsonl --output queries-predicted.jsonl");
    let others = unfamiliar(&place, "queries-predicted.jsonl");
    assert!(others >= 60, "{others} of 100 queries to an assistant");
    let said = format!("{others} of 100 texts are unlike the training texts");
    assert!(predicted.stderr.contains(&said), "{predicted}");

    // The same training gives the same file, byte for byte.
    place.run(
        &format!("train {ROWS}")
            .replace("model", "again")
            .replace("run-dir run", "run-dir run-again"),
    );
    assert_eq!(place.json("again/feedback.json")["files"], manifest["files"]);
}

#[test]
fn a_damaged_file_is_refused_and_a_model_without_it_has_no_columns() {
    let place = Place::new();
    let rows = feedback(30);
    place.write("train.jsonl", lines(&rows[..160]));
    place.write("validation.jsonl", lines(&rows[160..200]));
    place.run(&format!("train {ROWS}"));
    let path = place.path("model/known_texts.safetensors");
    let mut bytes = fs_err::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs_err::write(&path, bytes).unwrap();
    place.refuses(
        "predict --model model hello",
        1,
        &["known_texts.safetensors", "sha256"],
    );

    // A model folder of an earlier version.
    fs_err::remove_file(&path).unwrap();
    let mut manifest = place.json("model/feedback.json");
    manifest["files"]
        .as_object_mut()
        .unwrap()
        .remove("known_texts.safetensors");
    place.write("model/feedback.json", manifest.to_string());
    place.write("texts.csv", "text\nhello there\n");
    place.run("predict --model model --input texts.csv --output predicted.csv");
    let header = place.read("predicted.csv").lines().next().unwrap().to_owned();
    assert!(
        header.contains("unknown_share") && !header.contains("unfamiliar"),
        "{header}"
    );
}
