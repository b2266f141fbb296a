//! The file formats of weights and tokenizers, and damaged files.

use std::path::{Path, PathBuf};

use feedback_bert::{Batch, BertTokenizer, Error, ModelFolder};
use feedback_testkit::fixture;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

/// Copies a folder below `fixtures/`, so that a test may change it. Returns the guard and the path of the copy.
fn copy(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    fs_err::create_dir(&path).unwrap();
    for entry in fs_err::read_dir(fixture(name)).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), path.join(entry.file_name())).unwrap();
    }
    (folder, path)
}

fn logits(path: &Path) -> Vec<f32> {
    let device = super::cpu();
    let folder = ModelFolder::load(path, &device).unwrap();
    let encodings = folder.tokenizer.encode(&["where is the export?"]).unwrap();
    let batch = Batch::new(&encodings, folder.tokenizer.pad_token_id(), &device).unwrap();
    folder.model.forward(&batch).into_data().try_to_vec().unwrap()
}

fn load_error(path: &Path) -> Error {
    ModelFolder::load(path, &super::cpu()).unwrap_err()
}

type Tensors = Vec<(String, Dtype, Vec<usize>, Vec<u8>)>;

fn read(path: &Path) -> Tensors {
    let bytes = fs_err::read(path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = tensors.tensors().into_iter();
    tensors
        .map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect()
}

fn write(path: &Path, tensors: &Tensors) {
    let views = tensors.iter().map(|(name, dtype, shape, data)| {
        (
            name.clone(),
            TensorView::new(*dtype, shape.clone(), data).unwrap(),
        )
    });
    fs_err::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// Splits the weights into two shards with an index.
fn shard(path: &Path) {
    let whole = path.join("model.safetensors");
    let mut first = read(&whole);
    let second = first.split_off(first.len() / 2);
    let names = [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ];
    let mut weight_map = serde_json::Map::new();
    for (file, tensors) in names.iter().zip([&first, &second]) {
        write(&path.join(file), tensors);
        weight_map.extend(tensors.iter().map(|(name, ..)| (name.clone(), (*file).into())));
    }
    let index = serde_json::json!({"metadata": {"total_size": 1}, "weight_map": weight_map});
    fs_err::write(path.join("model.safetensors.index.json"), index.to_string()).unwrap();
    fs_err::remove_file(whole).unwrap();
}

#[test]
fn shards_are_one_model() {
    let (_guard, path) = copy("tiny-bert");
    let whole = logits(&path);
    shard(&path);
    assert_eq!(logits(&path), whole);
}

#[test]
fn a_broken_index_is_named() {
    let (_guard, path) = copy("tiny-bert");
    shard(&path);
    let missing = path.join("model-00002-of-00002.safetensors");
    let bytes = fs_err::read(&missing).unwrap();
    fs_err::remove_file(&missing).unwrap();
    let message = load_error(&path).to_string();
    assert!(message.contains("model-00002-of-00002.safetensors"), "{message}");

    let mut tensors = read(&path.join("model-00001-of-00002.safetensors"));
    let lost = tensors.pop().unwrap().0;
    write(&path.join("model-00001-of-00002.safetensors"), &tensors);
    fs_err::write(&missing, bytes).unwrap();
    let message = load_error(&path).to_string();
    assert!(message.contains(&lost), "{message}");

    let index = path.join("model.safetensors.index.json");
    fs_err::write(&index, r#"{"weight_map": {"a": "../../etc/passwd"}}"#).unwrap();
    let error = load_error(&path);
    assert!(
        matches!(error, Error::Weights { .. }) && error.to_string().contains("../../etc/passwd"),
        "{error}"
    );
    fs_err::write(&index, "[]").unwrap();
    assert!(matches!(load_error(&path), Error::Json { .. }));
}

/// Keeps the upper half of each number, as bfloat16 does.
fn to_bf16(data: &[u8]) -> Vec<u8> {
    data.chunks_exact(4)
        .flat_map(|bytes| [bytes[2], bytes[3]])
        .collect()
}

#[test]
fn half_precision_files_are_read_as_f32() {
    let (_guard, path) = copy("tiny-bert");
    let file = path.join("model.safetensors");
    let full = logits(&path);
    let half: Tensors = read(&file)
        .into_iter()
        .map(|(name, _, shape, data)| (name, Dtype::BF16, shape, to_bf16(&data)))
        .collect();
    write(&file, &half);
    let found = logits(&path);
    let worst = feedback_testkit::max_difference(&found, &full);
    assert!(
        worst > 0.0 && worst < 0.2,
        "bfloat16 keeps 8 bits of precision: {worst}"
    );
    // The same numbers, stored as F32, give the same logits.
    let cut: Tensors = half
        .into_iter()
        .map(|(name, _, shape, data)| {
            let data = data
                .chunks_exact(2)
                .flat_map(|bytes| [0, 0, bytes[0], bytes[1]])
                .collect();
            (name, Dtype::F32, shape, data)
        })
        .collect();
    write(&file, &cut);
    assert_eq!(logits(&path), found);
}

#[test]
fn a_pytorch_file_gives_the_same_logits_as_the_safetensors_file() {
    let (_guard, path) = copy("family/pytorch");
    fs_err::rename(path.join("reference.safetensors"), path.join("model.safetensors")).unwrap();
    let expected = logits(&path);
    fs_err::remove_file(path.join("model.safetensors")).unwrap();
    for (name, tolerance) in [("full.bin", 0.0), ("half.bin", 0.02)] {
        fs_err::copy(path.join(name), path.join("pytorch_model.bin")).unwrap();
        let worst = feedback_testkit::max_difference(&logits(&path), &expected);
        assert!(worst <= tolerance, "{name}: {worst}");
    }
}

#[test]
fn a_pickle_with_code_is_refused() {
    let (_guard, path) = copy("family/pytorch");
    fs_err::rename(path.join("code.bin"), path.join("pytorch_model.bin")).unwrap();
    let error = load_error(&path);
    let message = error.to_string();
    assert!(matches!(error, Error::Weights { .. }), "{message}");
    assert!(
        message.contains("posix.system") && message.contains("nothing was run"),
        "{message}"
    );
}

#[test]
fn a_damaged_pytorch_file_is_refused() {
    let (_guard, path) = copy("family/pytorch");
    let file = path.join("pytorch_model.bin");
    let whole = fs_err::read(path.join("full.bin")).unwrap();
    for (what, bytes) in [
        ("cut short", whole[..whole.len() - 200].to_vec()),
        ("cut in the middle", whole[..whole.len() / 2].to_vec()),
        ("empty", Vec::new()),
        ("something else", b"not an archive".to_vec()),
        ("without its beginning", whole[64..].to_vec()),
    ] {
        fs_err::write(&file, bytes).unwrap();
        let error = load_error(&path);
        assert!(matches!(error, Error::Weights { .. }), "{what}: {error}");
    }
}

#[test]
fn a_vocabulary_with_settings_is_a_tokenizer() {
    let (_guard, path) = copy("tiny-bert");
    let texts = ["Café CRÈME isn't it?", "这个 app", "unbelievable", ""];
    let whole = BertTokenizer::from_folder(&path, 32).unwrap();
    let json: serde_json::Value =
        serde_json::from_str(&fs_err::read_to_string(path.join("tokenizer.json")).unwrap()).unwrap();
    let vocabulary = json["model"]["vocab"].as_object().unwrap();
    let mut tokens: Vec<&String> = vocabulary.keys().collect();
    tokens.sort_by_key(|token| vocabulary[*token].as_u64());
    let lines: String = tokens.iter().map(|token| format!("{token}\n")).collect();
    fs_err::write(path.join("vocab.txt"), lines).unwrap();
    fs_err::remove_file(path.join("tokenizer.json")).unwrap();
    let listed = BertTokenizer::from_folder(&path, 32).unwrap();
    assert_eq!(listed.encode(&texts).unwrap(), whole.encode(&texts).unwrap());
    assert_eq!(logits(&path), logits(&fixture("tiny-bert")));

    fs_err::write(path.join("tokenizer_config.json"), r#"{"do_lower_case": false}"#).unwrap();
    let cased = BertTokenizer::from_folder(&path, 32).unwrap();
    assert_ne!(cased.encode(&texts).unwrap(), listed.encode(&texts).unwrap());
    let saved = tempfile::tempdir().unwrap();
    cased.save(saved.path()).unwrap();
    let settings = fs_err::read_to_string(saved.path().join("tokenizer_config.json")).unwrap();
    let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
    assert_eq!(settings["do_lower_case"], false);

    fs_err::write(path.join("vocab.txt"), "a\nb\n").unwrap();
    let message = load_error(&path).to_string();
    assert!(
        message.contains("vocab.txt") && message.contains("[UNK]"),
        "{message}"
    );
}

/// The library that reads these files panics on some of them.
#[test]
fn a_malformed_tokenizer_is_an_error() {
    let (_guard, path) = copy("tiny-bert");
    let file = path.join("tokenizer.json");
    let good = fs_err::read_to_string(&file).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&good).unwrap();
    json["normalizer"] = serde_json::json!({ "type": "Precompiled", "precompiled_charsmap": 3 });
    let key_is_no_string = good.replacen("\"decoder\": {", "\"decoder\": {3", 1);
    assert_ne!(key_is_no_string, good);
    for bad in [json.to_string(), key_is_no_string] {
        fs_err::write(&file, bad).unwrap();
        let error = load_error(&path);
        assert!(matches!(error, Error::Tokenizer(_)), "{error}");
        assert!(error.to_string().contains("tokenizer.json"), "{error}");
    }
}

#[test]
fn a_tokenizer_of_another_vocabulary_is_refused() {
    let (_guard, path) = copy("family/bert");
    fs_err::copy(fixture("tiny-bert/tokenizer.json"), path.join("tokenizer.json")).unwrap();
    let error = load_error(&path);
    let message = error.to_string();
    assert!(matches!(error, Error::NotAModelFolder { .. }), "{message}");
    assert!(message.contains("400") && message.contains("220"), "{message}");
}

/// A vocabulary may have gaps in its ids: this one has few tokens, but an id beyond the embeddings.
#[test]
fn a_token_beyond_the_embeddings_is_refused() {
    let (_guard, path) = copy("tiny-bert");
    let file = path.join("tokenizer.json");
    let mut json: serde_json::Value = serde_json::from_str(&fs_err::read_to_string(&file).unwrap()).unwrap();
    let vocabulary = json["model"]["vocab"].as_object_mut().unwrap();
    let token = vocabulary.keys().next_back().cloned().unwrap();
    vocabulary.insert(token, 50_000.into());
    fs_err::write(&file, json.to_string()).unwrap();
    let message = load_error(&path).to_string();
    assert!(message.contains("50000") && message.contains("400"), "{message}");
}
