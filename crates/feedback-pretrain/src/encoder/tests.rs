//! The stages of a small recipe, from a tiny teacher.

use std::path::Path;

use feedback_bert::config::{BertConfig, Pooling, ScratchPreset};
use feedback_bert::folder::FeedbackManifest;
use feedback_bert::model::ParameterInit;
use feedback_bert::weights::Storage;
use feedback_bert::{BertForSequenceClassification, BertTokenizer, DeviceChoice, ModelFolder};
use feedback_inference::Classifier;
use serde_json::{Value, json};

use std::path::PathBuf;
use std::sync::Arc;

use super::build::{STUDENT, TEXTS};
use super::*;
use crate::error::Error;

const COLOURS: [&str; 4] = ["red", "green", "blue", "yellow"];

const RECIPE: &str = r#"
seed = 7
max_length = 32
held_out = ["held-out.txt"]
texts = ["texts.txt"]
[student]
teacher = "teacher"
layers = [0, 2]
vocabulary_size = 80
[distillation]
epochs = 1
batch_size = 8
learning_rate = 1e-3
save_steps = 100
validation_rows = 8
[[tasks]]
name = "colour"
files = ["rows.jsonl"]
field = "label"
keep_head = true
[[tasks]]
name = "aspects"
files = ["rows.jsonl"]
field = "aspects"
multi_label = true
weight = 5.0
keep_head = true
[tuning]
epochs = 12
batch_size = 8
learning_rate = 5e-3
save_steps = 100
validation_rows = 20
[packing]
name = "small"
card = "card.md"
max_length = 32
embeddings = "int8"
layers = "int8"
"#;

/// A teacher with 3 layers whose vocabulary knows all words of the texts.
fn teacher(folder: &Path) -> PathBuf {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let texts = [
        texts(),
        vec!["bug praise crash lovely unused words of nobody".into()],
    ]
    .concat();
    let tokenizer = BertTokenizer::train(&texts, 300, 32).unwrap();
    let labels = ["a", "b"].map(str::to_owned);
    let mut config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &labels);
    config.num_hidden_layers = 3;
    let mut init = ParameterInit::normal(1, 0.1, &device).unwrap();
    let model = BertForSequenceClassification::new(&config, Pooling::Mean, &mut init);
    let manifest = FeedbackManifest::new(32, Pooling::Mean, "test", 1);
    let path = folder.join("teacher");
    ModelFolder::new(config, tokenizer, model, manifest)
        .save_encoder(&path)
        .unwrap();
    path
}

fn texts() -> Vec<String> {
    let numbers = 0..80;
    numbers
        .map(|n| format!("the {} button number {n} crashes", COLOURS[n % 4]))
        .collect()
}

/// Rows whose label is the colour. Rows with an even number have two aspects, the colour and `even`; the
/// other rows have none.
fn rows() -> String {
    let row = |n: usize| {
        let colour = COLOURS[n % 4];
        let aspects: Vec<&str> = if n.is_multiple_of(2) {
            vec![colour, "even"]
        } else {
            vec![]
        };
        json!({ "text": format!("my {colour} phone number {n} is lovely"), "label": colour, "aspects": aspects }).to_string()
    };
    (0..120).map(row).collect::<Vec<_>>().join("\n")
}

fn build(folder: &Path) -> EncoderBuild {
    let write = |name: &str, text: &str| {
        fs_err::write(folder.join(name), text).unwrap();
        folder.join(name)
    };
    let lines = texts();
    write(
        "texts.txt",
        &[lines.clone(), vec!["THE red button, number 0 crashes".into()]]
            .concat()
            .join("\n"),
    );
    write("held-out.txt", &lines[7]);
    write("rows.jsonl", &rows());
    write("card.md", "# A card\n");
    teacher(folder);
    EncoderBuild {
        recipe: EncoderRecipe::read(&write("recipe.toml", RECIPE)).unwrap(),
        output: folder.join("output"),
        device: DeviceChoice::Cpu,
        interrupt: Arc::default(),
    }
}

#[test]
fn a_recipe_makes_a_small_model_that_answers_the_kept_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let build = build(folder.path());
    let mut stages = Vec::new();
    let mut excluded = Vec::new();
    build_encoder(&build, Vec::new, &mut |notice| match notice {
        EncoderNotice::Stage(path) => stages.push(path.file_name().unwrap().to_string_lossy().into_owned()),
        EncoderNotice::Excluded(files) => excluded = files.to_vec(),
        _ => {}
    })
    .unwrap();
    assert_eq!(stages, ["texts", "student", "distilled", "tuned", "packed"]);
    // One text occurs twice after normalising. The held-out text is left out, with those that are nearly equal to it.
    let [file] = excluded.as_slice() else {
        panic!("{excluded:?}")
    };
    assert_eq!((file.rows, file.duplicates), (81, 1));
    assert!(file.held_out >= 1, "{file:?}");
    let learnt = fs_err::read_to_string(build.output.join("texts/texts.jsonl")).unwrap();
    assert!(!learnt.contains("button number 7 crashes"), "it is held out");

    let student = BertConfig::encoder_from_file(&build.output.join("student/student/config.json")).unwrap();
    assert_eq!((student.num_hidden_layers, student.vocab_size), (2, 80));
    let teacher = BertConfig::encoder_from_file(&build.output.join("student/teacher/config.json")).unwrap();
    assert_eq!((teacher.num_hidden_layers, teacher.vocab_size), (3, 80));

    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let packed = build.output.join("packed");
    let classifier = Classifier::load(&packed, &device).unwrap();
    assert_eq!(classifier.manifest().base_model, "small");
    let prediction = classifier.predict("my green phone number 300 is lovely").unwrap();
    assert_eq!(prediction.predicted_label, "green", "{prediction:?}");
    let [aspects] = prediction.answers.as_slice() else {
        panic!("{prediction:?}")
    };
    assert_eq!(aspects.question, "aspects");
    assert_eq!(
        fs_err::read_to_string(packed.join("README.md")).unwrap(),
        "# A card\n"
    );

    // Nothing is done twice.
    let before = fs_err::read(packed.join("model.safetensors")).unwrap();
    let mut kept = 0;
    build_encoder(&build, Vec::new, &mut |notice| match notice {
        EncoderNotice::Kept(_) => kept += 1,
        EncoderNotice::Stage(path) => panic!("{}", path.display()),
        _ => {}
    })
    .unwrap();
    assert_eq!(kept, 5);
    // The last stages come out the same from the kept result of the stage before.
    for stage in ["tuned", "tuned.checkpoints", "packed"] {
        fs_err::remove_dir_all(build.output.join(stage)).unwrap();
    }
    build_encoder(&build, Vec::new, &mut |_| ()).unwrap();
    assert_eq!(fs_err::read(packed.join("model.safetensors")).unwrap(), before);
}

#[test]
fn a_student_has_the_weights_of_its_teacher() {
    let folder = tempfile::tempdir().unwrap();
    let build = build(folder.path());
    fs_err::create_dir_all(&build.output).unwrap();
    write_texts(&build.recipe, &build.folder(TEXTS), &mut |_| ()).unwrap();
    cut_student(&build, &build.folder(STUDENT)).unwrap();
    let read = |path: &Path| fs_err::read(path.join("model.safetensors")).unwrap();
    let (from, to) = (
        read(&build.recipe.student.teacher),
        read(&build.folder(STUDENT).join(STUDENT)),
    );
    let from = safetensors::SafeTensors::deserialize(&from).unwrap();
    let to = safetensors::SafeTensors::deserialize(&to).unwrap();
    let layer = |layer: usize| format!("encoder.layer.{layer}.attention.self.query.weight");
    let old = |name: &str| {
        from.tensor(&format!("bert.{name}"))
            .or_else(|_| from.tensor(name))
            .unwrap()
            .data()
            .to_vec()
    };
    assert_eq!(to.tensor(&layer(1)).unwrap().data(), old(&layer(2)));
    assert_ne!(to.tensor(&layer(1)).unwrap().data(), old(&layer(1)));

    let tokenizer = |path: &Path| BertTokenizer::from_folder(path, 32).unwrap();
    let (before, after) = (
        tokenizer(&build.recipe.student.teacher),
        tokenizer(&build.folder(STUDENT).join(STUDENT)),
    );
    let words = "embeddings.word_embeddings.weight";
    let width = to.tensor(words).unwrap().shape()[1] * 4;
    for token in ["[CLS]", "[MASK]", "button", "t"] {
        let (was, is) = (
            before.token_to_id(token).unwrap() as usize,
            after.token_to_id(token).unwrap() as usize,
        );
        let kept = &to.tensor(words).unwrap().data()[is * width..][..width];
        assert_eq!(kept, &old(words)[was * width..][..width], "{token}");
    }
    assert!(before.vocab_size() > 80 && after.vocab_size() == 80);
    let texts = ["the red button number 5 crashes"];
    let (was, is) = (before.encode(&texts).unwrap(), after.encode(&texts).unwrap());
    assert_eq!(was[0].len(), is[0].len());
}

#[test]
fn recipes_and_rows_that_cannot_be_used_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut build = build(folder.path());
    let path = folder.path().join("recipe.toml");
    let text = fs_err::read_to_string(&path).unwrap();
    for (from, to, part) in [
        ("seed = 7", "seed = 7\nsed = 8", "unknown field `sed`"),
        (
            "\"texts.txt\"",
            "\"${NO_SUCH_VARIABLE_HERE}/texts.txt\"",
            "NO_SUCH_VARIABLE_HERE",
        ),
        ("\"int8\"", "\"int3\"", "int3"),
        (
            "name = \"aspects\"",
            "name = \"colour\"",
            "two tasks have the name `colour`",
        ),
        ("weight = 5.0", "weight = -5.0", "`weight` must be above 0"),
        (
            "keep_head = true",
            "keep_head = false",
            "the first task with `keep_head`",
        ),
        (
            "validation_rows = 20",
            "validation_rows = 0",
            "tuning.validation_rows",
        ),
        ("vocabulary_size = 80", "vocabulary_size = 3", "vocabulary_size"),
        ("card.md", "nowhere.md", "nowhere.md"),
    ] {
        fs_err::write(&path, text.replacen(from, to, 1)).unwrap();
        let error = EncoderRecipe::read(&path).unwrap_err();
        assert!(error.is_usage() && error.to_string().contains(part), "{error}");
    }
    build.recipe.student.layers = vec![0, 3];
    let error = build_encoder(&build, Vec::new, &mut |_| ()).unwrap_err();
    assert!(
        matches!(error, Error::Cut { .. }) && error.to_string().contains("no layer 3"),
        "{error}"
    );

    let rows: Vec<String> = rows().lines().map(str::to_owned).collect();
    let mut broken: Value = serde_json::from_str(&rows[2]).unwrap();
    broken["label"] = Value::Null;
    let lines = [&rows[..2], &[broken.to_string()], &rows[3..]].concat();
    fs_err::write(folder.path().join("rows.jsonl"), lines.join("\n")).unwrap();
    build.recipe.student.layers = vec![0, 2];
    let error = build_encoder(&build, Vec::new, &mut |_| ()).unwrap_err();
    assert!(
        matches!(error, Error::OtherRecipe { .. }) && error.to_string().contains("/student/layers"),
        "{error}"
    );
    fs_err::remove_dir_all(&build.output).unwrap();
    let error = build_encoder(&build, Vec::new, &mut |_| ()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 3: the field `label` is not a label"),
        "{error}"
    );
    assert!(!build.output.join("tuned").exists());
}

#[test]
fn storage_has_the_names_of_the_recipe() {
    for (name, storage) in [
        ("f16", Storage::F16),
        ("int8", Storage::Int8),
        ("int4", Storage::Int4),
    ] {
        assert_eq!(serde_json::from_value::<Storage>(json!(name)).unwrap(), storage);
    }
}
