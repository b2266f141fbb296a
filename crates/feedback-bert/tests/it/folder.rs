//! Model folders: reading, writing, and everything that can be wrong with one.

use std::path::{Path, PathBuf};

use feedback_bert::config::{BertConfig, Pooling};
use feedback_bert::folder::load_for_fine_tuning;
use feedback_bert::{Batch, BertForSequenceClassification, Error, ModelFolder};
use feedback_testkit::fixture;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

/// Copies the tiny model, so that a test may change it. Returns the guard and the path of the copy.
fn copy() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    fs_err::create_dir(&path).unwrap();
    for entry in fs_err::read_dir(fixture("tiny-bert")).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), path.join(entry.file_name())).unwrap();
    }
    (folder, path)
}

fn load_error(path: &Path) -> Error {
    ModelFolder::load(path, &super::cpu()).unwrap_err()
}

/// The name, shape and bytes of a tensor.
type NamedTensor = (String, Vec<usize>, Vec<u8>);

/// Rewrites the weights: `change` gets each tensor and returns the tensors to write in its place, if any.
fn rewrite<T: IntoIterator<Item = NamedTensor>>(
    path: &Path,
    change: impl Fn(&str, Vec<usize>, Vec<u8>) -> T,
) {
    let file = path.join("model.safetensors");
    let bytes = fs_err::read(&file).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let changed: Vec<NamedTensor> = tensors
        .tensors()
        .into_iter()
        .flat_map(|(name, view)| change(&name, view.shape().to_vec(), view.data().to_vec()))
        .collect();
    let views = changed.iter().map(|(name, shape, data)| {
        (
            name.clone(),
            TensorView::new(Dtype::F32, shape.clone(), data).unwrap(),
        )
    });
    fs_err::write(file, safetensors::serialize(views, None).unwrap()).unwrap();
}

#[test]
fn saving_and_loading_changes_nothing() {
    let (_guard, path) = copy();
    let device = super::cpu();
    let first = ModelFolder::load(&path, &device).unwrap();
    let saved = path.with_file_name("saved");
    first.save(&saved).unwrap();
    let second = ModelFolder::load(&saved, &device).unwrap();
    let names = |folder: &Path| -> Vec<(String, Vec<usize>, Vec<u8>)> {
        let bytes = fs_err::read(folder.join("model.safetensors")).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let mut all: Vec<_> = tensors
            .tensors()
            .into_iter()
            .map(|(name, view)| (name, view.shape().to_vec(), view.data().to_vec()))
            .collect();
        all.sort();
        all
    };
    assert_eq!(
        names(&path),
        names(&saved),
        "names, shapes and bytes are those of Transformers"
    );
    let batch = Batch::new(&first.tokenizer.encode(&["it crashes"]).unwrap(), 0, &device).unwrap();
    assert_eq!(
        first.model.forward(&batch).into_data(),
        second.model.forward(&batch).into_data()
    );
    assert!(!second.manifest.files.is_empty());
    let bytes = fs_err::read(saved.join("model.safetensors")).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let metadata = metadata.metadata().clone().unwrap();
    assert_eq!(
        metadata.into_iter().collect::<Vec<_>>(),
        [("format".to_owned(), "pt".to_owned())]
    );
}

#[test]
fn saving_twice_keeps_the_previous_folder() {
    let (_guard, path) = copy();
    let mut folder = ModelFolder::load(&path, &super::cpu()).unwrap();
    let saved = path.with_file_name("saved");
    folder.save(&saved).unwrap();
    folder.manifest.temperature = 2.0;
    folder.save(&saved).unwrap();
    folder.manifest.temperature = 3.0;
    folder.save(&saved).unwrap();
    let temperature = |name| {
        ModelFolder::load(&path.with_file_name(name), &super::cpu())
            .unwrap()
            .manifest
            .temperature
    };
    assert_eq!((temperature("saved"), temperature("saved.previous")), (3.0, 2.0));
    let left: Vec<_> = fs_err::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(
        left.len(),
        3,
        "model, saved, saved.previous and no temporary folder"
    );
}

#[test]
fn a_missing_file_is_named() {
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
        let (_guard, path) = copy();
        fs_err::remove_file(path.join(name)).unwrap();
        let error = load_error(&path);
        assert!(
            matches!(error, Error::NotAModelFolder { .. }) && error.to_string().contains(name),
            "{error}"
        );
    }
    let missing = load_error(Path::new("no/such/folder"));
    assert!(missing.to_string().contains("no such folder"), "{missing}");
    assert!(missing.hint().is_some_and(|hint| hint.contains("`model`")));
    assert!(
        load_error(&fixture("feedback.jsonl"))
            .to_string()
            .contains("it is a file")
    );
}

#[test]
fn a_shape_mismatch_error_names_the_tensor_and_both_shapes() {
    let (_guard, path) = copy();
    let config = path.join("config.json");
    let text = fs_err::read_to_string(&config)
        .unwrap()
        .replace("\"intermediate_size\": 64", "\"intermediate_size\": 96");
    fs_err::write(&config, text).unwrap();
    let error = load_error(&path);
    let message = error.to_string();
    for part in ["intermediate.dense.weight", "[64, 32]", "[96, 32]"] {
        assert!(message.contains(part), "{part} in {message}");
    }
    assert!(error.hint().is_some_and(|hint| hint.contains("different models")));
}

#[test]
fn absurd_sizes_in_the_configuration_allocate_no_memory() {
    for (field, value) in [
        ("vocab_size", 1_000_000_000_000_u64),
        ("hidden_size", 4_000_000_000),
        ("intermediate_size", 1_000_000_000_000),
        ("num_hidden_layers", 1_000_000_000),
        ("num_hidden_layers", 500),
        ("max_position_embeddings", 1_000_000_000_000),
    ] {
        let (_guard, path) = copy();
        let config = path.join("config.json");
        let mut json: serde_json::Value =
            serde_json::from_str(&fs_err::read_to_string(&config).unwrap()).unwrap();
        json[field] = value.into();
        fs_err::write(&config, json.to_string()).unwrap();
        let error = load_error(&path);
        assert!(
            error.hint().is_some() || error.to_string().contains("expected at most"),
            "{field}: {error}"
        );
    }
}

#[test]
fn a_different_number_of_labels_is_refused() {
    let (_guard, path) = copy();
    let config = BertConfig::from_file(&path.join("config.json")).unwrap();
    let config = config.with_labels(&["a".to_owned(), "b".to_owned()]);
    fs_err::write(path.join("config.json"), serde_json::to_string(&config).unwrap()).unwrap();
    let message = load_error(&path).to_string();
    assert!(
        message.contains("classifier.weight") && message.contains("[8, 32]") && message.contains("[2, 32]")
    );
}

#[test]
fn a_missing_or_foreign_tensor_is_named() {
    let (_guard, path) = copy();
    rewrite(&path, |name, shape, data| {
        (name != "bert.encoder.layer.1.output.dense.bias").then(|| (name.to_owned(), shape, data))
    });
    let message = load_error(&path).to_string();
    assert!(
        message.contains("bert.encoder.layer.1.output.dense.bias"),
        "{message}"
    );

    let (_guard, path) = copy();
    rewrite(&path, |name, shape, data| {
        Some((name.replace("layer.1.", "layer.7."), shape, data))
    });
    let message = load_error(&path).to_string();
    assert!(
        message.contains("missing") && message.contains("layer.1."),
        "{message}"
    );

    let (_guard, path) = copy();
    let foreign = "bert.encoder.layer.7.output.dense.bias";
    rewrite(&path, |name, shape, data| {
        let mut tensors = vec![(name.to_owned(), shape.clone(), data.clone())];
        if name == "bert.encoder.layer.1.output.dense.bias" {
            tensors.push((foreign.to_owned(), shape, data));
        }
        tensors
    });
    let message = load_error(&path).to_string();
    assert!(
        message.contains("does not have") && message.contains(foreign),
        "{message}"
    );
}

#[test]
fn damaged_weights_are_refused() {
    let (_guard, path) = copy();
    let file = path.join("model.safetensors");
    let bytes = fs_err::read(&file).unwrap();
    for (what, damaged) in [
        ("cut short", bytes[..bytes.len() - 100].to_vec()),
        ("cut inside the header", bytes[..50].to_vec()),
        ("empty", Vec::new()),
        (
            "a header of 10 GB",
            [&10_000_000_000_u64.to_le_bytes()[..], &bytes[8..]].concat(),
        ),
        (
            "not a SafeTensors file",
            b"PK\x03\x04 something else entirely".to_vec(),
        ),
    ] {
        fs_err::write(&file, damaged).unwrap();
        let error = load_error(&path);
        assert!(matches!(error, Error::Weights { .. }), "{what}: {error}");
        assert!(error.to_string().contains("model.safetensors"), "{what}: {error}");
    }
}

#[test]
fn a_weight_that_is_not_a_number_is_named() {
    let (_guard, path) = copy();
    rewrite(&path, |name, shape, mut data| {
        if name == "classifier.weight" {
            data[40..44].copy_from_slice(&f32::NAN.to_le_bytes());
        }
        Some((name.to_owned(), shape, data))
    });
    let message = load_error(&path).to_string();
    assert!(
        message.contains("classifier.weight") && message.contains("finite"),
        "{message}"
    );
}

#[test]
fn a_changed_file_is_detected_by_its_hash() {
    let (_guard, path) = copy();
    let saved = path.with_file_name("saved");
    ModelFolder::load(&path, &super::cpu())
        .unwrap()
        .save(&saved)
        .unwrap();
    let file = saved.join("model.safetensors");
    let mut bytes = fs_err::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs_err::write(&file, bytes).unwrap();
    assert!(matches!(load_error(&saved), Error::HashMismatch { .. }));
}

#[test]
fn weights_with_unprefixed_or_old_style_names_can_be_loaded() {
    let (_guard, path) = copy();
    let device = super::cpu();
    let plain = ModelFolder::load(&path, &device).unwrap();
    rewrite(&path, |name, shape, data| {
        let name = name.strip_prefix("bert.").unwrap_or(name);
        let name = name
            .replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta");
        Some((name, shape, data))
    });
    let old = ModelFolder::load(&path, &device).unwrap();
    let batch = Batch::new(&plain.tokenizer.encode(&["where is it"]).unwrap(), 0, &device).unwrap();
    assert_eq!(
        plain.model.forward(&batch).into_data(),
        old.model.forward(&batch).into_data()
    );
}

#[test]
fn fine_tuning_initialises_a_head_for_other_labels_and_reports_it() {
    let labels = ["red".to_owned(), "green".to_owned(), "blue".to_owned()];
    let load = |seed| {
        load_for_fine_tuning(
            &fixture("tiny-bert"),
            &labels,
            Pooling::Cls,
            32,
            seed,
            &super::cpu(),
        )
        .unwrap()
    };
    let first = load(1);
    assert_eq!(first.config.labels().unwrap(), labels);
    assert_eq!(first.tokenizer.max_length(), 32);
    assert_eq!(first.report.initialised, ["classifier.bias", "classifier.weight"]);
    let batch = Batch::new(&first.tokenizer.encode(&["hello"]).unwrap(), 0, &super::cpu()).unwrap();
    let logits = |model: &BertForSequenceClassification| model.forward(&batch).into_data();
    let expected = logits(&first.model);
    assert_eq!(expected, logits(&load(1).model), "the same seed");
    assert_ne!(expected, logits(&load(2).model), "another seed");
}

#[test]
fn the_old_head_is_kept_for_exactly_the_same_labels() {
    let device = super::cpu();
    let own = BertConfig::from_file(&fixture("tiny-bert").join("config.json"))
        .unwrap()
        .labels()
        .unwrap();
    let mut reversed = own.clone();
    reversed.reverse();
    let initialised = |labels: &[String], pooling| {
        load_for_fine_tuning(&fixture("tiny-bert"), labels, pooling, 32, 1, &device)
            .unwrap()
            .report
            .initialised
    };
    let head = ["classifier.bias", "classifier.weight"];
    assert!(initialised(&own, Pooling::Cls).is_empty());
    assert_eq!(initialised(&reversed, Pooling::Cls), head);
    assert_eq!(
        initialised(&own, Pooling::Mean),
        head,
        "the old head uses the pooler"
    );
}

#[cfg(unix)]
#[test]
fn a_saved_folder_is_readable_by_everyone() {
    use std::os::unix::fs::PermissionsExt;
    let (_guard, path) = copy();
    let saved = path.with_file_name("saved");
    ModelFolder::load(&path, &super::cpu())
        .unwrap()
        .save(&saved)
        .unwrap();
    for name in ["", "config.json", "model.safetensors", "tokenizer.json"] {
        let mode = fs_err::metadata(saved.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o444, 0o444, "{name}: {mode:o}");
    }
}

#[test]
fn a_max_length_beyond_the_positions_is_refused() {
    let labels = ["a".to_owned(), "b".to_owned()];
    let error =
        load_for_fine_tuning(&fixture("tiny-bert"), &labels, Pooling::Cls, 65, 1, &super::cpu()).unwrap_err();
    assert!(
        error.to_string().contains("max_length") && error.to_string().contains("64"),
        "{error}"
    );
}

#[test]
fn a_model_with_a_different_kind_of_head_is_refused() {
    let error = ModelFolder::load(&fixture("family/bert-token"), &super::cpu()).unwrap_err();
    let (message, hint) = (error.to_string(), error.hint().unwrap_or_default());
    assert!(
        message.contains("BertForTokenClassification") && hint.contains("train"),
        "{message}: {hint}"
    );
    let (_guard, path) = copy();
    let config = path.join("config.json");
    let mut json: serde_json::Value =
        serde_json::from_str(&fs_err::read_to_string(&config).unwrap()).unwrap();
    json["id2label"] = serde_json::json!({"0": "score"});
    fs_err::write(&config, json.to_string()).unwrap();
    let message = load_error(&path).to_string();
    assert!(
        message.contains("id2label") && message.contains("two labels"),
        "{message}"
    );
}
