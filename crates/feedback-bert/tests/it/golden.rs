//! Logits and hidden states agree with Transformers (`fixtures/generate/bert_golden.py`).

use std::path::Path;

use burn::module::Module;
use burn::module::Param;
use burn::tensor::{Tensor, TensorData};
use feedback_bert::config::{BertConfig, Pooling};
use feedback_bert::weights::{MissingHead, load_weights};
use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, Device, Encoding};
use feedback_testkit::{fixture, fixture_json, max_difference, shared};
use serde_json::Value;

/// Adding f32 numbers in a different order changes the results by about 1e-6 here. A wrong epsilon in layer
/// normalisation changes the tiny model's logits by 6e-5, so the tolerance must be below that.
const TOLERANCE: f32 = 1e-5;

fn texts() -> Vec<String> {
    serde_json::from_value(fixture_json("golden/bert/texts.json")).unwrap()
}

fn floats(value: &Value) -> Vec<f32> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_f64().unwrap() as f32)
        .collect()
}

fn logits(
    model: &BertForSequenceClassification,
    encodings: &[Encoding],
    pad: u32,
    device: &Device,
) -> Vec<f32> {
    let batch = Batch::new(encodings, pad, device).unwrap();
    model.forward(&batch).into_data().try_to_vec().unwrap()
}

/// Compares token ids, and the logits of single texts and of batches, with the stored values. Returns the
/// largest difference of the logits.
fn compare(
    golden: &Value,
    key: &str,
    tokenizer: &BertTokenizer,
    model: &BertForSequenceClassification,
    device: &Device,
) -> f32 {
    let encodings = tokenizer.encode(&texts()).unwrap();
    let expected = golden["texts"].as_array().unwrap();
    assert_eq!(encodings.len(), 50);
    let pad = tokenizer.pad_token_id();
    let mut worst = 0.0_f32;
    for (encoding, expected) in encodings.iter().zip(expected) {
        let ids: Vec<u32> = serde_json::from_value(expected["input_ids"].clone()).unwrap();
        assert_eq!(encoding.input_ids, ids);
        assert_eq!(encoding.truncated, expected["truncated"].as_bool().unwrap());
        let single = logits(model, std::slice::from_ref(encoding), pad, device);
        worst = worst.max(max_difference(&single, &floats(&expected[key])));
    }
    for (encodings, expected) in encodings.chunks(10).zip(expected.chunks(10)) {
        let batched = logits(model, encodings, pad, device);
        let expected: Vec<f32> = expected.iter().flat_map(|text| floats(&text[key])).collect();
        worst = worst.max(max_difference(&batched, &expected));
    }
    worst
}

#[test]
fn tiny_bert_agrees_with_transformers() {
    let folder = fixture("tiny-bert");
    let golden = fixture_json("golden/bert/tiny.json");
    let config = BertConfig::from_file(&folder.join("config.json")).unwrap();
    let tokenizer = BertTokenizer::from_folder(&folder, 64).unwrap();
    for device in super::devices() {
        for (pooling, key) in [(Pooling::Cls, "logits_cls"), (Pooling::Mean, "logits_mean")] {
            let weights = folder.join("model.safetensors");
            let (model, _) = load_weights(&weights, &config, pooling, MissingHead::Refuse, &device).unwrap();
            let worst = compare(&golden, key, &tokenizer, &model, &device);
            println!("tiny {pooling} on {device:?}: {worst:e}");
            assert!(worst <= TOLERANCE, "{pooling} on {device:?}: {worst:e}");
        }
    }
}

#[test]
fn hidden_states_agree_with_transformers() {
    let folder = fixture("tiny-bert");
    let golden = fixture_json("golden/bert/tiny.json");
    let config = BertConfig::from_file(&folder.join("config.json")).unwrap();
    let tokenizer = BertTokenizer::from_folder(&folder, 64).unwrap();
    let device = super::cpu();
    let weights = folder.join("model.safetensors");
    let (model, _) = load_weights(&weights, &config, Pooling::Cls, MissingHead::Refuse, &device).unwrap();
    for (encoding, expected) in tokenizer
        .encode(&texts()[..5])
        .unwrap()
        .iter()
        .zip(golden["texts"].as_array().unwrap())
    {
        let batch = Batch::new(std::slice::from_ref(encoding), 0, &device).unwrap();
        let states = model.encoder().hidden_states(&batch);
        let expected = expected["hidden_states"].as_array().unwrap();
        assert_eq!(states.len(), expected.len());
        for (state, expected) in states.iter().zip(expected) {
            let values: Vec<f32> = state.clone().into_data().try_to_vec().unwrap();
            let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
            assert!(max_difference(&values[..4], &floats(&expected["first"])) <= TOLERANCE);
            assert!(
                (sum - expected["sum"].as_f64().unwrap()).abs() <= 1e-3,
                "sum over up to 64 × 32 values"
            );
        }
    }
}

#[test]
fn all_minilm_agrees_with_transformers() {
    let Some(folder) = shared("weights/all-MiniLM-L6-v2") else {
        return;
    };
    let golden = fixture_json("golden/bert/minilm.json");
    let labels: Vec<String> = (0..8).map(|label| format!("label_{label}")).collect();
    let config = BertConfig::from_file(&folder.join("config.json"))
        .unwrap()
        .with_labels(&labels);
    // The file fixes padding and truncation to 128; both must be reset.
    let tokenizer = BertTokenizer::from_folder(&folder, 256).unwrap();
    for device in super::devices() {
        for (pooling, key) in [(Pooling::Cls, "logits_cls"), (Pooling::Mean, "logits_mean")] {
            let model = with_formula_head(&folder, &config, pooling, &device);
            let worst = compare(&golden, key, &tokenizer, &model, &device);
            println!("all-MiniLM-L6-v2 {pooling} on {device:?}: {worst:e}");
            assert!(worst <= 1e-4, "{pooling} on {device:?}: {worst:e}");
        }
    }
}

/// Sets the same head as the script: weight\[label\]\[j\] = ((31 label + 17 j) mod 23 − 11) / 100,
/// bias\[label\] = (label − 3.5) / 10.
fn with_formula_head(
    folder: &Path,
    config: &BertConfig,
    pooling: Pooling,
    device: &Device,
) -> BertForSequenceClassification {
    struct SetHead(usize);
    impl burn::module::ModuleMapper for SetHead {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let dims = param.dims();
            let is_weight = dims.as_slice() == [self.0, 8];
            if !is_weight && dims.as_slice() != [8] {
                return param;
            }
            let values: Vec<f32> = if is_weight {
                let rows = (0..self.0)
                    .flat_map(|j| (0..8).map(move |label| ((label * 31 + j * 17) % 23) as f64 - 11.0));
                rows.map(|value| (value / 100.0) as f32).collect()
            } else {
                (0..8)
                    .map(|label| ((f64::from(label) - 3.5) / 10.0) as f32)
                    .collect()
            };
            let device = param.device();
            param.map(|_| Tensor::from_data(TensorData::new(values, dims), &device))
        }
    }
    let head = MissingHead::Initialise { seed: 0 };
    let (model, report) =
        load_weights(&folder.join("model.safetensors"), config, pooling, head, device).unwrap();
    assert_eq!(report.initialised, ["classifier.bias", "classifier.weight"]);
    assert!(report.ignored.iter().any(|name| name.ends_with("position_ids")));
    model.map(&mut SetHead(config.hidden_size))
}
