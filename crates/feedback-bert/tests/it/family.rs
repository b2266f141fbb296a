//! Every architecture of the family agrees with Transformers (`fixtures/generate/family_golden.py`), and is
//! saved into the same files as Transformers saves.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use feedback_bert::config::{Architecture, BertConfig, Pooling};
use feedback_bert::folder::load_for_fine_tuning;
use feedback_bert::model::BertModel;
use feedback_bert::token_classification::TokenClassifier;
use feedback_bert::{Batch, Encoding, ModelFolder};
use feedback_testkit::{fixture, fixture_json, max_difference};
use safetensors::SafeTensors;
use serde_json::Value;

/// Adding f32 numbers in a different order changes the results by about 1e-6 here; the documented limit is
/// 1e-4.
const TOLERANCE: f32 = 1e-5;

const MEMBERS: [&str; 6] = [
    "bert",
    "minilm",
    "distilbert",
    "roberta",
    "xlm-roberta",
    "electra",
];

fn texts() -> Vec<String> {
    serde_json::from_value(fixture_json("golden/family/texts.json")).unwrap()
}

fn floats(value: &Value) -> Vec<f32> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|number| number.as_f64().unwrap() as f32).collect()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Returns those values of a hidden state that the script stores.
fn chosen(state: Tensor<2>) -> Vec<f32> {
    let [seq, hidden] = state.dims();
    let all = values(state);
    (0..8)
        .map(|i| all[(7 * i) % seq * hidden + (13 * i) % hidden])
        .collect()
}

fn check_tokens(encoding: &Encoding, expected: &Value, what: &str) {
    let ids = encoding.input_ids.iter().enumerate();
    let checksum: u64 = ids.map(|(index, &id)| (index as u64 + 1) * u64::from(id)).sum();
    assert_eq!(Some(encoding.len() as u64), expected["length"].as_u64(), "{what}");
    assert_eq!(Some(checksum), expected["checksum"].as_u64(), "{what}: token ids");
}

fn hidden_difference(encoder: &BertModel, batch: &Batch, expected: &Value) -> f32 {
    let states = encoder.hidden_states(batch);
    let expected = expected["hidden"].as_array().unwrap();
    assert_eq!(states.len(), expected.len());
    let pairs = states.into_iter().zip(expected);
    pairs
        .map(|(state, expected)| max_difference(&chosen(state), &floats(expected)))
        .fold(0.0, f32::max)
}

#[test]
fn logits_and_hidden_states_agree_with_transformers() {
    let texts = texts();
    for name in MEMBERS {
        let golden = fixture_json(&format!("golden/family/{name}.json"));
        let expected = golden["texts"].as_array().unwrap();
        for device in super::devices() {
            let folder = ModelFolder::load(&fixture(&format!("family/{name}")), &device).unwrap();
            let encodings = folder.tokenizer.encode(&texts).unwrap();
            let pad = folder.tokenizer.pad_token_id();
            assert_eq!((encodings.len(), expected.len()), (100, 100));
            let (mut logits, mut hidden) = (0.0_f32, 0.0_f32);
            for (encoding, expected) in encodings.iter().zip(expected) {
                check_tokens(encoding, expected, name);
                let batch = Batch::new(&[encoding], pad, &device).unwrap();
                let found = values(folder.model.forward(&batch));
                logits = logits.max(max_difference(&found, &floats(&expected["logits"])));
                hidden = hidden.max(hidden_difference(folder.model.encoder(), &batch, expected));
            }
            println!("{name} on {device:?}: logits {logits:e}, hidden states {hidden:e}");
            assert!(
                logits <= TOLERANCE && hidden <= TOLERANCE,
                "{name}: {logits:e}, {hidden:e}"
            );
        }
    }
}

#[test]
fn a_batch_of_several_texts_gives_the_same_logits() {
    let texts = texts();
    for name in MEMBERS {
        let golden = fixture_json(&format!("golden/family/{name}.json"));
        let device = super::cpu();
        let folder = ModelFolder::load(&fixture(&format!("family/{name}")), &device).unwrap();
        let rows = [3, 11, 17, 40];
        let chosen: Vec<&String> = rows.iter().map(|&row| &texts[row]).collect();
        let encodings = folder.tokenizer.encode(&chosen).unwrap();
        let batch = Batch::new(&encodings, folder.tokenizer.pad_token_id(), &device).unwrap();
        let expected: Vec<f32> = rows
            .iter()
            .flat_map(|&row| floats(&golden["texts"][row]["logits"]))
            .collect();
        let worst = max_difference(&values(folder.model.forward(&batch)), &expected);
        assert!(worst <= TOLERANCE, "{name}: {worst:e}");
    }
}

#[test]
fn a_token_classifier_agrees_with_transformers() {
    let texts = texts();
    let golden = fixture_json("golden/family/bert-token.json");
    let path = fixture("family/bert-token");
    let load = |device: &Device| TokenClassifier::load(&path, device).unwrap();
    let all = golden["texts"].as_array().unwrap();
    assert_eq!((texts.len(), all.len()), (100, 100));
    for device in super::devices() {
        let TokenClassifier { tokenizer, model, .. } = load(&device);
        let (mut logits, mut hidden) = (0.0_f32, 0.0_f32);
        for (text, expected) in texts.iter().zip(all) {
            let encoding = &tokenizer.encode(&[text]).unwrap()[0];
            check_tokens(encoding, expected, text);
            let batch = Batch::new(&[encoding], 0, &device).unwrap();
            let mut found = values(model.forward(&batch));
            if found.len() > 40 {
                found.drain(20..found.len() - 20); // the script leaves out the same values
            }
            logits = logits.max(max_difference(&found, &floats(&expected["logits"])));
            hidden = hidden.max(hidden_difference(model.encoder(), &batch, expected));
        }
        println!("bert-token on {device:?}: logits {logits:e}, hidden states {hidden:e}");
        assert!(
            logits <= TOLERANCE && hidden <= TOLERANCE,
            "{logits:e}, {hidden:e}"
        );
    }
    let guard = tempfile::tempdir().unwrap();
    let saved = guard.path().join("saved");
    load(&super::cpu()).save(&saved).unwrap();
    let weights = "model.safetensors";
    assert_eq!(tensors(&path.join(weights)), tensors(&saved.join(weights)));
}

fn tensors(file: &Path) -> Vec<(String, Vec<usize>, Vec<u8>)> {
    let bytes = fs_err::read(file).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut all: Vec<_> = tensors
        .tensors()
        .into_iter()
        .map(|(name, view)| (name, view.shape().to_vec(), view.data().to_vec()))
        .collect();
    all.sort();
    all
}

fn json(file: &Path) -> Value {
    serde_json::from_str(&fs_err::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn saved_files_are_those_of_transformers() {
    for name in MEMBERS {
        let theirs = fixture(&format!("family/{name}"));
        let folder = ModelFolder::load(&theirs, &super::cpu()).unwrap();
        let guard = tempfile::tempdir().unwrap();
        let ours = guard.path().join("saved");
        folder.save(&ours).unwrap();
        let weights = "model.safetensors";
        assert_eq!(
            tensors(&theirs.join(weights)),
            tensors(&ours.join(weights)),
            "{name}"
        );
        let (before, after) = (json(&theirs.join("config.json")), json(&ours.join("config.json")));
        for (key, value) in before.as_object().unwrap() {
            assert_eq!(&after[key], value, "{name}: `{key}` of config.json");
        }
        let added: Vec<&String> = after
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| before.get(key).is_none())
            .collect();
        assert!(
            added
                .iter()
                .all(|key| ["problem_type", "classifier_dropout"].contains(&key.as_str())),
            "{name}: {added:?} were added to config.json"
        );
        let tokenizer = json(&ours.join("tokenizer_config.json"));
        let before = json(&theirs.join("tokenizer_config.json"));
        assert_eq!(tokenizer["tokenizer_class"], before["tokenizer_class"], "{name}");
        assert_eq!(tokenizer["do_lower_case"], before["do_lower_case"], "{name}");
    }
}

#[test]
fn an_unknown_architecture_is_refused_with_a_list_of_the_known_ones() {
    let config: Result<BertConfig, _> = serde_json::from_str(r#"{"model_type": "albert"}"#);
    let message = config.unwrap_err().to_string();
    for part in ["`model_type` is `albert`", "`bert`", "`distilbert`", "`electra`"] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

#[test]
fn a_base_model_of_each_architecture_can_be_fine_tuned() {
    let labels = ["yes", "no"].map(str::to_owned);
    for name in MEMBERS {
        let folder = fixture(&format!("family/{name}"));
        let start = load_for_fine_tuning(&folder, &labels, Pooling::Cls, 32, 1, &super::cpu()).unwrap();
        assert_eq!(start.config.num_labels(), 2);
        let last = match start.config.model_type {
            Architecture::Bert | Architecture::DistilBert => "classifier",
            _ => "classifier.out_proj",
        };
        assert_eq!(
            start.report.initialised,
            [format!("{last}.bias"), format!("{last}.weight")],
            "{name}"
        );
    }
}

/// Copies a fixture and sets dropout to 0 in its configuration. Returns the guard and the path of the copy.
pub(crate) fn no_dropout(name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let guard = tempfile::tempdir().unwrap();
    for entry in fs_err::read_dir(fixture(name)).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), guard.path().join(entry.file_name())).unwrap();
    }
    let file = guard.path().join("config.json");
    let mut config = json(&file);
    for key in ["hidden_dropout_prob", "attention_probs_dropout_prob"] {
        config[key] = 0.0.into();
    }
    fs_err::write(&file, config.to_string()).unwrap();
    let path = guard.path().to_owned();
    (guard, path)
}
