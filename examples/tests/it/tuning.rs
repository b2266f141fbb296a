//! `train` on less than everything: frozen parts, layer-wise rates, adapters.

use std::path::Path;

use safetensors::SafeTensors;

use crate::place::{Place, QUICK};

/// The tensors of a weights file, by name.
fn tensors(path: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = fs_err::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut all: Vec<_> = file
        .tensors()
        .into_iter()
        .map(|(name, view)| (name, view.data().to_vec()))
        .collect();
    all.sort();
    all
}

/// The names of the tensors that training changed.
fn changed(place: &Place) -> Vec<String> {
    let before = tensors(&place.path("tiny-bert/model.safetensors"));
    let after = tensors(&place.path("model/model.safetensors"));
    let pairs = before.into_iter().zip(after);
    pairs
        .inspect(|(before, after)| assert_eq!(before.0, after.0, "a plain folder"))
        .filter(|(before, after)| before != after)
        .map(|(before, _)| before.0)
        .collect()
}

#[test]
fn frozen_parts_keep_every_bit() {
    let place = Place::with_model_and_data();
    place
        .run(&format!(
            "train --train train.jsonl --model tiny-bert --freeze embeddings,encoder.layer.0-0 --format json {QUICK}"
        ))
        .says(&["parameters are trained"]);
    let changed = changed(&place);
    assert!(!changed.is_empty());
    for name in &changed {
        assert!(
            !name.contains("embeddings") && !name.contains("layer.0."),
            "{name}"
        );
    }
    let arguments = place.json("run/arguments.json");
    assert_eq!(arguments["tuning"]["freeze"], "embeddings,encoder.layer.0-0");
}

#[test]
fn adapters_are_saved_and_merged() {
    let place = Place::with_model_and_data();
    let found = place.run(&format!(
        "train --train train.jsonl --model tiny-bert --lora-rank 2 --learning-rate 1e-2 --format json {QUICK}"
    ));
    let summary = found.json();
    // Two factors of rank 2 on query and value of two blocks of width 16, pooler and classifier.
    let trained = 2 * 2 * 2 * 16 * 2 + (16 * 16 + 16) + (16 * 8 + 8);
    assert_eq!(summary["trainable_parameters"], trained);
    found.says(&[&format!("{trained} of ")]);
    assert_eq!(
        place.names("run/adapter"),
        ["adapter_config.json", "adapter_model.safetensors"]
    );
    assert_eq!(
        place.json("run/adapter/adapter_config.json")["base_model_name_or_path"],
        "tiny-bert"
    );
    let names: Vec<String> = changed(&place);
    let expected = |name: &String| {
        ["query.weight", "value.weight", "pooler", "classifier"]
            .iter()
            .any(|part| name.contains(part))
    };
    assert!(names.iter().all(expected), "{names:?}");
    assert_eq!(names.len(), 4 + 4);
    place.run("predict --model model hello");
}

#[test]
fn layers_learn_at_different_rates() {
    let place = Place::with_model_and_data();
    place.run(&format!(
        "train --train train.jsonl --model tiny-bert --layerwise-lr-decay 0.5 {QUICK}"
    ));
    assert_eq!(
        place.json("run/arguments.json")["arguments"]["layerwise_lr_decay"],
        0.5
    );
}

#[test]
fn what_cannot_be_frozen_or_adapted_is_refused_before_training() {
    let place = Place::with_model_and_data();
    let refuses = |flags: &str, parts: &[&str]| {
        let line = format!("train --train train.jsonl --model tiny-bert {flags} {QUICK}");
        place.refuses(&line, 2, parts);
    };
    refuses(
        "--freeze encoder.layer.7",
        &["no part `encoder.layer.7`", "encoder.layer.1"],
    );
    refuses(
        "--freeze encoder,embeddings,pooler,classifier",
        &["leaves nothing to train"],
    );
    refuses("--freeze layer..1", &["encoder.layer.0-3"]);
    refuses("--lora-rank 0", &["lora_rank"]);
    refuses(
        "--lora-rank 2 --lora-targets queri",
        &["`queri`", "attention.self.query"],
    );
    refuses("--lora-rank 2 --freeze embeddings", &["--freeze"]);
    refuses("--lora-alpha 2", &["--lora-rank"]);
    refuses("--layerwise-lr-decay 1.5", &["layerwise_lr_decay"]);
    let line = format!("train --train train.jsonl --lora-rank 2 {QUICK}");
    place.refuses(&line, 2, &["pretrained", "--model DIR"]);
}
