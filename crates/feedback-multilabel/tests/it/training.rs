//! Trainings of tiny models.

use std::path::Path;

use feedback_bert::folder::ModelKind;
use feedback_bert::{Device, DeviceChoice, ModelFolder};
use feedback_dataset::LabelSet;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_inference::{Classifier, MultiLabelClassifier};
use feedback_multilabel::train::{resume, train};
use feedback_multilabel::{Error, MultiLabelExamples, evaluate, read_label_lists};
use feedback_pipeline::data::{DataFiles, DataOptions, LabelLayout, Task};
use feedback_pipeline::train::{BaseModel, TrainOptions};
use feedback_testkit::fixture;

/// 160 texts with all combinations of three words, each of which stands for a label.
fn data(folder: &Path) -> std::path::PathBuf {
    let words = [("crashes", "bug"), ("love", "praise"), ("please add", "wish")];
    let mut rows = String::from("text,label\n");
    for row in 0..160 {
        let said = words.iter().enumerate().filter(|(bit, _)| row >> bit & 1 == 1);
        let (texts, labels): (Vec<&str>, Vec<&str>) = said.map(|(_, words)| *words).unzip();
        rows += &format!("page {row} {},{}\n", texts.join(" and "), labels.join(";"));
    }
    let path = folder.join("reviews.csv");
    fs_err::write(&path, rows).unwrap();
    path
}

fn options(folder: &Path, base: &str) -> TrainOptions {
    let data = DataOptions::new(DataFiles::Single(data(folder)));
    let mut options = TrainOptions::new(data, BaseModel::parse(base).unwrap(), folder.join("model"));
    options.task.task = Task::MultiLabel;
    options.task.layout.label_separator = Some(";".to_owned());
    options.model.device = DeviceChoice::Cpu;
    options.model.max_length = 32;
    options.run_dir = Some(folder.join("run"));
    options
}

#[test]
fn a_trained_model_finds_all_labels_and_is_saved_as_multi_label() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path(), "scratch:tiny");
    options.arguments.num_train_epochs = 40;
    options.arguments.learning_rate = 3e-3;
    let mut seen = 0;
    let summary = train(&options, Vec::new(), &mut |_| seen += 1).unwrap();
    assert!(seen >= 4);
    let test = summary.test.as_ref().unwrap();
    assert!(test.metrics()["micro_f1"] > 0.95, "{}", test.report);
    assert_eq!(test.n, 32);
    assert!(test.leakage.known && test.leakage.in_train == 0);
    assert_eq!((&summary.kind, &summary.head), (&ModelKind::FineTuned, &None));

    let config = fs_err::read_to_string(summary.model.join("config.json")).unwrap();
    assert!(config.contains("\"problem_type\": \"multi_label_classification\""));
    let device = Device::flex();
    let model = MultiLabelClassifier::load(&summary.model, &device).unwrap();
    assert_eq!(model.labels(), ["bug", "praise", "wish"]);
    assert_eq!(model.decisions().thresholds.len(), 3);
    let texts = [
        "page 3 crashes and love",
        "page 7",
        "page 7 crashes and love and please add",
    ];
    let predictions = model.predict_many(&texts).unwrap();
    let mut found: Vec<Vec<&str>> = Vec::new();
    for prediction in &predictions {
        let mut labels: Vec<&str> = prediction.predicted_labels.iter().map(String::as_str).collect();
        assert!(prediction.scores.is_sorted_by(|a, b| a.score >= b.score));
        labels.sort_unstable();
        found.push(labels);
    }
    assert_eq!(
        found,
        [vec!["bug", "praise"], vec![], vec!["bug", "praise", "wish"]]
    );

    // The model measured again on the kept test texts gives the same figures.
    let path = folder.path().join("run/data/test.jsonl");
    let lists = read_label_lists(
        &path,
        &ReadOptions::default(),
        &LabelLayout::default(),
        OnBadRow::Fail,
    );
    let labels = LabelSet::new(model.labels().to_vec()).unwrap();
    let examples = MultiLabelExamples::new(&lists.unwrap(), &labels).unwrap();
    assert_eq!(&evaluate(&model, &examples).unwrap(), test);
}

#[test]
fn a_multi_label_model_is_never_read_as_one_with_softmax() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path(), "scratch:tiny");
    options.arguments.num_train_epochs = 1;
    let summary = train(&options, Vec::new(), &mut |_| ()).unwrap();
    let device = Device::flex();
    let message = Classifier::load(&summary.model, &device).unwrap_err().to_string();
    assert!(message.contains("any number of labels"), "{message}");
    let in_memory = ModelFolder::load_multi_label(&summary.model, &device).unwrap();
    assert!(Classifier::new(in_memory, &device).is_err());
    // The other way round, a model with one label is not read as one with several.
    let single = MultiLabelClassifier::load(&fixture("tiny-bert"), &device).unwrap_err();
    assert!(single.to_string().contains("problem_type"), "{single}");
    // A manifest that does not fit the labels is refused.
    let path = summary.model.join("feedback.json");
    let manifest = fs_err::read_to_string(&path).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    manifest["multi_label"]["thresholds"] = serde_json::json!([0.5, 0.5]);
    fs_err::write(&path, manifest.to_string()).unwrap();
    let wrong = MultiLabelClassifier::load(&summary.model, &device).unwrap_err();
    assert!(wrong.to_string().contains("thresholds"), "{wrong}");
}

#[test]
fn an_interrupted_run_continues_to_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut whole = options(folder.path(), "scratch:tiny");
    whole.arguments.num_train_epochs = 2;
    let expected = train(&whole, Vec::new(), &mut |_| ()).unwrap();
    let mut cut = whole.clone();
    cut.run_dir = Some(folder.path().join("cut"));
    cut.output.model = folder.path().join("resumed");
    cut.interrupt = std::sync::Arc::new(true.into());
    let error = train(&cut, Vec::new(), &mut |_| ()).unwrap_err();
    let is_interruption = matches!(
        &error,
        Error::Pipeline(feedback_pipeline::Error::Interrupted { .. })
    );
    assert!(is_interruption && error.hint().is_some(), "{error}");
    let resumed = resume(
        &folder.path().join("cut"),
        std::sync::Arc::default(),
        Vec::new(),
        &mut |_| (),
    );
    assert_eq!(resumed.unwrap().model_sha256, expected.model_sha256);
}

#[test]
fn only_a_linear_classifier_is_fitted_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let base = fixture("tiny-bert").display().to_string();
    let mut options = options(folder.path(), &base);
    options.tuning.head_only = true;
    let summary = train(&options, Vec::new(), &mut |_| ()).unwrap();
    assert_eq!(summary.kind, ModelKind::Head);
    assert!(summary.test.as_ref().unwrap().metrics()["micro_f1"] > 0.9);
    let model = MultiLabelClassifier::load(&summary.model, &Device::flex()).unwrap();
    let found = model.predict_many(&["page 4 love and please add"]).unwrap();
    let mut labels = found[0].predicted_labels.clone();
    labels.sort_unstable();
    assert_eq!(labels, ["praise", "wish"]);
}

#[test]
fn settings_without_effect_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |change: fn(&mut TrainOptions)| {
        let mut options = options(folder.path(), "scratch:tiny");
        change(&mut options);
        let error = train(&options, Vec::new(), &mut |_| ()).unwrap_err();
        assert!(error.is_usage(), "{error}");
        error.to_string()
    };
    assert!(refused(|options| options.output.top_losses = 3).contains("`top_losses`"));
    assert!(refused(|options| options.arguments.label_smoothing_factor = 0.1).contains("label_smoothing"));
    assert!(refused(|options| options.data.questions = vec!["team".into()]).contains("label_field"));
    assert!(refused(|options| options.task.layout.label_separator = Some(String::new())).contains("empty"));
    assert!(refused(|options| options.task.layout.label_columns = vec!["bug".into()]).contains("columns"));
    assert!(!folder.path().join("run").exists(), "nothing is left behind");
    let accuracy = |options: &mut TrainOptions| options.arguments.metric_for_best_model = "accuracy".into();
    let message = refused(accuracy);
    assert!(message.contains("micro_f1"), "{message}");
}

#[test]
fn a_training_with_one_label_refuses_the_settings_of_several() {
    let folder = tempfile::tempdir().unwrap();
    for task in [Task::SingleLabel, Task::MultiLabel] {
        let mut options = options(folder.path(), "scratch:tiny");
        options.task.task = task;
        let error = feedback_pipeline::train::train(&options, Vec::new(), &mut |_| ()).unwrap_err();
        assert!(matches!(error, feedback_pipeline::Error::Task { .. }), "{error}");
        assert!(error.is_usage() && error.hint().is_some());
    }
}
