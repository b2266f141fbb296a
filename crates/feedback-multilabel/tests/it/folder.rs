//! A multi-label folder that Transformers saved (`fixtures/generate/multi_label_folder.py`).

use std::path::Path;

use feedback_bert::{Device, ModelFolder};
use feedback_inference::{MultiLabelClassifier, probabilities};
use feedback_testkit::{fixture, fixture_json, max_difference};
use serde_json::Value;

/// Adding f32 numbers in a different order changes the results by about 1e-6.
const TOLERANCE: f32 = 1e-5;

fn floats(value: &Value) -> Vec<f32> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|number| number.as_f64().unwrap() as f32).collect()
}

/// The folder that Transformers saved, loaded and saved again, has the same configuration for Transformers, and the same weights.
#[test]
fn a_saved_copy_says_the_same_to_transformers() {
    let device = Device::flex();
    let original = fixture("tiny-bert-multi-label");
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    ModelFolder::load_multi_label(&original, &device)
        .unwrap()
        .save(&copy)
        .unwrap();
    let config = |folder: &Path| -> Value {
        let text = fs_err::read_to_string(folder.join("config.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let (before, after) = (config(&original), config(&copy));
    for key in [
        "problem_type",
        "architectures",
        "id2label",
        "label2id",
        "model_type",
        "hidden_size",
    ] {
        assert_eq!(before[key], after[key], "{key}");
    }
    let texts = ["it crashes", "love the new look"];
    let logits = |folder: &Path| {
        MultiLabelClassifier::load(folder, &device)
            .unwrap()
            .logits(&texts)
            .unwrap()
    };
    assert_eq!(logits(&original), logits(&copy));
}

#[test]
fn logits_and_probabilities_agree_with_transformers() {
    let golden = fixture_json("golden/multi_label/tiny.json");
    let texts: Vec<String> = serde_json::from_value(golden["texts"].clone()).unwrap();
    let device = Device::flex();
    let model = MultiLabelClassifier::load(&fixture("tiny-bert-multi-label"), &device).unwrap();
    assert_eq!(model.labels(), ["bug", "praise", "wish"]);
    let logits = model.logits(&texts).unwrap();
    let expected: Vec<f32> = golden["logits"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(floats)
        .collect();
    assert!(max_difference(&logits, &expected) < TOLERANCE);
    let found: Vec<f32> = logits
        .chunks(3)
        .flat_map(|row| probabilities(row, &model.decisions().temperatures))
        .map(|value| value as f32)
        .collect();
    let expected: Vec<f32> = golden["probabilities"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(floats)
        .collect();
    assert!(max_difference(&found, &expected) < TOLERANCE);
    let predictions = model.predict_many(&texts).unwrap();
    for (prediction, expected) in predictions.iter().zip(golden["labels"].as_array().unwrap()) {
        let mut labels = prediction.predicted_labels.clone();
        labels.sort_unstable();
        assert_eq!(serde_json::json!(labels), *expected);
    }
}
