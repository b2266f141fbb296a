//! Model folders that cannot be used, and what a message about them must contain.

use std::path::Path;

use serde_json::{Map, Value, json};

/// A way to damage a model folder.
#[derive(Debug)]
pub struct Damage {
    /// A name for the folder.
    pub name: &'static str,
    /// Damages a copy of `fixtures/tiny-bert`.
    pub apply: fn(&Path),
    /// What a message about the folder must contain.
    pub parts: &'static [&'static str],
    /// Whether training can still start from the folder: a head that does not fit is replaced by a new one.
    pub trains: bool,
}

const fn damage(name: &'static str, apply: fn(&Path), parts: &'static [&'static str]) -> Damage {
    Damage {
        name,
        apply,
        parts,
        trains: false,
    }
}

/// Everything that can be wrong with a model folder.
pub const DAMAGES: [Damage; 18] = [
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
        parts: &[
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
        parts: &[
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
