//! The built-in model: its vectors are those of Transformers, and its answers are as good as its card says.

use std::path::Path;

use feedback_bert::DeviceChoice;
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_inference::{Classifier, Prediction};
use feedback_testkit::fixture;
use serde::Deserialize;
use serde_json::Value;

fn builtin() -> Classifier {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("builtin");
    feedback_builtin::write_to(&path).unwrap();
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    Classifier::load(&path, &device).unwrap()
}

#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    vectors: Vec<Vec<f32>>,
}

#[test]
fn its_vectors_are_those_of_transformers() {
    let text = fs_err::read_to_string(fixture("golden/builtin/vectors.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    let classifier = builtin();
    let found = classifier.vectors(&golden.texts).unwrap();
    let expected = golden.vectors.concat();
    assert_eq!(found.len(), expected.len());
    let worst = found
        .iter()
        .zip(&expected)
        .fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
    assert!(worst < 1e-4, "{worst}");
}

/// Returns the true answers of a row, as text: the aspects are sorted and joined.
fn truth(row: &feedback_dataset::record::Row, question: &str) -> String {
    match row.record.get(question) {
        Some(Value::String(answer)) => answer.clone(),
        _ => panic!("line {}: no `{question}`", row.line),
    }
}

fn answer<'a>(prediction: &'a Prediction, question: &str) -> &'a str {
    if question == "label" {
        return &prediction.predicted_label;
    }
    let found = prediction
        .answers
        .iter()
        .find(|answer| answer.question == question);
    &found.unwrap().labels[0].label
}

/// The thresholds are a little below the figures in the card, which differ slightly between processors.
#[test]
fn its_answers_to_new_texts_are_as_good_as_the_card_says() {
    let corpus = read(
        fixture("feedback_test2.jsonl"),
        &ReadOptions::default(),
        OnBadRow::Fail,
    )
    .unwrap();
    let predictions = builtin().predict_many(&corpus.texts()).unwrap();
    for (question, least) in [("label", 0.77), ("sentiment", 0.80), ("urgency", 0.86)] {
        let rows = corpus.rows.iter().zip(&predictions);
        let right = rows
            .filter(|(row, prediction)| truth(row, question) == answer(prediction, question))
            .count();
        let accuracy = right as f64 / corpus.len() as f64;
        println!("{question}: {accuracy:.4}");
        assert!(accuracy >= least, "{question}: {accuracy:.4}");
    }
    let (mut right, mut all) = (0, 0);
    for (row, prediction) in corpus.rows.iter().zip(&predictions) {
        let named = row.record.get("aspects").and_then(Value::as_array).unwrap();
        let found = &prediction
            .answers
            .iter()
            .find(|answer| answer.question == "aspects")
            .unwrap()
            .labels;
        right += 2 * found
            .iter()
            .filter(|aspect| named.contains(&Value::from(aspect.label.as_str())))
            .count();
        all += named.len() + found.len();
    }
    let f1 = f64::from(right as u32) / f64::from(all as u32);
    println!("aspects: {f1:.4}");
    assert!(f1 >= 0.42, "aspects: {f1:.4}");
}

#[test]
fn its_card_names_its_sources() {
    let place = tempfile::tempdir().unwrap();
    feedback_builtin::write_to(&place.path().join("builtin")).unwrap();
    let card = fs_err::read_to_string(place.path().join("builtin/README.md")).unwrap();
    let recipe =
        fs_err::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes/encoder.toml"))
            .unwrap();
    for source in [
        "all-MiniLM-L6-v2",
        "Apache-2.0",
        "CC BY 4.0",
        "clinc150",
        "app_reviews_maalej",
        "it_tickets",
    ] {
        assert!(card.contains(source), "the card does not name {source}");
    }
    assert!(
        !recipe.contains("banking77/train"),
        "banking77 is kept to measure how the encoder does on unseen labels"
    );
}
