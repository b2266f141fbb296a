//! Every gradient agrees with PyTorch (`fixtures/generate/family_golden.py`, `learning_golden.py`).

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Int, Tensor, activation::log_softmax};
use feedback_bert::config::{BertConfig, Pooling};
use feedback_bert::weights::{MissingHead, load_weights};
use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, Device, ModelFolder};
use feedback_testkit::{fixture, fixture_json, shared};
use safetensors::SafeTensors;

/// Returns the loss, and the gradient of each parameter by Hugging Face's name, in PyTorch's orientation.
fn gradients(
    model: BertForSequenceClassification,
    tokenizer: &BertTokenizer,
    texts: &[String],
    labels: &[i32],
) -> (f32, BTreeMap<String, Vec<f32>>) {
    let model = model.train(); // with gradients; the configurations of these tests have no dropout
    let device = Device::flex().autodiff();
    let batch = Batch::new(
        &tokenizer.encode(texts).unwrap(),
        tokenizer.pad_token_id(),
        &device,
    )
    .unwrap();
    let labels: Tensor<2, Int> = Tensor::<1, Int>::from_ints(labels, &device).reshape([labels.len(), 1]);
    let loss = log_softmax(model.forward(&batch), 1)
        .gather(1, labels)
        .mean()
        .neg();
    let value = loss.clone().into_scalar::<f32>();
    let mut collect = Collect {
        grads: GradientsParams::from_grads(loss.backward(), &model),
        path: Vec::new(),
        container: Vec::new(),
        found: BTreeMap::new(),
    };
    model.visit(&mut collect);
    (value, collect.found)
}

struct Collect {
    grads: GradientsParams,
    path: Vec<String>,
    container: Vec<String>,
    found: BTreeMap<String, Vec<f32>>,
}

impl ModuleVisitor for Collect {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.push(name.to_owned());
        self.container.push(container.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
        self.container.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = hf_name(&self.path.join("."));
        let grad = self.grads.get::<D>(param.id);
        assert!(grad.is_some(), "`{name}` has no gradient");
        let grad = grad.unwrap();
        let is_dense = self
            .container
            .iter()
            .any(|container| container.ends_with("Linear"));
        let grad = if D == 2 && is_dense {
            grad.swap_dims(0, 1)
        } else {
            grad
        };
        self.found.insert(name, grad.into_data().try_to_vec().unwrap());
    }
}

fn hf_name(path: &str) -> String {
    path.replace("self_attention", "self")
        .replace("layer_norm.gamma", "LayerNorm.weight")
        .replace("layer_norm.beta", "LayerNorm.bias")
}

fn norm(values: &[f32]) -> f64 {
    values
        .iter()
        .map(|&value| f64::from(value).powi(2))
        .sum::<f64>()
        .sqrt()
}

/// Checks that the relative difference of a gradient is at most 1e-4. The true gradient of a key bias is 0,
/// since softmax does not change if all scores of a row increase by the same amount; only rounding errors
/// remain.
fn check(name: &str, difference: f64, expected: f64, found: f64, global: f64) {
    if name.ends_with("key.bias") {
        assert!(
            expected <= 1e-6 * global && found <= 1e-6 * global,
            "{name}: {found:e} of {global:e}"
        );
    } else {
        assert!(
            difference <= 1e-4 * expected,
            "{name}: {difference:e} of {expected:e}"
        );
    }
}

#[test]
fn the_gradients_of_the_tiny_model_agree_with_pytorch() {
    let (_guard, path) = super::family::no_dropout("tiny-bert");
    let folder = ModelFolder::load(&path, &super::cpu()).unwrap();
    let texts: Vec<String> = serde_json::from_value(fixture_json("golden/bert/texts.json")).unwrap();
    let labels: Vec<i32> = (0..24).map(|index| index % 8).collect();
    let (loss, found) = gradients(folder.model, &folder.tokenizer, &texts[..24], &labels);

    let bytes = fs_err::read(fixture("golden/bert/tiny_gradients.safetensors")).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let expected_loss: f32 = metadata.metadata().as_ref().unwrap()["loss"].parse().unwrap();
    assert!(
        (loss - expected_loss).abs() <= 1e-5 * expected_loss,
        "{loss} {expected_loss}"
    );
    let expected: BTreeMap<String, Vec<f32>> = SafeTensors::deserialize(&bytes)
        .unwrap()
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            let values = view.data().chunks_exact(4);
            (
                name,
                values
                    .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
                    .collect(),
            )
        })
        .collect();
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    let global = norm(&expected.values().flatten().copied().collect::<Vec<_>>());
    let mut worst = 0.0_f64;
    for (name, expected) in &expected {
        let found = &found[name];
        assert_eq!(found.len(), expected.len(), "{name}");
        let difference: Vec<f32> = found.iter().zip(expected).map(|(a, b)| a - b).collect();
        let (difference, size) = (norm(&difference), norm(expected));
        check(name, difference, size, norm(found), global);
        if !name.ends_with("key.bias") {
            worst = worst.max(difference / size);
        }
    }
    println!(
        "tiny-bert: {} gradients, largest relative difference {worst:e}",
        expected.len()
    );
}

/// Returns the signed sums that the script stores: in sum k, value i has the sign + if bit k of SplitMix64(i)
/// is set, otherwise −.
fn signed_sums(values: &[f32]) -> [f64; 16] {
    let mut sums = [0.0; 16];
    for (index, &value) in values.iter().enumerate() {
        let bits = split_mix_64(index as u64);
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum += if bits >> k & 1 == 1 {
                f64::from(value)
            } else {
                -f64::from(value)
            };
        }
    }
    sums
}

fn split_mix_64(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[test]
fn the_gradients_of_all_minilm_agree_with_pytorch() {
    let (Some(folder), Some(data)) = (
        shared("weights/all-MiniLM-L6-v2"),
        shared("data/banking77/train.jsonl"),
    ) else {
        return;
    };
    let golden = fixture_json("golden/learning/minilm_banking77.json");
    let rows: Vec<serde_json::Value> = fs_err::read_to_string(data)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
    let names: std::collections::BTreeSet<String> = rows.iter().map(|row| text(row, "label")).collect();
    let names: Vec<String> = names.into_iter().collect();
    let first: Vec<usize> = serde_json::from_value(golden["rows"].clone()).unwrap();
    let batch: Vec<&serde_json::Value> = first[..16].iter().map(|&row| &rows[row]).collect();
    let texts: Vec<String> = batch.iter().map(|row| text(row, "text")).collect();
    let label = |row: &serde_json::Value| names.iter().position(|name| *name == text(row, "label"));
    let labels: Vec<i32> = batch.iter().map(|row| label(row).unwrap() as i32).collect();

    let mut config = BertConfig::from_file(&folder.join("config.json"))
        .unwrap()
        .with_labels(&names);
    (config.hidden_dropout_prob, config.attention_probs_dropout_prob) = (0.0, 0.0);
    let head = MissingHead::Initialise { seed: 0 };
    let weights = folder.join("model.safetensors");
    let (model, _) = load_weights(&weights, &config, Pooling::Cls, head, &super::cpu()).unwrap();
    let model = model.map(&mut FormulaHead {
        hidden: config.hidden_size,
        labels: names.len(),
    });
    let tokenizer = BertTokenizer::from_folder(&folder, 64).unwrap();
    let (loss, found) = gradients(model, &tokenizer, &texts, &labels);
    let expected_loss = golden["losses"][0].as_f64().unwrap();
    assert!(
        (f64::from(loss) - expected_loss).abs() <= 1e-4,
        "{loss} {expected_loss}"
    );

    let expected = golden["gradients"].as_object().unwrap();
    let mut names: Vec<&String> = expected.keys().collect();
    names.sort();
    assert_eq!(found.keys().collect::<Vec<_>>(), names);
    let global = expected
        .values()
        .map(|one| one["norm"].as_f64().unwrap().powi(2))
        .sum::<f64>()
        .sqrt();
    let mut worst = 0.0_f64;
    for (name, expected) in expected {
        let sums: Vec<f64> = serde_json::from_value(expected["sums"].clone()).unwrap();
        let squares = signed_sums(&found[name])
            .iter()
            .zip(&sums)
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f64>();
        let (difference, size) = ((squares / 16.0).sqrt(), expected["norm"].as_f64().unwrap());
        check(name, difference, size, norm(&found[name]), global);
        if !name.ends_with("key.bias") {
            worst = worst.max(difference / size);
        }
    }
    println!(
        "all-MiniLM-L6-v2: {} gradients, largest relative difference {worst:e}",
        expected.len()
    );
}

/// Sets the same head as the script: weight\[label\]\[j\] = ((31 label + 17 j) mod 23 − 11) / 50, bias 0.
struct FormulaHead {
    hidden: usize,
    labels: usize,
}

impl burn::module::ModuleMapper for FormulaHead {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let dims = param.dims();
        let values: Vec<f32> = if dims.as_slice() == [self.hidden, self.labels] {
            let value = |j: usize, label: usize| ((label * 31 + j * 17) % 23) as f64 - 11.0;
            let all = (0..self.hidden).flat_map(|j| (0..self.labels).map(move |label| (j, label)));
            all.map(|(j, label)| (value(j, label) / 50.0) as f32).collect()
        } else if dims.as_slice() == [self.labels] {
            vec![0.0; self.labels]
        } else {
            return param;
        };
        let device = param.device();
        param.map(|_| Tensor::from_data(burn::tensor::TensorData::new(values, dims), &device))
    }
}
