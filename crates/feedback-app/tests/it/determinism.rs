//! The same command and seed give the same bytes.

use serde_json::Value;

use crate::place::{Place, feedback, lines};

/// Trains a model. Returns the bytes of its files, the report and the events, without times and paths.
fn train(place: &Place, name: &str, arguments: &str) -> (Vec<Vec<u8>>, Value, Vec<Value>) {
    place.run(&format!(
        "train --data feedback.jsonl --max-length 24 --output {name} --run-dir {name}-run {arguments}"
    ));
    let files = [
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "feedback.json",
    ];
    let bytes = files
        .iter()
        .map(|file| fs_err::read(place.path(&format!("{name}/{file}"))).unwrap())
        .collect();
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
    (bytes, report, events)
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

#[test]
fn fine_tuning_gives_the_same_model_on_any_number_of_threads() {
    let place = Place::with_model();
    place.write("feedback.jsonl", lines(&feedback(12)));
    let first = train(
        &place,
        "first",
        "--model tiny-bert --epochs 1 --gradient-accumulation-steps 2",
    );
    let call = "train --data feedback.jsonl --max-length 24 --output one --run-dir one-run --model tiny-bert --epochs 1 --gradient-accumulation-steps 2";
    place
        .program(call)
        .env("RAYON_NUM_THREADS", "1")
        .run()
        .code(0)
        .says(&["epoch"]);
    let one = fs_err::read(place.path("one/model.safetensors")).unwrap();
    assert!(first.0[0] == one, "one thread must give the same model");
}
