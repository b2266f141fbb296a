//! Several questions about a text: one model, one pass.

use serde_json::Value;

use crate::place::Place;

/// The first rows of the second corpus, which have a label, a sentiment, an urgency and aspects.
fn write_rows(place: &Place) {
    let path = feedback_testkit::fixture("feedback_train2.jsonl");
    let rows = fs_err::read_to_string(path).unwrap();
    let rows: Vec<&str> = rows.lines().take(900).collect();
    place.write("train.jsonl", rows[..600].join("\n"));
    place.write("validation.jsonl", rows[600..750].join("\n"));
    place.write("test.jsonl", rows[750..].join("\n"));
}

const FILES: &str = "--train train.jsonl --validation validation.jsonl --test test.jsonl --allow-leakage";

#[test]
fn a_linear_classifier_learns_each_field() {
    let place = Place::new();
    write_rows(&place);
    place.run(&format!(
        "train {FILES} --head-only --label-field label,sentiment,aspects --output model --run-dir run"
    ));
    let found = place
        .run("evaluate --model model --data test.jsonl --format json")
        .json();
    let answers = found["answers"].as_array().unwrap();
    let of = |name: &str| answers.iter().find(|one| one["question"] == name).unwrap();
    assert_eq!(of("sentiment")["n"], 150);
    assert!(of("sentiment")["accuracy"].as_f64().unwrap() > 0.7, "{answers:?}");
    assert!(of("aspects")["micro_f1"].as_f64().unwrap() > 0.3, "{answers:?}");
    // The built-in encoder still answers what it answered before.
    assert_eq!(of("urgency")["n"], 150);
    place.run("predict --model model --input test.jsonl --output out.jsonl");
    let row: Value = place.json_lines("out.jsonl").remove(0);
    let asked: Vec<&str> = row["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["question"].as_str().unwrap())
        .collect();
    assert_eq!(asked.len(), 3, "{row}");
    assert!(
        asked.contains(&"sentiment") && asked.contains(&"aspects"),
        "{asked:?}"
    );
}

#[test]
fn a_fine_tuned_model_answers_further_fields_too() {
    let place = Place::with_model();
    write_rows(&place);
    let train =
        format!("train {FILES} --model tiny-bert --epochs 1 --max-length 32 --output model --run-dir run");
    place.run(&format!("{train} --label-field label,urgency"));
    let found = place.run("evaluate --model model --data test.jsonl").stdout;
    assert!(found.contains("further questions:\nurgency: 150 rows"), "{found}");
    place.refuses(
        &format!("{train}2 --label-field label,nothing"),
        1,
        &["no row has a value in the field `nothing`", "check the name"],
    );
}
