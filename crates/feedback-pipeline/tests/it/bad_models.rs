//! Unusable model folders: prediction, evaluation and training refuse them, name the file and the tensor or key, and write
//! nothing.

use feedback_testkit::recipes::{DAMAGES, Place, QUICK};
use serde_json::json;

#[test]
fn damaged_folders_are_refused_by_every_recipe() {
    let place = Place::with_model_and_data();
    for damage in &DAMAGES {
        let name = damage.name;
        (damage.apply)(&place.copy_model(name));
        let refused = [
            place.refusal(|| place.classifier(name)),
            place.refusal(|| place.evaluate(name, "test.jsonl")),
        ];
        for refusal in refused {
            assert!(!refusal.is_usage, "{refusal}");
            place.check_message(&refusal, damage.parts);
        }
        let train = format!("--model {name} --data train.jsonl {QUICK}");
        if damage.trains {
            let initialised = place.train(&train).unwrap().notices.initialised;
            assert!(
                initialised.contains(&"classifier.weight".to_owned()),
                "{name}: {initialised:?}"
            );
            place.remove("run");
        } else {
            let refusal = place.refusal(|| place.train(&train));
            assert!(!refusal.is_usage, "{refusal}");
            place.check_message(&refusal, damage.parts);
        }
    }
}

#[test]
fn a_folder_that_was_changed_after_training_is_refused() {
    let place = Place::with_model_and_data();
    place
        .train(&format!("--model tiny-bert --data train.jsonl {QUICK}"))
        .unwrap();
    place.classifier("model").unwrap();
    let weights = "model/model.safetensors";
    let mut bytes = place.bytes(weights);
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    place.write(weights, bytes);
    let parts = [
        "model/model.safetensors",
        "does not match its hash",
        "feedback.json",
        "restore it",
    ];
    place.refused(|| place.classifier("model"), &parts);
    place.refused(|| place.evaluate("model", "test.jsonl"), &parts);
}

#[test]
fn unusable_values_in_feedback_json_are_refused() {
    let place = Place::with_model_and_data();
    place
        .train(&format!("--model tiny-bert --data train.jsonl {QUICK}"))
        .unwrap();
    let good = place.json("model/feedback.json");
    let cases = [
        ("temperature", json!(0.0), "`temperature`"),
        ("max_length", json!(65), "64 positions"),
        ("format_version", json!(99), "`format_version`"),
        ("pooling", json!("max"), "feedback.json"),
        ("unheard_of", json!(1), "unheard_of"),
    ];
    for (key, value, part) in cases {
        let mut changed = good.clone();
        changed[key] = value;
        place.write("model/feedback.json", changed.to_string());
        let refusal = place.refusal(|| place.classifier("model"));
        place.check_message(&refusal, &["model", part]);
    }
}
