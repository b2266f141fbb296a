//! Unusable model folders: every command that loads one refuses it, with a hint, and writes nothing. `feedback-pipeline` tests what
//! is wrong with each kind of folder.

use crate::place::{Place, QUICK};

#[test]
fn a_damaged_folder_is_refused_by_every_command() {
    let place = Place::with_model_and_data();
    let weights = place.copy_model("half").join("model.safetensors");
    let bytes = fs_err::read(&weights).unwrap();
    fs_err::write(&weights, &bytes[..60_000]).unwrap();
    let parts = ["half/model.safetensors", "not a complete SafeTensors file"];
    for call in [
        "predict --model half hello",
        "predict --model half --input test.jsonl --output out.jsonl",
        "evaluate --model half --data test.jsonl",
        "compare --model tiny-bert --model half --train train.jsonl --test test.jsonl",
        "compare --model half --train train.jsonl --test test.jsonl",
        &format!("train --model half --data train.jsonl {QUICK}"),
    ] {
        place.refuses(call, 1, &parts);
    }
}

#[test]
fn missing_folders_and_files_are_refused_as_models_by_every_command() {
    let place = Place::with_model_and_data();
    for (model, reason) in [
        ("nowhere", "there is no such folder"),
        ("test.jsonl", "it is a file"),
    ] {
        let parts = [&format!("`{model}` is not a model folder"), reason, "--model"];
        place.refuses(&format!("predict --model {model} hello"), 1, &parts);
        place.refuses(&format!("evaluate --model {model} --data test.jsonl"), 1, &parts);
        place.refuses(
            &format!("compare --model {model} --train train.jsonl --test test.jsonl"),
            1,
            &parts,
        );
        place.refuses(
            &format!("train --model {model} --data train.jsonl {QUICK}"),
            1,
            &parts,
        );
    }
}

#[test]
fn without_a_model_the_built_in_one_answers_and_a_named_one_is_required() {
    let place = Place::new();
    let place_of_cache = place.path("cache").display().to_string();
    let answer = place
        .program("predict --format json")
        .arg("The app crashes whenever I open the map")
        .env("XDG_CACHE_HOME", &place_of_cache)
        .run()
        .code(0)
        .says(&["using the built-in classifier", "model builtin"]);
    let answer: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(answer[0]["predicted_label"], "bug");
    let questions: Vec<_> = answer[0]["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| &answer["question"])
        .collect();
    assert_eq!(questions, ["sentiment", "urgency", "aspects"]);
    place.refuses(
        "predict --model models/feedback_classifier hello",
        1,
        &["`models/feedback_classifier`", "train a model first"],
    );
}
