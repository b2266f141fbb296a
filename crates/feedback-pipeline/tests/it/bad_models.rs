//! Unusable model folders: prediction, evaluation and training refuse them, name the file and the tensor or key, and write
//! nothing.

use std::path::Path;

use feedback_testkit::recipes::{Place, QUICK};
use serde_json::{Map, Value, json};

/// The damage to a good folder, and the parts that the message must contain.
struct Damage {
    name: &'static str,
    apply: fn(&Path),
    place: &'static [&'static str],
    /// Whether training can still start from the folder: a head that does not fit is replaced by a new one.
    trains: bool,
}

const fn damage(name: &'static str, apply: fn(&Path), place: &'static [&'static str]) -> Damage {
    Damage {
        name,
        apply,
        place,
        trains: false,
    }
}

const DAMAGES: [Damage; 18] = [
    damage(
        "no_weights",
        |folder| remove(folder, WEIGHTS),
        &["no_weights", "it has no `model.safetensors`"],
    ),
    damage(
        "no_config",
        |folder| remove(folder, CONFIG),
        &["no_config", "it has no `config.json`"],
    ),
    damage(
        "no_tokenizer",
        |folder| remove(folder, TOKENIZER),
        &["no_tokenizer", "it has no `tokenizer.json`"],
    ),
    damage(
        "half",
        |folder| cut(folder, 60_000),
        &["half/model.safetensors", "not a complete SafeTensors file"],
    ),
    damage(
        "first_bytes",
        |folder| cut(folder, 4),
        &["first_bytes/model.safetensors", "not a complete SafeTensors file"],
    ),
    damage(
        "nothing",
        |folder| cut(folder, 0),
        &["nothing/model.safetensors", "not a complete SafeTensors file"],
    ),
    damage(
        "shape",
        |folder| set(folder, "intermediate_size", json!(96)),
        &[
            "shape/model.safetensors",
            "`bert.encoder.layer.0.intermediate.dense.weight` is F32 [64, 32], expected F32 [96, 32]",
        ],
    ),
    damage(
        "width",
        |folder| set(folder, "hidden_size", json!(48)),
        &[
            "width/model.safetensors",
            "of another shape",
            "expected F32 [48]",
            "hidden_size 48",
        ],
    ),
    Damage {
        name: "labels",
        apply: |folder| set(folder, "id2label", json!({"0": "good", "1": "bad", "2": "odd"})),
        place: &[
            "labels/model.safetensors",
            "`classifier.weight` is F32 [8, 32], expected F32 [3, 32]",
            "3 labels",
        ],
        trains: true,
    },
    Damage {
        name: "no_head",
        apply: |folder| {
            edit_header(folder, |header| {
                header.retain(|name, _| !name.starts_with("classifier."))
            })
        },
        place: &[
            "no_head/model.safetensors",
            "`classifier.weight`",
            "missing",
            "fine-tuned first",
        ],
        trains: true,
    },
    damage(
        "more_layers",
        |folder| set(folder, "num_hidden_layers", json!(3)),
        &[
            "more_layers/model.safetensors",
            "16 tensors missing",
            "`bert.encoder.layer.2.",
        ],
    ),
    damage(
        "fewer_layers",
        |folder| set(folder, "num_hidden_layers", json!(1)),
        &[
            "fewer_layers/model.safetensors",
            "16 tensors that",
            "`bert.encoder.layer.1.",
        ],
    ),
    damage(
        "nan",
        |folder| {
            put_number(
                folder,
                "bert.encoder.layer.0.attention.self.query.weight",
                f32::NAN,
            )
        },
        &[
            "nan/model.safetensors",
            "`bert.encoder.layer.0.attention.self.query.weight`",
            "not a finite number",
        ],
    ),
    damage(
        "infinite",
        |folder| put_number(folder, "bert.embeddings.LayerNorm.weight", f32::INFINITY),
        &[
            "infinite/model.safetensors",
            "`bert.embeddings.LayerNorm.",
            "not a finite number",
        ],
    ),
    damage(
        "vocabulary",
        |folder| set(folder, "vocab_size", json!(300)),
        &[
            "vocabulary",
            "tokenizer.json has 400 tokens",
            "config.json has room for 300",
            "different models",
        ],
    ),
    damage(
        "other_kind",
        |folder| set(folder, "model_type", json!("gpt2")),
        &["other_kind", "`model_type` is `gpt2`", "`bert`"],
    ),
    damage(
        "heads",
        |folder| set(folder, "num_attention_heads", json!(5)),
        &["heads", "`hidden_size` is `32`", "multiple"],
    ),
    damage(
        "broken",
        |folder| fs_err::write(folder.join(CONFIG), "{\n\"vocab").unwrap(),
        &["broken/config.json", "line 2"],
    ),
];

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";
const TOKENIZER: &str = "tokenizer.json";

fn remove(folder: &Path, name: &str) {
    fs_err::remove_file(folder.join(name)).unwrap();
}

fn cut(folder: &Path, length: u64) {
    let file = fs_err::OpenOptions::new()
        .write(true)
        .open(folder.join(WEIGHTS))
        .unwrap();
    file.set_len(length).unwrap();
}

fn set(folder: &Path, key: &str, value: Value) {
    let path = folder.join(CONFIG);
    let mut config: Value = serde_json::from_str(&fs_err::read_to_string(&path).unwrap()).unwrap();
    config[key] = value;
    fs_err::write(path, config.to_string()).unwrap();
}

/// Returns the header of a SafeTensors file, and the bytes that follow it.
fn weights(folder: &Path) -> (Map<String, Value>, Vec<u8>) {
    let bytes = fs_err::read(folder.join(WEIGHTS)).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    (
        serde_json::from_slice(&bytes[8..8 + length]).unwrap(),
        bytes[8 + length..].to_vec(),
    )
}

fn write_weights(folder: &Path, header: &Map<String, Value>, data: &[u8]) {
    let header = serde_json::to_vec(header).unwrap();
    let length = (header.len() as u64).to_le_bytes();
    fs_err::write(folder.join(WEIGHTS), [&length[..], &header, data].concat()).unwrap();
}

fn span(tensor: &Value) -> std::ops::Range<usize> {
    let offset = |index: usize| tensor["data_offsets"][index].as_u64().unwrap() as usize;
    offset(0)..offset(1)
}

/// Edits the header of the weights file, and removes the bytes of tensors that `edit` removed.
fn edit_header(folder: &Path, edit: fn(&mut Map<String, Value>)) {
    let (mut header, data) = weights(folder);
    edit(&mut header);
    let mut kept = Vec::new();
    for (_, tensor) in header.iter_mut().filter(|(name, _)| *name != "__metadata__") {
        let start = kept.len();
        kept.extend_from_slice(&data[span(tensor)]);
        tensor["data_offsets"] = json!([start, kept.len()]);
    }
    write_weights(folder, &header, &kept);
}

fn put_number(folder: &Path, tensor: &str, number: f32) {
    let (header, mut data) = weights(folder);
    let start = span(&header[tensor]).start;
    data[start..start + 4].copy_from_slice(&number.to_le_bytes());
    write_weights(folder, &header, &data);
}

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
            place.says(&refusal, damage.place);
        }
        let train = format!("--model {name} --data train.jsonl {QUICK}");
        if damage.trains {
            let initialised = place.train(&train).unwrap().said.initialised;
            assert!(
                initialised.contains(&"classifier.weight".to_owned()),
                "{name}: {initialised:?}"
            );
            place.remove("run");
        } else {
            let refusal = place.refusal(|| place.train(&train));
            assert!(!refusal.is_usage, "{refusal}");
            place.says(&refusal, damage.place);
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
        place.says(&refusal, &["model", part]);
    }
}
