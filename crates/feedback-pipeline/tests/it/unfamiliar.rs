//! Texts about something else: a training keeps what it knows, and predictions say what is unlike it.

use std::path::Path;

use feedback_testkit::recipes::{Place, by_label, feedback, lines};
use feedback_testkit::shared;
use serde_json::Value;

const ROWS: &str = "--drop-leaked --train train.jsonl --validation validation.jsonl --head-only --max-length 32 --output model --run-dir run";
const LABELS: usize = 10;

/// Questions to a bank of ten kinds: 400 to train on, 100 for validation. Returns 100 more, which are to be classified.
fn with_questions(data: &Path) -> (Place, Vec<String>) {
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
    (place, texts(&part(50, 10)))
}

fn texts(rows: &[Value]) -> Vec<String> {
    rows.iter()
        .map(|row| row["text"].as_str().unwrap().to_owned())
        .collect()
}

/// Counts the texts that are unlike the training texts.
fn unfamiliar(place: &Place, texts: &[String]) -> usize {
    let predicted = place.classifier("model").unwrap().predict_many(texts).unwrap();
    let is = |found: &&feedback_inference::Prediction| {
        let (score, unfamiliar) = (found.unfamiliarity.unwrap(), found.unfamiliar.unwrap());
        assert!(
            (0.0..=1.0).contains(&score) && unfamiliar == (score > 0.95),
            "{found:?}"
        );
        unfamiliar
    };
    predicted.iter().filter(is).count()
}

#[test]
fn queries_to_an_assistant_are_unlike_questions_to_a_bank() {
    let Some(data) = shared("data") else {
        return;
    };
    let (place, own) = with_questions(&data);
    place.train(ROWS).unwrap();
    let manifest = place.json("model/feedback.json");
    assert!(manifest["files"]["known_texts.safetensors"].is_string());
    let own = unfamiliar(&place, &own);
    assert!(own <= 15, "{own} of 100 texts of the same kind: 5 % are expected");

    let queries = fs_err::read_to_string(data.join("clinc150/test.jsonl")).unwrap();
    let queries: Vec<Value> = queries
        .lines()
        .step_by(45)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let others = unfamiliar(&place, &texts(&queries));
    assert!(others >= 60, "{others} of 100 queries to an assistant");

    // The same training gives the same file, byte for byte.
    place
        .train(
            &ROWS
                .replace("model", "again")
                .replace("run-dir run", "run-dir run-again"),
        )
        .unwrap();
    assert_eq!(place.json("again/feedback.json")["files"], manifest["files"]);
}

#[test]
fn a_damaged_file_is_refused_and_a_model_without_it_does_not_say_what_is_unfamiliar() {
    let place = Place::new();
    let rows = feedback(30);
    place.write("train.jsonl", lines(&rows[..160]));
    place.write("validation.jsonl", lines(&rows[160..200]));
    place.train(ROWS).unwrap();
    let file = "model/known_texts.safetensors";
    let mut bytes = place.bytes(file);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    place.write(file, bytes);
    let refusal = place.refusal(|| place.classifier("model"));
    place.check_message(&refusal, &["known_texts.safetensors", "sha256"]);

    // A model folder of an earlier version.
    fs_err::remove_file(place.path(file)).unwrap();
    let mut manifest = place.json("model/feedback.json");
    manifest["files"]
        .as_object_mut()
        .unwrap()
        .remove("known_texts.safetensors");
    place.write("model/feedback.json", manifest.to_string());
    let predicted = place.classifier("model").unwrap().predict("hello there").unwrap();
    assert_eq!((predicted.unfamiliarity, predicted.unfamiliar), (None, None));
}
