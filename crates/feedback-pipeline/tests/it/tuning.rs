//! Training only parts of a model: frozen parts, layer-wise rates, adapters.

use std::path::Path;

use feedback_pipeline::train::find_learning_rate;
use feedback_testkit::recipes::{Place, QUICK};
use feedback_trainer::LearningRateRange;
use safetensors::SafeTensors;

/// Returns the tensors of a weights file, sorted by name.
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

/// Returns the names of the tensors that training changed.
fn changed(place: &Place) -> Vec<String> {
    let before = tensors(&place.path("tiny-bert/model.safetensors"));
    let after = tensors(&place.path("model/model.safetensors"));
    let pairs = before.into_iter().zip(after);
    pairs
        .inspect(|(before, after)| assert_eq!(before.0, after.0, "both folders have the same tensors"))
        .filter(|(before, after)| before != after)
        .map(|(before, _)| before.0)
        .collect()
}

#[test]
fn frozen_parts_do_not_change() {
    let place = Place::with_model_and_data();
    let trained = place
        .train(&format!(
            "--train train.jsonl --model tiny-bert --freeze embeddings,encoder.layer.0-0 {QUICK}"
        ))
        .unwrap();
    let (trainable, all) = trained.notices.parameters;
    assert!(0 < trainable && trainable < all, "{trainable} of {all}");
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
    let found = place
        .train(&format!(
            "--train train.jsonl --model tiny-bert --lora-rank 2 --learning-rate 1e-2 {QUICK}"
        ))
        .unwrap();
    // Two factors of rank 2 for query and value in each of two blocks of width 32; all of the pooler and the classifier.
    let trained = 2 * 2 * 2 * 32 * 2 + (32 * 32 + 32) + (32 * 8 + 8);
    assert_eq!(found.summary.trainable_parameters, trained);
    assert_eq!(found.notices.parameters.0, trained);
    assert_eq!(
        place.names("run/adapter"),
        ["adapter_config.json", "adapter_model.safetensors"]
    );
    assert_eq!(
        place.json("run/adapter/adapter_config.json")["base_model_name_or_path"],
        place.path("tiny-bert").display().to_string()
    );
    let again = place.reproduce("run", "again").unwrap();
    assert!(again.differences.is_empty(), "{:?}", again.differences);
    let names: Vec<String> = changed(&place);
    let expected = |name: &String| {
        ["query.weight", "value.weight", "pooler", "classifier"]
            .iter()
            .any(|part| name.contains(part))
    };
    assert!(names.iter().all(expected), "{names:?}");
    assert_eq!(names.len(), 4 + 4);
    place.classifier("model").unwrap().predict("hello").unwrap();
}

#[test]
fn layers_learn_at_different_rates() {
    let place = Place::with_model_and_data();
    place
        .train(&format!(
            "--train train.jsonl --model tiny-bert --layerwise-lr-decay 0.5 {QUICK}"
        ))
        .unwrap();
    assert_eq!(
        place.json("run/arguments.json")["arguments"]["layerwise_lr_decay"],
        0.5
    );
}

#[test]
fn gradual_unfreezing_starts_with_the_head() {
    let place = Place::with_model_and_data();
    let train = |epochs: usize, unfreezing: usize| {
        let flags = format!(
            "--epochs {epochs} --gradual-unfreezing {unfreezing} --output model --run-dir run-{epochs}-{unfreezing}"
        );
        place
            .train(&format!(
                "--train train.jsonl --validation validation.jsonl --model tiny-bert --max-length 32 --batch-size 16 --seed 1 --load-best-model-at-end false {flags}"
            ))
            .unwrap();
        changed(&place)
    };
    let parts = |names: &[String]| {
        let of = |part: &str| names.iter().any(|name| name.contains(part));
        ["embeddings", "layer.0.", "layer.1.", "pooler", "classifier"].map(of)
    };
    assert_eq!(parts(&train(1, 3)), [false, false, false, true, true]);
    assert_eq!(parts(&train(2, 3)), [false, false, true, true, true]);
    assert_eq!(parts(&train(3, 3)), [false, true, true, true, true]);
    assert_eq!(parts(&train(4, 3)), [true; 5]);
    assert_eq!(
        parts(&train(2, 2)),
        [false, true, true, true, true],
        "both blocks are unfrozen together"
    );
    let saved = place.json("run-2-2/arguments.json");
    assert_eq!(saved["tuning"]["gradual_unfreezing"], 2);
}

#[test]
fn the_learning_rate_finder_writes_nothing() {
    let place = Place::with_model_and_data();
    let line = "--train train.jsonl --model tiny-bert --max-length 32 --batch-size 16 --seed 1";
    let options = place.options(line).unwrap();
    let mut range = LearningRateRange::default();
    range.steps = 40;
    let found = place.unchanged(|| find_learning_rate(&options, &range)).unwrap();
    assert_eq!(found.points[0].learning_rate, 1e-7);
    let suggestion = found.suggestion.unwrap();
    assert!((1e-7..=1.0).contains(&suggestion), "{suggestion}");
    let rates: Vec<f64> = found.points.iter().map(|point| point.learning_rate).collect();
    assert!(rates.is_sorted() && rates.contains(&suggestion), "{rates:?}");
}

#[test]
fn the_hardest_rows_are_listed() {
    let place = Place::with_model_and_data();
    place
        .train(&format!(
            "--train train.jsonl --model tiny-bert --top-losses 3 {QUICK}"
        ))
        .unwrap();
    let rows = place.json_lines("run/top_losses.jsonl");
    assert_eq!(rows.len(), 3);
    let losses: Vec<f64> = rows.iter().map(|row| row["loss"].as_f64().unwrap()).collect();
    assert!(losses.is_sorted_by(|a, b| a >= b), "{losses:?}");
    let trained_on = place.json_lines("run/data/train.jsonl");
    for row in &rows {
        let line = row["line"].as_u64().unwrap() as usize;
        assert_eq!(row["text"], trained_on[line - 1]["text"]);
        assert_eq!(row["label"], trained_on[line - 1]["label"]);
    }
}

#[test]
fn a_diverging_loss_ends_the_run() {
    let place = Place::with_model_and_data();
    let line = format!(
        "--train train.jsonl --model tiny-bert --learning-rate 1 --warmup-ratio 0 --loss-limit 1.5 {QUICK}"
    );
    assert_eq!(place.train(&line).unwrap().summary.stopped_by, "nan_guard");
    assert_eq!(place.json("run/arguments.json")["nan_guard"]["loss_limit"], 1.5);
}

#[test]
fn invalid_freeze_and_adapter_settings_are_refused_before_training() {
    let place = Place::with_model_and_data();
    let refuses = |flags: &str, parts: &[&str]| {
        let line = format!("--train train.jsonl --model tiny-bert {flags} {QUICK}");
        place.refused_setting(|| place.train(&line), parts);
    };
    refuses(
        "--freeze encoder.layer.7",
        &["a part `encoder.layer.7`", "encoder.layer.1"],
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
    refuses("--gradual-unfreezing 4", &["gradual_unfreezing", "1 to 3 epochs"]);
    refuses("--gradual-unfreezing 0", &["gradual_unfreezing"]);
    refuses("--lora-rank 2 --gradual-unfreezing 1", &["--lora-rank"]);
    refuses("--loss-limit 1", &["loss_limit", "above 1"]);
    refuses("--layerwise-lr-decay 1.5", &["layerwise_lr_decay"]);
    let line = format!("--train train.jsonl --model scratch:tiny --lora-rank 2 {QUICK}");
    place.refused_setting(|| place.train(&line), &["pretrained", "`model`"]);
}
