//! `drift`: texts of a month against those of the training, and against another file.

use serde_json::{Value, json};

use crate::place::{Place, feedback, lines};

/// A file with texts of these labels, the `part`-th quarter of them.
fn texts(labels: &[&str], part: usize) -> String {
    let rows = feedback(60);
    let chosen = rows
        .iter()
        .filter(|row| labels.contains(&row["label"].as_str().unwrap()));
    let rows: Vec<Value> = chosen
        .skip(part)
        .step_by(4)
        .map(|row| json!({"text": row["text"]}))
        .collect();
    lines(&rows)
}

const ALL: [&str; 8] = [
    "bug",
    "complaint",
    "feature_request",
    "other",
    "praise",
    "question",
    "security",
    "usage_tip",
];

#[test]
fn other_subjects_are_found_and_the_same_ones_are_not() {
    let place = Place::new();
    place.write("january.jsonl", texts(&ALL, 0));
    place.write("february.jsonl", texts(&ALL, 1));
    place.write(
        "march.jsonl",
        texts(&["praise", "security"], 2) + &texts(&["praise", "security"], 3),
    );

    let call = "drift february.jsonl --reference january.jsonl --model builtin --fail-on-alarm";
    let quiet = place.run(call).stdout;
    assert!(
        quiet.contains("no difference was found") && quiet.contains("of `january.jsonl`"),
        "{quiet}"
    );

    let call = "drift march.jsonl --reference january.jsonl --model builtin --format json --fail-on-alarm";
    let found = place.program(call).run().code(1);
    let report: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(
        (&report["alarm"], &report["model"]),
        (&json!(true), &json!("builtin"))
    );
    let moved = |name: &str| {
        let measures = report["measures"].as_array().unwrap();
        let measure = measures.iter().find(|measure| measure["kind"] == name).unwrap();
        measure["moved"] == true
    };
    assert!(moved("labels") && moved("meaning"), "{report:#}");
    let labels = report["labels"].as_array().unwrap();
    let praise = labels.iter().find(|label| label["name"] == "praise").unwrap();
    assert!(
        praise["moved"] == true && praise["interval"]["low"].as_f64().unwrap() > 0.1,
        "{praise}"
    );
    // The same command gives the same bytes.
    assert_eq!(place.program(call).run().code(1).stdout, found.stdout);
}

#[test]
fn texts_are_compared_with_those_of_the_training() {
    let place = Place::new();
    place.write("data.jsonl", lines(&feedback(20)));
    place.run("train --data data.jsonl --model scratch:tiny --epochs 1 --max-length 32 --output model --run-dir run");
    place.write("march.jsonl", texts(&ALL, 1));
    let found = place.run("drift march.jsonl --model model").stdout;
    assert!(
        found.contains("against 48 held-out texts of the model's training"),
        "{found}"
    );

    // Other weights: the profile is not theirs.
    let weights = place.path("model/drift.json");
    let other = place
        .read("model/drift.json")
        .replace("\"encoder\":\"", "\"encoder\":\"0");
    fs_err::write(weights, other).unwrap();
    place.refuses(
        "drift march.jsonl --model model",
        2,
        &["has no profile", "--reference"],
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let place = Place::new();
    place.write("few.jsonl", lines(&feedback(3)));
    place.refuses(
        "drift few.jsonl --model builtin",
        2,
        &["`builtin` has no profile", "--reference"],
    );
    let few = "drift few.jsonl --reference few.jsonl --model builtin";
    place.refuses(
        few,
        1,
        &["the reference has 24 different texts, expected at least 30"],
    );
}
