//! Gradient × input, attention and rollout agree with PyTorch (`fixtures/generate/explain_golden.py`).

use burn::tensor::Tensor;
use feedback_bert::config::Pooling;
use feedback_bert::weights::{MissingHead, load_weights};
use feedback_bert::{Batch, BertForSequenceClassification, Error, ModelFolder};
use feedback_testkit::{fixture, fixture_json, max_difference};
use serde_json::Value;

fn floats(value: &Value) -> Vec<f32> {
    serde_json::from_value(value.clone()).unwrap()
}

fn numbers(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Returns tiny-bert with its pooler, and with mean pooling.
fn models() -> [(&'static str, BertForSequenceClassification); 2] {
    let folder = fixture("tiny-bert");
    let config = ModelFolder::load(&folder, &super::cpu()).unwrap().config;
    [("cls", Pooling::Cls), ("mean", Pooling::Mean)].map(|(name, pooling)| {
        let weights = folder.join("model.safetensors");
        let loaded = load_weights(&weights, &config, pooling, MissingHead::Refuse, &super::cpu());
        (name, loaded.unwrap().0)
    })
}

#[test]
fn every_method_agrees_with_pytorch() {
    let folder = ModelFolder::load(&fixture("tiny-bert"), &super::cpu()).unwrap();
    let golden = fixture_json("golden/explain/tiny.json");
    for (pooling, model) in models() {
        for case in golden["cases"].as_array().unwrap() {
            let encodings = folder
                .tokenizer
                .encode(&[case["text"].as_str().unwrap()])
                .unwrap();
            let ids: Vec<u32> = serde_json::from_value(case["input_ids"].clone()).unwrap();
            assert_eq!(encodings[0].input_ids, ids);
            let label = case["label"].as_u64().unwrap() as usize;
            let with_autodiff = Batch::new(&encodings, 0, &super::cpu().autodiff()).unwrap();
            let batch = Batch::new(&encodings, 0, &super::cpu()).unwrap();
            let found = [
                (
                    "gradient",
                    model.gradient_times_input(&with_autodiff, label).unwrap(),
                ),
                ("attention", model.attention_to_tokens(&batch)),
                ("rollout", model.attention_rollout(&batch)),
            ];
            for (method, found) in found {
                let expected = floats(&case[pooling][method]);
                let scale = expected.iter().fold(0.0_f32, |max, value| max.max(value.abs()));
                let worst = max_difference(&numbers(found), &expected);
                // The sums of f32 are added in a different order.
                assert!(worst <= 1e-5 * scale.max(1.0), "{pooling} {method}: {worst:e}");
            }
        }
    }
}

#[test]
fn padding_gets_no_attention_and_changes_no_gradient() {
    let folder = ModelFolder::load(&fixture("tiny-bert"), &super::cpu()).unwrap();
    let encodings = folder
        .tokenizer
        .encode(&["thank you!", "Where can I change the language?"])
        .unwrap();
    let device = super::cpu().autodiff();
    for (_, model) in models() {
        let methods = |encodings: &[_]| {
            let with_autodiff = Batch::new(encodings, 0, &device).unwrap();
            let batch = Batch::new(encodings, 0, &super::cpu()).unwrap();
            [
                model.gradient_times_input(&with_autodiff, 1).unwrap(),
                model.attention_to_tokens(&batch),
                model.attention_rollout(&batch),
            ]
            .map(numbers)
        };
        let (both, alone) = (methods(&encodings), methods(&encodings[..1]));
        for (index, (both, alone)) in both.iter().zip(&alone).enumerate() {
            let (real, padding) = both[..encodings[1].len()].split_at(alone.len());
            assert!(max_difference(real, alone) <= 1e-5);
            assert!(index == 0 || padding.iter().all(|value| *value == 0.0));
        }
    }
}

#[test]
fn a_device_without_autodiff_and_an_unknown_label_are_errors() {
    let folder = ModelFolder::load(&fixture("tiny-bert"), &super::cpu()).unwrap();
    let encodings = folder.tokenizer.encode(&["thank you!"]).unwrap();
    let plain = Batch::new(&encodings, 0, &super::cpu()).unwrap();
    let with_autodiff = Batch::new(&encodings, 0, &super::cpu().autodiff()).unwrap();
    let wrong = |batch, label| {
        matches!(
            folder.model.gradient_times_input(batch, label),
            Err(Error::Input { .. })
        )
    };
    assert!(wrong(&plain, 0) && wrong(&with_autodiff, 8));
}
