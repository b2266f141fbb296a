//! The same settings and seed give the same bytes.

use feedback_testkit::recipes::{Place, feedback, lines};
use serde_json::Value;

/// Trains a model. Returns the bytes of its files, the report and the events, without times and paths.
fn train(place: &Place, name: &str, arguments: &str) -> (Vec<Vec<u8>>, Value, Vec<Value>) {
    place
        .train(&format!(
            "--data feedback.jsonl --max-length 24 --output {name} --run-dir {name}-run {arguments}"
        ))
        .unwrap();
    let files = [
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "feedback.json",
    ];
    let bytes = files.map(|file| place.bytes(&format!("{name}/{file}")));
    let mut report = place.json(&format!("{name}-run/report.json"));
    for field in ["seconds", "model", "run"] {
        assert!(
            report.as_object_mut().unwrap().remove(field).is_some(),
            "`{field}` is missing"
        );
    }
    let mut events = place.json_lines(&format!("{name}-run/events.jsonl"));
    for event in &mut events {
        assert!(
            event.as_object_mut().unwrap().remove("time").is_some(),
            "`time` is missing"
        );
    }
    (bytes.to_vec(), report, events)
}

#[test]
fn two_runs_with_the_same_seed_are_identical() {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(12)));
    let first = train(&place, "first", "--model scratch:tiny --epochs 2");
    let second = train(&place, "second", "--model scratch:tiny --epochs 2");
    assert!(first.0 == second.0, "the files of the models differ");
    assert_eq!(first.1, second.1);
    assert_eq!(first.2, second.2);
    assert!(first.2.len() >= 4, "{:?}", first.2);
    let third = train(&place, "third", "--model scratch:tiny --epochs 2 --seed 43");
    assert!(first.0[0] != third.0[0], "another seed must give another model");
}
