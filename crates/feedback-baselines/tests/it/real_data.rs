//! The baselines compared with scikit-learn on public data sets, if these are present.
//!
//! `fixtures/generate/baseline_golden.py --shared FOLDER` wrote the expected numbers.

use std::env;
use std::path::{Path, PathBuf};

use crate::golden::{columns, predictions, read_golden, read_jsonl};
use feedback_baselines::{MajorityClass, Stop, TfidfLogisticRegression};

/// The allowed difference between two scores. A fit that stops early depends on rounding errors, so a few rows may be
/// predicted differently. This limit is far below one percentage point, within which two implementations count as
/// equal.
const SCORE: f64 = 1e-3;

/// Returns the folder of a data set. If it is missing, prints this and returns `None`; with `FEEDBACK_STRICT=1`, panics.
fn data_set(name: &str) -> Option<PathBuf> {
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let shared = env::var_os("FEEDBACK_SHARED_DIR").map_or("../shared".into(), PathBuf::from);
    let folder = workspace.join(shared).join("data").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let reason = format!(
        "skipped: there is no folder `{}`, set FEEDBACK_SHARED_DIR",
        folder.display()
    );
    assert_ne!(env::var("FEEDBACK_STRICT").as_deref(), Ok("1"), "{reason}");
    println!("{reason}");
    None
}

fn accuracy(labels: &[usize], predictions: &[usize]) -> f64 {
    let correct = labels
        .iter()
        .zip(predictions)
        .filter(|(label, prediction)| label == prediction);
    correct.count() as f64 / labels.len() as f64
}

fn macro_f1(labels: &[usize], predictions: &[usize], n_classes: usize) -> f64 {
    let count = |values: &[usize], class| values.iter().filter(|&&value| value == class).count();
    let f1 = |class| {
        let both = labels
            .iter()
            .zip(predictions)
            .filter(|pair| pair == &(&class, &class))
            .count();
        2.0 * both as f64 / (count(labels, class) + count(predictions, class)).max(1) as f64
    };
    (0..n_classes).map(f1).sum::<f64>() / n_classes as f64
}

fn check(name: &str) {
    let Some(folder) = data_set(name) else { return };
    let golden = read_golden("real_data.json")["data_sets"][name].clone();
    let train = read_jsonl(&folder.join("train.jsonl"));
    let test = read_jsonl(&folder.join("test.jsonl"));
    let mut names: Vec<String> = train.iter().map(|(_, label)| label.clone()).collect();
    names.sort();
    names.dedup();
    let (train, test) = (columns(&train, &names), columns(&test, &names));
    assert_eq!(
        (train.texts.len(), test.texts.len()),
        (number(&golden["n_train"]), number(&golden["n_test"]))
    );

    let model = TfidfLogisticRegression::fit(&train.texts, &train.labels, names.len()).unwrap();
    assert_eq!(model.vectorizer().vocabulary().len(), golden["n_features"]);
    assert_eq!(model.classifier().stop(), Stop::GradientTolerance);
    let found = predictions(&model.predict_probabilities(&test.texts), names.len());
    for (score, found) in [
        ("accuracy", accuracy(&test.labels, &found)),
        ("macro_f1", macro_f1(&test.labels, &found, names.len())),
    ] {
        let expected = golden[score].as_f64().unwrap();
        println!("{name}: {score} {found:.4}, scikit-learn {expected:.4}");
        assert!(
            (found - expected).abs() <= SCORE,
            "{name}: {score} {found}, expected {expected}"
        );
    }
    let majority = MajorityClass::fit(&train.labels, names.len()).unwrap();
    let floor = accuracy(&test.labels, &vec![majority.class(); test.labels.len()]);
    assert!(accuracy(&test.labels, &found) > floor);
}

fn number(value: &serde_json::Value) -> usize {
    value.as_u64().unwrap() as usize
}

#[test]
fn bank_queries_score_as_in_scikit_learn() {
    check("banking77");
}

#[test]
fn app_reviews_score_as_in_scikit_learn() {
    check("app_reviews_maalej");
}
