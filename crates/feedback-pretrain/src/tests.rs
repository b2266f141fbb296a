use std::path::{Path, PathBuf};

use burn::tensor::Device;
use feedback_bert::config::{Pooling, ScratchPreset};
use feedback_bert::folder::{FeedbackManifest, load_for_fine_tuning};
use feedback_bert::masked_lm::{BertForMaskedLm, WholeWordMasking};
use feedback_bert::model::ParameterInit;
use feedback_bert::{BertForSequenceClassification, BertTokenizer, DeviceChoice, Encoding, ModelFolder};
use feedback_pipeline::train::BaseModel;
use feedback_trainer::TrainData;

use super::masked_lm::MaskedTexts;
use super::*;

/// Writes texts in which each noun determines the verb that follows it. Returns the path of the file.
fn corpus(folder: &Path) -> PathBuf {
    let pairs = [
        ("app", "crashes"),
        ("search", "works"),
        ("export", "hangs"),
        ("login", "fails"),
    ];
    let mut lines = Vec::new();
    for number in 0..120 {
        let (first, second) = pairs[number % 4];
        lines.push(format!(
            "the {first} {second} again on page {number} of the {first}"
        ));
    }
    let path = folder.join("texts.txt");
    fs_err::write(&path, lines.join("\n")).unwrap();
    path
}

/// Saves a tiny untrained model with a vocabulary of these texts. Returns its folder.
fn base(folder: &Path, texts: &Path, labels: &[&str]) -> PathBuf {
    let device = Device::flex();
    let text = fs_err::read_to_string(texts).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let tokenizer = BertTokenizer::train(&lines, 120, 32).unwrap();
    let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &labels);
    let mut init = ParameterInit::normal(1, 0.1, &device).unwrap();
    let model = BertForSequenceClassification::new(&config, Pooling::Mean, &mut init);
    let manifest = FeedbackManifest::new(32, Pooling::Mean, "test", 1);
    let model = ModelFolder::new(config, tokenizer, model, manifest);
    let path = folder.join("base");
    model.save(&path).unwrap();
    path
}

fn options(input: PathBuf, base: PathBuf, output: PathBuf) -> PretrainOptions {
    let mut options = PretrainOptions::new(input, BaseModel::Folder(base), output);
    options.validation_rows = 20;
    options.max_length = 32;
    options.device = DeviceChoice::Cpu;
    options.arguments.num_train_epochs = 6;
    options.arguments.learning_rate = 2e-3;
    options
}

fn run(options: &PretrainOptions) -> PretrainSummary {
    pretrain(options, Vec::new(), &mut |_| ()).unwrap()
}

#[test]
fn masked_words_are_learnt_and_training_can_start_from_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let texts = corpus(folder.path());
    let base = base(folder.path(), &texts, &["a", "b"]);
    let mut options = options(texts, base, folder.path().join("adapted"));
    let whole = run(&options);
    assert!(whole.after["loss"] < 0.6 * whole.before["loss"], "{whole:?}");
    assert_eq!((whole.train_rows, whole.validation_rows), (100, 20));

    let labels = ["bug".to_owned(), "praise".to_owned()];
    let loaded = load_for_fine_tuning(&options.output, &labels, Pooling::Mean, 32, 1, &Device::flex());
    assert!(loaded.is_ok(), "{:?}", loaded.err());

    options.objective = PretrainObjective::MaskedLm {
        probability: 0.15,
        scope: MaskedLmScope::HeadOnly,
    };
    options.output = folder.path().join("head");
    let head = run(&options);
    assert_eq!(
        head.before, whole.before,
        "both runs start with the same texts, masks and head"
    );
    assert!(head.after["loss"] < head.before["loss"]);
    assert!(head.after["loss"] > whole.after["loss"]);

    let saved = BertForMaskedLm::load(&options.output, 32, 9, &Device::flex()).unwrap();
    assert!(saved.report.initialised.is_empty());
    let scratch = BaseModel::Scratch(ScratchPreset::Tiny);
    options.base = scratch;
    assert!(pretrain(&options, Vec::new(), &mut |_| ()).is_err());
}

#[test]
fn the_same_seed_gives_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let texts = corpus(folder.path());
    let base = base(folder.path(), &texts, &["a", "b"]);
    let weights = |name: &str, seed| {
        let mut options = options(texts.clone(), base.clone(), folder.path().join(name));
        options.arguments.seed = seed;
        options.arguments.num_train_epochs = 1;
        run(&options);
        fs_err::read(options.output.join("model.safetensors")).unwrap()
    };
    assert_eq!(weights("one", 1), weights("again", 1));
    assert_ne!(weights("one", 1), weights("other", 2));
}

#[test]
fn masks_change_with_the_epoch_and_weights_count_masked_tokens() {
    let device = Device::flex();
    let texts = ["one two three four five six seven eight nine ten".to_owned()];
    let tokenizer = BertTokenizer::train(&texts, 80, 32).unwrap();
    let masking = WholeWordMasking::new(&tokenizer, 0.3, 1).unwrap();
    let data = MaskedTexts::new(&texts, &tokenizer, masking).unwrap();
    let ids = |epoch| {
        data.set_epoch(epoch);
        let batch = data.batch(&[0], &device).unwrap();
        let [hidden] = batch.positions.dims();
        assert_eq!(data.weight(0), hidden as f64);
        let ids: Vec<i64> = batch.positions.into_data().convert::<i64>().try_to_vec().unwrap();
        ids
    };
    assert_eq!(ids(0), ids(0));
    assert!((1..6).any(|epoch| ids(epoch) != ids(0)));
    let _: Vec<Encoding> = tokenizer.encode(&texts).unwrap();
}

#[test]
fn a_student_learns_to_agree_with_its_teacher_on_each_target() {
    let folder = tempfile::tempdir().unwrap();
    let texts = corpus(folder.path());
    let teacher = base(folder.path(), &texts, &["bug", "praise", "other"]);
    for (name, target, student) in [
        (
            "soft",
            DistillationTarget::SoftTargets { temperature: 2.0 },
            "scratch:tiny",
        ),
        ("hidden", DistillationTarget::HiddenStates, "scratch:tiny"),
        ("sentence", DistillationTarget::SentenceEmbeddings, "scratch:tiny"),
    ] {
        let mut options = options(texts.clone(), teacher.clone(), folder.path().join(name));
        options.base = BaseModel::parse(student).unwrap();
        options.objective = PretrainObjective::Distillation {
            teacher: teacher.clone(),
            target,
        };
        let summary = run(&options);
        assert!(
            summary.after["loss"] < 0.7 * summary.before["loss"],
            "{name}: {summary:?}"
        );
        let saved = ModelFolder::load(&options.output, &Device::flex());
        assert_eq!(
            saved.is_ok(),
            name == "soft",
            "only soft targets train a complete classifier: {:?}",
            saved.err()
        );
        let labels = ["bug".to_owned(), "praise".to_owned()];
        let start = load_for_fine_tuning(&options.output, &labels, Pooling::Cls, 16, 1, &Device::flex());
        assert!(start.is_ok(), "{:?}", start.err());
    }
}

#[test]
fn models_that_cannot_be_compared_are_refused() {
    let names = |labels: &[&str]| -> Vec<String> { labels.iter().map(|label| (*label).to_owned()).collect() };
    let tiny = ScratchPreset::Tiny.config(100, &names(&["a", "b"]));
    let small = ScratchPreset::Small.config(100, &names(&["a", "c"]));
    assert!(DistillationTarget::HiddenStates.check(&tiny, &small).is_err());
    assert!(DistillationTarget::SentenceEmbeddings.check(&tiny, &tiny).is_ok());
    let soft = |temperature| DistillationTarget::SoftTargets { temperature };
    assert!(soft(2.0).check(&tiny, &small).is_err());
    assert!(soft(2.0).check(&tiny, &tiny).is_ok());
    assert!(soft(0.0).check(&tiny, &tiny).is_err());
}
